/* The road of a submission. Read cepces_submit first: it is the table of contents. */
#include "service/issue.h"

#include <apr_strings.h>

#include "base/encode.h"
#include "service/event.h"

/* A random serial clashes practically never; a clash that repeats means that something is wrong
 * with the randomness. */
#define MAX_SERIAL_ATTEMPTS 3

#define DISPOSITION_ISSUED "Issued"

/* --- Whether the caller may ask --------------------------------------------------------------- */

static cepces_status_t
check_ca_access(const cepces_submission_t *s, cepces_error_t *err)
{
    cepces_access_t access;

    if (!s->ca->record->enabled || !s->ca->record->issues_to_clients) {
        return cepces_error_rule(err, CEPCES_E_CA_DENIED, "V31",
                                 "CA \"%s\" does not issue to clients", s->ca->record->name);
    }
    if (s->ca->num_access == 0) {
        return CEPCES_OK;
    }
    cepces_access_evaluate(&access, s->ca->access, s->ca->num_access, s->who, s->p);
    return (access.rights & CEPCES_RIGHT_ENROLL) != 0
               ? CEPCES_OK
               : cepces_error_rule(err, CEPCES_E_CA_DENIED, "V32",
                                   "\"%s\" has no enroll right on CA \"%s\"", s->who->name,
                                   s->ca->record->name);
}

/* A credential of ours that does not open the whole CA opens the templates that its scopes name. */
static cepces_status_t
check_template_scope(const cepces_submission_t *s, cepces_error_t *err)
{
    const cepces_credential_t *c = s->credential;
    const char *template_name = s->site_template->record->name;

    if (c == NULL || s->whole_ca) {
        return CEPCES_OK;
    }
    for (size_t i = 0; i < c->scopes_num; i++) {
        if (c->scopes[i].kind == CEPCES_SCOPE_TEMPLATE &&
            strcmp(c->scopes[i].name, template_name) == 0) {
            return CEPCES_OK;
        }
    }
    return cepces_error_rule(err, CEPCES_E_TEMPLATE_DENIED, "V32",
                             "the credential of \"%s\" is not valid for template \"%s\"", c->account,
                             template_name);
}

/* --- The template ----------------------------------------------------------------------------- */

/* What may be asked for here: the CA's published templates, narrowed by the Location. */
static cepces_templates_t
candidates(const cepces_submission_t *s)
{
    const cepces_template_t **items;
    size_t num = 0;

    if (s->templates.num == 0) {
        return (cepces_templates_t){s->ca->records, s->ca->num_templates};
    }
    items =
        (const cepces_template_t **)apr_pcalloc(s->p, (s->ca->num_templates + 1) * sizeof(*items));
    for (size_t i = 0; i < s->ca->num_templates; i++) {
        if (cepces_strings_has(s->templates, s->ca->records[i]->name)) {
            items[num++] = s->ca->records[i];
        }
    }
    return (cepces_templates_t){items, num};
}

static cepces_status_t
find_template(cepces_submission_t *s, cepces_error_t *err)
{
    const cepces_template_t *found;
    cepces_status_t st =
        cepces_template_find(&found, s->request, s->template_hint, candidates(s), s->p, err);

    for (size_t i = 0; st == CEPCES_OK && i < s->ca->num_templates; i++) {
        if (s->ca->records[i] == found) {
            s->site_template = s->ca->templates[i];
        }
    }
    return st;
}

/* --- Deciding and signing --------------------------------------------------------------------- */

static cepces_status_t
decide(cepces_submission_t *s, cepces_error_t *err)
{
    const cepces_site_template_t *t = s->site_template;
    cepces_access_t access;
    cepces_decision_input_t in = {
        .tmpl = t->record,
        .request = s->request,
        .who = s->who,
        .access = &access,
        .now = s->now,
        .ca_not_after = s->ca->generation->not_after,
        .backdate_secs = s->ca->record->backdate_secs,
    };

    cepces_access_evaluate(&access, t->access, t->num_access, s->who, s->p);
    return cepces_policy_decide(&s->plan, &in, s->p, err);
}

static cepces_status_t
respond(cepces_submission_t *s, cepces_cmc_status_t status, const char *text, cepces_error_t *err)
{
    const cepces_cmc_response_t response = {
        .status = status,
        .text = text,
        .body_part_id = s->request != NULL ? s->request->body_part_id : 1,
        .certificate = status == CEPCES_CMC_SUCCESS ? s->issued.der : CEPCES_NO_BYTES,
        .now = s->now,
    };

    return cepces_ca_encode_cmc_response(&s->full_response, s->ca->signer, &response, s->p, err);
}

/* --- Storing ---------------------------------------------------------------------------------- */

static cepces_request_record_t
request_record(const cepces_submission_t *s)
{
    const cepces_template_t *t = s->site_template != NULL ? s->site_template->record : NULL;

    return (cepces_request_record_t){
        .ca = s->ca->record->name,
        .template_name = t != NULL ? t->name : NULL,
        .template_revision_id = t != NULL ? t->revision_id : 0,
        .principal = s->who->name,
        .auth = s->auth,
        .client_address = s->address,
        .message_id = s->message_id,
        .format = s->request != NULL ? cepces_request_format_name(s->request->format) : "unknown",
        .raw = s->token,
        .client_info = s->request != NULL ? s->request->client_info : NULL,
        .submitted_at = s->now,
        .resolved_at = s->now,
    };
}

