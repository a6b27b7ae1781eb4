/* The state of the system in PostgreSQL: policies, CAs, templates, access, accounts, credentials,
 * requests, certificates, CRLs and the audit trail, as the plain records of model.h.
 *
 * A store is a pool of libpq connections shared by the threads of one process; a call borrows one
 * connection for its duration. Every change is one transaction together with its audit event.
 * Results live in the pool |p| of the call.
 *
 * Errors common to all calls: CEPCES_E_UNAVAILABLE when the database cannot be reached or does not
 * answer in time, CEPCES_E_NO_SESSION when no connection becomes free, CEPCES_E_INTERNAL for
 * anything unexpected, with the SQLSTATE in the detail. Names are compared exactly. */
#ifndef CEPCES_STORE_H
#define CEPCES_STORE_H

#include "cepces/error.h"
#include "cepces/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cepces_store_t cepces_store_t;

typedef struct cepces_store_options_t {
    const char *database;          /* libpq connection string or URI */
    unsigned pool_size;            /* most connections, >= 1 */
    apr_interval_time_t pool_wait; /* how long a call waits for a free one */
    const char *application_name;  /* shown in pg_stat_activity */
    const char *actor;             /* who is named in the audit events of administrative changes */
} cepces_store_options_t;

/* cepces_store_open makes the pool without connecting. It must be called after fork. A cleanup of
 * |p| closes it. */
