/* SPDX-License-Identifier: MIT */
/*
 * Of hwloc's XML only the cpuset of each object of type Core is looked at;
 * they stand in logical order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cores.h"
#include "idset.h"

/* hwloc's bitmap: hex words of 32 bits, the highest first, "0x1,,0x3". */
static struct idset *
parse_bitmap(const char *s, size_t len)
{
	struct idset *cpus = idset_create();
	unsigned bit = 0;

	while (cpus && len > 0) {
		size_t start = len;
		unsigned long word;

		while (start > 0 && s[start - 1] != ',')
			start--;
		word = start < len ? strtoul(s + start, NULL, 16) : 0;
		for (int i = 0; i < 32; i++)
			if (word & (1ul << i))
				idset_set(cpus, bit + i);
		bit += 32;
		len = start > 0 ? start - 1 : 0;
	}
	return cpus;
}

static char *
object_cpus(const char *tag)
{
	const char *end = strchr(tag, '>');
	const char *p = strstr(tag, " cpuset=\"");
	struct idset *set;
	char *text;

	if (!end || !p || p > end)
		return NULL;
	p += strlen(" cpuset=\"");
	set = parse_bitmap(p, strcspn(p, "\""));
	text = set ? idset_encode(set, 0) : NULL;
	idset_destroy(set);
	return text;
}

static char *
parse_objects(const char *xml, const char *type)
{
	char *buf = NULL, *text;
	size_t size, n = 0;
	FILE *out = open_memstream(&buf, &size);

	if (!out)
		return NULL;
	while ((xml = strstr(xml, type))) {
		if ((text = object_cpus(xml)))
			fprintf(out, "%s%s", n++ ? ";" : "", text);
		free(text);
		xml += strlen(type);
	}
	fclose(out);
	if (n > 0)
		return buf;
	free(buf);
	return NULL;
}

char *
cores_parse_xml(const char *xml)
{
	char *text = parse_objects(xml, "<object type=\"Core\"");

	/* Some virtual machines have no cores, just CPUs */
	return text ? text : parse_objects(xml, "<object type=\"PU\"");
}

/* The CPUs of one entry, "0,4" or "0-1;...". */
static void
add_cpus(const char *entry, size_t len, cpu_set_t *set)
{
	char buf[4096];
	struct idset *ids;

	if (len >= sizeof(buf))
		return;
	memcpy(buf, entry, len);
	buf[len] = '\0';
	ids = idset_decode(buf);
	for (unsigned id = ids ? idset_first(ids) : IDSET_INVALID;
	     id != IDSET_INVALID && id < CPU_SETSIZE; id = idset_next(ids, id))
		CPU_SET(id, set);
	idset_destroy(ids);
}

int
cores_cpuset(const char *cpus, const struct idset *cores, cpu_set_t *set)
{
	unsigned id = idset_first(cores);

	CPU_ZERO(set);
	for (unsigned core = 0; id != IDSET_INVALID; core++) {
		size_t len = strcspn(cpus, ";");

		if (core == id) {
			add_cpus(cpus, len, set);
			id = idset_next(cores, id);
		}
		if (cpus[len] == '\0')
			break;
		cpus += len + 1;
	}
	return id == IDSET_INVALID ? -1 : (int)id;
}
