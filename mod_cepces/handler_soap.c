/* The handlers cepces-policy and cepces-enroll: who is asking, what is configured here, and the
 * message, handed to the library; its reply sent. */
#include "private.h"

/* What httpd's configuration says of this place, in the library's words. */
static cepces_endpoint_t
describe_endpoint(const mc_endpoint_t *endpoint, const mc_dir_t *dir, cepces_auth_kind_t auth)
{
    cepces_endpoint_t out = {
        .kind = dir->handler == MC_HANDLER_POLICY ? CEPCES_ENDPOINT_POLICY : CEPCES_ENDPOINT_ENROLL,
        .auth = auth,
        .policy = dir->policy,
        .ca = dir->ca,
        .allow_anonymous = dir->anonymous == MC_ON,
        .renewal_only = dir->renewal_only == MC_ON,
    };

    if (dir->templates != NULL) {
        out.templates.items = (const char *const *)dir->templates->elts;
        out.templates.num = (size_t)dir->templates->nelts;
    }
    if (dir->servers != NULL) {
        out.servers = (const cepces_enrollment_server_t *)dir->servers->elts;
        out.servers_num = (size_t)dir->servers->nelts;
    }
    return out;
}

/* Rule V5: an identity counts only when it comes from the kind of authentication that is configured
 * here. A user that another module left in r->user does not. */
static cepces_status_t
identify(cepces_principal_t *who, request_rec *r, const mc_request_t *q, cepces_auth_kind_t auth,
         cepces_error_t *err)
{
    const mc_dir_t *dir = mc_dir_conf(r);

    *who = (cepces_principal_t){.auth = auth, .address = r->useragent_ip};
    if (auth == CEPCES_AUTH_USERNAME && q->user != NULL) {
        who->name = q->user;
        who->credential = q->credential;
    } else if (auth == CEPCES_AUTH_KERBEROS && r->user != NULL && r->ap_auth_type != NULL
               && ap_cstr_casecmp(r->ap_auth_type, "Negotiate") == 0) {
        who->name = r->user;
    } else if (dir->anonymous == MC_ON) {
        who->auth = CEPCES_AUTH_ANONYMOUS;
        return CEPCES_OK;
    } else {
        return cepces_error_rule(err, CEPCES_E_FAILED_AUTHENTICATION, "V5",
                                 "nobody was authenticated at %s: Require asks for no user there, "
                                 "and CepcesAnonymous is off", q->endpoint->path);
    }
    return mc_groups(&who->groups, r, dir, who->name, err);
}

static void
answer(request_rec *r, const mc_request_t *q)
{
    const mc_dir_t *dir = mc_dir_conf(r);
    const char *type = ap_auth_type(r);
    cepces_auth_kind_t auth =
        mc_auth_kind(type != NULL && ap_cstr_casecmp(type, "None") == 0 ? NULL : type);
    cepces_endpoint_t endpoint = describe_endpoint(q->endpoint, dir, auth);
    cepces_error_t err = CEPCES_ERROR_INIT(r->pool);
    cepces_principal_t who;
    cepces_reply_t reply;

    if (identify(&who, r, q, auth, &err) != CEPCES_OK) {
        mc_send_fault(r, q->message, &err);
        return;
    }
    if (mc_service() == NULL) {
        (void)cepces_error_set(&err, CEPCES_E_UNAVAILABLE,
                               "the service of this process did not start");
        mc_send_fault(r, q->message, &err);
        return;
    }
    cepces_service_answer(&reply, mc_service(), &endpoint, &who, q->message, r->pool);
    mc_send_reply(r, &reply);
}

int
mc_handle_soap(request_rec *r)
{
    mc_request_t *q = mc_request(r);
    mc_handler_t handler = r->handler == NULL ? MC_HANDLER_OTHER : mc_handler_named(r->handler);

    if (!mc_is_soap(handler)) {
        return DECLINED;
    }
    /* Reached by AddHandler or an internal redirect, without the checks of dispatch.c. */
    if (q == NULL || mc_dir_conf(r)->handler != handler || r->method_number != M_POST) {
        return HTTP_NOT_FOUND;
    }
    q->handling = true;
    if (mc_read_message(r, q) == OK) {
        answer(r, q);
    }
    return OK;
}
