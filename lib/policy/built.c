/* Names built from the caller's account ([MS-WCCE] 3.2.2.6.2.1.4.5.9). What the request says of
 * names is noted and ignored (V45); an attribute that the template demands and the account lacks
 * refuses (V50). */
#include "policy/internal.h"

#include <ctype.h>
#include <strings.h>

#include <apr_strings.h>
#include <apr_tables.h>

typedef struct builder_t {
    const cepces_template_t *t;
    const cepces_account_t *account;
    const char *who;          /* for messages */
    apr_array_header_t *rdns; /* cepces_rdn_t */
    apr_array_header_t *sans; /* cepces_san_t */
    apr_pool_t *p;
    cepces_error_t *err;
} builder_t;

static bool
flagged(const builder_t *b, uint32_t flags)
{
    return (b->t->subject_name_flags & flags) != 0;
}

static cepces_status_t
missing(const builder_t *b, cepces_status_t status, const char *what)
{
    return cepces_error_rule(b->err, status, "V50",
                             "account \"%s\" has no %s, which template \"%s\" needs", b->who, what,
                             b->t->name);
}

static cepces_status_t
unusable(const builder_t *b, const char *what, const char *value)
{
    return cepces_error_rule(
        b->err, CEPCES_E_BAD_SUBJECT, "V50",
        "account \"%s\" has the %s \"%s\", which cannot stand in a certificate", b->who, what,
        value);
}

/* --- Subject ---------------------------------------------------------------------------------- */

static cepces_status_t
push_rdn(builder_t *b, const char *oid, const char *value)
{
    const cepces_attribute_t *attribute = cepces_attribute_by_oid(oid);

    if (!cepces_syntax_text(value, attribute->max_chars)) {
        return unusable(b, attribute->name, value);
    }
    APR_ARRAY_PUSH(b->rdns, cepces_rdn_t) =
        (cepces_rdn_t){oid, attribute->name, value, (size_t)b->rdns->nelts};
    return CEPCES_OK;
}

/* cepces_name_parse_ldap turns the text around: certificates have the root first. */
static cepces_status_t
push_directory_name(builder_t *b)
{
    X509_NAME *name = NULL;
    const cepces_rdn_t *rdns;
    size_t num;
    cepces_status_t st;

    if (b->account->directory_name == NULL) {
        return missing(b, CEPCES_E_BAD_SUBJECT, "directory name");
    }
    st = cepces_name_parse_ldap(&name, b->account->directory_name, b->p, b->err);
    if (st == CEPCES_OK) {
        st = cepces_name_decode(&rdns, &num, name, CEPCES_REQUEST_MAX_RDNS - 1, b->p, b->err);
    }
    X509_NAME_free(name);
    if (st != CEPCES_OK) {
        return cepces_error_wrap(b->err, CEPCES_E_BAD_SUBJECT, "directory name of account \"%s\"",
                                 b->who);
    }
    for (size_t i = 0; i < num; i++) {
        APR_ARRAY_PUSH(b->rdns, cepces_rdn_t) = rdns[i];
    }
    return CEPCES_OK;
}

/* The account decides what it is; a template for computers also wants a host name from an account
 * of another kind. */
static bool
named_by_host(const builder_t *b)
{
    return b->account->kind == CEPCES_ACCOUNT_COMPUTER ||
           (b->t->general_flags & CEPCES_GENERAL_MACHINE_TYPE) != 0;
}

static cepces_status_t
push_common_name(builder_t *b)
{
    const cepces_account_t *account = b->account;
    const char *cn = account->common_name != NULL ? account->common_name : account->name;

    if (named_by_host(b)) {
        if (account->dns_names.num == 0) {
            return missing(b, CEPCES_E_DNS_REQUIRED, "DNS name");
        }
        cn = account->dns_names.items[0];
        if (!cepces_syntax_dns(cn)) {
            return unusable(b, "DNS name", cn);
        }
    }
    if (cn == NULL) {
        return missing(b, CEPCES_E_BAD_SUBJECT, "common name");
    }
    return push_rdn(b, CEPCES_OID_COMMON_NAME, cn);
}

