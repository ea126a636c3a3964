/* SPDX-License-Identifier: MIT */
#include <sys/stat.h>

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "files.h"

enum { MODE_DEFAULT = 0600, SIZE_LIMIT = 64 << 20 };

static char *
read_file(const char *path, struct stat *st, size_t *len)
{
	FILE *f = fopen(path, "r");
	char *data;

	if (!f || fstat(fileno(f), st) < 0)
		errx(1, "ERROR: --add-file=%s: [Errno %d] %s: '%s'", path,
		    errno, strerror(errno), path);
	if (!S_ISREG(st->st_mode))
		errx(1, "ERROR: --add-file=%s: not a regular file", path);
	if (st->st_size > SIZE_LIMIT)
		errx(1, "ERROR: --add-file=%s: file is too large", path);
	if (!(data = malloc(st->st_size + 1)))
		err(1, NULL);
	*len = fread(data, 1, st->st_size, f);
	data[*len] = '\0';
	fclose(f);
	return data;
}

/* "data" and "encoding" of the bytes. */
static json_t *
encode(int mode, const char *data, size_t len)
{
	json_t *o = json_pack("{s:i}", "mode", S_IFREG | mode);
	json_t *text = memchr(data, '\0', len) ? NULL : json_stringn(data, len);
	char *b64;

	if (text) {
		json_object_set_new(o, "data", text);
		json_object_set_new(o, "encoding", json_string("utf-8"));
		return o;
	}
	if (!(b64 = base64_encode(data, len)))
		err(1, NULL);
	json_object_set_new(o, "data", json_string(b64));
	json_object_set_new(o, "encoding", json_string("base64"));
	free(b64);
	return o;
}

static void
add_path(json_t *files, const char *name, const char *path, int mode)
{
	struct stat st;
	size_t len;
	char *data = read_file(path, &st, &len);
	json_t *o =
	    encode(mode >= 0 ? mode : (int)(st.st_mode & 07777), data, len);

	json_object_set_new(o, "size", json_integer((json_int_t)len));
	json_object_set_new(files, name, o);
	free(data);
}

/* "\n" written in an argument is a newline. */
static char *
unescape(const char *text)
{
	char *s = strdup(text), *out = s;

	if (!s)
		err(1, NULL);
	for (const char *p = text; *p; p++) {
		if (p[0] == '\\' && p[1] == 'n') {
			*out++ = '\n';
			p++;
		} else {
			*out++ = *p;
		}
	}
	*out = '\0';
	return s;
}

void
file_add_text(json_t *files, const char *name, int mode, const char *text)
{
	json_object_set_new(files, name, encode(mode, text, strlen(text)));
}

/* NAME or NAME:PERMS, without PERMS then. -1 = none. */
static int
take_mode(char *name)
{
	char *colon = strrchr(name, ':'), *end;
	long mode;

	if (!colon || !isdigit((unsigned char)colon[1]))
		return -1;
	mode = strtol(colon + 1, &end, 8);
	if (*end || mode > 07777)
		return -1;
	*colon = '\0';
	return (int)mode;
}

void
file_add(json_t *files, const char *text)
{
	size_t n = strcspn(text, "=\n");
	bool has_name = text[n] == '=';
	const char *arg = has_name ? text + n + 1 : text;
	const char *slash = strrchr(arg, '/');
	char *name =
	    has_name ? strndup(text, n) : strdup(slash ? slash + 1 : arg);
	char *data = unescape(arg);
	int mode;

	if (!name)
		err(1, NULL);
	mode = has_name ? take_mode(name) : -1;
	if (!has_name && strchr(data, '\n'))
		errx(1, "ERROR: --add-file: file name missing");
	if (!*name)
		errx(1, "ERROR: --add-file: file name missing");
	if (strchr(data, '\n'))
		file_add_text(
		    files, name, mode >= 0 ? mode : MODE_DEFAULT, data);
	else
		add_path(files, name, arg, mode);
	free(data);
	free(name);
}
