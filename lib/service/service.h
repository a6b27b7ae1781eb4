/* The service of one process: store, keys, the current snapshot and the memory of verified
 * passwords. */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include <apr_thread_mutex.h>
#include <apr_thread_proc.h>

#include "cepces/service.h"
#include "service/accounts.h"
#include "service/password.h"
#include "service/snapshot.h"

/* How often the watcher looks for changes: a change is served within a second by every process. */
#define CEPCES_WATCH_INTERVAL apr_time_from_msec(300)

/* Policy data that could not be confirmed for this long is not served any more (rule S14). */
#define CEPCES_SNAPSHOT_MAX_AGE apr_time_from_sec(60)

struct cepces_service_t {
    apr_pool_t *p;
    cepces_store_t *store;
    const cepces_keyring_t *keys;
    const char *cache_directory; /* of published files, or NULL */
    apr_time_t opened_at;

    apr_thread_mutex_t *lock;    /* guards the four below; held for the length of a pointer copy */
    cepces_snapshot_t *snapshot; /* NULL until the database has answered once */
    apr_time_t confirmed_at;     /* when, by the steady clock, it was last known to be current */
    char trouble[512];           /* why there is none, for the log; "" when all is well */
    bool stopping;

    apr_thread_t *watcher;
    cepces_passwords_t *passwords;
    cepces_accounts_t *accounts;
};

/* cepces_service_snapshot takes a reference to the current snapshot, which a cleanup of |p| gives
 * back. CEPCES_E_UNAVAILABLE when there is none, or none that is fresh enough; |stale_ok| accepts
 * any age, for published files. */
cepces_status_t cepces_service_snapshot(const cepces_snapshot_t **out, cepces_service_t *service,
                                        bool stale_ok, apr_pool_t *p,
                                        cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
