/* SPDX-License-Identifier: MIT */
/*
 * The script for bash. It needs no other package. bash takes --name=value
 * apart into three words, so that values are looked up by the word before.
 */
#include <stdio.h>

#include "completion.h"

static const char head[] =
    "# bash completion of flux, made by: flux completion bash\n"
    "\n"
    "# What a command takes, into the caller's variables.\n"
    "_flux_table() {\n"
    "\t_options= _values= _operands=file _commands=\n"
    "\tcase $1 in\n";

static const char tail[] =
    "\tesac\n"
    "}\n"
    "\n"
    "# Words of a kind. Ids in the form that was begun.\n"
    "_flux_words() {\n"
    "\tcase $1 in\n"
    "\tjobs)\n"
    "\t\tcase $2 in\n"
    "\t\tƒ*) flux jobs -no '{id.f58}' ;;\n"
    "\t\t[0-9]*) flux jobs -no '{id.dec}' ;;\n"
    "\t\t*) flux jobs -no '{id.f58plain}' ;;\n"
    "\t\tesac ;;\n"
    "\tqueues) flux queue list -no '{queue}' ;;\n"
    "\twhen) echo always never auto ;;\n"
    "\tshells) echo bash zsh fish ;;\n"
    "\tesac 2>/dev/null\n"
    "}\n"
    "\n"
    "# The kind of the value of an option into _kind; empty if it has none.\n"
    "_flux_value() {\n"
    "\tlocal w\n"
    "\t_kind=\n"
    "\tfor w in $_values; do\n"
    "\t\t[ \"${w%%:*}\" != \"$1\" ] || _kind=${w#*:}\n"
    "\tdone\n"
    "}\n"
    "\n"
    "_flux_reply() {\n"
    "\tlocal IFS=$'\\n'\n"
    "\tcase $1 in\n"
    "\tfile) compopt -o filenames 2>/dev/null\n"
    "\t\tCOMPREPLY=($(compgen -f -- \"$2\")) ;;\n"
    "\tcommand) COMPREPLY=($(compgen -c -- \"$2\")) ;;\n"
    "\tnone) ;;\n"
    "\t*) IFS=$' \\t\\n'\n"
    "\t\tCOMPREPLY=($(compgen -W \"$(_flux_words \"$1\" \"$2\")\" -- \"$2\"))\n"
    "\t\t;;\n"
    "\tesac\n"
    "}\n"
    "\n"
    "_flux() {\n"
    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} key= rest= equals= i w option\n"
    "\tlocal _options _values _operands _commands _kind\n"
    "\tCOMPREPLY=()\n"
    "\t_flux_table ''\n"
    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
    "\t\tw=${COMP_WORDS[i]}\n"
    "\t\tcase $w in\n"
    "\t\t-*)\n"
    "\t\t\t_flux_value \"$w\"\n"
    "\t\t\tif [ \"${COMP_WORDS[i + 1]}\" = = ]; then\n"
    "\t\t\t\t((i += 2))\n"
    "\t\t\telif [ -n \"$_kind\" ] && [[ $_kind != \\?* ]]; then\n"
    "\t\t\t\t((i += 1))\n"
    "\t\t\tfi\n"
    "\t\t\tcontinue ;;\n"
    "\t\tesac\n"
    "\t\tcase \" $_commands \" in\n"
    "\t\t*\" $w \"*) key=${key:+$key }$w; _flux_table \"$key\" ;;\n"
    "\t\t*) rest=1; break ;;\n"
    "\t\tesac\n"
    "\tdone\n"
    "\tif [ -n \"$rest\" ] && [ \"$_operands\" = command ]; then\n"
    "\t\t_flux_reply file \"$cur\"\n"
    "\t\treturn\n"
    "\tfi\n"
    "\toption=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "\tif [ \"$cur\" = = ]; then\n"
    "\t\tcur= equals=1\n"
    "\telif [ \"$option\" = = ]; then\n"
    "\t\toption=${COMP_WORDS[COMP_CWORD - 2]} equals=1\n"
    "\tfi\n"
    "\t_flux_value \"$option\"\n"
    "\t[ -n \"$equals\" ] || [[ $_kind != \\?* ]] || _kind=\n"
    "\tif [ -n \"$_kind\" ]; then\n"
    "\t\t_flux_reply \"${_kind#\\?}\" \"$cur\"\n"
    "\telif [[ $cur == -* ]]; then\n"
    "\t\tCOMPREPLY=($(compgen -W \"$_options\" -- \"$cur\"))\n"
    "\t\t[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null\n"
    "\telif [ -n \"$_commands\" ]; then\n"
    "\t\tCOMPREPLY=($(compgen -W \"$_commands\" -- \"$cur\"))\n"
    "\telse\n"
    "\t\t_flux_reply \"$_operands\" \"$cur\"\n"
    "\tfi\n"
    "}\n"
    "complete -F _flux flux\n";

/* --name= takes a value, --name may. */
static void
put_options(const json_t *command)
{
	json_t *o;
	size_t i;

	printf("\t\t_options='");
	json_array_foreach(json_object_get(command, "options"), i, o) {
		const char *name = text_of(o, "name");
		const char *letter = text_of(o, "letter");
		int takes = *text_of(o, "value") &&
			    !json_is_true(json_object_get(o, "optional"));

		if (*name)
			printf(" --%s%s", name, takes ? "=" : "");
		if (*letter)
			printf(" -%s", letter);
	}
	printf("'\n");
}

/* OPTION:KIND, OPTION:?KIND if the value may be left out */
static void
put_values(const json_t *command)
{
	json_t *o;
	size_t i;

	printf("\t\t_values='");
	json_array_foreach(json_object_get(command, "options"), i, o) {
		const char *name = text_of(o, "name");
		const char *letter = text_of(o, "letter");
		const char *mark =
		    json_is_true(json_object_get(o, "optional")) ? "?" : "";

		if (!*text_of(o, "value"))
			continue;
		if (*name)
			printf(" --%s:%s%s", name, mark, text_of(o, "value"));
		if (*letter)
			printf(" -%s:%s%s", letter, mark, text_of(o, "value"));
	}
	printf("'\n");
}

static void
put_commands(const json_t *command)
{
	json_t *o;
	size_t i;

	printf("\t\t_commands='");
	json_array_foreach(json_object_get(command, "commands"), i, o)
		printf("%s%s", i > 0 ? " " : "", text_of(o, "name"));
	printf("'\n");
}

void
bash_print(const json_t *table)
{
	json_t *o;
	size_t i;

	fputs(head, stdout);
	json_array_foreach(table, i, o) {
		printf("\t'%s')\n", text_of(o, "path"));
		put_options(o);
		put_values(o);
		put_commands(o);
		printf("\t\t_operands=%s ;;\n", text_of(o, "operands"));
	}
	fputs(tail, stdout);
}
