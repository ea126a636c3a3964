/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "jsontext.h"
#include "value.h"

static int write_json(FILE *fp, const json_t *o, int flags);

/* All kinds without parts, save real numbers: jansson writes them well. */
static int
write_plain(FILE *fp, const json_t *o, int flags)
{
	size_t how = JSON_ENCODE_ANY;

	if (flags & JSONTEXT_ASCII)
		how |= JSON_ENSURE_ASCII;
	return json_dumpf(o, fp, how);
}

static int
write_string(FILE *fp, const char *s, int flags)
{
	json_t *o = json_string(s);
	int rc = o ? write_plain(fp, o, flags) : -1;

	json_decref(o);
	return rc;
}

static int
write_object(FILE *fp, const json_t *o, int flags)
{
	const char *key, *comma = "{";
	json_t *v;

	if (json_object_size(o) == 0)
		return fputs("{}", fp) < 0 ? -1 : 0;
	json_object_foreach((json_t *)o, key, v) {
		fputs(comma, fp);
		if (write_string(fp, key, flags) < 0)
			return -1;
		fputs(": ", fp);
		if (write_json(fp, v, flags) < 0)
			return -1;
		comma = ", ";
	}
	return fputc('}', fp) < 0 ? -1 : 0;
}

static int
write_array(FILE *fp, const json_t *o, int flags)
{
	size_t i;
	json_t *v;

	fputc('[', fp);
	json_array_foreach(o, i, v) {
		if (i > 0)
			fputs(", ", fp);
		if (write_json(fp, v, flags) < 0)
			return -1;
	}
	return fputc(']', fp) < 0 ? -1 : 0;
}

static int
write_json(FILE *fp, const json_t *o, int flags)
{
	char buf[32];

	if (json_is_object(o))
		return write_object(fp, o, flags);
	if (json_is_array(o))
		return write_array(fp, o, flags);
	if (!json_is_real(o))
		return write_plain(fp, o, flags);
	value_float_text(buf, sizeof(buf), json_real_value(o));
	return fputs(buf, fp) < 0 ? -1 : 0;
}

char *
json_text(const json_t *o, int flags)
{
	char *text = NULL;
	size_t size;
	FILE *fp = open_memstream(&text, &size);
	int rc;

	if (!fp)
		return NULL;
	rc = write_json(fp, o, flags);
	if (fclose(fp) == EOF || rc < 0) {
		free(text);
		return NULL;
	}
	return text;
}
