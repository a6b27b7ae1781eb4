/* Finding the endpoints in the finished configuration: every <Location> of a server whose handler
 * is ours. */
#include <apr_optional.h>
#include <util_cfgtree.h>

#include "private.h"

static const struct {
    const char *auth_type;
    cepces_auth_kind_t kind;
} auth_kinds[] = {
    {MC_AUTH_TYPE, CEPCES_AUTH_USERNAME},
    {"GSSAPI", CEPCES_AUTH_KERBEROS},
};

cepces_auth_kind_t
mc_auth_kind(const char *auth_type)
{
    if (auth_type == NULL) {
        return CEPCES_AUTH_ANONYMOUS;
    }
    for (size_t i = 0; i < sizeof(auth_kinds) / sizeof(auth_kinds[0]); i++) {
        if (ap_cstr_casecmp(auth_type, auth_kinds[i].auth_type) == 0) {
            return auth_kinds[i].kind;
        }
    }
    return CEPCES_AUTH_NONE;
}

static const char *const handler_names[] = {
    [MC_HANDLER_POLICY] = "cepces-policy",
    [MC_HANDLER_ENROLL] = "cepces-enroll",
    [MC_HANDLER_PUBLISH] = "cepces-publish",
};

mc_handler_t
mc_handler_named(const char *name)
{
    for (mc_handler_t h = MC_HANDLER_POLICY; h <= MC_HANDLER_PUBLISH; h++) {
        if (strcmp(name, handler_names[h]) == 0) {
            return h;
        }
    }
    return MC_HANDLER_OTHER;
}

const char *
mc_handler_name(mc_handler_t handler)
{
    return handler >= MC_HANDLER_POLICY ? handler_names[handler] : "another handler";
}

bool
mc_is_soap(mc_handler_t handler)
{
    return handler == MC_HANDLER_POLICY || handler == MC_HANDLER_ENROLL;
}

/* AuthType is kept by mod_authn_core, which answers for a request only: this one has the location's
 * configuration and nothing else. */
static const char *
auth_type_of(ap_conf_vector_t *config, server_rec *s, apr_pool_t *p)
{
    request_rec *r = apr_pcalloc(p, sizeof(*r));
    conn_rec *c = apr_pcalloc(p, sizeof(*c));
    APR_OPTIONAL_FN_TYPE(authn_ap_auth_type) *ask = APR_RETRIEVE_OPTIONAL_FN(authn_ap_auth_type);
    const char *type;

    c->pool = p;
    c->base_server = s;
    r->pool = p;
    r->server = s;
    r->connection = c;
    r->per_dir_config = config;
    r->uri = r->unparsed_uri = apr_pstrdup(p, "/");
    r->headers_in = r->headers_out = r->err_headers_out = apr_table_make(p, 1);
    r->notes = r->subprocess_env = c->notes = apr_table_make(p, 1);
    /* ap_auth_type would do, but httpd makes it work after the configuration was checked. */
    type = ask == NULL ? NULL : ask(r);
    return type == NULL || ap_cstr_casecmp(type, "None") == 0 ? NULL : type;
}

/* The configuration that holds at the path of section |index|: the server's defaults and every
 * plain <Location> that contains the path, in the order httpd merges them. */
static ap_conf_vector_t *
merged_config(server_rec *s, ap_conf_vector_t **sections, int index, const char *path,
              apr_pool_t *p)
{
    ap_conf_vector_t *config = s->lookup_defaults;
    int num = ((core_server_config *)ap_get_core_module_config(s->module_config))->sec_url->nelts;

    for (int i = 0; i < num; i++) {
        const core_dir_config *core = ap_get_core_module_config(sections[i]);
        size_t len = core->d == NULL ? 0 : strlen(core->d);

        if (i != index && (core->r != NULL || core->d_is_fnmatch || len == 0)) {
            continue;
        }
        if (i == index || (strncmp(core->d, path, len) == 0
                           && (core->d[len - 1] == '/' || path[len] == '/' || path[len] == '\0'))) {
            config = ap_merge_per_dir_configs(p, config, sections[i]);
        }
    }
    return config;
}

static char *
path_of(const core_dir_config *core, apr_pool_t *p)
{
    size_t len = core->d == NULL ? 0 : strlen(core->d);

    while (len > 1 && core->d[len - 1] == '/') {
        len--;
    }
    return apr_pstrmemdup(p, core->d == NULL ? "" : core->d, len);
}

