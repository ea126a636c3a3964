/* SPDX-License-Identifier: MIT */
/*
 * The script for zsh: to be sourced, or installed as _flux in a directory of
 * $fpath.
 */
#include <stdio.h>

#include "completion.h"

static const char head[] =
    "#compdef flux\n"
    "# zsh completion of flux, made by: flux completion zsh\n"
    "\n"
    "# What a command takes, into the caller's variables.\n"
    "_flux_table() {\n"
    "\toptions_=() values_=() commands_=() operands_=file\n"
    "\tcase $1 in\n";

static const char tail[] =
    "\tesac\n"
    "}\n"
    "\n"
    "_flux_reply() {\n"
    "\tlocal -a list\n"
    "\tcase $1 in\n"
    "\t(file) _files ;;\n"
    "\t(command) _command_names -e ;;\n"
    "\t(jobs)\n"
    "\t\tlist=(${(f)\"$(flux jobs -no '{id.f58plain}' 2>/dev/null)\"})\n"
    "\t\tcompadd -a list ;;\n"
    "\t(queues)\n"
    "\t\tlist=(${(f)\"$(flux queue list -no '{queue}' 2>/dev/null)\"})\n"
    "\t\tcompadd -a list ;;\n"
    "\t(when) compadd always never auto ;;\n"
    "\t(shells) compadd bash zsh fish ;;\n"
    "\tesac\n"
    "}\n"
    "\n"
    "_flux() {\n"
    "\tlocal -a options_ values_ commands_\n"
    "\tlocal operands_ key= rest= w kind\n"
    "\tlocal -i i\n"
    "\t_flux_table ''\n"
    "\tfor (( i = 2; i < CURRENT; i++ )); do\n"
    "\t\tw=${words[i]}\n"
    "\t\tif [[ $w == -* ]]; then\n"
    "\t\t\tkind=${${(M)values_:#${w}:*}#*:}\n"
    "\t\t\t[[ -z $kind || $kind == '?'* ]] || (( i++ ))\n"
    "\t\telif [[ -n ${(M)commands_:#${w}:*} ]]; then\n"
    "\t\t\tkey=${key:+$key }$w\n"
    "\t\t\t_flux_table $key\n"
    "\t\telse\n"
    "\t\t\trest=1\n"
    "\t\t\tbreak\n"
    "\t\tfi\n"
    "\tdone\n"
    "\tif [[ -n $rest && $operands_ == command ]]; then\n"
    "\t\t_files\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tw=${words[CURRENT]}\n"
    "\tif [[ $w == --*=* ]]; then\n"
    "\t\tkind=${${(M)values_:#${w%%=*}:*}#*:}\n"
    "\t\tcompset -P '*='\n"
    "\t\t_flux_reply ${kind#\\?}\n"
    "\t\treturn\n"
    "\tfi\n"
    "\tkind=${${(M)values_:#${words[CURRENT-1]}:*}#*:}\n"
    "\tif [[ -n $kind && $kind != '?'* ]]; then\n"
    "\t\t_flux_reply $kind\n"
    "\telif [[ $w == -* ]]; then\n"
    "\t\t_describe -o option options_\n"
    "\telif (( $#commands_ )); then\n"
    "\t\t_describe command commands_\n"
    "\telse\n"
    "\t\t_flux_reply $operands_\n"
    "\tfi\n"
    "}\n"
    "\n"
    "if [[ ${funcstack[1]} == _flux ]]; then\n"
    "\t_flux \"$@\"\n"
    "else\n"
    "\tcompdef _flux flux\n"
    "fi\n";

/* 'NAME:HELP' */
static void
put_item(const char *dashes, const char *name, const char *help)
{
	char text[512];

	snprintf(text, sizeof(text), "%s%s:%s", dashes, name, help);
	printf("\n\t\t\t");
	put_quoted(text);
}

static void
put_options(const json_t *command)
{
	json_t *o;
	size_t i;

	printf("\t\toptions_=(");
	json_array_foreach(json_object_get(command, "options"), i, o) {
		if (*text_of(o, "name"))
			put_item("--", text_of(o, "name"), text_of(o, "help"));
		if (*text_of(o, "letter"))
			put_item("-", text_of(o, "letter"), text_of(o, "help"));
	}
	printf(")\n");
}

static void
put_values(const json_t *command)
{
	json_t *o;
	size_t i;

	printf("\t\tvalues_=(");
	json_array_foreach(json_object_get(command, "options"), i, o) {
		char kind[32];

		if (!*text_of(o, "value"))
			continue;
		snprintf(kind, sizeof(kind), "%s%s",
		    json_is_true(json_object_get(o, "optional")) ? "?" : "",
		    text_of(o, "value"));
		if (*text_of(o, "name"))
			put_item("--", text_of(o, "name"), kind);
		if (*text_of(o, "letter"))
			put_item("-", text_of(o, "letter"), kind);
	}
	printf(")\n");
}

void
zsh_print(const json_t *table)
{
	json_t *o, *sub;
	size_t i, k;

	fputs(head, stdout);
	json_array_foreach(table, i, o) {
		printf("\t('%s')\n", text_of(o, "path"));
		put_options(o);
		put_values(o);
		printf("\t\tcommands_=(");
		json_array_foreach(json_object_get(o, "commands"), k, sub)
			put_item(
			    "", text_of(sub, "name"), text_of(sub, "summary"));
		printf(")\n\t\toperands_=%s ;;\n", text_of(o, "operands"));
	}
	fputs(tail, stdout);
}