static cepces_status_t
need_email(const builder_t *b)
{
    if (b->account->email == NULL) {
        return missing(b, CEPCES_E_EMAIL_REQUIRED, "e-mail address");
    }
    if (!cepces_syntax_email(b->account->email)) {
        return unusable(b, "e-mail address", b->account->email);
    }
    return CEPCES_OK;
}

static cepces_status_t
build_subject(builder_t *b)
{
    cepces_status_t st = CEPCES_OK;

    if (flagged(b, CEPCES_NAME_SUBJECT_REQUIRE_DIRECTORY_PATH)) {
        st = push_directory_name(b);
    } else if (flagged(b, CEPCES_NAME_SUBJECT_REQUIRE_COMMON_NAME |
                              CEPCES_NAME_SUBJECT_REQUIRE_DNS_AS_CN)) {
        st = push_common_name(b);
    }
    if (st == CEPCES_OK && flagged(b, CEPCES_NAME_SUBJECT_REQUIRE_EMAIL)) {
        st = need_email(b);
        if (st == CEPCES_OK) {
            st = push_rdn(b, CEPCES_OID_EMAIL_ADDRESS, b->account->email);
        }
    }
    return st;
}

/* --- Subject alternative names ---------------------------------------------------------------- */

static void
push_san(builder_t *b, cepces_san_kind_t kind, const char *text, cepces_bytes_t octets)
{
    for (int i = 0; i < b->sans->nelts; i++) {
        const cepces_san_t *san = &APR_ARRAY_IDX(b->sans, i, cepces_san_t);

        if (san->kind == kind && strcasecmp(san->text, text) == 0) {
            return;
        }
    }
    APR_ARRAY_PUSH(b->sans, cepces_san_t) = (cepces_san_t){kind, text, octets};
}