CEPCES_API cepces_status_t cepces_store_open(cepces_store_t **out,
                                             const cepces_store_options_t *options, apr_pool_t *p,
                                             cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Schema ----------------------------------------------------------------------------------- */

/* cepces_store_schema_status tells the version in the database (0: no schema) and the one this
 * library needs. */
CEPCES_API cepces_status_t cepces_store_schema_status(int *found, int *needed, cepces_store_t *s,
                                                      apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_store_schema_upgrade applies the missing migrations, each in its own transaction, under an
 * advisory lock so that two callers never run at once. |*applied| counts them. A schema newer than
 * the library: CEPCES_E_SCHEMA. */
CEPCES_API cepces_status_t cepces_store_schema_upgrade(int *applied, cepces_store_t *s,
                                                       apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* --- The catalogue: what every request looks at ----------------------------------------------- */

/* Counters that move with every committed change; a watcher polls them. */
typedef struct cepces_store_versions_t {
    int64_t catalogue; /* policies, CAs, templates, access */
    int64_t accounts;  /* accounts and credentials */
    int64_t crls;
} cepces_store_versions_t;

CEPCES_API cepces_status_t cepces_store_versions(cepces_store_versions_t *out, cepces_store_t *s,
                                                 apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* Everything that is looked at by every request, read in one transaction. Templates are the current
 * revisions. */
typedef struct cepces_catalogue_t {
    cepces_store_versions_t versions;
    const cepces_policy_t *policies;
    size_t num_policies;
    const cepces_ca_t *cas;
    size_t num_cas;
    const cepces_template_t *templates;
    size_t num_templates;
    const cepces_access_entry_t *access;
    size_t num_access;
} cepces_catalogue_t;

CEPCES_API cepces_status_t cepces_store_load_catalogue(cepces_catalogue_t *out, cepces_store_t *s,
                                                       apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* --- Templates -------------------------------------------------------------------------------- */

typedef enum cepces_apply_t { CEPCES_APPLIED_NOTHING, CEPCES_APPLIED_ADDED, CEPCES_APPLIED_CHANGED } cepces_apply_t;

/* cepces_store_save_template stores |t| as the current revision of the template of that name. The
 * caller has compared it with the current one and decided the revision numbers;
 * |expected_revision_id| is the current revision's id (0: the template is new), and CEPCES_E_IN_USE
 * is the answer when somebody else was faster. Names and OIDs are unique: CEPCES_E_EXISTS. */
CEPCES_API cepces_status_t cepces_store_save_template(cepces_store_t *s, const cepces_template_t *t,
                                                      int64_t expected_revision_id, apr_pool_t *p,
                                                      cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_store_find_template finds the current revision. CEPCES_E_NOT_FOUND. */
CEPCES_API cepces_status_t cepces_store_find_template(cepces_template_t *out, cepces_store_t *s,
                                                      const char *name, apr_pool_t *p,
                                                      cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_store_remove_template withdraws the template everywhere and forgets it; one that has
 * requests stays stored, disabled and unpublished, and |*kept| is set. */
CEPCES_API cepces_status_t cepces_store_remove_template(bool *kept, cepces_store_t *s,
                                                        const char *name, apr_pool_t *p,
                                                        cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- CAs and policies ------------------------------------------------------------------------- */

/* cepces_store_add_ca stores a new CA with its first generation, and that generation's certificate
 * among the certificates of |issuer| when |as_issued| is not NULL. CEPCES_E_EXISTS. */
CEPCES_API cepces_status_t cepces_store_add_ca(cepces_store_t *s, const cepces_ca_t *ca,
                                               const cepces_certificate_record_t *as_issued,
                                               apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_store_update_ca changes enabled, issues_to_clients, URLs and periods of the CA called
 * |ca->name|. */
CEPCES_API cepces_status_t cepces_store_update_ca(cepces_store_t *s, const cepces_ca_t *ca,
                                                  apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_store_publish_template publishes or (|publish| false) withdraws a template at a CA;
 * idempotent. */
CEPCES_API cepces_status_t cepces_store_publish_template(cepces_store_t *s, const char *ca,
                                                         const char *template_name, bool publish,
                                                         apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_store_save_policy adds a policy (|policy->id| 0) or changes friendly name, hours and CAs
 * of the one with that name; the GUID never changes. */
CEPCES_API cepces_status_t cepces_store_save_policy(cepces_store_t *s, const cepces_policy_t *policy,
                                                    apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* --- Accounts, credentials, access ------------------------------------------------------------ */

/* cepces_store_find_account finds by canonical name. CEPCES_E_NOT_FOUND. One round trip. */
CEPCES_API cepces_status_t cepces_store_find_account(cepces_account_t *out, cepces_store_t *s,
                                                     const char *name, apr_pool_t *p,
                                                     cepces_error_t *err) CEPCES_MUST_CHECK;
CEPCES_API cepces_status_t cepces_store_list_accounts(const cepces_account_t **out, size_t *num,
                                                      cepces_store_t *s, apr_pool_t *p,
                                                      cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_store_save_account adds (|account->id| 0; CEPCES_E_EXISTS) or changes an account. */
CEPCES_API cepces_status_t cepces_store_save_account(cepces_store_t *s,
                                                     const cepces_account_t *account, apr_pool_t *p,
                                                     cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_store_find_credential finds the credential of an enabled or disabled account; |*enabled|
 * tells which. CEPCES_E_NOT_FOUND. One round trip. */
CEPCES_API cepces_status_t cepces_store_find_credential(cepces_credential_t *out, bool *enabled,
                                                        cepces_store_t *s, const char *account,
                                                        apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;
CEPCES_API cepces_status_t cepces_store_list_credentials(const cepces_credential_t **out,
                                                         size_t *num, cepces_store_t *s,
                                                         apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_store_save_credential sets hash (unless NULL) and scopes of an account's credential,
 * making it if there is none. CEPCES_E_NOT_FOUND when the account, or what a scope names, does not
 * exist. */
CEPCES_API cepces_status_t cepces_store_save_credential(cepces_store_t *s,
                                                        const cepces_credential_t *credential,
                                                        apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;
CEPCES_API cepces_status_t cepces_store_remove_credential(cepces_store_t *s, const char *account,
                                                          apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_store_grant adds |entry| or, when the same grantee has one on the same object, replaces
 * its rights and patterns; cepces_store_revoke removes it. CEPCES_E_NOT_FOUND. */
CEPCES_API cepces_status_t cepces_store_grant(cepces_store_t *s, const cepces_access_entry_t *entry,
                                              apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;
CEPCES_API cepces_status_t cepces_store_revoke(cepces_store_t *s, const cepces_access_entry_t *entry,
                                               apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* --- Requests and certificates ---------------------------------------------------------------- */

/* cepces_store_add_request stores a request, the certificate issued for it (or NULL) and the audit
 * event in one transaction and one round trip, and gives the RequestID. When the connection breaks
 * before the outcome is known, the same rows are offered again on a new connection: the unique
 * serial makes that harmless, nothing is signed twice (rule S7). A serial that belongs to another
 * certificate: CEPCES_E_EXISTS. */
CEPCES_API cepces_status_t cepces_store_add_request(int64_t *request_id, cepces_store_t *s,
                                                    const cepces_request_record_t *request,
                                                    const cepces_certificate_record_t *certificate,
                                                    const cepces_audit_event_t *event,
                                                    apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

CEPCES_API cepces_status_t cepces_store_find_request(cepces_request_record_t *out, cepces_store_t *s,
                                                     int64_t id, apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

typedef struct cepces_certificate_filter_t {
    const char *ca;            /* or NULL */
    const char *principal;     /* or NULL */
    const char *template_name; /* or NULL */
    int state;                 /* cepces_certificate_state_t, or -1 */
    unsigned limit;            /* newest first */
} cepces_certificate_filter_t;

CEPCES_API cepces_status_t cepces_store_list_certificates(const cepces_certificate_record_t **out,
                                                          size_t *num, cepces_store_t *s,
                                                          const cepces_certificate_filter_t *filter,
                                                          apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_store_find_certificate finds by serial, at |ca| or, when NULL, at any CA.
 * CEPCES_E_NOT_FOUND; CEPCES_E_INVALID when |ca| is NULL and several CAs have one. */
CEPCES_API cepces_status_t cepces_store_find_certificate(cepces_certificate_record_t *out,
                                                         cepces_store_t *s, const char *ca,
                                                         cepces_bytes_t serial, apr_pool_t *p,
                                                         cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_store_revoke_certificate revokes by guarded update and marks the CA's CRL as due.
 * CEPCES_E_NOT_FOUND when there is no such certificate, CEPCES_E_EXISTS when it is revoked
 * already. */
CEPCES_API cepces_status_t cepces_store_revoke_certificate(cepces_store_t *s, const char *ca,
                                                           cepces_bytes_t serial, int reason,
                                                           apr_time_t at, apr_pool_t *p,
                                                           cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- CRLs ------------------------------------------------------------------------------------- */

/* The newest CRL of every generation that has one. */
CEPCES_API cepces_status_t cepces_store_load_crls(const cepces_crl_record_t **out, size_t *num,
                                                  cepces_store_t *s, apr_pool_t *p,
                                                  cepces_error_t *err) CEPCES_MUST_CHECK;

/* A row of a CRL, as the signer wants it. */
typedef struct cepces_revocation_t {
    cepces_bytes_t serial;
    apr_time_t revoked_at;
    int reason;
} cepces_revocation_t;

/* What signs a CRL's bytes when the store hands it the rows; called inside the transaction. */
typedef cepces_status_t (*cepces_crl_maker_fn)(cepces_crl_record_t *crl,
                                               const cepces_revocation_t *rows, size_t num,
                                               void *payload, apr_pool_t *p, cepces_error_t *err);

/* cepces_store_make_crl makes the next CRL of a CA's generation in one transaction under an
 * advisory lock: it reads the revocations (expired ones stay one CRL past notAfter, rule C3), takes
 * the next number, has |make| fill der, this_update and next_update, stores the row and clears the
 * mark that the CRL is due. When |only_if_due| is set and the newest CRL is neither marked nor past
 * its next_update minus the CA's overlap, nothing happens and |*made| is false. */
CEPCES_API cepces_status_t cepces_store_make_crl(bool *made, cepces_store_t *s, const char *ca,
                                                 int generation, bool only_if_due, apr_time_t now,
                                                 cepces_crl_maker_fn make, void *payload,
                                                 apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
