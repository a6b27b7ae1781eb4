/* GetPolicies from the client's side ([MS-XCEP] 3.2): asking, and resolving the references of the
 * answer. */
#include <stdlib.h>

#include <apr_strings.h>

#include "base/encode.h"
#include "client/client.h"
#include "soap/soap.h"

#define MAX_CERTIFICATE_LEN (64 * 1024)
#define AUTH_USERNAME "4"

static const char get_policies[] =
    "<GetPolicies xmlns=\"" CEPCES_NS_XCEP "\" xmlns:xsi=\"" CEPCES_NS_XSI "\">"
    "<client><lastUpdate xsi:nil=\"true\"/><preferredLanguage xsi:nil=\"true\"/></client>"
    "<requestFilter><policyOIDs xsi:nil=\"true\"/><clientVersion>0</clientVersion>"
    "<serverVersion>0</serverVersion></requestFilter></GetPolicies>";

/* An answer while it is read. */
typedef struct {
    const xmlNode *cas, *oids;
    apr_pool_t *p;
} reader_t;

/* The child |name| in the XCEP namespace, or NULL when it is missing or nil. */
static const xmlNode *
child(const xmlNode *parent, const char *name)
{
    for (const xmlNode *c = parent != NULL ? cepces_xml_first(parent) : NULL; c != NULL;
         c = cepces_xml_next(c)) {
        if (cepces_xml_is(c, CEPCES_NS_XCEP, name)) {
            return cepces_xml_is_nil(c) ? NULL : c;
        }
    }
    return NULL;
}

static const char *
text(const xmlNode *parent, const char *name, apr_pool_t *p)
{
    const xmlNode *c = child(parent, name);

    return c != NULL ? cepces_xml_trimmed(c, p) : NULL;
}

static uint32_t
number(const xmlNode *parent, const char *name, apr_pool_t *p)
{
    const char *t = text(parent, name, p);

    return t != NULL ? (uint32_t)strtoul(t, NULL, 10) : 0;
}

static bool
truth(const xmlNode *parent, const char *name, apr_pool_t *p)
{
    const char *t = text(parent, name, p);

    return t != NULL && (strcmp(t, "true") == 0 || strcmp(t, "1") == 0);
}

/* The member of |list| whose child |key| has the text |reference|. */
static const xmlNode *
resolve(const xmlNode *list, const char *key, const char *reference, apr_pool_t *p)
{
    for (const xmlNode *c = list != NULL && reference != NULL ? cepces_xml_first(list) : NULL;
         c != NULL; c = cepces_xml_next(c)) {
        const char *t = text(c, key, p);

        if (t != NULL && strcmp(t, reference) == 0) {
            return c;
        }
    }
    return NULL;
}

static const char *
oid_field(const reader_t *r, const char *reference, const char *field)
{
    const xmlNode *oid = resolve(r->oids, "oIDReferenceID", reference, r->p);

    return oid != NULL ? text(oid, field, r->p) : NULL;
}

/* --- Certification authorities ---------------------------------------------------------------- */

typedef struct {
    const char *uri;
    unsigned long priority;
} address_t;

static int
by_priority(const void *a, const void *b)
{
    unsigned long x = ((const address_t *)a)->priority, y = ((const address_t *)b)->priority;

    return (x > y) - (x < y);
}

/* Adds the addresses of one CA that take a user name and new requests. */
static size_t
add_addresses(address_t *addresses, size_t num, size_t max, const xmlNode *ca, apr_pool_t *p)
{
    const xmlNode *uris = child(ca, "uris");

    for (const xmlNode *u = uris != NULL ? cepces_xml_first(uris) : NULL; u != NULL && num < max;
         u = cepces_xml_next(u)) {
        const char *kind = text(u, "clientAuthentication", p), *uri = text(u, "uri", p);

        if (kind != NULL && strcmp(kind, AUTH_USERNAME) == 0 && uri != NULL &&
            !truth(u, "renewalOnly", p)) {
            addresses[num++] = (address_t){uri, number(u, "priority", p)};
        }
    }
    return num;
}

