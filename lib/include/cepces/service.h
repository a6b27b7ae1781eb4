/* The two web services, without httpd: one message in, one reply out.
 *
 * A process opens one cepces_service_t after it has forked; threads share it. A request runs in
 * three steps, so that httpd's own authentication can stand between the first and the last:
 *
 *     cepces_message_read      bounded body -> envelope, addressing, user name token
 *     (authentication)         httpd's providers, or cepces_service_check_password
 *     cepces_service_answer    envelope + principal -> reply, with everything durable committed
 *
 * Any error on the way becomes a reply with cepces_service_fault. */
#ifndef CEPCES_SERVICE_H
#define CEPCES_SERVICE_H

#include "cepces/error.h"
#include "cepces/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cepces_service_t cepces_service_t;
typedef struct cepces_message_t cepces_message_t;
typedef struct cepces_keyring_t cepces_keyring_t;

/* --- CA keys ---------------------------------------------------------------------------------- */

/* cepces_keyring_load reads every private key (*.pem, *.key) of |directory| under rules K1 and K2
 * (regular files, mode 0600 or less, owned by the caller, no writable parents). It runs as root in
 * the parent process, before privileges drop; children only sign. |passphrase_file| unlocks
 * encrypted keys, or is NULL. |*out| lives in |p|. Errors: CEPCES_E_INVALID names the file and the
 * rule. */
