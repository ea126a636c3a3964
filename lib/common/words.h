/* SPDX-License-Identifier: MIT */
#ifndef WORDS_H
#define WORDS_H

/*
 * The 1626 words of mnemonicode, with which ids can be said over a phone.
 */
#define WORDS_COUNT 1626

/* The i-th word; NULL if there is none. */
const char *words_nth(unsigned i);
/* The index of the word text[0..len); -1 if it is none. */
int words_find(const char *text, unsigned len);

#endif
