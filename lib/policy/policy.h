/* What may be issued: a pure function of template, request, caller and time. Nothing here touches
 * the database, the network or a signing key, so every rule can be tested with plain data. */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "cepces/model.h"
#include "request/request.h"

/* Who asks, as far as decisions go. */
typedef struct cepces_caller_t {
    const char *name;                /* canonical */
    const cepces_account_t *account; /* or NULL: a principal without an account */
    cepces_strings_t groups;
    bool anonymous;
} cepces_caller_t;

/* --- Templates -------------------------------------------------------------------------------- */

/* Something an administrator should know about a template. */
typedef struct cepces_finding_t {
    bool refuse;         /* the template cannot be stored; otherwise a warning */
    const char *text;    /* one sentence naming template and field */
} cepces_finding_t;

/* cepces_template_check examines a template by itself: names and OIDs well formed (arcs below
 * 2^31), schema and flags consistent, algorithm, key length and providers fitting, validity >
 * renewal, EKU and application policies equal. Warnings include a compatibility nibble above 5
 * (stock clients hide the template), and validity under 5 days or renewal under 1 day on a template
 * that autoenrolls. */
void cepces_template_check(const cepces_finding_t **out, size_t *num, const cepces_template_t *t,
                           apr_pool_t *p);

/* cepces_template_unoffered returns why a stored template cannot be offered by this version (it
 * needs key archival, attestation, RA signatures, approval, …), or NULL when it can. Such a
 * template is neither shown nor issued. */
const char *cepces_template_unoffered(const cepces_template_t *t);

/* cepces_template_same tells whether two templates differ in nothing that clients or issuance can
 * see: everything but ids, revision and time. */
bool cepces_template_same(const cepces_template_t *a, const cepces_template_t *b);

/* cepces_template_key_usage is the key usage that certificates of the template carry, and that
 * clients are told: the template's without what its kind of key cannot do, and never empty (rule
 * V52). */
uint16_t cepces_template_key_usage(const cepces_template_t *t);

/* cepces_template_extensions encodes what clients copy into their requests and what issued
 * certificates carry: the template extension (20.2 for schema 1, 21.7 above), EKU, key usage,
 * application policies (schema 2 and up), issuance policies, basic constraints for end entities
 * where flagged. |key_usage| is written as given. */
typedef struct cepces_template_extension_t {
    const char *oid;
    bool critical;
    cepces_bytes_t value; /* content of extnValue */
} cepces_template_extension_t;

cepces_status_t cepces_template_extensions(const cepces_template_extension_t **out, size_t *num,
                                           const cepces_template_t *t, uint16_t key_usage,
                                           apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_template_find picks the template a request asks for among |candidates| (rule V30): all
 * identifiers present in the request and |hint| (the SOAP context item, or NULL) must name the same
 * one. Errors: CEPCES_E_NO_TEMPLATE, CEPCES_E_UNSUPPORTED_TEMPLATE, CEPCES_E_TEMPLATE_CONFLICT. */
cepces_status_t cepces_template_find(const cepces_template_t **out, const cepces_request_t *request,
                                     const char *hint, cepces_templates_t candidates,
                                     apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Access ----------------------------------------------------------------------------------- */

typedef struct cepces_access_t {
    uint32_t rights;                /* CEPCES_RIGHT_…, over all entries that match */
    cepces_strings_t name_patterns; /* likewise */
} cepces_access_t;

/* cepces_access_evaluate adds up the entries that match |who|: deny by default. */
void cepces_access_evaluate(cepces_access_t *out, const cepces_access_entry_t *const *entries,
                            size_t num, const cepces_caller_t *who, apr_pool_t *p);

/* Name patterns bind the names that an enrollee may supply; without a pattern none is allowed.
 * Except in what follows the host of a URI, letters are compared without regard to case.
 *
 *   dns:host.example.com      exactly this name
 *   dns:*.example.com         any number of labels below example.com, not example.com itself; it also covers the
 *                             wildcard names *.example.com and *.a.example.com, for templates that allow wildcards
 *   dns:*                     every DNS name
 *   cn:TEXT                   a common name; "*" is any run of characters. A common name is also allowed when it is one
 *                             of the granted alternative names or covered by a dns:, upn: or email: pattern
 *   upn:*@example.com         a user principal name; likewise email:; upn:* and email:* are every one
 *   ip:10.0.0.0/8             an address or a network, IPv4 or IPv6; ip:* is every address
 *   uri:https://host/path*    "*" matches in what follows the host; the host may be *.example.com as for dns:;
 *                             scheme and port must be equal; uri:* is every URI of http, https, ldap, ldaps, spiffe
 *   rdn:DC=example            another subject attribute, by its short name or OID, "*" as above. C, ST, L, O, OU, street
 *                             and postalCode are free unless there is a pattern for their type;
 * all others need one */

/* cepces_pattern_check tells whether a name pattern is well formed. Errors: CEPCES_E_INVALID says
 * what is accepted. */
cepces_status_t cepces_pattern_check(const char *pattern, cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Decision --------------------------------------------------------------------------------- */

typedef struct cepces_decision_input_t {
    const cepces_template_t *tmpl;
    const cepces_request_t *request;
    const cepces_caller_t *who;
    const cepces_access_t *access;   /* of |who| on the template */
    apr_time_t now;
    apr_time_t ca_not_after;
    int64_t backdate_secs;
} cepces_decision_input_t;

/* A certificate as decided: everything but serial, issuer, key identifiers, AIA, CDP and
 * signature. */
typedef struct cepces_plan_t {
    const cepces_template_t *tmpl;
    const cepces_key_t *key;
    cepces_bytes_t subject_der;      /* Name; may be the empty sequence */
    const char *subject_text;        /* RFC 4514 */
    const cepces_san_t *sans;
    size_t num_sans;
    bool san_critical;               /* with an empty subject: RFC 5280, 4.2.1.6 */
    const char *sid;                 /* SID extension, or NULL */
    const cepces_template_extension_t *extensions; /* from cepces_template_extensions, key usage adapted to the key */
    size_t num_extensions;
    cepces_bytes_t smime_capabilities; /* DER, or empty */
    bool revocation_info;            /* false: no CDP and no OCSP pointer */
    apr_time_t not_before, not_after; /* whole seconds */
    cepces_strings_t dropped;        /* what was asked for and not given: OIDs and names, for the audit */
} cepces_plan_t;

/* cepces_policy_decide says what to do with |in->request|: a plan, or the status that refuses it
 * with its rule. It checks, in this order, what the template offers
 * (CEPCES_E_UNSUPPORTED_TEMPLATE), the revision asked for (V31), the enroll right (V32), key rules
 * (V20–V23 against the template, SHA-1 by design), signature and renewal requirements, requested
 * extensions (V41, V42), subject and names (V43–V50), SID (V51), key usage (V52), validity (V54).
 * |*out| lives in |p| and points into the input. */
cepces_status_t cepces_policy_decide(const cepces_plan_t **out, const cepces_decision_input_t *in,
                                     apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
