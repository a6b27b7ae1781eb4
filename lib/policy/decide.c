/* The decision: one function for each rule, called in the order of docs/security.md, section 3. The
 * first that refuses decides. */
#include "policy/internal.h"

#define MIN_LEFT_SECS 3600 /* a CA that ends sooner should be renewed, not used */

/* [MS-WCCE] 3.2.2.6.2.1.4 compares major and minor separately, by which a template at 101.0 would
 * refuse a client that still knows revision 100.5. Revisions are compared as pairs here, so that
 * only a request that is newer than the template is refused. */
static cepces_status_t
check_version(const cepces_template_t *t, const cepces_request_t *request, cepces_error_t *err)
{
    uint32_t major = request->template_major.present ? request->template_major.value : 0;
    uint32_t minor = request->template_minor.present ? request->template_minor.value : 0;

    if (major > t->major || (major == t->major && minor > t->minor)) {
        return cepces_error_rule(err, CEPCES_E_TEMPLATE_VERSION, "V31",
                                 "revision %lu.%lu is asked for, template \"%s\" is at %u.%u",
                                 (unsigned long)major, (unsigned long)minor, t->name, t->major,
                                 t->minor);
    }
    return CEPCES_OK;
}

static cepces_status_t
check_admission(const cepces_decision_input_t *in, cepces_error_t *err)
{
    const char *reason = cepces_template_unoffered(in->tmpl);
    cepces_status_t st;

    if (reason != NULL) {
        return cepces_error_rule(err, CEPCES_E_UNSUPPORTED_TEMPLATE, "V31", "template \"%s\": %s",
                                 in->tmpl->name, reason);
    }
    st = check_version(in->tmpl, in->request, err);
    if (st != CEPCES_OK) {
        return st;
    }
    if ((in->access->rights & CEPCES_RIGHT_ENROLL) == 0) {
        return cepces_error_rule(err, CEPCES_E_TEMPLATE_DENIED, "V32",
                                 "\"%s\" has no right to enroll for template \"%s\"",
                                 in->who->name == NULL ? "" : in->who->name, in->tmpl->name);
    }
    return CEPCES_OK;
}

/* Requests that mean more than "certify this key": none of the roles behind them exists in this
 * version, and a signature without a role refuses the request (V19). */
static cepces_status_t
check_roles(const cepces_request_t *request, cepces_error_t *err)
{
    if (request->has_requester_name) {
        return cepces_error_rule(err, CEPCES_E_ON_BEHALF_DENIED, "V70",
                                 "the request is on behalf of somebody else");
    }
    if (request->has_renewal_certificate) {
        return cepces_error_rule(err, CEPCES_E_RENEWAL_UNSUPPORTED, "V60",
                                 "the request renews a certificate");
    }
    if (request->has_archived_key) {
        return cepces_error_rule(err, CEPCES_E_ARCHIVAL_UNEXPECTED, "V41",
                                 "the request brings a private key for archival");
    }
    if (request->has_other_signers) {
        return cepces_error_rule(err, CEPCES_E_BAD_SIGNATURE, "V19",
                                 "the request has a signature that fits no role");
    }
    return CEPCES_OK;
}

static cepces_status_t
decide_names(cepces_plan_t *plan, const cepces_decision_input_t *in, apr_pool_t *p,
             cepces_error_t *err)
{
    bool supplied = (in->tmpl->subject_name_flags & CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT) != 0;
    cepces_names_t names;
    X509_NAME *name = NULL;
    cepces_status_t st = supplied ? cepces_names_supplied(&names, in, p, err)
                                  : cepces_names_built(&names, in, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    if (names.num_rdns == 0 && names.num_sans == 0) {
        return cepces_error_rule(err, CEPCES_E_BAD_SUBJECT, "V43",
                                 "the certificate would have neither subject nor alternative name");
    }
    st = cepces_name_encode(&plan->subject_der, names.rdns, names.num_rdns, p, err);
    if (st == CEPCES_OK) {
        st = cepces_name_from_der(&name, plan->subject_der, err);
    }
    if (st == CEPCES_OK) {
        plan->subject_text = cepces_name_text(name, p);
    }
    X509_NAME_free(name);
    plan->sans = names.sans;
    plan->num_sans = names.num_sans;
    plan->san_critical = names.num_rdns == 0 || cepces_strings_has(in->tmpl->critical_extensions,
                                                                   CEPCES_OID_SUBJECT_ALT_NAME);
    plan->sid = names.sid;
    plan->dropped = names.dropped;
    return st;
}

/* V54. A certificate that the CA's own end would cut to less than an hour is not worth a client's
 * trouble. */
static cepces_status_t
decide_validity(cepces_plan_t *plan, const cepces_decision_input_t *in, cepces_error_t *err)
{
    apr_time_t not_before = (in->now / APR_USEC_PER_SEC - in->backdate_secs) * APR_USEC_PER_SEC;
    apr_time_t not_after = not_before + in->tmpl->validity_secs * APR_USEC_PER_SEC;
    apr_time_t ca_end = in->ca_not_after / APR_USEC_PER_SEC * APR_USEC_PER_SEC;

    if (ca_end < not_after) {
        not_after = ca_end;
        if (not_after - in->now < apr_time_from_sec(MIN_LEFT_SECS)) {
            return cepces_error_rule(err, CEPCES_E_CA_SUSPENDED, "V54",
                                     "the CA certificate has less than an hour left");
        }
    }
    if (not_after <= in->now) {
        return cepces_error_rule(err, CEPCES_E_INTERNAL, "V54",
                                 "template \"%s\" is valid for less than the CA backdates",
                                 in->tmpl->name);
    }
    plan->not_before = not_before;
    plan->not_after = not_after;
    return CEPCES_OK;
}

static cepces_status_t
decide_extensions(cepces_plan_t *plan, const cepces_requested_t *requested, apr_pool_t *p,
                  cepces_error_t *err)
{
    const cepces_template_t *t = plan->tmpl;

    plan->smime_capabilities = requested->smime_capabilities;
    plan->revocation_info = (t->enrollment_flags & (CEPCES_ENROLL_NOREVOCATIONINFOINISSUEDCERTS |
                                                    CEPCES_ENROLL_ADD_OCSP_NOCHECK)) == 0;
    return cepces_template_encode(&plan->extensions, &plan->num_extensions, t,
                                  cepces_template_key_usage(t), requested->issuance_policies, p,
                                  err);
}

cepces_status_t
cepces_policy_decide(const cepces_plan_t **out, const cepces_decision_input_t *in, apr_pool_t *p,
                     cepces_error_t *err)
{
    cepces_plan_t *plan = (cepces_plan_t *)apr_pcalloc(p, sizeof(*plan));
    cepces_requested_t requested;
    cepces_status_t st;

    plan->tmpl = in->tmpl;
    plan->key = &in->request->key;
    st = check_admission(in, err);
    if (st == CEPCES_OK) {
        st = cepces_keyrules_check(in->tmpl, in->request, err);
    }
    if (st == CEPCES_OK) {
        st = check_roles(in->request, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_requested_read(&requested, in->tmpl, in->request, p, err);
    }
    if (st == CEPCES_OK) {
        st = decide_names(plan, in, p, err);
    }
    if (st == CEPCES_OK) {
        st = decide_extensions(plan, &requested, p, err);
    }
    if (st == CEPCES_OK) {
        st = decide_validity(plan, in, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_requested_dropped(plan, in->request, p, err);
    }
    if (st == CEPCES_OK) {
        *out = plan;
    }
    return st;
}
