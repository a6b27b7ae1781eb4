/* Time as a parameter, and its text forms. Times are apr_time_t: microseconds since 1970, UTC. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "cepces/error.h"

/* The clock that the service asks. Tests hand in one that stands still. */
typedef apr_time_t (*cepces_clock_fn)(void *payload);

/* cepces_clock_system is the machine's clock; |payload| is not used. */
apr_time_t cepces_clock_system(void *payload);

/* cepces_clock_steady counts microseconds since some time before this process began. Ages, pauses
 * and deadlines are measured with it, so that setting the machine's clock neither stretches nor
 * ends them. */
apr_time_t cepces_clock_steady(void);

/* cepces_time_iso8601 returns |t| as "2026-11-21T03:16:35Z". */
const char *cepces_time_iso8601(apr_time_t t, apr_pool_t *p);

/* cepces_time_parse_iso8601 reads YYYY-MM-DDThh:mm:ss[.fraction][Z|±hh:mm], the forms of
 * xs:dateTime that clients send; without a zone it is UTC. Year 1 and later years before 1970 give
 * negative times. Errors: CEPCES_E_INVALID. */
cepces_status_t cepces_time_parse_iso8601(apr_time_t *out, const char *text,
                                          cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
