/* SPDX-License-Identifier: BSD-2-Clause */
/* Actions: the table of everything a policy may order. */
#ifndef SCEAU_POLICY_ACTIONS_H
#define SCEAU_POLICY_ACTIONS_H

#include "policy/policy.h"

typedef enum {
    ACTION_ACCEPT,
    ACTION_ENCRYPT,
    ACTION_SIGN,
    ACTION_REFUSE,
    ACTION_DEFER,
    ACTION_ON,
    ACTION_FORM /* + PolicyForm */
} ActionId;

/* A word that may follow an action; ends with word NULL. */
typedef struct {
    const char *word;
    int value; /* PolicyEncrypt, PolicySign, PolicyOn, WANT_… */
    const char *help;
} ActionValue;

typedef struct {
    const char *name;
    int id;                    /* ActionId, + PolicyForm */
    const ActionValue *values; /* NULL: none */
    const char *help;          /* one line, no full stop */
} ActionRow;

/* Ends with a row whose name is NULL. Rows of one name follow each other: the
 * word after it tells which is meant. */
extern const ActionRow actions_table[];

typedef struct {
    const char *name;
    /* What "clear" would let go: text that had to be encrypted, or unsigned
     * what had to be signed. */
    bool guards_encryption;
    bool guards_signature;
    const char *help;
} ActionClass;

extern const ActionClass actions_classes[CLASS_COUNT];

/* The first row of that name; NULL: no such action. */
const ActionRow *actions_find(const char *name);

/* The next row of the same name, or NULL. */
const ActionRow *actions_find_next(const ActionRow *row);

/* NULL: the row has no such word. */
const ActionValue *actions_find_value(const ActionRow *row, const char *word);

/* CLASS_COUNT: no such class. */
PolicyClass actions_find_class(const char *name);

/* The name of an action; the word for a value of it, "" when it has none. */
const char *actions_get_name(int id);
const char *actions_get_word(int id, int value);

/* Whether a later version will know the action, or the word after one. */
bool actions_is_later(const char *word);

#endif
