/* What the files of the module share: the configuration, the endpoints found in it, and the state
 * of one request.
 *
 * The way of a request: paths.c recognises the endpoint, dispatch.c answers what needs no body,
 * authn.c reads the message and checks the user name token, dispatch.c again turns a refusal by
 * Require into a fault, and the handlers hand the message to the library. */
#ifndef MOD_CEPCES_PRIVATE_H
#define MOD_CEPCES_PRIVATE_H

#include <apr_strings.h>
#include <httpd.h>
#include <http_config.h>
#include <http_core.h>
#include <http_log.h>
#include <http_protocol.h>
#include <http_request.h>

#include "cepces/cepces.h"
#include "conf.h"

APLOG_USE_MODULE(cepces);

/* The module's messages carry numbers below 0100, the library's begin there (docs/logging.md). */
#define CEPLOGNO(n) "CEP" #n ": "

#define MC_AUTH_TYPE "UsernameToken"

/* --- Endpoints (endpoints.c) ------------------------------------------------------------------ */

/* A <Location> that serves policies or enrollment, as the configuration of one server has it. */
typedef struct mc_endpoint_t {
    const server_rec *server;
    const mc_dir_t *dir;      /* merged with what is configured around it */
    const char *path;         /* without a trailing slash */
    const char *written;      /* as the configuration has it */
    const char *auth_type;    /* AuthType there, or NULL */
    ap_conf_vector_t *config; /* of the location itself, unmerged */
} mc_endpoint_t;

/* mc_endpoints returns the endpoints of |s| with the handlers the module knows, as an array of
 * mc_endpoint_t. */
apr_array_header_t *mc_endpoints(server_rec *s, apr_pool_t *p);

/* mc_endpoint_find returns the endpoint among |endpoints| that serves |path|, or NULL. A SOAP
 * endpoint serves its path in any case, with or without /CEP or /CES, with or without a slash at
 * the end; a publishing one everything below. */
const mc_endpoint_t *mc_endpoint_find(const apr_array_header_t *endpoints, const char *path);

/* mc_may_have_tls tells whether TLS may be on in |s|: SSLEngine is somewhere in its
 * configuration. */
bool mc_may_have_tls(const server_rec *s);

/* mc_auth_kind tells which kind of authentication an AuthType stands for; CEPCES_AUTH_NONE for one
 * that the module does not accept. No AuthType is CEPCES_AUTH_ANONYMOUS. */
cepces_auth_kind_t mc_auth_kind(const char *auth_type);

/* mc_handler_named returns the handler that SetHandler calls |name|. */
mc_handler_t mc_handler_named(const char *name);

/* mc_handler_name is its reverse. */
const char *mc_handler_name(mc_handler_t handler);

/* mc_is_soap tells whether a handler speaks SOAP, and so is under the rules of an enrollment
 * endpoint. */
bool mc_is_soap(mc_handler_t handler);

/* --- One request ------------------------------------------------------------------------------ */

/* Kept in r->request_config of every request to an endpoint. */
typedef struct mc_request_t {
    const mc_endpoint_t *endpoint;
    cepces_message_t *message;             /* NULL until the body was read */
    const char *user;                      /* set only by our own check of a user name token */
    const cepces_credential_t *credential; /* from the provider "cepces", else NULL */
    bool inside;                           /* the remaining access checkers are being run by us */
    bool handling;                         /* httpd has called the handler, and so put the output filters in */
} mc_request_t;

/* mc_request returns the state of |r|, or NULL when |r| is not for an endpoint. */
mc_request_t *mc_request(const request_rec *r);

/* --- Hooks, one file each --------------------------------------------------------------------- */

int mc_paths_recognise(request_rec *r);
int mc_paths_translate(request_rec *r);

int mc_dispatch_access(request_rec *r);
int mc_dispatch_authz(request_rec *r);

int mc_authn_check(request_rec *r);

int mc_handle_soap(request_rec *r);
int mc_handle_publish(request_rec *r);

int mc_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);
void mc_dump(apr_pool_t *pconf, server_rec *s);

int mc_post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s);
void mc_child_init(apr_pool_t *pchild, server_rec *s);

/* --- Services of one file to the others ------------------------------------------------------- */

/* mc_service returns the service of this child, or NULL when it could not be opened
 * (lifecycle.c). */
cepces_service_t *mc_service(void);

/* mc_test_keys loads the keys on trial when httpd only tests its configuration (lifecycle.c). */
int mc_test_keys(apr_pool_t *ptemp, server_rec *s);

/* mc_watchdog_register asks mod_watchdog to have cepces_service_maintain called (watchdog.c). */
void mc_watchdog_register(apr_pool_t *p, server_rec *s);

/* mc_log_sink is the library's log sink; |payload| is the main server (logging.c). */
void mc_log_sink(void *payload, cepces_log_level_t level, int number, const char *text);

/* mc_log_level gives httpd's level for the library's. */
int mc_log_level(cepces_log_level_t level);

/* mc_register_provider makes the authentication provider "cepces" known (provider.c). */
void mc_register_provider(apr_pool_t *p);

/* mc_read_body reads the body of |r|, at most |limit| bytes of it, into |*out|. It returns OK or
 * the HTTP status to answer: 413 over the limit, 408 too slow, 400 shorter than announced; or
 * AP_FILTER_ERROR when httpd has answered. */
int mc_read_body(cepces_bytes_t *out, request_rec *r, apr_off_t limit);

/* mc_body_limit returns the largest body that the endpoint of |r| takes. */
apr_off_t mc_body_limit(const mc_dir_t *dir);

/* mc_read_message reads and parses the message of |r| once and keeps it in |q|; when that fails it
 * has answered. Returns OK to go on, or DONE (authn.c). */
int mc_read_message(request_rec *r, mc_request_t *q);

/* mc_groups returns the groups of the caller, as CepcesGroups says (groups.c). */
cepces_status_t mc_groups(cepces_strings_t *out, request_rec *r, const mc_dir_t *dir,
                          const char *user, cepces_error_t *err) CEPCES_MUST_CHECK;

/* mc_send_reply sends a reply of the library and writes its log line (respond.c). */
void mc_send_reply(request_rec *r, const cepces_reply_t *reply);

/* mc_send_fault sends the fault for |err|. */
void mc_send_fault(request_rec *r, const cepces_message_t *message, const cepces_error_t *err);

/* mc_send_plain answers without SOAP: |status| with the one sentence |text|, or an empty page for
 * NULL. The connection is closed after a refusal, so that nobody reads a body that was not
 * wanted. */
void mc_send_plain(request_rec *r, int status, const char *text);

#endif
