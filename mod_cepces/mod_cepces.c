/* The module record and its hooks; each hook is a function of the file that its name begins
 * with. */
#include "private.h"

/* An access hook that is run once for each location's configuration, as httpd's own authentication
 * modules are. */
#define PER_CONF AP_AUTH_INTERNAL_PER_CONF

static void
register_hooks(apr_pool_t *p)
{
    mc_register_provider(p);
    ap_hook_check_config(mc_check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_test_config(mc_dump, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(mc_post_config, NULL, NULL, APR_HOOK_MIDDLE);
    /* Before mod_watchdog starts its thread, which uses the service of the child. */
    ap_hook_child_init(mc_child_init, NULL, NULL, APR_HOOK_FIRST);

    ap_hook_post_read_request(mc_paths_recognise, NULL, NULL, APR_HOOK_FIRST);
    ap_hook_translate_name(mc_paths_translate, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_map_to_storage(mc_paths_translate, NULL, NULL, APR_HOOK_REALLY_FIRST);
    ap_hook_check_access_ex(mc_dispatch_access, NULL, NULL, APR_HOOK_REALLY_FIRST, PER_CONF);
    ap_hook_check_authn(mc_authn_check, NULL, NULL, APR_HOOK_MIDDLE, PER_CONF);
    ap_hook_check_authz(mc_dispatch_authz, NULL, NULL, APR_HOOK_REALLY_FIRST, PER_CONF);
    ap_hook_handler(mc_handle_soap, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(mc_handle_publish, NULL, NULL, APR_HOOK_MIDDLE);
}

module AP_MODULE_DECLARE_DATA cepces_module = {
    STANDARD20_MODULE_STUFF,
    mc_dir_create,
    mc_dir_merge,
    mc_server_create,
    mc_server_merge,
    mc_directives,
    register_hooks,
    AP_MODULE_FLAG_NONE,
};
