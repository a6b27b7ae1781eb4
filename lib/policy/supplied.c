/* Names that the requester supplies (subject name flag 0x1). Nothing is taken on trust: each
 * alternative name and each identifying attribute of the subject must be covered by a name pattern
 * of the caller's access entries (V44). */
#include "policy/internal.h"

#include <ctype.h>
#include <strings.h>

#include <apr_strings.h>

#define SID_URI_PREFIX "tag:microsoft.com,2022-09-14:sid:"

/* --- Subject alternative names ---------------------------------------------------------------- */

/* Says what is wrong with a name, if anything is. */
static cepces_status_t
judge(bool well_formed, bool covered, const char *what, const char *value, cepces_error_t *err)
{
    if (!well_formed) {
        return cepces_error_rule(err, CEPCES_E_BAD_SUBJECT, "V44", "%s \"%s\" is not well formed",
                                 what, value);
    }
    if (!covered) {
        return cepces_error_rule(err, CEPCES_E_NAME_DENIED, "V44",
                                 "%s \"%s\" is covered by no name pattern", what, value);
    }
    return CEPCES_OK;
}

static cepces_status_t
check_dns(const cepces_decision_input_t *in, const char *name, cepces_error_t *err)
{
    bool wildcard = cepces_syntax_dns_wildcard(name);

    if (wildcard && !in->tmpl->allow_wildcards) {
        return cepces_error_rule(err, CEPCES_E_NAME_DENIED, "V44",
                                 "template \"%s\" allows no wildcard such as \"%s\"",
                                 in->tmpl->name, name);
    }
    return judge(wildcard || cepces_syntax_dns(name),
                 cepces_patterns_cover_dns(in->access->name_patterns, name), "DNS name", name, err);
}

static cepces_status_t
check_email(const cepces_decision_input_t *in, const char *email, cepces_error_t *err)
{
    return judge(cepces_syntax_email(email),
                 cepces_patterns_cover_email(in->access->name_patterns, email), "e-mail address",
                 email, err);
}

static cepces_status_t
check_upn(const cepces_decision_input_t *in, const char *upn, cepces_error_t *err)
{
    return judge(cepces_syntax_upn(upn), cepces_patterns_cover_upn(in->access->name_patterns, upn),
                 "user principal name", upn, err);
}

static cepces_status_t
check_ip(const cepces_decision_input_t *in, const cepces_san_t *san, cepces_error_t *err)
{
    return judge(san->octets.len == 4 || san->octets.len == 16,
                 cepces_patterns_cover_ip(in->access->name_patterns, san->octets), "IP address",
                 san->text, err);
}

static cepces_status_t
check_uri(const cepces_decision_input_t *in, const char *uri, apr_pool_t *p, cepces_error_t *err)
{
    cepces_uri_parts_t parts;

    return judge(cepces_syntax_uri(&parts, uri, p),
                 cepces_patterns_cover_uri(in->access->name_patterns, uri, p), "URI", uri, err);
}

static cepces_status_t
check_san(const cepces_decision_input_t *in, const cepces_san_t *san, apr_pool_t *p,
          cepces_error_t *err)
{
    switch (san->kind) {
    case CEPCES_SAN_DNS:
        return check_dns(in, san->text, err);
    case CEPCES_SAN_EMAIL:
        return check_email(in, san->text, err);
    case CEPCES_SAN_UPN:
        return check_upn(in, san->text, err);
    case CEPCES_SAN_IP:
        return check_ip(in, san, err);
    case CEPCES_SAN_URI:
        return check_uri(in, san->text, p, err);
    case CEPCES_SAN_GUID: /* says which directory object it is: only the directory may */
    case CEPCES_SAN_OTHER:
        break;
    }
    return cepces_error_rule(err, CEPCES_E_NAME_DENIED, "V44",
                             "an alternative name is of a kind that is never taken from a request");
}

static bool
same_san(const cepces_san_t *a, const cepces_san_t *b)
{
    return a->kind == b->kind && strcasecmp(a->text, b->text) == 0 &&
           cepces_bytes_equal(a->octets, b->octets);
}

/* A DNS name in lower case; other kinds as they are. */
static cepces_san_t
normalised(const cepces_san_t *san, apr_pool_t *p)
{
    cepces_san_t copy = *san;

    if (san->kind == CEPCES_SAN_DNS) {
        char *text = apr_pstrdup(p, san->text);

        for (char *c = text; *c != '\0'; c++) {
            *c = (char)tolower((unsigned char)*c);
        }
        copy.text = text;
    }
    return copy;
}

/* A SID in the clothes of a URI is as unwelcome as the SID extension: dropped and noted (T16). */
static bool
is_sid_uri(const cepces_san_t *san)
{
    return san->kind == CEPCES_SAN_URI &&
           strncasecmp(san->text, SID_URI_PREFIX, strlen(SID_URI_PREFIX)) == 0;
}

static cepces_status_t
take_sans(cepces_names_t *names, const cepces_decision_input_t *in, apr_pool_t *p,
          cepces_error_t *err)
{
    const cepces_request_t *request = in->request;
    cepces_san_t *taken;
    size_t num = 0;

    if (request->num_sans > CEPCES_REQUEST_MAX_SANS) {
        return cepces_error_rule(err, CEPCES_E_BAD_SUBJECT, "V44",
                                 "%lu alternative names, at most %d",
                                 (unsigned long)request->num_sans, CEPCES_REQUEST_MAX_SANS);
    }
    taken = (cepces_san_t *)apr_pcalloc(p, (request->num_sans + 1) * sizeof(*taken));
    for (size_t i = 0; i < request->num_sans; i++) {
        cepces_status_t st;

        if (is_sid_uri(&request->sans[i])) {
            names->dropped = cepces_strings_add(names->dropped, request->sans[i].text, p);
            continue;
        }
        st = check_san(in, &request->sans[i], p, err);
        if (st != CEPCES_OK) {
            return st;
        }
        taken[num] = normalised(&request->sans[i], p);
        for (size_t k = 0; k < num; k++) {
            if (same_san(&taken[k], &taken[num])) {
                return cepces_error_rule(err, CEPCES_E_BAD_SUBJECT, "V44",
                                         "alternative name \"%s\" occurs twice", taken[k].text);
            }
        }
        num++;
    }
    names->sans = taken;
    names->num_sans = num;
    return CEPCES_OK;
}

