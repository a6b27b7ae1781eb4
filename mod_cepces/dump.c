/* "apache2 -t -D DUMP_CEPCES": every endpoint with its address, what it serves and how callers
 * prove who they are. */
#include <ap_listen.h>
#include <apr_file_io.h>

#include "private.h"

static unsigned
port_of(const server_rec *s)
{
    if (s->is_virtual && s->addrs != NULL && s->addrs->host_port != 0) {
        return s->addrs->host_port;
    }
    if (s->port != 0) {
        return s->port;
    }
    return ap_listeners != NULL ? ap_listeners->bind_addr->port : 0;
}

/* The part of the address that clients are given besides the configured path. */
static const char *
suffix_of(mc_handler_t handler)
{
    return handler == MC_HANDLER_POLICY ? "/CEP" : handler == MC_HANDLER_ENROLL ? "/CES" : "/";
}

static const char *
templates_of(const mc_dir_t *dir, apr_pool_t *p)
{
    return dir->templates == NULL
               ? ""
               : apr_pstrcat(p, ", templates ", apr_array_pstrcat(p, dir->templates, ' '), NULL);
}

static const char *
serves(const mc_dir_t *dir, apr_pool_t *p)
{
    switch (dir->handler) {
    case MC_HANDLER_POLICY:
        return apr_pstrcat(p, "policy ", dir->policy == NULL ? "-" : dir->policy, NULL);
    case MC_HANDLER_ENROLL:
        return apr_pstrcat(p, "CA ", dir->ca == NULL ? "-" : dir->ca, templates_of(dir, p), NULL);
    default:
        return "CA certificates and CRLs";
    }
}

static void
print_endpoint(apr_file_t *out, const mc_endpoint_t *e, apr_pool_t *p)
{
    const server_rec *s = e->server;
    const char *name = s->server_hostname == NULL ? "*" : s->server_hostname;
    bool soap = mc_is_soap(e->dir->handler);

    apr_file_printf(out, "%s://%s:%u%s%s\n", mc_may_have_tls(s) ? "https" : "http", name,
                    port_of(s), e->path, suffix_of(e->dir->handler));
    if (s->is_virtual) {
        apr_file_printf(out, "    virtual host    %s (%s:%u)\n", name, s->defn_name,
                        s->defn_line_number);
    } else {
        apr_file_printf(out, "    virtual host    none, the main server\n");
    }
    apr_file_printf(out, "    location        %s:%d\n", e->dir->where->filename,
                    e->dir->where->line_num);
    apr_file_printf(out, "    handler         %s\n", mc_handler_name(e->dir->handler));
    apr_file_printf(out, "    serves          %s\n", serves(e->dir, p));
    if (soap) {
        apr_file_printf(out, "    authentication  %s%s\n",
                        e->auth_type == NULL ? "none" : e->auth_type,
                        e->dir->anonymous == MC_ON ? ", anonymous allowed" : "");
    }
}

void
mc_dump(apr_pool_t *pconf, server_rec *base)
{
    apr_file_t *out;

    if (!ap_exists_config_define("DUMP_CEPCES")
        || apr_file_open_stdout(&out, pconf) != APR_SUCCESS) {
        return;
    }
    for (server_rec *s = base; s != NULL; s = s->next) {
        const apr_array_header_t *list = mc_endpoints(s, pconf);

        for (int i = 0; i < list->nelts; i++) {
            print_endpoint(out, &APR_ARRAY_IDX(list, i, mc_endpoint_t), pconf);
        }
    }
}