apr_array_header_t *
mc_endpoints(server_rec *s, apr_pool_t *p)
{
    const core_server_config *core = ap_get_core_module_config(s->module_config);
    ap_conf_vector_t **sections = (ap_conf_vector_t **)core->sec_url->elts;
    apr_array_header_t *endpoints = apr_array_make(p, 8, sizeof(mc_endpoint_t));

    for (int i = 0; i < core->sec_url->nelts; i++) {
        const core_dir_config *section = ap_get_core_module_config(sections[i]);
        const mc_dir_t *own = ap_get_module_config(sections[i], &cepces_module);
        mc_endpoint_t *endpoint;
        ap_conf_vector_t *config;

        if (own == NULL || own->handler <= MC_HANDLER_OTHER) {
            continue;
        }
        endpoint = apr_array_push(endpoints);
        endpoint->server = s;
        endpoint->path = path_of(section, p);
        endpoint->written = section->d;
        endpoint->config = sections[i];
        config = merged_config(s, sections, i, endpoint->path, p);
        endpoint->dir = ap_get_module_config(config, &cepces_module);
        endpoint->auth_type = auth_type_of(config, s, p);
    }
    return endpoints;
}

/* --- Finding one ------------------------------------------------------------------------------ */

/* What follows an endpoint's path in a request that is meant for it: /CEP or /CES by its kind, a
 * slash. */
static bool
is_suffix(const char *rest, size_t len, mc_handler_t handler)
{
    const char *service = handler == MC_HANDLER_POLICY ? "/CEP" : "/CES";

    if (len >= 4 && ap_cstr_casecmpn(rest, service, 4) == 0) {
        rest += 4;
        len -= 4;
    }
    return len == 0 || (len == 1 && *rest == '/');
}

static bool
serves(const mc_endpoint_t *endpoint, const char *path)
{
    size_t own = strlen(endpoint->path);

    if (own == 0 || strlen(path) < own) {
        return false;
    }
    if (endpoint->dir->handler == MC_HANDLER_PUBLISH) {
        return memcmp(path, endpoint->path, own) == 0 && path[own] == '/';
    }
    return ap_cstr_casecmpn(path, endpoint->path, own) == 0
           && is_suffix(path + own, strlen(path + own), endpoint->dir->handler);
}

const mc_endpoint_t *
mc_endpoint_find(const apr_array_header_t *endpoints, const char *path)
{
    const mc_endpoint_t *list = (const mc_endpoint_t *)endpoints->elts;

    for (int i = 0; i < endpoints->nelts; i++) {
        if (serves(&list[i], path)) {
            return &list[i];
        }
    }
    return NULL;
}

/* --- TLS -------------------------------------------------------------------------------------- */

static bool
tree_has(const ap_directive_t *node, const char *name, bool skip_hosts)
{
    for (; node != NULL; node = node->next) {
        if (ap_cstr_casecmp(node->directive, name) == 0) {
            return true;
        }
        if (skip_hosts && ap_cstr_casecmp(node->directive, "<VirtualHost") == 0) {
            continue;
        }
        if (tree_has(node->first_child, name, skip_hosts)) {
            return true;
        }
    }
    return false;
}

/* The section of the virtual host |s| in the configuration. */
static const ap_directive_t *
section_of(const ap_directive_t *node, const server_rec *s)
{
    for (; node != NULL; node = node->next) {
        const ap_directive_t *inner;

        if (ap_cstr_casecmp(node->directive, "<VirtualHost") == 0 && s->defn_name != NULL
            && node->line_num == (int)s->defn_line_number
            && strcmp(node->filename, s->defn_name) == 0) {
            return node;
        }
        inner = section_of(node->first_child, s);
        if (inner != NULL) {
            return inner;
        }
    }
    return NULL;
}

/* mod_ssl keeps its settings to itself, so the configuration is searched for SSLEngine. Only a host
 * that has none of its own and inherits none is reported. */
bool
mc_may_have_tls(const server_rec *s)
{
    const ap_directive_t *section = section_of(ap_conftree, s);

    return tree_has(ap_conftree, "SSLEngine", true)
           || (section != NULL && tree_has(section->first_child, "SSLEngine", false));
}
