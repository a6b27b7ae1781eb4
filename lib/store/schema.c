/* The version of the schema, and the migrations that raise it. */
#include "store/store.h"

/* The advisory lock of whoever changes the schema: "cepces" in ASCII. */
#define SCHEMA_LOCK_KEY INT64_C(0x636570636573)

/* A migration may rewrite large tables. */
#define MIGRATION_PATIENCE apr_time_from_sec(24 * 3600)

static int
newest(void)
{
    return cepces_store_migrations[cepces_store_num_migrations - 1].version;
}

static cepces_status_t
read_version(int *version, cepces_session_t *c, apr_pool_t *p, cepces_error_t *err)
{
    cepces_params_t a;
    int64_t value;
    cepces_status_t st;

    cepces_store_params_init(&a, p);
    st = cepces_store_value(&value, c, SQL_SCHEMA_PRESENT, &a, err);
    if (st == CEPCES_OK && value != 0) {
        st = cepces_store_value(&value, c, SQL_SCHEMA_VERSION, &a, err);
    }
    if (st == CEPCES_OK) {
        *version = (int)value;
    }
    return st;
}

static cepces_status_t
read_status(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    return read_version((int *)payload, c, p, err);
}

cepces_status_t
cepces_store_schema_status(int *found, int *needed, cepces_store_t *s, apr_pool_t *p,
                           cepces_error_t *err)
{
    int version;
    cepces_status_t st = cepces_store_transact(s, BEGIN_READ, read_status, &version, p, err);

    if (st == CEPCES_OK) {
        *found = version;
        *needed = newest();
    }
    return st;
}

/* Takes the lock that keeps two upgrades apart; it ends with the transaction. */
static cepces_status_t
lock_schema(cepces_session_t *c, apr_pool_t *p, cepces_error_t *err)
{
    cepces_params_t a;
    cepces_status_t st;

    cepces_store_params_init(&a, p);
    st = cepces_store_run(NULL, c, SQL_SCHEMA_PATIENCE, &a, err);
    if (st == CEPCES_OK) {
        cepces_store_put_int(&a, SCHEMA_LOCK_KEY);
        st = cepces_store_run(NULL, c, SQL_SCHEMA_LOCK, &a, err);
    }
    return st;
}

static cepces_status_t
apply(cepces_session_t *c, const cepces_store_migration_t *m, apr_pool_t *p, cepces_error_t *err)
{
    cepces_params_t a;
    cepces_status_t st = cepces_store_script(c, m->sql, err);

    if (st != CEPCES_OK) {
        return cepces_error_wrap(err, st, "migration %s failed and was undone", m->name);
    }
    cepces_store_params_init(&a, p);
    cepces_store_put_int(&a, m->version);
    cepces_store_put_text(&a, m->name);
    return cepces_store_run(NULL, c, SQL_SCHEMA_APPLIED, &a, err);
}

/* Applies the first missing migration, if there is one. The version is read under the lock: who
 * waited for another upgrade sees what that one did. */
static cepces_status_t
apply_next(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    bool *applied = (bool *)payload;
    int version;
    cepces_status_t st = lock_schema(c, p, err);

    *applied = false;
    if (st == CEPCES_OK) {
        st = read_version(&version, c, p, err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    if (version > newest()) {
        return cepces_error_set(err, CEPCES_E_SCHEMA,
                                "the schema has version %d and is newer than this program, which knows %d",
                                version, newest());
    }
    for (int i = 0; i < cepces_store_num_migrations; i++) {
        if (cepces_store_migrations[i].version > version) {
            *applied = true;
            return apply(c, &cepces_store_migrations[i], p, err);
        }
    }
    return CEPCES_OK;
}

/* apply_next with the time it may need. */
static cepces_status_t
apply_patiently(cepces_session_t *c, void *payload, apr_pool_t *p, cepces_error_t *err)
{
    cepces_status_t st;

    c->patience = MIGRATION_PATIENCE;
    st = apply_next(c, payload, p, err);
    c->patience = CEPCES_STORE_PATIENCE;
    return st;
}

cepces_status_t
cepces_store_schema_upgrade(int *applied, cepces_store_t *s, apr_pool_t *p, cepces_error_t *err)
{
    int count = 0;
    bool more;

    do {
        cepces_status_t st = cepces_store_transact(s, BEGIN_WRITE, apply_patiently, &more, p, err);

        if (st != CEPCES_OK) {
            return st;
        }
        count += more;
    } while (more);
    *applied = count;
    return CEPCES_OK;
}
