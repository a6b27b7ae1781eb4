/* What the files of the policy room share among themselves: the syntax of names, the table of
 * subject attributes, the matching of name patterns, and the steps of a decision. Nobody outside
 * lib/policy/ includes this. */
#ifndef POLICY_INTERNAL_H
#define POLICY_INTERNAL_H

#include "policy/policy.h"

/* --- Syntax (syntax.c) ------------------------------------------------------------------------ */

#define CEPCES_POLICY_MAX_DNS_LEN 253
#define CEPCES_POLICY_MAX_LABEL_LEN 63
#define CEPCES_POLICY_MAX_MAILBOX_LEN 254
#define CEPCES_POLICY_MAX_UPN_LEN 1024
#define CEPCES_POLICY_MAX_URI_LEN 2048
#define CEPCES_POLICY_MAX_OID_LEN 64 /* octets of the encoding, as in rule V16 */

/* cepces_syntax_dns tells whether |name| is a DNS name of letters, digits and hyphens (A-labels):
 * no empty label, no label that begins or ends with a hyphen, and not an address in disguise (a
 * last label of digits only). */
bool cepces_syntax_dns(const char *name);

/* cepces_syntax_dns_wildcard tells whether |name| is "*." and a DNS name of at least two labels. */
bool cepces_syntax_dns_wildcard(const char *name);

/* cepces_syntax_email tells whether |text| is a mailbox of printable ASCII: one "@", a DNS name
 * behind it. */
bool cepces_syntax_email(const char *text);

/* cepces_syntax_upn does the same for a user principal name, whose first part may be any UTF-8. */
bool cepces_syntax_upn(const char *text);

/* The parts of scheme://authority/rest, each a slice of the text. */
typedef struct cepces_uri_parts_t {
    const char *scheme, *host, *port, *rest; /* copies; |port| is "" when there is none */
} cepces_uri_parts_t;

/* cepces_syntax_uri splits a URI of the schemes we issue (http, https, ldap, ldaps, spiffe); false
 * when it is anything else, names a user, or has dot segments that a prefix pattern would not see
 * through. */
bool cepces_syntax_uri(cepces_uri_parts_t *out, const char *text, apr_pool_t *p);

/* cepces_syntax_oid tells whether |text| is an object identifier in dotted decimal whose arcs are
 * all below 2^31: longer ones are truncated by some clients (rule T25). */
bool cepces_syntax_oid(const char *text);

/* cepces_syntax_sid tells whether |text| is a security identifier: "S-1-" and numbers ([MS-DTYP]
 * 2.4.2.1). */
bool cepces_syntax_sid(const char *text);

/* cepces_syntax_text tells whether |text| is UTF-8 without control characters and of 1 to
 * |max_chars| characters. */
bool cepces_syntax_text(const char *text, size_t max_chars);

/* cepces_syntax_glob matches |text| against |pattern|, in which "*" stands for any run of
 * characters. */
bool cepces_syntax_glob(const char *pattern, const char *text, bool ignore_case);

/* --- Subject attributes (attributes.c) -------------------------------------------------------- */

/* Who decides the value of an attribute in a subject the requester supplies. */
typedef enum cepces_attribute_rule_t {
    CEPCES_ATTRIBUTE_NAME,  /* CN: a pattern or a granted alternative name */
    CEPCES_ATTRIBUTE_EMAIL, /* an email: pattern */
    CEPCES_ATTRIBUTE_BOUND, /* identifies somebody: an rdn: pattern */
    CEPCES_ATTRIBUTE_FREE   /* describes: free, unless there is an rdn: pattern for the type */
} cepces_attribute_rule_t;

typedef struct cepces_attribute_t {
    const char *oid;
    const char *name; /* as in RFC 4514 text */
    size_t max_chars;
    bool ascii; /* PrintableString or IA5String by its definition */
    cepces_attribute_rule_t rule;
} cepces_attribute_t;

/* cepces_attribute_by_oid and cepces_attribute_by_name find a known attribute type, or NULL. Names
 * are compared without regard to case; an OID is accepted as a name too. */
const cepces_attribute_t *cepces_attribute_by_oid(const char *oid);
const cepces_attribute_t *cepces_attribute_by_name(const char *name);

