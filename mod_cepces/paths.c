/* Paths in any spelling. Windows' tools write them in lower case, with and without /CEP or /CES,
 * with and without a slash at the end; httpd's <Location> is exact. Before httpd looks for a
 * location a path that means one of our endpoints is replaced by the configured spelling. */
#include "private.h"

mc_request_t *
mc_request(const request_rec *r)
{
    return ap_get_module_config(r->request_config, &cepces_module);
}

int
mc_paths_recognise(request_rec *r)
{
    const mc_server_t *conf = mc_server_conf(r->server);
    const mc_endpoint_t *endpoint;
    mc_request_t *q;

    if (conf->endpoints == NULL || r->parsed_uri.path == NULL) {
        return DECLINED;
    }
    endpoint = mc_endpoint_find(conf->endpoints, r->parsed_uri.path);
    if (endpoint == NULL) {
        return DECLINED;
    }
    q = apr_pcalloc(r->pool, sizeof(*q));
    q->endpoint = endpoint;
    ap_set_module_config(r->request_config, &cepces_module, q);
    if (mc_is_soap(endpoint->dir->handler)) {
        /* One buffer for both, as httpd has it: it unescapes them in place. */
        r->uri = r->parsed_uri.path = apr_pstrdup(r->pool, endpoint->written);
    }
    return DECLINED;
}

/* An endpoint is not a file, and neither aliases nor redirects may take it away from the module:
 * clients that are redirected report WS_E_INVALID_FORMAT, and a CRL behind a redirect to https
 * cannot be fetched. */
int
mc_paths_translate(request_rec *r)
{
    if (mc_request(r) == NULL) {
        return DECLINED;
    }
    r->filename = apr_pstrcat(r->pool, "cepces:", r->uri, NULL);
    return OK;
}