static cepces_status_t
read_cas(cepces_client_template_t *t, cepces_client_policy_t *detail, const reader_t *r,
         const xmlNode *policy, cepces_error_t *err)
{
    address_t addresses[32];
    size_t num = 0;
    const xmlNode *references = child(policy, "cAs");
    const char **urls;

    for (const xmlNode *c = references != NULL ? cepces_xml_first(references) : NULL; c != NULL;
         c = cepces_xml_next(c)) {
        const xmlNode *ca = resolve(r->cas, "cAReferenceID", cepces_xml_trimmed(c, r->p), r->p);
        const char *certificate = ca != NULL ? text(ca, "certificate", r->p) : NULL;

        if (certificate == NULL) {
            continue;
        }
        if (detail->ca_certificate.len == 0 &&
            cepces_base64_decode(&detail->ca_certificate, cepces_bytes_str(certificate),
                                 MAX_CERTIFICATE_LEN, r->p, err) != CEPCES_OK) {
            return cepces_error_wrap(err, CEPCES_E_REMOTE, "the CA certificate of template \"%s\"",
                                     t->name);
        }
        num = add_addresses(addresses, num, 32, ca, r->p);
    }
    qsort(addresses, num, sizeof(addresses[0]), by_priority);
    urls = (const char **)apr_palloc(r->p, (num + 1) * sizeof(*urls));
    for (size_t i = 0; i < num; i++) {
        urls[i] = addresses[i].uri;
    }
    t->ces_urls = (cepces_strings_t){urls, num};
    return CEPCES_OK;
}

/* --- Templates -------------------------------------------------------------------------------- */

static size_t
count(const xmlNode *list)
{
    size_t n = 0;

    for (const xmlNode *c = list != NULL ? cepces_xml_first(list) : NULL; c != NULL;
         c = cepces_xml_next(c)) {
        n++;
    }
    return n;
}

static cepces_status_t
read_extensions(cepces_client_policy_t *detail, const reader_t *r, const xmlNode *attributes,
                cepces_error_t *err)
{
    const xmlNode *list = child(attributes, "extensions");
    cepces_client_extension_t *items =
        (cepces_client_extension_t *)apr_pcalloc(r->p, (count(list) + 1) * sizeof(*items));
    size_t num = 0;

    for (const xmlNode *c = list != NULL ? cepces_xml_first(list) : NULL; c != NULL;
         c = cepces_xml_next(c)) {
        const char *oid = oid_field(r, text(c, "oIDReference", r->p), "value");
        const char *value = text(c, "value", r->p);

        if (oid == NULL || value == NULL ||
            cepces_base64_decode(&items[num].value, cepces_bytes_str(value), MAX_CERTIFICATE_LEN,
                                 r->p, err) != CEPCES_OK) {
            return cepces_error_set(err, CEPCES_E_REMOTE,
                                    "template \"%s\" has an extension that cannot be read",
                                    detail->shown->name);
        }
        items[num].oid = oid;
        items[num++].critical = truth(c, "critical", r->p);
    }
    detail->extensions = items;
    detail->num_extensions = num;
    return CEPCES_OK;
}

static void
read_key(cepces_client_template_t *t, const reader_t *r, const xmlNode *attributes)
{
    const xmlNode *key = child(attributes, "privateKeyAttributes");
    const char *algorithm = text(key, "algorithmOIDReference", r->p);
    const char *hash = text(attributes, "hashAlgorithmOIDReference", r->p);

    t->minimal_key_length = number(key, "minimalKeyLength", r->p);
    t->key_algorithm = algorithm != NULL ? oid_field(r, algorithm, "defaultName") : NULL;
    if (t->key_algorithm == NULL) {
        t->key_algorithm = "RSA"; /* [MS-WCCE] note 48 */
    }
    t->hash_algorithm = hash != NULL ? oid_field(r, hash, "defaultName") : NULL;
}

