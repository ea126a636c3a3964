/* SPDX-License-Identifier: MIT */
/*
 * Values of fields: how they are set, what they print as, how they sort.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fluid.h"
#include "jsontext.h"
#include "textbuf.h"
#include "value.h"

void
value_fini(struct value *v)
{
	free(v->own);
	memset(v, 0, sizeof(*v));
}

int
value_str(struct value *v, const char *s)
{
	v->kind = s ? VALUE_STR : VALUE_UNSET;
	v->s = s;
	return 0;
}

int
value_int(struct value *v, int64_t i)
{
	v->kind = VALUE_INT;
	v->i = i;
	return 0;
}

int
value_float(struct value *v, double f)
{
	v->kind = VALUE_FLOAT;
	v->f = f;
	return 0;
}

int
value_bool(struct value *v, bool b)
{
	v->kind = VALUE_BOOL;
	v->b = b;
	return 0;
}

int
value_jobid(struct value *v, uint64_t id)
{
	v->kind = VALUE_JOBID;
	v->id = id;
	return 0;
}

int
value_missing(struct value *v)
{
	v->kind = VALUE_MISSING;
	return 0;
}

int
value_take(struct value *v, char *s)
{
	if (!s) {
		errno = ENOMEM;
		return -1;
	}
	v->own = s;
	return value_str(v, s);
}

int
value_json(struct value *v, const json_t *o)
{
	if (!o)
		return 0;
	switch (json_typeof(o)) {
	case JSON_STRING:
		return value_str(v, json_string_value(o));
	case JSON_INTEGER:
		return value_int(v, json_integer_value(o));
	case JSON_REAL:
		return value_float(v, json_real_value(o));
	case JSON_TRUE:
	case JSON_FALSE:
		return value_bool(v, json_is_true(o));
	case JSON_NULL:
		return value_str(v, "None");
	case JSON_OBJECT:
		if (json_object_size(o) == 0)
			return value_str(v, "");
		break;
	case JSON_ARRAY:
		break;
	}
	return value_take(v, json_text(o, 0));
}

/* "d.ddde±xx" with the fewest digits that read back. 15 digits say what any
 * number of up to 15 digits is; more are needed by few. */
static void
shortest_digits(char *buf, size_t size, double x)
{
	char *e, *end;

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(buf, size, "%.*e", digits - 1, x);
		if (digits == 17 || strtod(buf, NULL) == x)
			break;
	}
	e = end = strchr(buf, 'e');
	while (end[-1] == '0')
		end--;
	if (end[-1] == '.')
		end--;
	memmove(end, e, strlen(e) + 1);
}

/* Whole microseconds, as times are. */
static bool
seconds_text(char *buf, size_t size, double x)
{
	struct textbuf b = { 0 };
	bool is_good = textbuf_add_seconds(&b, x) && !b.has_failed &&
		       strlcpy(buf, b.text, size) < size;

	free(textbuf_take(&b));
	return is_good;
}

char *
value_float_text(char *buf, size_t size, double x)
{
	char sci[32], *e;
	int exponent, digits, decimals;

	if (!isfinite(x)) {
		snprintf(buf, size, "%s",
		    isnan(x) ? "nan"
		    : x < 0  ? "-inf"
			     : "inf");
		return buf;
	}
	if (seconds_text(buf, size, x))
		return buf;
	shortest_digits(sci, sizeof(sci), x);
	e = strchr(sci, 'e');
	exponent = strtol(e + 1, NULL, 10);
	if (exponent < -4 || exponent >= 16) {
		snprintf(buf, size, "%s", sci);
		return buf;
	}
	digits = strspn(sci + (*sci == '-'), "0123456789.");
	digits -= digits > 1; /* the point */
	decimals = digits - 1 - exponent;
	snprintf(buf, size, "%.*f", decimals > 0 ? decimals : 1, x);
	return buf;
}

char *
value_text(const struct value *v)
{
	char buf[FLUID_STRMAX];

	switch (v->kind) {
	case VALUE_UNSET:
	case VALUE_MISSING:
		return strdup("");
	case VALUE_STR:
		return strdup(v->s);
	case VALUE_INT:
		snprintf(buf, sizeof(buf), "%lld", (long long)v->i);
		return strdup(buf);
	case VALUE_JOBID:
		fluid_encode(buf, sizeof(buf), v->id, fluid_f58_form());
		return strdup(buf);
	case VALUE_FLOAT:
		return strdup(value_float_text(buf, sizeof(buf), v->f));
	case VALUE_BOOL:
		return strdup(v->b ? "True" : "False");
	}
	return NULL;
}

bool
value_text_is_empty(const char *text)
{
	static const char *const empty[] = { "", "0s", "0.0", "0:00:00",
		"1970-01-01T00:00:00" };
	size_t i;

	for (i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		if (strcmp(text, empty[i]) == 0)
			return true;
	return false;
}

/* How a value takes part in sorting. */
enum rank { RANK_UNSET, RANK_NUMBER, RANK_TEXT };

static bool
text_number(const char *s, double *x)
{
	char *end;

	if (strpbrk(s, "xXpP"))
		return false; /* strtod reads hexadecimal, people do not */
	*x = strtod(s, &end);
	end += strspn(end, " \t");
	return end != s && *end == '\0';
}

static enum rank
rank_of(const struct value *v, double *x)
{
	switch (v->kind) {
	case VALUE_UNSET:
	case VALUE_MISSING:
		return RANK_UNSET;
	case VALUE_STR:
		if (*v->s == '\0' || strcmp(v->s, "-") == 0 ||
		    strcmp(v->s, "None") == 0)
			return RANK_UNSET;
		return text_number(v->s, x) ? RANK_NUMBER : RANK_TEXT;
	case VALUE_INT:
		*x = (double)v->i;
		break;
	case VALUE_JOBID:
		*x = (double)v->id;
		break;
	case VALUE_FLOAT:
		*x = v->f;
		break;
	case VALUE_BOOL:
		*x = v->b;
		break;
	}
	return RANK_NUMBER;
}

int
value_compare(const struct value *a, const struct value *b)
{
	double x = 0, y = 0;
	enum rank ra = rank_of(a, &x), rb = rank_of(b, &y);

	if (ra != rb)
		return ra < rb ? -1 : 1;
	if (ra == RANK_UNSET)
		return 0;
	if (ra == RANK_TEXT)
		return strcmp(a->s, b->s);
	/* job ids may need more than the 53 bits of a double */
	if (a->kind == VALUE_JOBID && b->kind == VALUE_JOBID)
		return (a->id > b->id) - (a->id < b->id);
	return (x > y) - (x < y);
}
