/* The next CRL: the store hands over the revocations and the number, the ca room signs. */
#include "service/crl.h"

#include <apr_strings.h>

typedef struct {
    const cepces_ca_t *ca;
    const cepces_signer_t *signer;
    apr_time_t now;
    int64_t number; /* of the CRL that was made */
    size_t num_entries;
} maker_t;

static cepces_status_t
sign(cepces_crl_record_t *crl, const cepces_revocation_t *rows, size_t num, void *payload,
     apr_pool_t *p, cepces_error_t *err)
{
    maker_t *m = (maker_t *)payload;
    cepces_revoked_t *revoked = (cepces_revoked_t *)apr_palloc(p, (num + 1) * sizeof(*revoked));

    for (size_t i = 0; i < num; i++) {
        revoked[i] = (cepces_revoked_t){rows[i].serial, rows[i].revoked_at, rows[i].reason};
    }
    crl->this_update = m->now - apr_time_from_sec(m->ca->backdate_secs);
    crl->next_update = m->now + apr_time_from_sec(m->ca->crl_validity_secs);
    m->number = crl->number;
    m->num_entries = num;
    return cepces_ca_sign_crl(&crl->der, m->signer, revoked, num, crl->number, crl->this_update,
                              crl->next_update, p, err);
}

cepces_status_t
cepces_crl_make(cepces_store_t *store, const cepces_ca_t *ca,
                const cepces_ca_generation_t *generation, const cepces_signer_t *signer,
                bool only_if_due, apr_pool_t *p, cepces_error_t *err)
{
    maker_t m = {.ca = ca, .signer = signer, .now = apr_time_now()};
    bool made = false;
    cepces_status_t st = cepces_store_make_crl(&made, store, ca->name, generation->number,
                                               only_if_due, m.now, sign, &m, p, err);

    if (st != CEPCES_OK) {
        return cepces_error_wrap(err, st, "CRL of CA \"%s\"", ca->name);
    }
    if (made) {
        cepces_log_write(CEPCES_LOG_NOTICE, 113,
                         "CRL %" APR_INT64_T_FMT " of CA \"%s\" signed with %" APR_SIZE_T_FMT
                         " entries",
                         m.number, ca->name, m.num_entries);
    }
    return CEPCES_OK;
}
