/* Opening and closing the service, and the watcher thread that keeps its snapshot current. */
#include "service/service.h"

#include <apr_strings.h>
#include <libxml/parser.h>

#include "base/clock.h"
#include "cepces/cepces.h"
#include "config.h"
#include "service/cache.h"

cepces_status_t
cepces_init(cepces_error_t *err)
{
    (void)err;
    xmlInitParser();
    OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL);
    return CEPCES_OK;
}

const char *
cepces_version(void)
{
    return PACKAGE_VERSION;
}

/* --- The snapshot ----------------------------------------------------------------------------- */

static apr_status_t
give_back(void *data)
{
    cepces_snapshot_release((cepces_snapshot_t *)data);
    return APR_SUCCESS;
}

cepces_status_t
cepces_service_snapshot(const cepces_snapshot_t **out, cepces_service_t *service, bool stale_ok,
                        apr_pool_t *p, cepces_error_t *err)
{
    cepces_snapshot_t *s;
    apr_time_t age;
    const char *trouble;

    *out = NULL;
    apr_thread_mutex_lock(service->lock);
    s = service->snapshot;
    age = cepces_clock_steady() - service->confirmed_at;
    trouble = apr_pstrdup(p, service->trouble);
    if (s != NULL && (stale_ok || age < CEPCES_SNAPSHOT_MAX_AGE)) {
        cepces_snapshot_retain(s);
        *out = s;
    }
    apr_thread_mutex_unlock(service->lock);
    if (*out == NULL) {
        return cepces_error_rule(err, CEPCES_E_UNAVAILABLE, "S14", "no current policy data: %s",
                                 trouble);
    }
    apr_pool_cleanup_register(p, s, give_back, apr_pool_cleanup_null);
    return CEPCES_OK;
}

/* --- The watcher ------------------------------------------------------------------------------ *
 *
 * The service's pool is httpd's pool of the child process, whose allocator has no lock: once the
 * watcher runs, nothing may be allocated from it. The watcher and the snapshots, which a request's
 * thread may be the last to release, have pools with allocators of their own. */

static bool
same_versions(const cepces_store_versions_t *a, const cepces_store_versions_t *b)
{
    return a->catalogue == b->catalogue && a->accounts == b->accounts && a->crls == b->crls;
}

/* Puts |fresh| in the place of the current snapshot, or only confirms the current one when |fresh|
 * is NULL. */
static void
confirm(cepces_service_t *service, cepces_snapshot_t *fresh)
{
    cepces_snapshot_t *old = NULL;
    bool recovered;

    apr_thread_mutex_lock(service->lock);
    if (fresh != NULL) {
        old = service->snapshot;
        service->snapshot = fresh;
    }
    recovered = service->trouble[0] != '\0';
    service->confirmed_at = cepces_clock_steady();
    service->trouble[0] = '\0';
    apr_thread_mutex_unlock(service->lock);
    if (old != NULL) {
        cepces_snapshot_release(old);
    }
    if (recovered) {
        cepces_log_write(CEPCES_LOG_NOTICE, 111, "policy data loaded from the database");
    }
}

/* Remembers and logs why the database could not be read; the same reason is logged once. */
static void
note_trouble(cepces_service_t *service, const char *trouble)
{
    bool news;

    apr_thread_mutex_lock(service->lock);
    news = strncmp(service->trouble, trouble, sizeof(service->trouble) - 1) != 0;
    apr_cpystrn(service->trouble, trouble, sizeof(service->trouble));
    apr_thread_mutex_unlock(service->lock);
    if (news) {
        cepces_log_write(CEPCES_LOG_ERROR, 112, "policy data cannot be read: %s", trouble);
    }
}

/* A cache that cannot be written is worth a warning, no more: it only matters when the database is
 * away at a start. */
static void
save_files(const cepces_service_t *service, const cepces_snapshot_t *fresh, apr_pool_t *p)
{
    cepces_error_t err = CEPCES_ERROR_INIT(p);

    if (service->cache_directory != NULL &&
        cepces_cache_save(service->cache_directory, fresh, p, &err) != CEPCES_OK) {
        cepces_log_write(CEPCES_LOG_WARNING, 114, "published files cannot be cached: %s",
                         cepces_error_line(&err, p));
    }
}

/* One look at the database: confirms the snapshot or replaces it. */
static void
refresh(cepces_service_t *service, apr_pool_t *p)
{
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    cepces_store_versions_t versions;
    cepces_snapshot_t *fresh = NULL;
    cepces_status_t st = cepces_store_versions(&versions, service->store, p, &err);

    /* Only this thread replaces the snapshot, so it may be read here without the lock. */
    if (st == CEPCES_OK && (service->snapshot == NULL ||
                            !same_versions(&versions, &service->snapshot->catalogue.versions))) {
        st = cepces_snapshot_load(&fresh, service->store, service->keys, &err);
    }
    if (st != CEPCES_OK) {
        note_trouble(service, cepces_error_line(&err, p));
        return;
    }
    /* A change of an account between the two looks is in |fresh| only, and never seen again. */
    if (fresh != NULL) {
        versions = fresh->catalogue.versions;
    }
    if (service->snapshot == NULL ||
        versions.accounts != service->snapshot->catalogue.versions.accounts) {
        cepces_passwords_forget(service->passwords);
        cepces_accounts_forget(service->accounts);
    }
    confirm(service, fresh);
    if (fresh != NULL) {
        save_files(service, fresh, p);
    }
}

