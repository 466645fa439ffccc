/* SPDX-License-Identifier: BSD-2-Clause */
/* Policy: what should happen to (message, recipient). Facts in, decision and
 * reasons out: no clock, no network, no globals. */
#ifndef SCEAU_POLICY_POLICY_H
#define SCEAU_POLICY_POLICY_H

#include "base/problems.h"

#include <glib.h>
#include <stdbool.h>

/* ---- facts ------------------------------------------------------------ */

/* Unknown is neither: a directory that did not answer, a charset that cannot
 * be decoded, a fact that is not there yet. */
typedef enum { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN } Truth;

/* Texts of one kind, UTF-8, decoded. incomplete: there may be more that we
 * could not read or have not seen yet, so "none of them matches" is unknown. */
typedef struct {
    char **texts; /* NULL-terminated, NULL counts as empty; owned */
    bool incomplete;
} PolicyTexts;

/* One header field, value decoded (RFC 2047) and unfolded. */
typedef struct {
    char *name;
    char *value;      /* owned */
    bool undecodable; /* some of it could not be decoded */
} PolicyField;

typedef enum {
    POLICY_KIND_ORDINARY = 1 << 0,
    POLICY_KIND_AUTO_REPLY = 1 << 1,
    POLICY_KIND_RECEIPT = 1 << 2,
    POLICY_KIND_BOUNCE = 1 << 3,
    POLICY_KIND_CALENDAR = 1 << 4,
    POLICY_KIND_LIST = 1 << 5,
    POLICY_KIND_BULK = 1 << 6
} PolicyKind;

typedef struct {
    char *address; /* canonical mailbox; owned */
    Truth inside;  /* its domain is one of ours */
} PolicyRecipient;

/* Everything a policy may ask about one message. Filled by flow/describe;
 * freed with policy_facts_free. */
typedef struct {
    char *sender; /* envelope sender, "" for the null sender */
    PolicyTexts from;
    char *login;               /* NULL: none */
    Truth submitted;           /* proof of who handed it in */
    char *service;             /* name of the configured service, or NULL */
    GPtrArray *fields;         /* PolicyField *: the message's own header */
    GPtrArray *inner_fields;   /* PolicyField *: of forwarded messages inside */
    bool inner_incomplete;     /* the body may hold more inner_fields */
    PolicyTexts subject;       /* every Subject field of the message's header */
    PolicyTexts inner_subject; /* those of messages inside */
    unsigned kinds;            /* PolicyKind set; 0: not known yet */
    Truth is_signed;
    Truth is_encrypted; /* verified structure, not a claim */
    guint64 size_bytes;
    bool size_known;
    gint64 now_s; /* seconds since 1970, for list entries with "until"; set by
                     policy_facts_new; 0: not known */
    GPtrArray *recipients; /* PolicyRecipient * */
} PolicyFacts;

PolicyFacts *policy_facts_new(void);
void policy_facts_free(PolicyFacts *facts); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PolicyFacts, policy_facts_free)

PolicyField *policy_field_new(const char *name, const char *value,
                              bool undecodable);
void policy_field_free(PolicyField *field);
PolicyRecipient *policy_recipient_new(const char *address, Truth inside);
void policy_recipient_free(PolicyRecipient *recipient);

/* ---- decisions -------------------------------------------------------- */

/* The aspects a policy sets; for each the first rule that sets it wins. */
typedef enum {
    ENCRYPT_NEVER, /* neutral */
    ENCRYPT_IF_POSSIBLE,
    ENCRYPT_BY_SENDER,
    ENCRYPT_REQUIRED
} PolicyEncrypt;

typedef enum { SIGN_NEVER, SIGN_IF_POSSIBLE, SIGN_REQUIRED } PolicySign;

typedef enum {
    VERDICT_DELIVER,
    VERDICT_DEFER,
    VERDICT_REFUSE,
    /* An unknown fact could have changed an open aspect. */
    VERDICT_UNDECIDED
} PolicyVerdict;

/* What was found about a recipient, the message or the signer. */
typedef enum {
    CLASS_NONE,
    CLASS_UNUSABLE,
    CLASS_REVOKED,
    CLASS_ON_HOLD,
    CLASS_REVOCATION_UNKNOWN,
    CLASS_LOST,
    CLASS_AMBIGUOUS,
    CLASS_DIRECTORY_DOWN,
    CLASS_ALREADY_PROTECTED,
    CLASS_ENCRYPTED_FOR,
    CLASS_ENCRYPTED_NOT_FOR,
    CLASS_NOT_ALLOWED,
    CLASS_KEY_UNUSABLE,
    CLASS_KEY_AWAY,
    CLASS_UNREPRESENTABLE,
    CLASS_CLOCK,
    CLASS_COUNT
} PolicyClass;

