/* Audit events of submissions (rules A1, A2): what was decided, in a form that programs read. */
#ifndef SERVICE_EVENT_H
#define SERVICE_EVENT_H

#include "service/issue.h"

/* cepces_event_issued describes the certificate of |s|; cepces_event_denied the refusal in
 * |request|. The event's strings live in the pool of the submission. */
cepces_audit_event_t cepces_event_issued(const cepces_submission_t *s,
                                         const cepces_request_record_t *request);
cepces_audit_event_t cepces_event_denied(const cepces_submission_t *s,
                                         const cepces_request_record_t *request);

#endif
