/* Mistakes across directives, found by "apache2 -t" and at every start, with virtual host and line,
 * instead of by the first client. What cannot work is an error; what may be meant so is a
 * warning. */
#include <apr_uri.h>
#include <ap_listen.h>

#include "private.h"

typedef struct check_t {
    server_rec *base; /* the main server, first of the list */
    apr_pool_t *p;
    apr_hash_t *endpoints; /* server_rec → apr_array_header_t of mc_endpoint_t */
    apr_hash_t *seen;      /* lines that were reported: locations of the main server are those of every host */
    int errors;
} check_t;

static const apr_array_header_t *
endpoints_of(const check_t *check, const server_rec *s)
{
    return apr_hash_get(check->endpoints, &s, sizeof(s));
}

/* Where an endpoint stands, for messages: "file:line (virtual host)". */
static const char *
place_of(const check_t *check, const mc_endpoint_t *e)
{
    const ap_directive_t *where = e->dir->where;

    const char *host = e->server->server_hostname;

    return apr_psprintf(check->p, "%s:%d: <Location \"%s\"> of %s", where->filename,
                        where->line_num, e->path, host == NULL ? "the server" : host);
}

static bool
is_new(check_t *check, const char *text)
{
    if (apr_hash_get(check->seen, text, APR_HASH_KEY_STRING) != NULL) {
        return false;
    }
    apr_hash_set(check->seen, text, APR_HASH_KEY_STRING, text);
    return true;
}

static void
refuse(check_t *check, const mc_endpoint_t *e, const char *trouble)
{
    const char *text = apr_pstrcat(check->p, place_of(check, e), ": ", trouble, NULL);

    check->errors++;
    if (is_new(check, text)) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, e->server, CEPLOGNO(0060) "%s", text);
    }
}

static void
warn(check_t *check, const mc_endpoint_t *e, const char *trouble)
{
    const char *text = apr_pstrcat(check->p, place_of(check, e), ": ", trouble, NULL);

    if (is_new(check, text)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, e->server, CEPLOGNO(0061) "%s", text);
    }
}

/* --- One endpoint ----------------------------------------------------------------------------- */

/* Whether the location is written inside a virtual host, not at the main server for all of them. */
static bool
is_in_virtual_host(const mc_endpoint_t *e)
{
    for (const ap_directive_t *node = e->dir->where->parent; node != NULL; node = node->parent) {
        if (ap_cstr_casecmp(node->directive, "<VirtualHost") == 0) {
            return true;
        }
    }
    return false;
}

static void
check_place(check_t *check, const mc_endpoint_t *e)
{
    const core_dir_config *core = ap_get_core_module_config(e->config);

    if (core->r != NULL || core->d_is_fnmatch || e->path[0] != '/') {
        refuse(check, e, "an endpoint needs a <Location> with a plain path, without a pattern");
    }
    if ((is_in_virtual_host(e) || !e->server->is_virtual) && !mc_may_have_tls(e->server)) {
        warn(check, e, "no SSLEngine in this host: the endpoint answers over TLS only");
    }
}

static void
check_authentication(check_t *check, const mc_endpoint_t *e)
{
    bool anonymous = e->dir->anonymous == MC_ON;

    if (e->auth_type == NULL) {
        if (!anonymous) {
            refuse(check, e, "nobody can use it: set \"AuthType UsernameToken\" with a Require, or "
                             "allow everybody with \"CepcesAnonymous on\"");
        }
        return;
    }
    if (mc_auth_kind(e->auth_type) == CEPCES_AUTH_NONE) {
        refuse(check, e, apr_psprintf(check->p, "AuthType %s does not work here: Windows expects "
                                      "UsernameToken or GSSAPI", e->auth_type));
    }
}

static void
check_policy(check_t *check, const mc_endpoint_t *e)
{
    if (e->dir->policy == NULL) {
        refuse(check, e, "the handler cepces-policy needs CepcesPolicy");
    }
    if (e->dir->servers == NULL) {
        warn(check, e, "no CepcesEnrollmentServer: clients will see templates without an address "
                       "to enroll at");
    }
}

static void
check_enroll(check_t *check, const mc_endpoint_t *e)
{
    if (e->dir->ca == NULL) {
        refuse(check, e, "the handler cepces-enroll needs CepcesCA");
    }
    if (mc_server_conf(check->base)->key_directory == NULL) {
        refuse(check, e, "the handler cepces-enroll needs CepcesKeyDirectory at the top level");
    }
}

static void
check_endpoint(check_t *check, const mc_endpoint_t *e)
{
    if (mc_server_conf(check->base)->database == NULL) {
        refuse(check, e, "the module needs CepcesDatabase at the top level");
    }
    if (!mc_is_soap(e->dir->handler)) {
        return;
    }
    check_place(check, e);
    check_authentication(check, e);
    if (e->dir->handler == MC_HANDLER_POLICY) {
        check_policy(check, e);
    } else {
        check_enroll(check, e);
    }
}