CEPCES_API cepces_status_t cepces_keyring_load(cepces_keyring_t **out, const char *directory,
                                               const char *passphrase_file, apr_pool_t *p,
                                               cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_keyring_count returns the number of keys. */
CEPCES_API size_t cepces_keyring_count(const cepces_keyring_t *keys);

/* --- The service ------------------------------------------------------------------------------ */

typedef struct cepces_service_options_t {
    const char *database;           /* libpq connection string */
    unsigned pool_size;             /* most connections at once, >= 1 */
    apr_interval_time_t pool_wait;  /* how long a request waits for one */
    const cepces_keyring_t *keys;   /* may be NULL for a process that signs nothing */
    apr_interval_time_t credential_cache; /* how long a verified password is remembered; 0: not at all */
    unsigned hash_threads;          /* parallel password hashes, >= 1 */
    const char *cache_directory;    /* writable; keeps published files over a restart without database; or NULL */
} cepces_service_options_t;

/* cepces_service_open makes the service of this process and starts its watcher thread, which
 * connects to the database, loads policies, CAs, templates and access entries, and follows their
 * changes within a second. It succeeds without a database: requests get CEPCES_E_UNAVAILABLE until
 * one is there (rule S14). |*out| is closed by a cleanup of |p|. */
CEPCES_API cepces_status_t cepces_service_open(cepces_service_t **out,
                                               const cepces_service_options_t *options,
                                               apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_service_check_schema tells whether the schema of |database| is the one this library needs:
 * CEPCES_E_SCHEMA with the command that mends it when it is older or newer, CEPCES_E_UNAVAILABLE
 * when no answer can be had. The module calls it once, in the parent. */
CEPCES_API cepces_status_t cepces_service_check_schema(const char *database, apr_pool_t *p,
                                                       cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Endpoints -------------------------------------------------------------------------------- */

/* An enrollment service to advertise: the counterpart of msPKI-Enrollment-Servers. */
typedef struct cepces_enrollment_server_t {
    const char *ca;
    cepces_auth_kind_t auth;
    const char *uri;
    unsigned priority;
    bool renewal_only;
    cepces_strings_t templates; /* empty: all of the CA */
} cepces_enrollment_server_t;

typedef enum cepces_endpoint_kind_t {
    CEPCES_ENDPOINT_POLICY,
    CEPCES_ENDPOINT_ENROLL
} cepces_endpoint_kind_t;

/* What httpd's configuration says of one Location. */
typedef struct cepces_endpoint_t {
    cepces_endpoint_kind_t kind;
    cepces_auth_kind_t auth;      /* how callers of this Location prove who they are */
    const char *policy;           /* POLICY: the policy served */
    const char *ca;               /* ENROLL: the CA served */
    cepces_strings_t templates;   /* ENROLL: only these; empty: all published */
    const cepces_enrollment_server_t *servers; /* what CEP advertises */
    size_t servers_num;
    bool allow_anonymous;         /* serve callers without an identity */
    bool renewal_only;            /* ENROLL: refuse everything but renewals */
} cepces_endpoint_t;

/* Who is asking, once authenticated. */
typedef struct cepces_principal_t {
    cepces_auth_kind_t auth;
    const char *name;                      /* as authenticated; the service canonicalises it */
    cepces_strings_t groups;               /* from httpd's configuration */
    const cepces_credential_t *credential; /* from cepces_service_check_password, else NULL: not bound to scopes */
    const char *address;                   /* of the client */
} cepces_principal_t;

/* --- Messages --------------------------------------------------------------------------------- */

/* cepces_message_read parses the SOAP 1.2 envelope in |body| under rules V6 to V9 and the limits of
 * |kind|. |*out| is set even when the message is refused, as far as it could be read, so that the
 * fault can relate to it; it belongs to |p|, and |body| must stay as long. */
CEPCES_API cepces_status_t cepces_message_read(cepces_message_t **out, cepces_bytes_t body,
                                               cepces_endpoint_kind_t kind, apr_pool_t *p,
                                               cepces_error_t *err) CEPCES_MUST_CHECK;

/* The user name and password of the UsernameToken, as sent; NULL when there is none. The password
 * is wiped with the message's pool. */
CEPCES_API const char *cepces_message_username(const cepces_message_t *message);
CEPCES_API const char *cepces_message_password(const cepces_message_t *message);

/* cepces_message_id returns a:MessageID, escaped for a log line, or "-". */
CEPCES_API const char *cepces_message_id(const cepces_message_t *message);

/* cepces_message_canonical_name reduces user, DOMAIN\user and user@realm to one lower-case spelling
 * (rule V9), the only form that access, ownership and audit use. "HOST$" keeps its dollar. Errors:
 * CEPCES_E_FAILED_AUTHENTICATION for a name that is empty, too long or not UTF-8. */
CEPCES_API cepces_status_t cepces_message_canonical_name(const char **out, const char *name,
                                                         apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* --- Answers ---------------------------------------------------------------------------------- */

/* What to send, and what to say of it in the log. */
typedef struct cepces_reply_t {
    int http_status;           /* 200, 500 or 503 */
    cepces_bytes_t body;       /* application/soap+xml; charset=utf-8 */
    int retry_after_secs;      /* for 503, else 0 */
    cepces_log_level_t level;
    const char *log;           /* one printable line: what was decided, with MessageID and RequestID */
} cepces_reply_t;

/* cepces_service_check_password looks |name| up among our own credentials and compares the password
 * in constant time, an unknown name costing the same as a wrong password. A verified one is
 * remembered for a short time. |*out| belongs to |p|. Errors: CEPCES_E_NOT_FOUND for a name without
 * credential, CEPCES_E_FAILED_AUTHENTICATION for a wrong password or a disabled account,
 * CEPCES_E_UNAVAILABLE. */
CEPCES_API cepces_status_t cepces_service_check_password(const cepces_credential_t **out,
                                                         cepces_service_t *service, const char *name,
                                                         const char *password, apr_pool_t *p,
                                                         cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_service_answer carries out the operation in |message| for |who| at |endpoint| and makes
 * the reply. It always makes one: refusals and failures become faults. */
CEPCES_API void cepces_service_answer(cepces_reply_t *reply, cepces_service_t *service,
                                      const cepces_endpoint_t *endpoint,
                                      const cepces_principal_t *who,
                                      const cepces_message_t *message, apr_pool_t *p);

/* cepces_service_fault makes the reply for an error that happened before cepces_service_answer: a
 * message that could not be read, a caller who could not be authenticated. |message| may be
 * NULL. */
CEPCES_API void cepces_service_fault(cepces_reply_t *reply, const cepces_message_t *message,
                                     const cepces_error_t *why, apr_pool_t *p);

/* --- Publishing ------------------------------------------------------------------------------- */

/* A published file: CA certificate, chain or CRL. */
typedef struct cepces_published_t {
    const char *content_type;
    cepces_bytes_t body;
    apr_time_t last_modified;
    apr_time_t expires;      /* for the cache headers */
    const char *etag;        /* quoted */
} cepces_published_t;

/* cepces_service_publish finds the file called |name| (no slash): CA.crl, CA.cer (DER), CA.pem,
 * CA-chain.pem, where CA is a CA's name; generation N of it is CA-N.cer, CA-N.pem and CA-N.crl. It
 * answers from memory, and while no database has been reached yet from the cache directory. Errors:
 * CEPCES_E_NOT_FOUND, CEPCES_E_UNAVAILABLE. */
CEPCES_API cepces_status_t cepces_service_publish(cepces_published_t *out, cepces_service_t *service,
                                                  const char *name, apr_pool_t *p,
                                                  cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_service_maintain signs CRLs that are due and does other regular work. It is called every
 * few seconds by one process of each host; an advisory lock makes one host do it. */
CEPCES_API cepces_status_t cepces_service_maintain(cepces_service_t *service, apr_pool_t *p,
                                                   cepces_error_t *err) CEPCES_MUST_CHECK;

#ifdef __cplusplus
}
#endif
#endif