static void *APR_THREAD_FUNC
watch(apr_thread_t *thread, void *data)
{
    cepces_service_t *service = (cepces_service_t *)data;
    apr_pool_t *p;

    (void)thread;
    if (apr_pool_create_unmanaged_ex(&p, NULL, NULL) != APR_SUCCESS) {
        return NULL;
    }
    for (;;) {
        bool stopping;

        /* A timed wait on a condition would wait for a time of day, and sleep for an hour when the
         * clock is set back by one. */
        apr_sleep(CEPCES_WATCH_INTERVAL);
        apr_thread_mutex_lock(service->lock);
        stopping = service->stopping;
        apr_thread_mutex_unlock(service->lock);
        if (stopping) {
            apr_pool_destroy(p);
            return NULL;
        }
        apr_pool_clear(p);
        refresh(service, p);
    }
}

/* --- Opening and closing ---------------------------------------------------------------------- */

/* Runs before the subpools and the store go, so that the watcher never touches what is gone. The
 * requests are over by then, so the snapshot goes too. */
static apr_status_t
stop_watching(void *data)
{
    cepces_service_t *service = (cepces_service_t *)data;
    apr_status_t ignored;

    apr_thread_mutex_lock(service->lock);
    service->stopping = true;
    apr_thread_mutex_unlock(service->lock);
    apr_thread_join(&ignored, service->watcher);
    if (service->snapshot != NULL) {
        cepces_snapshot_release(service->snapshot);
        service->snapshot = NULL;
    }
    return APR_SUCCESS;
}

static cepces_status_t
open_store(cepces_service_t *service, const cepces_service_options_t *options, cepces_error_t *err)
{
    const cepces_store_options_t store = {
        .database = options->database,
        .pool_size = options->pool_size,
        .pool_wait = options->pool_wait,
        .application_name = "mod_cepces",
        .actor = "mod_cepces",
    };

    return cepces_store_open(&service->store, &store, service->p, err);
}

static cepces_status_t
start_watching(cepces_service_t *service, cepces_error_t *err)
{
    apr_pool_t *ptemp;
    apr_status_t rv;

    if ((rv = apr_thread_mutex_create(&service->lock, APR_THREAD_MUTEX_DEFAULT, service->p)) !=
            APR_SUCCESS ||
        (rv = apr_pool_create(&ptemp, service->p)) != APR_SUCCESS) {
        return cepces_error_apr(err, CEPCES_E_INTERNAL, rv, "watcher");
    }
    apr_cpystrn(service->trouble, "the database has not been asked yet", sizeof(service->trouble));
    refresh(service, ptemp);
    apr_pool_destroy(ptemp);
    rv = apr_thread_create(&service->watcher, NULL, watch, service, service->p);
    if (rv != APR_SUCCESS) {
        return cepces_error_apr(err, CEPCES_E_INTERNAL, rv, "watcher thread");
    }
    apr_pool_pre_cleanup_register(service->p, service, stop_watching);
    return CEPCES_OK;
}

cepces_status_t
cepces_service_open(cepces_service_t **out, const cepces_service_options_t *options, apr_pool_t *p,
                    cepces_error_t *err)
{
    cepces_service_t *service = (cepces_service_t *)apr_pcalloc(p, sizeof(*service));
    cepces_status_t st;

    *out = NULL;
    service->p = p;
    service->keys = options->keys;
    service->cache_directory = options->cache_directory;
    service->opened_at = apr_time_now();
    st = open_store(service, options, err);
    if (st == CEPCES_OK) {
        st = cepces_passwords_create(&service->passwords, options->credential_cache,
                                     options->hash_threads, p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_accounts_create(&service->accounts, options->credential_cache, p, err);
    }
    if (st == CEPCES_OK) {
        st = start_watching(service, err);
    }
    if (st == CEPCES_OK) {
        *out = service;
    }
    return st;
}

cepces_status_t
cepces_service_check_schema(const char *database, apr_pool_t *p, cepces_error_t *err)
{
    const cepces_store_options_t options = {
        .database = database,
        .pool_size = 1,
        .pool_wait = apr_time_from_sec(2),
        .application_name = "mod_cepces",
        .actor = "mod_cepces",
    };
    apr_pool_t *ptemp;
    cepces_store_t *store;
    int found, needed;
    cepces_status_t st;

    if (apr_pool_create(&ptemp, p) != APR_SUCCESS) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "no memory");
    }
    st = cepces_store_open(&store, &options, ptemp, err);
    if (st == CEPCES_OK) {
        st = cepces_store_schema_status(&found, &needed, store, ptemp, err);
    }
    if (st == CEPCES_OK && found != needed) {
        st = cepces_error_set(err, CEPCES_E_SCHEMA,
                              found < needed
                                  ? "the database has schema version %d, version %d is needed: "
                                    "run \"cepcesctl schema upgrade\""
                                  : "the database has schema version %d, newer than version %d of "
                                    "this program: install the newer program",
                              found, needed);
    }
    apr_pool_destroy(ptemp);
    return st;
}
