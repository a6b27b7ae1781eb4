/* GetPolicies: [MS-XCEP] 3.1.4.1.2.1. Order and unknown elements are the client's; a known element
 * stands once. */
#include "xcep/xcep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

/* Finds the child |name|; one that is nil counts as missing. */
static cepces_status_t
find(const xmlNode **out, const xmlNode *parent, const char *name, cepces_error_t *err)
{
    cepces_status_t st =
        cepces_xml_child(out, parent, CEPCES_NS_XCEP, name, CEPCES_E_MALFORMED_BODY, err);

    if (st == CEPCES_OK && *out != NULL && cepces_xml_is_nil(*out)) {
        *out = NULL;
    }
    return st;
}

/* A date that cannot be read is as good as none ([MS-XCEP] 3.1.4.1.3.9): the client gets the full
 * answer. So does one that is older than 1970; clients write year 1 for "never". */
static apr_time_t
time_of(const xmlNode *node, apr_pool_t *p)
{
    apr_time_t t;

    if (cepces_time_parse_iso8601(&t, cepces_xml_trimmed(node, p), NULL) != CEPCES_OK || t < 0) {
        return 0;
    }
    return t;
}

static cepces_status_t
read_client(cepces_xcep_request_t *out, const xmlNode *body, apr_pool_t *p, cepces_error_t *err)
{
    const xmlNode *client, *last_update, *language;
    cepces_status_t st = find(&client, body, "client", err);

    if (st != CEPCES_OK) {
        return st;
    }
    if (client == NULL || cepces_xml_first(client) == NULL) {
        return cepces_error_rule(err, CEPCES_E_MALFORMED_BODY, "V10",
                                 "GetPolicies: client is missing, nil or empty");
    }
    st = find(&last_update, client, "lastUpdate", err);
    if (st == CEPCES_OK) {
        st = find(&language, client, "preferredLanguage", err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    out->last_update = last_update != NULL ? time_of(last_update, p) : 0;
    if (language != NULL) {
        out->preferred_language = cepces_xml_trimmed(language, p);
        if (*out->preferred_language == '\0') {
            out->preferred_language = NULL;
        }
    }
    return CEPCES_OK;
}

static cepces_status_t
read_oids(cepces_strings_t *out, const xmlNode *list, apr_pool_t *p, cepces_error_t *err)
{
    const char **oids = (const char **)apr_palloc(p, CEPCES_XCEP_MAX_FILTER_OIDS * sizeof(*oids));
    size_t num = 0;

    for (const xmlNode *n = cepces_xml_first(list); n != NULL; n = cepces_xml_next(n)) {
        if (!cepces_xml_is(n, CEPCES_NS_XCEP, "oid")) {
            continue;
        }
        if (num == CEPCES_XCEP_MAX_FILTER_OIDS) {
            return cepces_error_rule(err, CEPCES_E_MESSAGE_LIMIT, "V10",
                                     "policyOIDs: more than %d entries",
                                     CEPCES_XCEP_MAX_FILTER_OIDS);
        }
        oids[num++] = cepces_xml_trimmed(n, p);
    }
    *out = (cepces_strings_t){oids, num};
    return CEPCES_OK;
}

/* A version is an xs:int; one that is negative or no number says nothing and is taken as nil. */
static cepces_status_t
read_version(cepces_optional_t *out, const xmlNode *filter, const char *name, apr_pool_t *p,
             cepces_error_t *err)
{
    const xmlNode *node;
    cepces_status_t st = find(&node, filter, name, err);
    const char *text;
    char *end;
    long value;

    if (st != CEPCES_OK || node == NULL) {
        return st;
    }
    text = cepces_xml_trimmed(node, p);
    errno = 0;
    value = strtol(text, &end, 10);
    if (*text != '\0' && *end == '\0' && errno == 0 && value >= 0 && value <= INT32_MAX) {
        *out = (cepces_optional_t){true, (uint32_t)value};
    }
    return CEPCES_OK;
}

/* An empty filter is none: it "MUST NOT filter", as a nil one ([MS-XCEP] 3.1.4.1.2.1). */
static cepces_status_t
read_filter(cepces_xcep_request_t *out, const xmlNode *body, apr_pool_t *p, cepces_error_t *err)
{
    const xmlNode *filter, *oids;
    cepces_status_t st = find(&filter, body, "requestFilter", err);

    if (st != CEPCES_OK || filter == NULL || cepces_xml_first(filter) == NULL) {
        return st;
    }
    st = find(&oids, filter, "policyOIDs", err);
    if (st == CEPCES_OK && oids != NULL) {
        st = read_oids(&out->policy_oids, oids, p, err);
    }
    if (st == CEPCES_OK) {
        st = read_version(&out->client_version, filter, "clientVersion", p, err);
    }
    if (st == CEPCES_OK) {
        st = read_version(&out->server_version, filter, "serverVersion", p, err);
    }
    return st;
}

cepces_status_t
cepces_xcep_decode_request(cepces_xcep_request_t *out, const xmlNode *body, apr_pool_t *p,
                           cepces_error_t *err)
{
    cepces_xcep_request_t request;
    cepces_status_t st;

    memset(&request, 0, sizeof(request));
    *out = request;
    if (!cepces_xml_is(body, CEPCES_NS_XCEP, "GetPolicies")) {
        return cepces_error_rule(err, CEPCES_E_MALFORMED_BODY, "V10",
                                 "the body is not GetPolicies");
    }
    st = read_client(&request, body, p, err);
    if (st == CEPCES_OK) {
        st = read_filter(&request, body, p, err);
    }
    if (st == CEPCES_OK) {
        *out = request;
    }
    return st;
}
