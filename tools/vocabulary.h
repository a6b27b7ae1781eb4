/* The words of template files and of what commands print, beside the numbers and OIDs they stand
 * for. */
#ifndef TOOLS_VOCABULARY_H
#define TOOLS_VOCABULARY_H

#include <cyaml/cyaml.h>

#include "cepces/error.h"
#include "cepces/model.h"

/* A list of words; in one for bits every word is one bit. */
typedef struct ctl_words_t {
    const cyaml_strval_t *items;
    unsigned num;
} ctl_words_t;

/* The tables themselves, for libcyaml's schemas, which want constant addresses and counts. */
#define CTL_GENERAL_WORDS 7
#define CTL_ENROLLMENT_WORDS 17
#define CTL_PRIVATE_KEY_WORDS 12
#define CTL_SUBJECT_WORDS 4
#define CTL_ALT_NAME_WORDS 6
#define CTL_KEY_USAGE_WORDS 9
#define CTL_KEY_PURPOSE_WORDS 3
#define CTL_KEY_SPEC_WORDS 3
#define CTL_SHA1_WORDS 3
#define CTL_CONTEXT_WORDS 2
#define CTL_APPROVAL_WORDS 2
extern const cyaml_strval_t
    ctl_general_words[CTL_GENERAL_WORDS]; /* generalFlags without the context */
extern const cyaml_strval_t
    ctl_enrollment_words[CTL_ENROLLMENT_WORDS]; /* without manager approval */
extern const cyaml_strval_t
    ctl_private_key_words[CTL_PRIVATE_KEY_WORDS]; /* without exportable and versions */
extern const cyaml_strval_t
    ctl_subject_words[CTL_SUBJECT_WORDS]; /* what the subject is built from */
extern const cyaml_strval_t ctl_alt_name_words[CTL_ALT_NAME_WORDS]; /* and the alternative names */
extern const cyaml_strval_t ctl_key_usage_words[CTL_KEY_USAGE_WORDS];
extern const cyaml_strval_t ctl_key_purpose_words[CTL_KEY_PURPOSE_WORDS]; /* msPKI-Key-Usage */
extern const cyaml_strval_t ctl_key_spec_words[CTL_KEY_SPEC_WORDS];
extern const cyaml_strval_t ctl_sha1_words[CTL_SHA1_WORDS];
extern const cyaml_strval_t ctl_context_words[CTL_CONTEXT_WORDS];
extern const cyaml_strval_t ctl_approval_words[CTL_APPROVAL_WORDS];

#define CTL_WORDS(table) ((ctl_words_t){(table), sizeof(table) / sizeof((table)[0])})

/* Words that are not in template files. */
extern const ctl_words_t ctl_account_kinds;      /* cepces_account_kind_t */
extern const ctl_words_t ctl_revocation_reasons; /* CRLReason */
extern const ctl_words_t ctl_request_states;     /* cepces_request_state_t */
extern const ctl_words_t ctl_certificate_states; /* cepces_certificate_state_t */
extern const ctl_words_t ctl_auth_kinds;         /* cepces_auth_kind_t */

/* ctl_word returns the word for |value|, or "N" in digits when there is none. */
const char *ctl_word(ctl_words_t words, int64_t value, apr_pool_t *p);

/* ctl_word_value finds the value of |word|, without regard to case; false when there is none. */
bool ctl_word_value(int64_t *out, ctl_words_t words, const char *word);

/* ctl_words_join lists the words, for messages: "user, computer, service". */
const char *ctl_words_join(ctl_words_t words, apr_pool_t *p);

/* Kinds of OIDs that have names here. */
typedef enum ctl_oid_kind_t { CTL_OID_EKU, CTL_OID_EXTENSION, CTL_OID_ISSUANCE } ctl_oid_kind_t;

/* ctl_oid_from_text turns a name of |kind| or a dotted OID into the dotted form. Errors:
 * CEPCES_E_INVALID. */
cepces_status_t ctl_oid_from_text(const char **out, ctl_oid_kind_t kind, const char *text,
                                  apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* ctl_oid_text returns the name of a dotted OID, or the OID itself. */
const char *ctl_oid_text(ctl_oid_kind_t kind, const char *oid);

/* ctl_duration_parse reads "1 year", "6 weeks", "365 days", "8 hours", …: a month has 30 days and a
 * year 365, as on AD CS. Errors: CEPCES_E_INVALID. */
cepces_status_t ctl_duration_parse(int64_t *out_secs, const char *text,
                                   cepces_error_t *err) CEPCES_MUST_CHECK;

/* ctl_duration_text writes a duration in the largest unit that divides it. */
const char *ctl_duration_text(int64_t secs, apr_pool_t *p);

#endif