/* The word of a class in "on CLASS …", e.g. "directory-down". */
const char *policy_class_get_name(PolicyClass class);

/* "on CLASS clear | defer | refuse"; DEFAULT: the table in sceau-policy(5). */
typedef enum { ON_DEFAULT, ON_CLEAR, ON_DEFER, ON_REFUSE } PolicyOn;

/* How a copy that is signed or encrypted looks. The value of each is one of
 * the WANT_… below; 0 is neutral. */
typedef enum {
    FORM_CIPHER,    /* WANT_CIPHER_ANY, WANT_AES_… */
    FORM_TRANSPORT, /* WANT_TRANSPORT_ANY, WANT_PKCS1, WANT_OAEP */
    FORM_SIGNATURE, /* WANT_DETACHED, WANT_OPAQUE */
    FORM_SUBJECT,   /* WANT_SUBJECT_KEPT, …_REPLACED, …_WITHOUT_TAG */
    FORM_HEADERS,   /* WANT_HEADERS_OUTSIDE, WANT_HEADERS_PROTECTED */
    FORM_COUNT
} PolicyForm;

enum {
    WANT_CIPHER_ANY, /* what the recipient opens */
    WANT_AES_256_CBC,
    WANT_AES_128_CBC,
    WANT_AES_256_GCM,
    WANT_AES_128_GCM
};
enum { WANT_TRANSPORT_ANY, WANT_PKCS1, WANT_OAEP };
enum { WANT_DETACHED, WANT_OPAQUE };
enum { WANT_SUBJECT_KEPT, WANT_SUBJECT_REPLACED, WANT_SUBJECT_WITHOUT_TAG };
enum { WANT_HEADERS_OUTSIDE, WANT_HEADERS_PROTECTED }; /* RFC 9788 */

typedef enum {
    ASPECT_ENCRYPT,
    ASPECT_SIGN,
    ASPECT_VERDICT,
    ASPECT_FORM,                          /* + PolicyForm */
    ASPECT_ON = ASPECT_FORM + FORM_COUNT, /* + PolicyClass */
    ASPECT_COUNT = ASPECT_ON + CLASS_COUNT
} PolicyAspect;

/* Which rule set an aspect; rule NULL: no rule did ("default"). */
typedef struct {
    const char *rule; /* borrowed from the Policy */
    Position at;
} PolicyBy;

/* Policy's word on one recipient. Texts are borrowed from the Policy. */
typedef struct {
    PolicyEncrypt encrypt;
    bool encrypt_only_here; /* "for this recipient": does not bind others */
    PolicySign sign;
    PolicyVerdict verdict;
    const char *text_fr; /* of refuse or defer; NULL: none given */
    const char *text_en;
    int form[FORM_COUNT]; /* WANT_… */
    const char *subject;  /* instead of the message's; NULL: none given */
    PolicyOn on[CLASS_COUNT];
    PolicyBy by[ASPECT_COUNT];
    const char *label; /* highest label that applies, NULL: none */
    int level;         /* its level, 0: none */
    char *undecided;   /* VERDICT_UNDECIDED: which fact, for whom; owned */
    GString *trace;    /* every rule looked at and why, a line each; owned */
} PolicyDecision;

void policy_decision_free(PolicyDecision *decision); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PolicyDecision, policy_decision_free)

/* ---- the policy ------------------------------------------------------- */

/* Immutable once loaded; any thread may evaluate it. */
typedef struct Policy Policy;

/* Reads a policy and the list files it names; every mistake goes to
 * problems. Never NULL: when problems_count grew, only free it. */
Policy *policy_load(const char *path, Problems *problems);
Policy *policy_parse(const char *file, const char *bytes, size_t size_bytes,
                     Problems *problems);
void policy_free(Policy *policy); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Policy, policy_free)

/* The decision for facts->recipients[recipient]. Cannot fail: "could not
 * decide" is a verdict. Caller frees with policy_decision_free. */
PolicyDecision *policy_evaluate(const Policy *policy, const PolicyFacts *facts,
                                unsigned recipient);

/* The same for all recipients, in their order (PolicyDecision *, freed with
 * the array): what does not depend on the recipient is found out once. */
GPtrArray *policy_evaluate_all(const Policy *policy, const PolicyFacts *facts);

/* Whether any rule or label asks for a fact that only the body tells. */
bool policy_needs_body(const Policy *policy);

/* subject (UTF-8) without the bracketed tags in which a label finds one of its
 * words: "[Confidentiel] plan" becomes "plan". NULL: there is none. Caller
 * frees. */
char *policy_strip_tags(const Policy *policy, const char *subject);

/* SHA-256 of the policy's text and its lists, hex; for logs. Borrowed. */
const char *policy_get_hash(const Policy *policy);

/* The trace as text a postmaster understands. Caller frees. */
char *policy_explain(const PolicyDecision *decision);

#endif
