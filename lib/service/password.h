/* Passwords: bcrypt is expensive on purpose, so a verified password is remembered for a short time,
 * as a digest keyed with a random key of this process, and only so many hashes run at once. */
#ifndef SERVICE_PASSWORD_H
#define SERVICE_PASSWORD_H

#include "cepces/store.h"

/* What bcrypt looks at; longer passwords are refused rather than cut. */
#define CEPCES_PASSWORD_MAX_LEN 72

typedef struct cepces_passwords_t cepces_passwords_t;

/* cepces_passwords_create makes the memory, which threads share. |keep| 0 turns it off; |threads|
 * hashes run at once. */
cepces_status_t cepces_passwords_create(cepces_passwords_t **out, apr_interval_time_t keep,
                                        unsigned threads, apr_pool_t *p,
                                        cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_passwords_forget drops everything: an account or a credential has changed. */
void cepces_passwords_forget(cepces_passwords_t *passwords);

/* cepces_passwords_check is cepces_service_check_password for the canonical name |name|. */
cepces_status_t cepces_passwords_check(const cepces_credential_t **out,
                                       cepces_passwords_t *passwords, cepces_store_t *store,
                                       const char *name, const char *password, apr_pool_t *p,
                                       cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
