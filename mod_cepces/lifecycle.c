/* From configuration to running children: the parent prepares the library, looks at the schema and
 * reads the CA keys while it still has the rights to (rule K2); each child opens a service of its
 * own after the fork. */
#include <errno.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <unixd.h>

#include "private.h"

static cepces_keyring_t *keys;       /* in the parent's configuration pool; children inherit it */
static cepces_service_t *service;    /* of this child */

cepces_service_t *
mc_service(void)
{
    return service;
}

/* --- The parent ------------------------------------------------------------------------------- */

/* httpd reads its configuration twice when it starts. The first time it still has a terminal and an
 * exit status, so whatever may stop the start is looked at then already; only the database need not
 * be asked again. */
static bool
is_rehearsal(void)
{
    return ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG;
}

static bool
any_endpoints(server_rec *s)
{
    for (; s != NULL; s = s->next) {
        const mc_server_t *conf = mc_server_conf(s);

        if (conf->endpoints != NULL && conf->endpoints->nelts > 0) {
            return true;
        }
    }
    return false;
}

static void
find_endpoints(apr_pool_t *pconf, server_rec *s)
{
    for (; s != NULL; s = s->next) {
        mc_server_conf(s)->endpoints = mc_endpoints(s, pconf);
    }
}

/* A schema of another version stops the start; a database that is away does not (rule S14). */
static int
check_schema(const mc_server_t *conf, apr_pool_t *ptemp, server_rec *s)
{
    cepces_error_t err = CEPCES_ERROR_INIT(ptemp);
    cepces_status_t st = cepces_service_check_schema(conf->database, ptemp, &err);

    if (st == CEPCES_OK) {
        return OK;
    }
    if (cepces_status_class(st) == CEPCES_CLASS_TEMPORARY) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CEPLOGNO(0002)
                     "database is not available, starting without it: %s",
                     cepces_error_line(&err, ptemp));
        return OK;
    }
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, CEPLOGNO(0003) "database cannot be used: %s",
                 cepces_error_line(&err, ptemp));
    return HTTP_INTERNAL_SERVER_ERROR;
}

static int
load_keys(const mc_server_t *conf, apr_pool_t *pconf, server_rec *s)
{
    cepces_error_t err = CEPCES_ERROR_INIT(pconf);

    keys = NULL;
    if (conf->key_directory == NULL) {
        return OK;
    }
    if (cepces_keyring_load(&keys, conf->key_directory, conf->passphrase_file, pconf, &err)
        != CEPCES_OK) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, CEPLOGNO(0004) "CA keys cannot be loaded: %s",
                     cepces_error_line(&err, pconf));
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (is_rehearsal()) {
        return OK;
    }
    ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, s, CEPLOGNO(0005)
                 "%" APR_SIZE_T_FMT " private keys of CAs loaded from \"%s\"",
                 cepces_keyring_count(keys), conf->key_directory);
    return OK;
}

/* "apache2 -t" comes before every graceful restart, which a bad key would end: so it looks at the
 * keys too, where the one who runs it may read them. */
int
mc_test_keys(apr_pool_t *ptemp, server_rec *s)
{
    const mc_server_t *conf = mc_server_conf(s);
    cepces_error_t err = CEPCES_ERROR_INIT(ptemp);
    cepces_keyring_t *tested;

    if (ap_state_query(AP_SQ_RUN_MODE) != AP_SQ_RM_CONFIG_TEST || conf->key_directory == NULL ||
        (geteuid() != 0 && access(conf->key_directory, R_OK | X_OK) != 0) ||
        cepces_keyring_load(&tested, conf->key_directory, conf->passphrase_file, ptemp, &err) ==
            CEPCES_OK) {
        return OK;
    }
    ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, CEPLOGNO(0008) "CA keys could not be loaded: %s",
                 cepces_error_line(&err, ptemp));
    return HTTP_INTERNAL_SERVER_ERROR;
}

/* Remembers over the reading of the configuration that the schema was checked in the rehearsal; a
 * restart checks it anew. */