/* --- Subject ---------------------------------------------------------------------------------- */

/* Spaces at the ends or doubled inside look the same as none to people and to the comparison of RFC
 * 5280, 7.1. */
static bool
has_odd_spaces(const char *value)
{
    return value[0] == ' ' || value[strlen(value) - 1] == ' ' || strstr(value, "  ") != NULL;
}

static bool
is_ascii(const char *value)
{
    for (; *value != '\0'; value++) {
        if ((unsigned char)*value >= 0x80) {
            return false;
        }
    }
    return true;
}

static cepces_status_t
check_form(const cepces_attribute_t *attribute, const cepces_rdn_t *rdn, cepces_error_t *err)
{
    if (attribute == NULL) {
        return cepces_error_rule(err, CEPCES_E_BAD_SUBJECT, "V43",
                                 "subject attribute %s is not one that is issued", rdn->oid);
    }
    if (!cepces_syntax_text(rdn->value, attribute->max_chars) || has_odd_spaces(rdn->value) ||
        (attribute->ascii && !is_ascii(rdn->value)) ||
        (strcmp(attribute->oid, CEPCES_OID_COUNTRY) == 0 && strlen(rdn->value) != 2)) {
        return cepces_error_rule(
            err, CEPCES_E_BAD_SUBJECT, "V43",
            "subject attribute %s has a value that is too long or not well formed",
            attribute->name);
    }
    return CEPCES_OK;
}

static bool
is_granted_san(const cepces_names_t *names, const char *value)
{
    for (size_t i = 0; i < names->num_sans; i++) {
        if (strcasecmp(names->sans[i].text, value) == 0) {
            return true;
        }
    }
    return false;
}

/* A common name is read as a host, a user or a plain text, depending on who reads; a pattern for
 * any of them will do. A star is a wildcard to somebody, so it is held to the rules of wildcards
 * even where cn:* would cover it. */
static cepces_status_t
check_common_name(const cepces_names_t *names, const cepces_decision_input_t *in, const char *cn,
                  cepces_error_t *err)
{
    cepces_strings_t patterns = in->access->name_patterns;

    if (strchr(cn, '*') != NULL) {
        return check_dns(in, cn, err);
    }
    return judge(true,
                 is_granted_san(names, cn) || cepces_patterns_cover_cn(patterns, cn) ||
                     (cepces_syntax_dns(cn) && cepces_patterns_cover_dns(patterns, cn)) ||
                     (cepces_syntax_upn(cn) && cepces_patterns_cover_upn(patterns, cn)) ||
                     (cepces_syntax_email(cn) && cepces_patterns_cover_email(patterns, cn)),
                 "common name", cn, err);
}

static cepces_status_t
check_rdn(const cepces_names_t *names, const cepces_decision_input_t *in, const cepces_rdn_t *rdn,
          cepces_error_t *err)
{
    const cepces_attribute_t *attribute = cepces_attribute_by_oid(rdn->oid);
    cepces_strings_t patterns = in->access->name_patterns;
    cepces_status_t st = check_form(attribute, rdn, err);

    if (st != CEPCES_OK) {
        return st;
    }
    switch (attribute->rule) {
    case CEPCES_ATTRIBUTE_NAME:
        return check_common_name(names, in, rdn->value, err);
    case CEPCES_ATTRIBUTE_EMAIL:
        return check_email(in, rdn->value, err);
    case CEPCES_ATTRIBUTE_FREE:
        if (!cepces_patterns_bind_rdn(patterns, attribute)) {
            return CEPCES_OK;
        }
        break;
    case CEPCES_ATTRIBUTE_BOUND:
        break;
    }
    return judge(true, cepces_patterns_cover_rdn(patterns, attribute, rdn->value), attribute->name,
                 rdn->value, err);
}

static cepces_status_t
take_subject(cepces_names_t *names, const cepces_decision_input_t *in, cepces_error_t *err)
{
    const cepces_request_t *request = in->request;

    if (request->num_rdns > CEPCES_REQUEST_MAX_RDNS) {
        return cepces_error_rule(err, CEPCES_E_BAD_SUBJECT, "V43",
                                 "%lu subject attributes, at most %d",
                                 (unsigned long)request->num_rdns, CEPCES_REQUEST_MAX_RDNS);
    }
    for (size_t i = 0; i < request->num_rdns; i++) {
        cepces_status_t st = check_rdn(names, in, &request->rdns[i], err);

        if (st != CEPCES_OK) {
            return st;
        }
    }
    names->rdns = request->rdns;
    names->num_rdns = request->num_rdns;
    return CEPCES_OK;
}

cepces_status_t
cepces_names_supplied(cepces_names_t *out, const cepces_decision_input_t *in, apr_pool_t *p,
                      cepces_error_t *err)
{
    cepces_names_t names = {NULL, 0, NULL, 0, NULL, {NULL, 0}};
    cepces_status_t st = take_sans(&names, in, p, err);

    if (st == CEPCES_OK) {
        st = take_subject(&names, in, err);
    }
    if (st == CEPCES_OK) {
        *out = names;
    }
    return st;
}