/* --- Advertised addresses --------------------------------------------------------------------- */

static bool
has_name(const server_rec *s, const char *host)
{
    if (s->server_hostname != NULL && ap_cstr_casecmp(s->server_hostname, host) == 0) {
        return true;
    }
    for (int i = 0; s->names != NULL && i < s->names->nelts; i++) {
        const char *name = APR_ARRAY_IDX(s->names, i, const char *);

        if (name != NULL && ap_cstr_casecmp(name, host) == 0) {
            return true;
        }
    }
    return false;
}

static bool
has_port(const server_rec *s, apr_port_t port)
{
    if (!s->is_virtual) {
        for (const ap_listen_rec *l = ap_listeners; l != NULL; l = l->next) {
            if (l->bind_addr != NULL && l->bind_addr->port == port) {
                return true;
            }
        }
        return false;
    }
    for (const server_addr_rec *a = s->addrs; a != NULL; a = a->next) {
        if (a->host_port == port) {
            return true;
        }
    }
    return false;
}

/* Why |address| is not served by |s|; NULL when it is. */
static const char *
why_not_served(const check_t *check, const server_rec *s, const cepces_enrollment_server_t *address,
               const char *path)
{
    const mc_endpoint_t *e = mc_endpoint_find(endpoints_of(check, s), path);

    if (e == NULL || e->dir->handler != MC_HANDLER_ENROLL) {
        return "there is no <Location> with the handler cepces-enroll for it";
    }
    if (e->dir->ca != NULL && strcmp(e->dir->ca, address->ca) != 0) {
        return apr_psprintf(check->p, "the <Location> for it has CepcesCA %s", e->dir->ca);
    }
    if (mc_auth_kind(e->auth_type) != address->auth) {
        return e->auth_type == NULL
                   ? "the <Location> for it has no AuthType"
                   : apr_psprintf(check->p, "the <Location> for it has AuthType %s", e->auth_type);
    }
    return NULL;
}

/* An address that leads to one of our own hosts must be answered there. */
static void
check_address(check_t *check, const mc_endpoint_t *e, const cepces_enrollment_server_t *address,
              const ap_directive_t *line)
{
    const char *why = NULL, *text;
    apr_uri_t uri;

    if (apr_uri_parse(check->p, address->uri, &uri) != APR_SUCCESS) {
        return;
    }
    if (uri.port_str == NULL || uri.port == 0) {
        uri.port = APR_URI_HTTPS_DEFAULT_PORT;
    }
    for (const server_rec *s = check->base; s != NULL; s = s->next) {
        if (has_name(s, uri.hostname) && has_port(s, uri.port)) {
            why = why_not_served(check, s, address, uri.path);
            if (why == NULL) {
                return;
            }
        }
    }
    if (why == NULL) {
        return; /* somebody else's host */
    }
    check->errors++;
    text = apr_psprintf(check->p, "%s:%d: CepcesEnrollmentServer %s leads to this server, but %s",
                        line->filename, line->line_num, address->uri, why);
    if (is_new(check, text)) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, 0, e->server, CEPLOGNO(0062) "%s", text);
    }
}

static void
check_addresses(check_t *check, const mc_endpoint_t *e)
{
    if (e->dir->handler != MC_HANDLER_POLICY || e->dir->servers == NULL) {
        return;
    }
    for (int i = 0; i < e->dir->servers->nelts; i++) {
        check_address(check, e, &APR_ARRAY_IDX(e->dir->servers, i, cepces_enrollment_server_t),
                      APR_ARRAY_IDX(e->dir->lines, i, const ap_directive_t *));
    }
}

/* --- All of them ------------------------------------------------------------------------------ */

static void
for_each_endpoint(check_t *check, void (*visit)(check_t *, const mc_endpoint_t *))
{
    for (server_rec *s = check->base; s != NULL; s = s->next) {
        const apr_array_header_t *list = endpoints_of(check, s);

        for (int i = 0; i < list->nelts; i++) {
            visit(check, &APR_ARRAY_IDX(list, i, mc_endpoint_t));
        }
    }
}

int
mc_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *base)
{
    check_t check = {.base = base, .p = ptemp};

    check.endpoints = apr_hash_make(ptemp);
    check.seen = apr_hash_make(ptemp);
    for (server_rec *s = base; s != NULL; s = s->next) {
        server_rec **key = apr_pmemdup(ptemp, &s, sizeof(s));

        apr_hash_set(check.endpoints, key, sizeof(*key), mc_endpoints(s, ptemp));
    }
    for_each_endpoint(&check, check_endpoint);
    for_each_endpoint(&check, check_addresses);
    if (mc_test_keys(ptemp, base) != OK) {
        check.errors++;
    }
    return check.errors == 0 ? OK : HTTP_INTERNAL_SERVER_ERROR;
}