static bool
take_schema_mark(void)
{
    static const char key[] = "mod_cepces: schema";
    bool *mark = ap_retained_data_get(key);
    bool checked;

    if (mark == NULL) {
        mark = ap_retained_data_create(key, sizeof(*mark));
    }
    checked = *mark;
    *mark = is_rehearsal();
    return checked;
}

static int
prepare(const mc_server_t *conf, apr_pool_t *pconf, apr_pool_t *ptemp, server_rec *s)
{
    cepces_error_t err = CEPCES_ERROR_INIT(ptemp);

    if (cepces_init(&err) != CEPCES_OK) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, CEPLOGNO(0001) "library cannot be used: %s",
                     cepces_error_line(&err, ptemp));
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (conf->database != NULL && !take_schema_mark() && check_schema(conf, ptemp, s) != OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return load_keys(conf, pconf, s);
}

/* The folder belongs to the account of the children, who write it; without one they do without. */
static void
make_cache_directory(mc_server_t *conf, apr_pool_t *pconf, server_rec *s)
{
    apr_status_t rv;

    if (conf->cache_directory == NULL) {
        conf->cache_directory = ap_runtime_dir_relative(pconf, "cepces-cache");
    }
    rv = apr_dir_make(conf->cache_directory, APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_UEXECUTE,
                      pconf);
    if (rv == APR_SUCCESS && geteuid() == 0 &&
        chown(conf->cache_directory, ap_unixd_config.user_id, ap_unixd_config.group_id) != 0) {
        rv = errno;
    }
    if (rv != APR_SUCCESS && !APR_STATUS_IS_EEXIST(rv)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, rv, s, CEPLOGNO(0007)
                     "cache directory \"%s\" cannot be made", conf->cache_directory);
    }
}

int
mc_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    mc_server_t *conf = mc_server_conf(s);

    cepces_log_set_sink(mc_log_sink, s);
    find_endpoints(pconf, s);
    if (prepare(conf, pconf, ptemp, s) != OK) {
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (conf->database != NULL && any_endpoints(s) && !is_rehearsal()) {
        make_cache_directory(conf, pconf, s);
        mc_watchdog_register(pconf, s);
    }
    return OK;
}

/* --- A child ---------------------------------------------------------------------------------- */

static apr_status_t
forget_service(void *data)
{
    service = NULL;
    return APR_SUCCESS;
}

/* Half the processors, so that password hashes never starve the rest (security.md, section 8). */
static unsigned
hash_threads(const mc_server_t *conf)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (conf->hash_threads > 0) {
        return (unsigned)conf->hash_threads;
    }
    return processors >= 4 ? (unsigned)(processors / 2) : 1;
}

static int
or_default(int value, int unset, int otherwise)
{
    return value == unset ? otherwise : value;
}

void
mc_child_init(apr_pool_t *pchild, server_rec *s)
{
    const mc_server_t *conf = mc_server_conf(s);
    cepces_error_t err = CEPCES_ERROR_INIT(pchild);
    cepces_service_options_t options = {
        .database = conf->database,
        .pool_size = (unsigned)or_default(conf->pool_size, 0, MC_POOL_SIZE_DEFAULT),
        .pool_wait = apr_time_from_sec(
            or_default(conf->pool_wait_secs, -1, MC_POOL_WAIT_DEFAULT_SECS)),
        .keys = keys,
        .credential_cache = apr_time_from_sec(
            or_default(conf->credential_cache_secs, -1, MC_CREDENTIAL_CACHE_DEFAULT_SECS)),
        .hash_threads = hash_threads(conf),
        .cache_directory = conf->cache_directory,
    };

    if (conf->database == NULL || !any_endpoints(s)) {
        return;
    }
    if (cepces_service_open(&service, &options, pchild, &err) != CEPCES_OK) {
        service = NULL;
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, s, CEPLOGNO(0006) "service cannot be started: %s",
                     cepces_error_line(&err, pchild));
        return;
    }
    apr_pool_cleanup_register(pchild, NULL, forget_service, apr_pool_cleanup_null);
}
