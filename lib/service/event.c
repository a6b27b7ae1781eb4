/* Details of audit events as JSON. */
#include "service/event.h"

#include <stdlib.h>

#include <apr_strings.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/encode.h"

/* Values from clients are cut here, so that an event stays readable (rule section 7). */
#define MAX_VALUE_LEN 1024

/* Takes |value| over, like json_object_set_new; NULL values are left out. */
static void
set(json_t *object, const char *key, json_t *value)
{
    if (value != NULL) {
        (void)json_object_set_new(object, key, value);
    }
}

/* The cut is between two characters: jansson takes no half ones, and the value would be missing. */
static json_t *
text(const char *value)
{
    size_t len = value != NULL ? strlen(value) : 0;

    if (len > MAX_VALUE_LEN) {
        len = MAX_VALUE_LEN;
        while (len > 0 && ((unsigned char)value[len] & 0xc0) == 0x80) {
            len--;
        }
    }
    return value != NULL ? json_stringn(value, len) : NULL;
}

static json_t *
list(cepces_strings_t strings)
{
    json_t *array = strings.num > 0 ? json_array() : NULL;

    for (size_t i = 0; i < strings.num; i++) {
        (void)json_array_append_new(array, text(strings.items[i]));
    }
    return array;
}

static json_t *
names(const cepces_san_t *sans, size_t num)
{
    json_t *array = num > 0 ? json_array() : NULL;

    for (size_t i = 0; i < num; i++) {
        (void)json_array_append_new(array, text(sans[i].text));
    }
    return array;
}

/* What every event of a submission says: who asked how, and with what bytes. */
static json_t *
common(const cepces_submission_t *s)
{
    json_t *details = json_object();

    set(details, "client_ip", text(s->address));
    set(details, "auth", json_integer(s->auth));
    set(details, "message_id", text(s->message_id));
    set(details, "request_sha256", text(cepces_hex(cepces_sha256(s->token, s->p), s->p)));
    if (s->request != NULL) {
        set(details, "format", text(cepces_request_format_name(s->request->format)));
        set(details, "key",
            text(apr_psprintf(s->p, "%s %u", cepces_key_type_name(s->request->key.type),
                              s->request->key.bits)));
        set(details, "client_app", text(s->request->client_info));
    }
    return details;
}

static cepces_audit_event_t
finish(const cepces_submission_t *s, const cepces_request_record_t *request, const char *event,
       const char *outcome, json_t *details)
{
    char *dumped = json_dumps(details, JSON_COMPACT);
    cepces_audit_event_t e = {
        .at = s->now,
        .event = event,
        .outcome = outcome,
        .principal = request->principal,
        .ca = request->ca,
        .template_name = request->template_name,
        .details = dumped != NULL ? apr_pstrdup(s->p, dumped) : NULL,
    };

    free(dumped);
    json_decref(details);
    return e;
}

cepces_audit_event_t
cepces_event_issued(const cepces_submission_t *s, const cepces_request_record_t *request)
{
    const cepces_plan_t *plan = s->plan;
    json_t *details = common(s);

    set(details, "serial", text(cepces_hex(s->issued.serial, s->p)));
    set(details, "sha256", text(cepces_hex(s->issued.sha256, s->p)));
    set(details, "subject", text(plan->subject_text));
    set(details, "names", names(plan->sans, plan->num_sans));
    set(details, "sid", text(plan->sid));
    set(details, "not_before", text(cepces_time_iso8601(plan->not_before, s->p)));
    set(details, "not_after", text(cepces_time_iso8601(plan->not_after, s->p)));
    set(details, "ignored_input", list(plan->dropped));
    return finish(s, request, "cert.issued", "success", details);
}

cepces_audit_event_t
cepces_event_denied(const cepces_submission_t *s, const cepces_request_record_t *request)
{
    json_t *details = common(s);

    set(details, "hresult", text(apr_psprintf(s->p, "0x%08x", request->result_code)));
    set(details, "rule", text(request->rule));
    set(details, "reason", text(request->reason));
    if (s->request != NULL) {
        set(details, "requested_names", names(s->request->sans, s->request->num_sans));
    }
    return finish(s, request, "request.denied", "denied", details);
}
