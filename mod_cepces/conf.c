/* Creating and merging the settings. Server settings are global, so a virtual host simply shares
 * the main server's. */
#include "private.h"

void *
mc_server_create(apr_pool_t *p, server_rec *s)
{
    mc_server_t *conf = apr_pcalloc(p, sizeof(*conf));

    conf->pool_wait_secs = -1;
    conf->credential_cache_secs = -1;
    return conf;
}

void *
mc_server_merge(apr_pool_t *p, void *parent, void *child)
{
    /* Every directive of the child was refused: a copy of the parent, with endpoints of its own
     * later. */
    return apr_pmemdup(p, parent, sizeof(mc_server_t));
}

void *
mc_dir_create(apr_pool_t *p, char *path)
{
    mc_dir_t *conf = apr_pcalloc(p, sizeof(*conf));

    conf->handler = MC_HANDLER_UNSET;
    conf->anonymous = MC_UNSET;
    conf->renewal_only = MC_UNSET;
    return conf;
}

static apr_array_header_t *
joined(apr_pool_t *p, const apr_array_header_t *parent, const apr_array_header_t *child)
{
    if (parent == NULL || child == NULL) {
        return (apr_array_header_t *)(child != NULL ? child : parent);
    }
    return apr_array_append(p, parent, child);
}

#define MERGED(member, unset) ((c)->member != (unset) ? (c)->member : (b)->member)

void *
mc_dir_merge(apr_pool_t *p, void *parent, void *child)
{
    const mc_dir_t *b = parent, *c = child;
    mc_dir_t *conf = apr_pcalloc(p, sizeof(*conf));
    bool groups = c->groups != NULL || c->groups_file != NULL;

    conf->where = MERGED(where, NULL);
    conf->handler = MERGED(handler, MC_HANDLER_UNSET);
    conf->policy = MERGED(policy, NULL);
    conf->ca = MERGED(ca, NULL);
    conf->templates = MERGED(templates, NULL);
    conf->servers = joined(p, b->servers, c->servers);
    conf->lines = joined(p, b->lines, c->lines);
    conf->providers = MERGED(providers, NULL);
    conf->anonymous = MERGED(anonymous, MC_UNSET);
    conf->renewal_only = MERGED(renewal_only, MC_UNSET);
    conf->groups = groups ? c->groups : b->groups;
    conf->groups_file = groups ? c->groups_file : b->groups_file;
    conf->max_body = MERGED(max_body, 0);
    return conf;
}

mc_server_t *
mc_server_conf(const server_rec *s)
{
    return ap_get_module_config(s->module_config, &cepces_module);
}

const mc_dir_t *
mc_dir_conf(const request_rec *r)
{
    return ap_get_module_config(r->per_dir_config, &cepces_module);
}
