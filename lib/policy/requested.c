/* Extensions the client asks for (rules V41, V42). The template decides what a certificate carries;
 * two things are read from the request where the template says so, and everything else is only
 * noted for the audit. */
#include "policy/internal.h"

#include "pki/msext.h"

#define MAX_SMIME_LEN 2048 /* a list of algorithms; Windows sends some 150 bytes */

static const cepces_requested_extension_t *
find_extension(const cepces_request_t *request, const char *oid)
{
    for (size_t i = 0; i < request->num_extensions; i++) {
        if (strcmp(request->extensions[i].oid, oid) == 0) {
            return &request->extensions[i];
        }
    }
    return NULL;
}

static cepces_status_t
check_unique(const cepces_request_t *request, cepces_error_t *err)
{
    for (size_t i = 0; i < request->num_extensions; i++) {
        if (find_extension(request, request->extensions[i].oid) != &request->extensions[i]) {
            return cepces_error_rule(err, CEPCES_E_BAD_DATA, "V42",
                                     "extension %s is requested twice", request->extensions[i].oid);
        }
    }
    return CEPCES_OK;
}

/* [MS-WCCE] 3.2.2.6.2.1.4 for CT_FLAG_ISSUANCE_POLICIES_FROM_REQUEST: a subset of the template's,
 * else refused. */
static cepces_status_t
read_issuance_policies(cepces_strings_t *out, const cepces_template_t *t,
                       const cepces_requested_extension_t *extension, apr_pool_t *p,
                       cepces_error_t *err)
{
    cepces_strings_t wanted;
    cepces_status_t st = cepces_msext_read_policies(&wanted, extension->value, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    for (size_t i = 0; i < wanted.num; i++) {
        if (!cepces_strings_has(t->issuance_policies, wanted.items[i])) {
            return cepces_error_rule(err, CEPCES_E_TEMPLATE_CONFLICT, "V41",
                                     "issuance policy %s is not one of template \"%s\"",
                                     wanted.items[i], t->name);
        }
    }
    *out = wanted;
    return CEPCES_OK;
}

/* S/MIME capabilities are told to correspondents, nobody decides by them; so anything that is DER
 * and a SEQUENCE will do, and anything else is left out. */
static cepces_bytes_t
read_smime(const cepces_requested_extension_t *extension)
{
    cepces_bytes_t value = extension->value;

    if (value.len == 0 || value.len > MAX_SMIME_LEN || value.data[0] != 0x30 ||
        cepces_der_check(value, NULL) != CEPCES_OK) {
        return CEPCES_NO_BYTES;
    }
    return value;
}

cepces_status_t
cepces_requested_read(cepces_requested_t *out, const cepces_template_t *t,
                      const cepces_request_t *request, apr_pool_t *p, cepces_error_t *err)
{
    const cepces_requested_extension_t *policies, *smime;
    cepces_requested_t taken = {t->issuance_policies, CEPCES_NO_BYTES};
    cepces_status_t st = check_unique(request, err);

    if (st != CEPCES_OK) {
        return st;
    }
    policies = find_extension(request, CEPCES_OID_CERTIFICATE_POLICIES);
    if ((t->enrollment_flags & CEPCES_ENROLL_ISSUANCE_POLICIES_FROM_REQUEST) != 0) {
        taken.issuance_policies = (cepces_strings_t){NULL, 0};
        if (policies != NULL) {
            st = read_issuance_policies(&taken.issuance_policies, t, policies, p, err);
        }
    }
    smime = find_extension(request, CEPCES_OID_SMIME_CAPABILITIES);
    if (smime != NULL && (t->enrollment_flags & CEPCES_ENROLL_INCLUDE_SYMMETRIC_ALGORITHMS) != 0) {
        taken.smime_capabilities = read_smime(smime);
    }
    if (st == CEPCES_OK) {
        *out = taken;
    }
    return st;
}

/* Whether the certificate says what the extension asked for. The template is identified by the
 * server's own extension, and the subject key identifier is computed from the key, whatever the
 * request had. */
static bool
granted(const cepces_plan_t *plan, const cepces_request_t *request,
        const cepces_requested_extension_t *extension)
{
    const char *oid = extension->oid;

    if (strcmp(oid, CEPCES_OID_TEMPLATE_NAME) == 0 ||
        strcmp(oid, CEPCES_OID_TEMPLATE_INFORMATION) == 0 ||
        strcmp(oid, CEPCES_OID_SUBJECT_KEY_IDENTIFIER) == 0) {
        return true;
    }
    if (strcmp(oid, CEPCES_OID_SUBJECT_ALT_NAME) == 0) {
        return (plan->tmpl->subject_name_flags & CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT) != 0;
    }
    if (strcmp(oid, CEPCES_OID_SID_EXTENSION) == 0) { /* T16 */
        return plan->sid != NULL && request->sid != NULL && strcmp(plan->sid, request->sid) == 0;
    }
    if (strcmp(oid, CEPCES_OID_SMIME_CAPABILITIES) == 0) {
        return plan->smime_capabilities.len > 0;
    }
    for (size_t i = 0; i < plan->num_extensions; i++) {
        if (strcmp(plan->extensions[i].oid, oid) == 0) {
            return cepces_bytes_equal(plan->extensions[i].value, extension->value);
        }
    }
    return false;
}

cepces_status_t
cepces_requested_dropped(cepces_plan_t *plan, const cepces_request_t *request, apr_pool_t *p,
                         cepces_error_t *err)
{
    for (size_t i = 0; i < request->num_extensions; i++) {
        const cepces_requested_extension_t *extension = &request->extensions[i];

        if (granted(plan, request, extension)) {
            continue;
        }
        if (plan->tmpl->strict_extensions) {
            return cepces_error_rule(
                err, CEPCES_E_BAD_DATA, "V41",
                "extension %s is requested, which template \"%s\" does not give", extension->oid,
                plan->tmpl->name);
        }
        plan->dropped = cepces_strings_add(plan->dropped, extension->oid, p);
    }
    return CEPCES_OK;
}
