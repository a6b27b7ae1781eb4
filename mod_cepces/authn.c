/* AuthType UsernameToken: the user name and password are in the SOAP header of the message, and
 * httpd's own authentication providers check them, so that every user store of httpd works (after
 * mod_auth_form). A failure is a SOAP fault, never a 401: Windows gives an endpoint up that asks
 * for Basic authentication (rule V11). */
#include <ap_provider.h>

#include "private.h"

static const char *
sentence_for(int status)
{
    switch (status) {
    case HTTP_REQUEST_ENTITY_TOO_LARGE:
        return "The message is too large.\n";
    case HTTP_REQUEST_TIME_OUT:
        return "The message came too slowly.\n";
    default:
        return "The message could not be read.\n";
    }
}

int
mc_read_message(request_rec *r, mc_request_t *q)
{
    const mc_dir_t *dir = mc_dir_conf(r);
    cepces_error_t err = CEPCES_ERROR_INIT(r->pool);
    cepces_endpoint_kind_t kind =
        dir->handler == MC_HANDLER_POLICY ? CEPCES_ENDPOINT_POLICY : CEPCES_ENDPOINT_ENROLL;
    cepces_bytes_t body;
    int status;

    if (q->message != NULL) {
        return OK;
    }
    status = mc_read_body(&body, r, mc_body_limit(dir));
    if (status == AP_FILTER_ERROR) {
        return DONE; /* broken chunks: httpd has answered 400 itself */
    }
    if (status != OK) {
        mc_send_plain(r, status, sentence_for(status));
        return DONE;
    }
    if (cepces_message_read(&q->message, body, kind, r->pool, &err) != CEPCES_OK) {
        mc_send_fault(r, q->message, &err);
        return DONE;
    }
    return OK;
}

/* Asks the providers in turn, the next only when one does not know the user. */
static authn_status
ask_providers(const char **asked, request_rec *r, const char *user, const char *password)
{
    static const mc_provider_t own = {"cepces", NULL};
    const apr_array_header_t *list = mc_dir_conf(r)->providers;
    const mc_provider_t *providers = list == NULL ? &own : (const mc_provider_t *)list->elts;
    int num = list == NULL ? 1 : list->nelts;
    authn_status result = AUTH_USER_NOT_FOUND;

    for (int i = 0; i < num && result == AUTH_USER_NOT_FOUND; i++) {
        const authn_provider *provider = providers[i].provider;

        if (provider == NULL) {
            provider = ap_lookup_provider(AUTHN_PROVIDER_GROUP, own.name, AUTHN_PROVIDER_VERSION);
        }
        *asked = providers[i].name;
        apr_table_setn(r->notes, AUTHN_PROVIDER_NAME_NOTE, *asked);
        result = provider->check_password(r, user, password);
        apr_table_unset(r->notes, AUTHN_PROVIDER_NAME_NOTE);
    }
    return result;
}

static cepces_status_t
check_password(request_rec *r, const char *user, const char *password, cepces_error_t *err)
{
    const char *asked = "";

    switch (ask_providers(&asked, r, user, password)) {
    case AUTH_GRANTED:
        return CEPCES_OK;
    case AUTH_DENIED:
        return cepces_error_rule(err, CEPCES_E_FAILED_AUTHENTICATION, "V11",
                                 "provider \"%s\" refuses the password of \"%s\"", asked, user);
    case AUTH_USER_NOT_FOUND:
        return cepces_error_rule(err, CEPCES_E_FAILED_AUTHENTICATION, "V11",
                                 "no provider knows user \"%s\"", user);
    default:
        return cepces_error_set(err, CEPCES_E_UNAVAILABLE,
                                "provider \"%s\" could not check the password of \"%s\"", asked,
                                user);
    }
}

static cepces_status_t
check_token(request_rec *r, mc_request_t *q, cepces_error_t *err)
{
    const char *name = cepces_message_username(q->message);
    const char *password = cepces_message_password(q->message);
    const char *user;
    cepces_status_t st;

    if (name == NULL || password == NULL) {
        return cepces_error_rule(err, CEPCES_E_INVALID_SECURITY, "V9",
                                 "the message has no user name token");
    }
    st = cepces_message_canonical_name(&user, name, r->pool, err);
    if (st != CEPCES_OK) {
        return st;
    }
    r->user = apr_pstrdup(r->pool, user);
    r->ap_auth_type = apr_pstrdup(r->pool, MC_AUTH_TYPE);
    st = check_password(r, user, password, err);
    if (st != CEPCES_OK) {
        return st;
    }
    /* A provider may have put another name in its place, as mod_authnz_ldap does. */
    st = cepces_message_canonical_name(&user, r->user, r->pool, err);
    if (st == CEPCES_OK) {
        r->user = apr_pstrdup(r->pool, user);
        q->user = r->user;
    }
    return st;
}

int
mc_authn_check(request_rec *r)
{
    const char *type = ap_auth_type(r);
    mc_request_t *q = mc_request(r);
    cepces_error_t err = CEPCES_ERROR_INIT(r->pool);

    if (type == NULL || ap_cstr_casecmp(type, MC_AUTH_TYPE) != 0 || q == NULL
        || !mc_is_soap(mc_dir_conf(r)->handler)) {
        return DECLINED;
    }
    if (mc_read_message(r, q) != OK) {
        return DONE;
    }
    if (check_token(r, q, &err) != CEPCES_OK) {
        mc_send_fault(r, q->message, &err);
        return DONE;
    }
    return OK;
}
