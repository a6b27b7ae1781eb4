/* The extensions a template gives: what clients copy into their requests ([MS-XCEP] 3.1.4.1.3.12)
 * and certificates carry ([MS-WCCE] 3.2.2.6.2.1.4). EKU and application policies come from one
 * list, so that they cannot differ (T15). */
#include "policy/internal.h"

#include <apr_tables.h>

#include "pki/msext.h"

typedef struct encoder_t {
    const cepces_template_t *t;
    apr_array_header_t *list;
    apr_pool_t *p;
    cepces_error_t *err;
    cepces_status_t st; /* the first failure sticks */
} encoder_t;

static void
append(encoder_t *e, const char *oid, cepces_status_t st, cepces_bytes_t value)
{
    if (e->st == CEPCES_OK && st == CEPCES_OK) {
        APR_ARRAY_PUSH(e->list, cepces_template_extension_t) = (cepces_template_extension_t){
            oid, cepces_strings_has(e->t->critical_extensions, oid), value};
    } else if (e->st == CEPCES_OK) {
        e->st = st;
    }
}

/* The certificate must carry it: clients find and renew their certificates by it. */
static void
append_template_identity(encoder_t *e)
{
    const cepces_template_t *t = e->t;
    cepces_bytes_t value = CEPCES_NO_BYTES;

    if (t->schema_version == 1) {
        cepces_status_t st = cepces_msext_template_name(&value, t->name, e->p, e->err);

        append(e, CEPCES_OID_TEMPLATE_NAME, st, value);
    } else {
        cepces_status_t st =
            cepces_msext_template_info(&value, t->oid, t->major, t->minor, e->p, e->err);

        append(e, CEPCES_OID_TEMPLATE_INFORMATION, st, value);
    }
}

/* One list for both (T15); a template without any is not offered (T3), so that no certificate goes
 * without. */
static void
append_purposes(encoder_t *e)
{
    cepces_strings_t ekus = e->t->ekus;
    cepces_bytes_t value = CEPCES_NO_BYTES;
    cepces_status_t st;

    if (ekus.num == 0) {
        return;
    }
    st = cepces_msext_eku(&value, ekus, e->p, e->err);
    append(e, CEPCES_OID_EXTENDED_KEY_USAGE, st, value);
    if (e->t->schema_version >= 2) {
        st = cepces_msext_application_policies(&value, ekus, e->p, e->err);
        append(e, CEPCES_OID_APPLICATION_POLICIES, st, value);
    }
}

static void
append_flagged(encoder_t *e)
{
    static const unsigned char null[] = {0x05, 0x00};
    uint32_t flags = e->t->enrollment_flags;

    if ((flags & CEPCES_ENROLL_INCLUDE_BASIC_CONSTRAINTS_FOR_EE_CERTS) != 0) {
        append(e, CEPCES_OID_BASIC_CONSTRAINTS, CEPCES_OK, cepces_msext_basic_constraints_ee());
    }
    if ((flags & CEPCES_ENROLL_ADD_OCSP_NOCHECK) != 0) { /* RFC 6960, 4.2.2.2.1 */
        append(e, CEPCES_OID_OCSP_NO_CHECK, CEPCES_OK, cepces_bytes(null, sizeof(null)));
    }
}

cepces_status_t
cepces_template_encode(const cepces_template_extension_t **out, size_t *num,
                       const cepces_template_t *t, uint16_t key_usage,
                       cepces_strings_t issuance_policies, apr_pool_t *p, cepces_error_t *err)
{
    encoder_t e = {t, apr_array_make(p, 8, sizeof(cepces_template_extension_t)), p, err, CEPCES_OK};
    cepces_bytes_t value = CEPCES_NO_BYTES;
    cepces_status_t st;

    append_template_identity(&e);
    st = cepces_msext_key_usage(&value, key_usage, p, err);
    append(&e, CEPCES_OID_KEY_USAGE, st, value);
    append_purposes(&e);
    if (issuance_policies.num > 0) {
        st = cepces_msext_certificate_policies(&value, issuance_policies, p, err);
        append(&e, CEPCES_OID_CERTIFICATE_POLICIES, st, value);
    }
    append_flagged(&e);
    if (e.st != CEPCES_OK) {
        return cepces_error_wrap(err, CEPCES_E_INTERNAL, "extensions of template \"%s\"", t->name);
    }
    *out = (const cepces_template_extension_t *)e.list->elts;
    *num = (size_t)e.list->nelts;
    return CEPCES_OK;
}

cepces_status_t
cepces_template_extensions(const cepces_template_extension_t **out, size_t *num,
                           const cepces_template_t *t, uint16_t key_usage, apr_pool_t *p,
                           cepces_error_t *err)
{
    return cepces_template_encode(out, num, t, key_usage, t->issuance_policies, p, err);
}