static cepces_status_t
read_template(cepces_client_template_t *t, cepces_client_policy_t *detail, const reader_t *r,
              const xmlNode *policy, cepces_error_t *err)
{
    const xmlNode *a = child(policy, "attributes");
    const xmlNode *revision = child(a, "revision"), *permission = child(a, "permission");
    const char *reference = text(policy, "policyOIDReference", r->p);
    cepces_status_t st;

    t->name = text(a, "commonName", r->p);
    t->oid = oid_field(r, reference, "value");
    t->display_name = oid_field(r, reference, "defaultName");
    if (t->name == NULL || t->oid == NULL) {
        return cepces_error_set(err, CEPCES_E_REMOTE,
                                "the answer holds a template without name or OID");
    }
    t->schema_version = number(a, "policySchema", r->p);
    t->major = number(revision, "majorRevision", r->p);
    t->minor = number(revision, "minorRevision", r->p);
    t->subject_name_flags = number(a, "subjectNameFlags", r->p);
    t->enrollment_flags = number(a, "enrollmentFlags", r->p);
    t->private_key_flags = number(a, "privateKeyFlags", r->p);
    t->general_flags = number(a, "generalFlags", r->p);
    t->enroll = truth(permission, "enroll", r->p);
    t->auto_enroll = truth(permission, "autoEnroll", r->p);
    read_key(t, r, a);
    detail->shown = t;
    st = read_cas(t, detail, r, policy, err);
    return st == CEPCES_OK ? read_extensions(detail, r, a, err) : st;
}

static cepces_status_t
read_templates(cepces_client_policies_t *out, const cepces_client_policy_t **details,
               const reader_t *r, const xmlNode *policies, cepces_error_t *err)
{
    size_t num = count(policies), i = 0;
    cepces_client_template_t *templates =
        (cepces_client_template_t *)apr_pcalloc(r->p, (num + 1) * sizeof(*templates));
    cepces_client_policy_t *list =
        (cepces_client_policy_t *)apr_pcalloc(r->p, (num + 1) * sizeof(*list));

    for (const xmlNode *c = policies != NULL ? cepces_xml_first(policies) : NULL; c != NULL;
         c = cepces_xml_next(c), i++) {
        cepces_status_t st = read_template(&templates[i], &list[i], r, c, err);

        if (st != CEPCES_OK) {
            return st;
        }
    }
    out->templates = templates;
    out->num_templates = num;
    *details = list;
    return CEPCES_OK;
}

cepces_status_t
cepces_client_read_policies(cepces_client_policies_t *out, const cepces_client_policy_t **details,
                            const cepces_client_options_t *options, apr_pool_t *p,
                            cepces_error_t *err)
{
    const xmlNode *body, *response;
    reader_t r = {.p = p};
    cepces_status_t st = cepces_client_exchange(
        &body, options, options->policy_url, CEPCES_ACTION_GET_POLICIES,
        CEPCES_ACTION_GET_POLICIES_RESPONSE, cepces_bytes_str(get_policies), p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    response = child(body, "response");
    r.cas = child(body, "cAs");
    r.oids = child(body, "oIDs");
    if (!cepces_xml_is(body, CEPCES_NS_XCEP, "GetPoliciesResponse") || response == NULL) {
        return cepces_error_set(err, CEPCES_E_REMOTE, "%s: the answer is not a GetPoliciesResponse",
                                options->policy_url);
    }
    out->policy_id = text(response, "policyID", p);
    out->friendly_name = text(response, "policyFriendlyName", p);
    out->next_update_hours = number(response, "nextUpdateHours", p);
    return read_templates(out, details, &r, child(response, "policies"), err);
}

cepces_status_t
cepces_client_get_policies(cepces_client_policies_t *out, const cepces_client_options_t *options,
                           apr_pool_t *p, cepces_error_t *err)
{
    const cepces_client_policy_t *details;

    return cepces_client_read_policies(out, &details, options, p, err);
}
