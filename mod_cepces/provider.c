/* The authentication provider "cepces": accounts and passwords kept in PostgreSQL. What it finds is
 * remembered with the request, because the credential's scopes bind what the caller may do
 * afterwards. */
#include <ap_provider.h>

#include "private.h"

static authn_status
status_of(request_rec *r, cepces_status_t st, const cepces_error_t *err)
{
    switch (st) {
    case CEPCES_OK:
        return AUTH_GRANTED;
    case CEPCES_E_NOT_FOUND:
        return AUTH_USER_NOT_FOUND;
    case CEPCES_E_FAILED_AUTHENTICATION:
        return AUTH_DENIED;
    default:
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, CEPLOGNO(0030) "password cannot be checked: %s",
                      cepces_error_line(err, r->pool));
        return AUTH_GENERAL_ERROR;
    }
}

static authn_status
check_password(request_rec *r, const char *user, const char *password)
{
    mc_request_t *q = mc_request(r);
    const cepces_credential_t *credential = NULL;
    cepces_error_t err = CEPCES_ERROR_INIT(r->pool);
    cepces_status_t st;

    if (mc_service() == NULL) {
        st = cepces_error_set(&err, CEPCES_E_UNAVAILABLE,
                              "the service of this process did not start");
    } else {
        st = cepces_service_check_password(&credential, mc_service(), user, password, r->pool,
                                           &err);
    }
    if (st == CEPCES_OK && q != NULL) {
        q->credential = credential;
    }
    return status_of(r, st, &err);
}

static const authn_provider provider = {check_password, NULL};

void
mc_register_provider(apr_pool_t *p)
{
    ap_register_auth_provider(p, AUTHN_PROVIDER_GROUP, "cepces", AUTHN_PROVIDER_VERSION, &provider,
                              AP_AUTH_INTERNAL_PER_CONF);
}