/* --- Name patterns (patterns.c) --------------------------------------------------------------- */

/* Each tells whether one of |patterns| covers the name. The names have passed the syntax checks
 * above. */
bool cepces_patterns_cover_dns(cepces_strings_t patterns, const char *name);
bool cepces_patterns_cover_email(cepces_strings_t patterns, const char *email);
bool cepces_patterns_cover_upn(cepces_strings_t patterns, const char *upn);
bool cepces_patterns_cover_cn(cepces_strings_t patterns, const char *cn);
bool cepces_patterns_cover_ip(cepces_strings_t patterns, cepces_bytes_t octets);
bool cepces_patterns_cover_uri(cepces_strings_t patterns, const char *uri, apr_pool_t *p);
bool cepces_patterns_cover_rdn(cepces_strings_t patterns, const cepces_attribute_t *attribute,
                               const char *value);

/* cepces_patterns_bind_rdn tells whether any pattern is about attributes of this type. */
bool cepces_patterns_bind_rdn(cepces_strings_t patterns, const cepces_attribute_t *attribute);

/* --- Key rules (keyrules.c) ------------------------------------------------------------------- */

/* The key algorithms that templates name. */
typedef struct cepces_key_algorithm_t {
    const char *name; /* the CNG name: [MS-WCCE] 3.1.2.4.2.2.2.5 */
    cepces_key_type_t type;
    unsigned bits;  /* of the curve; 0: chosen by the template */
    bool agreement; /* ECDH: the key is for key agreement */
    bool windows;   /* stock Windows clients can make such a key */
} cepces_key_algorithm_t;

/* cepces_key_algorithm_find returns the algorithm of that name, or NULL. */
const cepces_key_algorithm_t *cepces_key_algorithm_find(const char *name);

/* cepces_keyrules_check tests the key and the signature of |request| against the template: V20,
 * V21, V22. */
cepces_status_t cepces_keyrules_check(const cepces_template_t *t, const cepces_request_t *request,
                                      cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Names (supplied.c, built.c) -------------------------------------------------------------- */

/* The names a certificate will carry. */
typedef struct cepces_names_t {
    const cepces_rdn_t *rdns;
    size_t num_rdns;
    const cepces_san_t *sans;
    size_t num_sans;
    const char *sid;          /* or NULL */
    cepces_strings_t dropped; /* names the request has and the certificate will not */
} cepces_names_t;

/* cepces_names_supplied takes the names from the request: rules V43 and V44, every one of them
 * against the patterns. */
cepces_status_t cepces_names_supplied(cepces_names_t *out, const cepces_decision_input_t *in,
                                      apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_names_built makes the names from the caller's account as the template's flags say; those
 * in the request are dropped: rules V45, V50 and V51. */
cepces_status_t cepces_names_built(cepces_names_t *out, const cepces_decision_input_t *in,
                                   apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Requested extensions (requested.c) ------------------------------------------------------- */

/* What is taken from the extensions of the request when the template allows it; nothing else ever
 * is (V41). */
typedef struct cepces_requested_t {
    cepces_strings_t issuance_policies;
    cepces_bytes_t smime_capabilities;
} cepces_requested_t;

/* cepces_requested_read refuses repeated extensions (V42) and reads those of cepces_requested_t. */
cepces_status_t cepces_requested_read(cepces_requested_t *out, const cepces_template_t *t,
                                      const cepces_request_t *request, apr_pool_t *p,
                                      cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_requested_dropped adds the OIDs of requested extensions that |plan| does not grant to
 * |plan->dropped|; a strict template refuses when there is one. */
cepces_status_t cepces_requested_dropped(cepces_plan_t *plan, const cepces_request_t *request,
                                         apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Extensions of the template (template_extensions.c) --------------------------------------- */

/* cepces_template_encode is cepces_template_extensions with issuance policies of the caller's
 * choice. */
cepces_status_t cepces_template_encode(const cepces_template_extension_t **out, size_t *num,
                                       const cepces_template_t *t, uint16_t key_usage,
                                       cepces_strings_t issuance_policies, apr_pool_t *p,
                                       cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
