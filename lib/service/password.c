/* Checking and remembering passwords. */
#include "service/password.h"

#include <crypt.h>
#include <stdlib.h>

#include <apr_strings.h>
#include <apr_thread_cond.h>
#include <apr_thread_mutex.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/pool.h"
#include "cepces/admin.h"
#include "service/memory.h"

/* The longest wait for a turn to hash; a caller who waits longer is told that the service is busy.
 */
#define HASH_WAIT apr_time_from_sec(5)

/* Cost 10: some 20 ms a check on today's machines. */
#define BCRYPT_PREFIX "$2b$"
#define BCRYPT_COST 10

/* What an unknown name is checked against, so that it costs what a wrong password costs (rule V11).
 */
#define DUMMY_HASH "$2b$10$CwTycUXWue0Thq9StjUM0uJ4w7o3BUNBo3JyX.wkqC0QKzo6fPOEO"

struct cepces_passwords_t {
    unsigned char key[CEPCES_MEMORY_KEY_LEN]; /* random, of this process */
    cepces_memory_t *memory;
    apr_thread_mutex_t *turn_lock;
    apr_thread_cond_t *turn_free;
    unsigned turns; /* hashes that may still start */
};

/* The hash stays behind: nobody needs it any more. */
static void *
copy_credential(const void *value, apr_pool_t *p)
{
    const cepces_credential_t *from = (const cepces_credential_t *)value;
    cepces_credential_t *to = (cepces_credential_t *)apr_pmemdup(p, from, sizeof(*from));
    cepces_scope_t *scopes =
        (cepces_scope_t *)apr_pcalloc(p, (from->scopes_num + 1) * sizeof(*scopes));

    for (size_t i = 0; i < from->scopes_num; i++) {
        scopes[i].kind = from->scopes[i].kind;
        scopes[i].name = apr_pstrdup(p, from->scopes[i].name);
    }
    to->account = apr_pstrdup(p, from->account);
    to->hash = NULL;
    to->scopes = scopes;
    return to;
}

cepces_status_t
cepces_passwords_create(cepces_passwords_t **out, apr_interval_time_t keep, unsigned threads,
                        apr_pool_t *p, cepces_error_t *err)
{
    cepces_passwords_t *passwords = (cepces_passwords_t *)apr_pcalloc(p, sizeof(*passwords));
    apr_status_t rv;

    *out = NULL;
    passwords->turns = threads;
    if ((rv = apr_thread_mutex_create(&passwords->turn_lock, APR_THREAD_MUTEX_DEFAULT, p)) !=
            APR_SUCCESS ||
        (rv = apr_thread_cond_create(&passwords->turn_free, p)) != APR_SUCCESS) {
        return cepces_error_apr(err, CEPCES_E_INTERNAL, rv, "lock for passwords");
    }
    if (RAND_bytes(passwords->key, sizeof(passwords->key)) != 1) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "no random bytes");
    }
    *out = passwords;
    return cepces_memory_create(&passwords->memory, keep, copy_credential, p, err);
}

void
cepces_passwords_forget(cepces_passwords_t *passwords)
{
    cepces_memory_forget(passwords->memory);
}

/* What a name and its password are remembered under: a digest that is worth nothing outside this
 * process. */
static bool
digest(unsigned char *mac, const cepces_passwords_t *passwords, const char *name,
       const char *password, apr_pool_t *p)
{
    size_t name_len = strlen(name) + 1, len = name_len + strlen(password);
    unsigned char *text = (unsigned char *)apr_palloc(p, len);
    unsigned mac_len = 0;
    bool ok;

    memcpy(text, name, name_len);
    memcpy(text + name_len, password, len - name_len);
    ok = HMAC(EVP_sha256(), passwords->key, sizeof(passwords->key), text, len, mac, &mac_len) !=
             NULL &&
         mac_len == CEPCES_MEMORY_KEY_LEN;
    cepces_wipe(text, len);
    return ok;
}

/* --- Hashing ---------------------------------------------------------------------------------- */

static cepces_status_t
take_turn(cepces_passwords_t *passwords, cepces_error_t *err)
{
    apr_time_t deadline = cepces_clock_steady() + HASH_WAIT;
    apr_status_t rv = APR_SUCCESS;

    apr_thread_mutex_lock(passwords->turn_lock);
    while (passwords->turns == 0 && rv == APR_SUCCESS) {
        apr_interval_time_t left = deadline - cepces_clock_steady();

        rv = left > 0 ? apr_thread_cond_timedwait(passwords->turn_free, passwords->turn_lock, left)
                      : APR_TIMEUP;
    }
    if (passwords->turns > 0) {
        passwords->turns--;
        rv = APR_SUCCESS;
    }
    apr_thread_mutex_unlock(passwords->turn_lock);
    return rv == APR_SUCCESS
               ? CEPCES_OK
               : cepces_error_set(err, CEPCES_E_NO_SESSION, "too many passwords to check at once");
}