static cepces_status_t
store_issued(cepces_submission_t *s, cepces_error_t *err)
{
    cepces_request_record_t request = request_record(s);
    cepces_certificate_record_t certificate = {
        .ca = request.ca,
        .generation = s->ca->generation->number,
        .serial = s->issued.serial,
        .template_name = request.template_name,
        .template_revision_id = request.template_revision_id,
        .principal = request.principal,
        .subject = s->plan->subject_text,
        .der = s->issued.der,
        .sha256 = s->issued.sha256,
        .not_before = s->plan->not_before,
        .not_after = s->plan->not_after,
        .state = CEPCES_CERTIFICATE_ISSUED,
    };
    cepces_audit_event_t event;

    request.state = CEPCES_REQUEST_ISSUED;
    event = cepces_event_issued(s, &request);
    return cepces_store_add_request(&s->request_id, s->store, &request, &certificate, &event, s->p,
                                    err);
}

/* Signs under fresh serials until the database has taken one. */
static cepces_status_t
sign_and_store(cepces_submission_t *s, cepces_error_t *err)
{
    cepces_status_t st = CEPCES_E_EXISTS;

    for (int i = 0; i < MAX_SERIAL_ATTEMPTS && st == CEPCES_E_EXISTS; i++) {
        st = cepces_ca_issue(&s->issued, s->ca->signer, s->plan, s->p, err);
        if (st == CEPCES_OK) {
            st = respond(s, CEPCES_CMC_SUCCESS, DISPOSITION_ISSUED, err);
        }
        if (st == CEPCES_OK) {
            st = store_issued(s, err);
        }
    }
    return st == CEPCES_E_EXISTS
               ? cepces_error_wrap(err, CEPCES_E_INTERNAL, "no unused serial in %d attempts",
                                   MAX_SERIAL_ATTEMPTS)
               : st;
}

/* What fails before the token was recognised as a request is only logged, so that strangers cannot
 * fill the database (S1); troubles of our own are no decision about the request. */
static bool
is_recorded(cepces_status_t status)
{
    switch (status) {
    case CEPCES_E_BAD_DATA:
    case CEPCES_E_ASN1_TRUNCATED:
    case CEPCES_E_ASN1_BAD_TAG:
    case CEPCES_E_ASN1_NOT_DER:
    case CEPCES_E_ASN1_TRAILING:
    case CEPCES_E_ASN1_CORRUPT:
    case CEPCES_E_UNSUPPORTED_FORMAT:
        return false;
    default:
        return cepces_status_class(status) == CEPCES_CLASS_POLICY;
    }
}

/* Records a refusal and makes the CMC response that goes with it. |err| keeps the refusal unless
 * that fails. */
static cepces_status_t
refuse(cepces_submission_t *s, cepces_status_t status, cepces_error_t *err)
{
    cepces_error_t trouble = CEPCES_ERROR_INIT(s->p);
    cepces_request_record_t request = request_record(s);
    cepces_audit_event_t event;
    cepces_status_t st;

    request.state = CEPCES_REQUEST_DENIED;
    request.result_code = cepces_status_code(status);
    request.rule = err->rule;
    request.reason = cepces_error_line(err, s->p);
    event = cepces_event_denied(s, &request);
    st = respond(s, CEPCES_CMC_FAILED, cepces_status_text(status), &trouble);
    if (st == CEPCES_OK) {
        st = cepces_store_add_request(&s->request_id, s->store, &request, NULL, &event, s->p,
                                      &trouble);
    }
    if (st != CEPCES_OK) {
        *err = trouble;
        return cepces_error_wrap(err, st, "the refusal (%s) could not be recorded", request.reason);
    }
    return status;
}

static cepces_status_t
carry_through(cepces_submission_t *s, cepces_error_t *err)
{
    cepces_status_t st = cepces_request_decode(&s->request, s->token, s->p, err);

    /* Not before: a refusal is recorded, and what is no request must not be (S1). */
    if (st == CEPCES_OK) {
        st = check_ca_access(s, err);
    }
    if (st == CEPCES_OK) {
        st = find_template(s, err);
    }
    if (st == CEPCES_OK) {
        st = check_template_scope(s, err);
    }
    if (st == CEPCES_OK) {
        st = decide(s, err);
    }
    return st == CEPCES_OK ? sign_and_store(s, err) : st;
}

cepces_status_t
cepces_submit(cepces_submission_t *s, cepces_error_t *err)
{
    cepces_status_t st;

    if (s->ca->signer == NULL) {
        return cepces_error_rule(err, CEPCES_E_CA_SUSPENDED, "K2",
                                 "the key of CA \"%s\" is not in the key directory",
                                 s->ca->record->name);
    }
    st = carry_through(s, err);
    if (is_recorded(st)) {
        st = refuse(s, st, err);
    }
    if (s->request_id == 0) {
        s->full_response =
            CEPCES_NO_BYTES; /* nothing leaves the process that is not committed (S1) */
    }
    return st;
}
