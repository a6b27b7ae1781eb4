/* The waist: a certificate is encoded once, checked, signed and compared with what was checked
 * (rules S4, S5, S6). */
#include "ca/internal.h"

cepces_status_t
cepces_tbs_encode(cepces_bytes_t *out, const cepces_tbs_t *tbs, apr_pool_t *p, cepces_error_t *err)
{
    cepces_der_t der;
    size_t seq, inner, list;

    cepces_der_init(&der, 512 + tbs->spki.len + tbs->extensions.len + tbs->subject.len,
                    CEPCES_CA_MAX_CERTIFICATE_LEN, p);
    seq = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    inner = cepces_der_begin(&der, CEPCES_DER_CONTEXT_CONSTRUCTED(0));
    cepces_der_add_uint(&der, 2); /* version 3 */
    cepces_der_end(&der, inner);
    cepces_der_add_magnitude(&der, tbs->serial);
    cepces_der_add_raw(&der, tbs->algorithm);
    cepces_der_add_raw(&der, tbs->issuer);
    inner = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add_time(&der, tbs->not_before);
    cepces_der_add_time(&der, tbs->not_after);
    cepces_der_end(&der, inner);
    cepces_der_add_raw(&der, tbs->subject);
    cepces_der_add_raw(&der, tbs->spki);
    inner = cepces_der_begin(&der, CEPCES_DER_CONTEXT_CONSTRUCTED(3));
    list = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add_raw(&der, tbs->extensions);
    cepces_der_end(&der, list);
    cepces_der_end(&der, inner);
    cepces_der_end(&der, seq);
    return cepces_der_finish(out, &der, err);
}

cepces_status_t
cepces_ca_certify(cepces_issued_t *out, const cepces_tbs_t *tbs, const cepces_lint_t *expected,
                  const cepces_signing_key_t *key, apr_pool_t *p, cepces_error_t *err)
{
    cepces_bytes_t bytes, der;
    cepces_status_t st = cepces_tbs_encode(&bytes, tbs, p, err);

    if (st == CEPCES_OK) {
        st = cepces_ca_lint(bytes, expected, p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_ca_sign_document(&der, key, bytes, p, err);
    }
    if (st == CEPCES_OK) {
        out->der = der;
        out->sha256 = cepces_sha256(der, p);
        out->serial = tbs->serial;
    }
    return st;
}

static cepces_status_t
issue(cepces_issued_t *out, const cepces_signer_t *signer, const cepces_plan_t *plan, apr_pool_t *p,
      cepces_error_t *err)
{
    cepces_lint_t expected = {.plan = plan, .signer = signer, .algorithm = signer->key.algorithm};
    cepces_tbs_t tbs = {
        .algorithm = signer->key.algorithm,
        .issuer = signer->subject, /* V57 */
        .subject = plan->subject_der,
        .spki = plan->key->spki,
        .not_before = plan->not_before,
        .not_after = plan->not_after,
    };
    cepces_status_t st = cepces_ca_serial(&tbs.serial, p, err);

    if (st == CEPCES_OK) {
        st = cepces_profile_extensions(&tbs.extensions, plan, signer, p, err);
    }
    if (st == CEPCES_OK) {
        expected.serial = tbs.serial;
        st = cepces_ca_certify(out, &tbs, &expected, &signer->key, p, err);
    }
    return st;
}

cepces_status_t
cepces_ca_issue(cepces_issued_t *out, const cepces_signer_t *signer, const cepces_plan_t *plan,
                apr_pool_t *p, cepces_error_t *err)
{
    cepces_status_t st = issue(out, signer, plan, p, err);

    if (st != CEPCES_OK && cepces_status_class(st) != CEPCES_CLASS_TEMPORARY) {
        st = cepces_error_wrap(err, CEPCES_E_INTERNAL, "CA %s cannot issue for template %s",
                               signer->name, plan->tmpl->name);
    }
    return st;
}