static void
end_turn(cepces_passwords_t *passwords)
{
    apr_thread_mutex_lock(passwords->turn_lock);
    passwords->turns++;
    apr_thread_cond_signal(passwords->turn_free);
    apr_thread_mutex_unlock(passwords->turn_lock);
}

/* Whether |password| has the hash |hash| of any form that crypt(3) reads. */
static bool
matches(const char *password, const char *hash)
{
    struct crypt_data *data = (struct crypt_data *)calloc(1, sizeof(*data));
    const char *result = data != NULL ? crypt_rn(password, hash, data, sizeof(*data)) : NULL;
    bool same = result != NULL &&
                cepces_bytes_equal_secret(cepces_bytes_str(result), cepces_bytes_str(hash));

    if (data != NULL) {
        cepces_wipe(data, sizeof(*data));
        free(data);
    }
    return same;
}

/* What the database says of a name: a credential without hash is nobody's. */
typedef struct {
    cepces_credential_t credential;
    bool enabled; /* the account */
    bool right;   /* the password, once compared */
} candidate_t;

/* Compares in a turn of its own; |*out| is set when the password opens the account. While this one
 * waited for its turn, another request may have verified the same password: a fleet that wakes up
 * at once costs one hash an account. */
static cepces_status_t
compare(const cepces_credential_t **out, candidate_t *c, cepces_passwords_t *passwords,
        const unsigned char *mac, apr_uint32_t epoch, const char *password, apr_pool_t *p,
        cepces_error_t *err)
{
    bool exists = c->credential.hash != NULL;
    /* Another provider may know the name, and take longer passwords: ours refuses them, no more. */
    bool too_long = strlen(password) > CEPCES_PASSWORD_MAX_LEN;
    cepces_status_t st = take_turn(passwords, err);

    if (st != CEPCES_OK) {
        return st;
    }
    *out = cepces_memory_recall(passwords->memory, mac, p);
    if (*out == NULL) {
        c->right =
            matches(password, exists ? c->credential.hash : DUMMY_HASH) && exists && !too_long;
        if (c->right && c->enabled) {
            cepces_memory_keep(passwords->memory, mac, epoch, &c->credential);
            *out = (const cepces_credential_t *)copy_credential(&c->credential, p);
        }
    }
    end_turn(passwords);
    return CEPCES_OK;
}

cepces_status_t
cepces_passwords_check(const cepces_credential_t **out, cepces_passwords_t *passwords,
                       cepces_store_t *store, const char *name, const char *password, apr_pool_t *p,
                       cepces_error_t *err)
{
    apr_uint32_t epoch = cepces_memory_epoch(passwords->memory);
    candidate_t candidate = {.enabled = false};
    unsigned char mac[CEPCES_MEMORY_KEY_LEN];
    cepces_status_t found, st;

    *out = NULL;
    if (!digest(mac, passwords, name, password, p)) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "no digest of a password");
    }
    if ((*out = cepces_memory_recall(passwords->memory, mac, p)) != NULL) {
        return CEPCES_OK;
    }
    found = cepces_store_find_credential(&candidate.credential, &candidate.enabled, store, name, p,
                                         err);
    if (found != CEPCES_OK && found != CEPCES_E_NOT_FOUND) {
        return found;
    }
    st = compare(out, &candidate, passwords, mac, epoch, password, p, err);
    if (st != CEPCES_OK || found != CEPCES_OK) {
        return st != CEPCES_OK ? st : found;
    }
    if (*out == NULL) {
        return cepces_error_rule(err, CEPCES_E_FAILED_AUTHENTICATION, "V11", "account \"%s\": %s",
                                 name,
                                 candidate.right ? "the account is disabled" : "wrong password");
    }
    return CEPCES_OK;
}

cepces_status_t
cepces_admin_hash_password(const char **out, const char *password, apr_pool_t *p,
                           cepces_error_t *err)
{
    char salt[CRYPT_GENSALT_OUTPUT_SIZE];
    struct crypt_data *data;
    const char *hash;

    *out = NULL;
    if (password[0] == '\0') {
        return cepces_error_set(err, CEPCES_E_INVALID, "the password is empty");
    }
    if (strlen(password) > CEPCES_PASSWORD_MAX_LEN) {
        return cepces_error_set(err, CEPCES_E_INVALID,
                                "the password has %zu bytes, at most %d are accepted",
                                strlen(password), CEPCES_PASSWORD_MAX_LEN);
    }
    if (crypt_gensalt_rn(BCRYPT_PREFIX, BCRYPT_COST, NULL, 0, salt, sizeof(salt)) == NULL ||
        (data = (struct crypt_data *)calloc(1, sizeof(*data))) == NULL) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "no salt or no memory");
    }
    hash = crypt_rn(password, salt, data, sizeof(*data));
    *out = hash != NULL ? apr_pstrdup(p, hash) : NULL;
    cepces_wipe(data, sizeof(*data));
    free(data);
    return *out != NULL
               ? CEPCES_OK
               : cepces_error_set(err, CEPCES_E_INTERNAL, "the password could not be hashed");
}
