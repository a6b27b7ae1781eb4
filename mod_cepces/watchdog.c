/* Regular work: one child of each host calls cepces_service_maintain every few seconds, so that
 * CRLs are signed in time. mod_watchdog chooses the child; which of several hosts does the work is
 * settled in the database. */
#include <string.h>

#include <apr_optional.h>
#include <apr_strings.h>
#include <mod_watchdog.h>

#include "private.h"

#define WATCHDOG_NAME "_cepces_"
#define INTERVAL apr_time_from_sec(5)

/* Logs a failure when it is news: an outage of hours is one line, not one every few seconds. Only
 * the watchdog's thread comes here. */
static void
report(const char *failure, const server_rec *s)
{
    static char reported[256];

    if (*failure != '\0' && strncmp(failure, reported, sizeof(reported) - 1) != 0) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, CEPLOGNO(0050) "regular work failed: %s", failure);
    }
    apr_cpystrn(reported, failure, sizeof(reported));
}

static apr_status_t
step(int state, void *data, apr_pool_t *p)
{
    cepces_error_t err = CEPCES_ERROR_INIT(p);

    if (state == AP_WATCHDOG_STATE_RUNNING && mc_service() != NULL) {
        bool done = cepces_service_maintain(mc_service(), p, &err) == CEPCES_OK;

        report(done ? "" : cepces_error_line(&err, p), (const server_rec *)data);
    }
    return APR_SUCCESS;
}

void
mc_watchdog_register(apr_pool_t *p, server_rec *s)
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *set =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    ap_watchdog_t *watchdog;
    apr_status_t rv = APR_ENOTIMPL;

    if (get != NULL && set != NULL) {
        rv = get(&watchdog, WATCHDOG_NAME, 0, 1, p);
        if (rv == APR_SUCCESS) {
            rv = set(watchdog, INTERVAL, s, step);
        }
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, s, CEPLOGNO(0051)
                     "CRLs will not be signed by this server: mod_watchdog is not available");
    }
}