static cepces_status_t
push_dns(builder_t *b, const char *name)
{
    char *lower = apr_pstrdup(b->p, name);

    if (!cepces_syntax_dns(name)) {
        return unusable(b, "DNS name", name);
    }
    for (char *c = lower; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    push_san(b, CEPCES_SAN_DNS, lower, CEPCES_NO_BYTES);
    return CEPCES_OK;
}

/* AD CS writes the dNSHostName only, because a directory entry has no other; here the administrator
 * listed the account's names himself, and all of them are its own. */
static cepces_status_t
push_dns_names(builder_t *b)
{
    cepces_status_t st = CEPCES_OK;

    if (b->account->dns_names.num == 0) {
        return missing(b, CEPCES_E_DNS_REQUIRED, "DNS name");
    }
    for (size_t i = 0; st == CEPCES_OK && i < b->account->dns_names.num; i++) {
        st = push_dns(b, b->account->dns_names.items[i]);
    }
    return st;
}

static cepces_status_t
push_domain(builder_t *b)
{
    const char *host = b->account->dns_names.num > 0 ? b->account->dns_names.items[0] : "";
    const char *dot = strchr(host, '.');

    if (dot == NULL) {
        return missing(b, CEPCES_E_DNS_REQUIRED, "DNS name with a domain");
    }
    return push_dns(b, dot + 1);
}

static cepces_status_t
push_upn(builder_t *b)
{
    const char *upn = b->account->upn;

    if (upn == NULL) {
        return missing(b, CEPCES_E_UPN_REQUIRED, "user principal name");
    }
    if (!cepces_syntax_upn(upn)) {
        return unusable(b, "user principal name", upn);
    }
    push_san(b, CEPCES_SAN_UPN, upn, CEPCES_NO_BYTES);
    return CEPCES_OK;
}

static cepces_status_t
push_email(builder_t *b)
{
    cepces_status_t st = need_email(b);

    if (st == CEPCES_OK) {
        push_san(b, CEPCES_SAN_EMAIL, b->account->email, CEPCES_NO_BYTES);
    }
    return st;
}

static cepces_status_t
push_guid(builder_t *b)
{
    const char *guid = b->account->guid;
    cepces_bytes_t octets;

    if (guid == NULL) {
        return missing(b, CEPCES_E_GUID_REQUIRED, "directory GUID");
    }
    if (cepces_guid_parse(&octets, guid, b->p, b->err) != CEPCES_OK) {
        return unusable(b, "directory GUID", guid);
    }
    push_san(b, CEPCES_SAN_GUID, guid, octets);
    return CEPCES_OK;
}

/* The flag named after the SPN asks for the UPN too: [MS-CRTD] 2.28. */
static cepces_status_t
build_sans(builder_t *b)
{
    static const struct {
        uint32_t flags;
        cepces_status_t (*push)(builder_t *b);
    } steps[] = {
        {CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS, push_dns_names},
        {CEPCES_NAME_SUBJECT_ALT_REQUIRE_DOMAIN_DNS, push_domain},
        {CEPCES_NAME_SUBJECT_ALT_REQUIRE_UPN | CEPCES_NAME_SUBJECT_ALT_REQUIRE_SPN, push_upn},
        {CEPCES_NAME_SUBJECT_ALT_REQUIRE_EMAIL, push_email},
        {CEPCES_NAME_SUBJECT_ALT_REQUIRE_DIRECTORY_GUID, push_guid},
    };
    cepces_status_t st = CEPCES_OK;

    for (size_t i = 0; st == CEPCES_OK && i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (flagged(b, steps[i].flags)) {
            st = steps[i].push(b);
        }
    }
    return st;
}

/* The SID extension of V51: what domain controllers map a certificate by. */
static cepces_status_t
find_sid(const char **out, const builder_t *b)
{
    const char *sid = b->account->sid;

    if (sid == NULL || (b->t->enrollment_flags & CEPCES_ENROLL_NO_SECURITY_EXTENSION) != 0) {
        *out = NULL;
        return CEPCES_OK;
    }
    if (!cepces_syntax_sid(sid)) {
        return cepces_error_rule(b->err, CEPCES_E_BAD_SUBJECT, "V51",
                                 "account \"%s\" has the SID \"%s\", which is none", b->who, sid);
    }
    *out = sid;
    return CEPCES_OK;
}

/* --- Both ------------------------------------------------------------------------------------- */

static const char *
san_label(const cepces_san_t *san, apr_pool_t *p)
{
    static const char *const kinds[] = {"dns", "email", "upn", "ip", "uri", "guid", "other"};

    return apr_psprintf(p, "%s:%s", kinds[san->kind], san->text == NULL ? "" : san->text);
}

static cepces_strings_t
names_in_request(const cepces_request_t *request, apr_pool_t *p)
{
    cepces_strings_t list = {NULL, 0};

    for (size_t i = 0; i < request->num_rdns; i++) {
        const cepces_rdn_t *rdn = &request->rdns[i];

        list = cepces_strings_add(list, apr_psprintf(p, "%s=%s", rdn->short_name, rdn->value), p);
    }
    for (size_t i = 0; i < request->num_sans; i++) {
        list = cepces_strings_add(list, san_label(&request->sans[i], p), p);
    }
    return list;
}

cepces_status_t
cepces_names_built(cepces_names_t *out, const cepces_decision_input_t *in, apr_pool_t *p,
                   cepces_error_t *err)
{
    /* Somebody without an account has no attributes, and gets the refusal that fits the first one
     * needed. */
    static const cepces_account_t nobody = {0};
    const cepces_account_t *account = in->who->account != NULL ? in->who->account : &nobody;
    builder_t b = {in->tmpl,
                   account,
                   in->who->name != NULL ? in->who->name : "",
                   apr_array_make(p, 4, sizeof(cepces_rdn_t)),
                   apr_array_make(p, 4, sizeof(cepces_san_t)),
                   p,
                   err};
    const char *sid = NULL;
    cepces_status_t st = build_subject(&b);

    if (st == CEPCES_OK) {
        st = build_sans(&b);
    }
    if (st == CEPCES_OK) {
        st = find_sid(&sid, &b);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    *out = (cepces_names_t){(const cepces_rdn_t *)b.rdns->elts,
                            (size_t)b.rdns->nelts,
                            (const cepces_san_t *)b.sans->elts,
                            (size_t)b.sans->nelts,
                            sid,
                            names_in_request(in->request, p)};
    return CEPCES_OK;
}
