/* From a plan to extensions: which, in what order, with what content. The template's own come
 * ready-made in the plan; here they meet those that CA and key decide (rule V53). The order is that
 * of AD CS. */
#include "ca/internal.h"

#include "pki/msext.h"

/* --- Extensions that CA and key decide -------------------------------------------------------- */

void
cepces_profile_add_ski(cepces_der_t *der, cepces_bytes_t ski)
{
    cepces_der_extension_t ext =
        cepces_der_begin_extension(der, CEPCES_OID_SUBJECT_KEY_IDENTIFIER, false);

    cepces_der_add(der, CEPCES_DER_OCTET_STRING, ski);
    cepces_der_end_extension(der, ext);
}

/* RFC 5280, 4.2.1.1: keyIdentifier alone, without issuer and serial number. */
void
cepces_profile_add_aki(cepces_der_t *der, cepces_bytes_t ski)
{
    cepces_der_extension_t ext =
        cepces_der_begin_extension(der, CEPCES_OID_AUTHORITY_KEY_IDENTIFIER, false);
    size_t seq = cepces_der_begin(der, CEPCES_DER_SEQUENCE);

    cepces_der_add(der, CEPCES_DER_CONTEXT(0), ski);
    cepces_der_end(der, seq);
    cepces_der_end_extension(der, ext);
}

static void
add_uri(cepces_der_t *der, const char *url)
{
    cepces_der_add(der, CEPCES_DER_CONTEXT(6), cepces_bytes_str(url));
}

/* RFC 5280, 4.2.1.13: one DistributionPoint whose fullName has every URL. */
void
cepces_profile_add_cdp(cepces_der_t *der, cepces_strings_t urls)
{
    cepces_der_extension_t ext;
    size_t points, point, name, full_name;

    if (urls.num == 0) {
        return;
    }
    ext = cepces_der_begin_extension(der, CEPCES_OID_CRL_DISTRIBUTION_POINTS, false);
    points = cepces_der_begin(der, CEPCES_DER_SEQUENCE);
    point = cepces_der_begin(der, CEPCES_DER_SEQUENCE);
    name = cepces_der_begin(der, CEPCES_DER_CONTEXT_CONSTRUCTED(0));
    full_name = cepces_der_begin(der, CEPCES_DER_CONTEXT_CONSTRUCTED(0));
    for (size_t i = 0; i < urls.num; i++) {
        add_uri(der, urls.items[i]);
    }
    cepces_der_end(der, full_name);
    cepces_der_end(der, name);
    cepces_der_end(der, point);
    cepces_der_end(der, points);
    cepces_der_end_extension(der, ext);
}

/* RFC 5280, 4.2.2.1: one AccessDescription, caIssuers, for each URL. */
void
cepces_profile_add_aia(cepces_der_t *der, cepces_strings_t urls)
{
    cepces_der_extension_t ext;
    size_t list;

    if (urls.num == 0) {
        return;
    }
    ext = cepces_der_begin_extension(der, CEPCES_OID_AUTHORITY_INFO_ACCESS, false);
    list = cepces_der_begin(der, CEPCES_DER_SEQUENCE);
    for (size_t i = 0; i < urls.num; i++) {
        size_t description = cepces_der_begin(der, CEPCES_DER_SEQUENCE);

        cepces_der_add_oid(der, CEPCES_OID_CA_ISSUERS);
        add_uri(der, urls.items[i]);
        cepces_der_end(der, description);
    }
    cepces_der_end(der, list);
    cepces_der_end_extension(der, ext);
}

/* --- Extensions of the plan ------------------------------------------------------------------- */

/* The template's extensions that stand before the names, in this order. The others follow at the
 * end. */
static const char *const leading[] = {
    CEPCES_OID_TEMPLATE_NAME,      CEPCES_OID_TEMPLATE_INFORMATION, CEPCES_OID_KEY_USAGE,
    CEPCES_OID_EXTENDED_KEY_USAGE, CEPCES_OID_APPLICATION_POLICIES, CEPCES_OID_CERTIFICATE_POLICIES,
};
static const cepces_strings_t leading_list = {leading, sizeof(leading) / sizeof(leading[0])};

static void
add_extension(cepces_der_t *der, const char *oid, bool critical, cepces_bytes_t value)
{
    cepces_der_extension_t ext = cepces_der_begin_extension(der, oid, critical);

    cepces_der_add_raw(der, value);
    cepces_der_end_extension(der, ext);
}

static void
add_leading(cepces_der_t *der, const cepces_plan_t *plan)
{
    for (size_t i = 0; i < leading_list.num; i++) {
        for (size_t j = 0; j < plan->num_extensions; j++) {
            const cepces_template_extension_t *e = &plan->extensions[j];

            if (strcmp(e->oid, leading[i]) == 0) {
                add_extension(der, e->oid, e->critical, e->value);
            }
        }
    }
}

static void
add_trailing(cepces_der_t *der, const cepces_plan_t *plan)
{
    for (size_t i = 0; i < plan->num_extensions; i++) {
        const cepces_template_extension_t *e = &plan->extensions[i];

        if (!cepces_strings_has(leading_list, e->oid)) {
            add_extension(der, e->oid, e->critical, e->value);
        }
    }
}

/* Subject alternative names, the SID, S/MIME capabilities. */
static cepces_status_t
add_names(cepces_der_t *der, const cepces_plan_t *plan, apr_pool_t *p, cepces_error_t *err)
{
    cepces_bytes_t value;
    cepces_status_t st;

    if (plan->num_sans > 0) {
        st = cepces_san_encode(&value, plan->sans, plan->num_sans, p, err);
        if (st != CEPCES_OK) {
            return st;
        }
        add_extension(der, CEPCES_OID_SUBJECT_ALT_NAME, plan->san_critical, value);
    }
    if (plan->sid != NULL) {
        st = cepces_msext_sid(&value, plan->sid, p, err);
        if (st != CEPCES_OK) {
            return st;
        }
        add_extension(der, CEPCES_OID_SID_EXTENSION, false, value);
    }
    if (plan->smime_capabilities.len > 0) {
        add_extension(der, CEPCES_OID_SMIME_CAPABILITIES, false, plan->smime_capabilities);
    }
    return CEPCES_OK;
}

cepces_status_t
cepces_profile_extensions(cepces_bytes_t *out, const cepces_plan_t *plan,
                          const cepces_signer_t *signer, apr_pool_t *p, cepces_error_t *err)
{
    cepces_der_t der;
    cepces_status_t st;

    cepces_der_init(&der, 1024, CEPCES_CA_MAX_CERTIFICATE_LEN, p);
    cepces_profile_add_ski(&der, plan->key->ski);
    cepces_der_add_raw(&der, signer->aki);
    if (plan->revocation_info) {
        cepces_der_add_raw(&der, signer->cdp);
    }
    cepces_der_add_raw(&der, signer->aia);
    add_leading(&der, plan);
    st = add_names(&der, plan, p, err);
    if (st != CEPCES_OK) {
        return st;
    }
    add_trailing(&der, plan);
    return cepces_der_finish(out, &der, err);
}
