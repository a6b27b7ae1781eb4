/* The directives: one table, one setter each. A setter answers NULL or a sentence that names the
 * directive, the value and what would be accepted; rules across directives are in check.c.
 * docs/directives.md describes each. */
#include <apr_uri.h>
#include <ap_provider.h>

#include "private.h"

/* --- Values ----------------------------------------------------------------------------------- */

/* The refusal of |value|: what would have been |accepted|. */
static const char *
refuse(const cmd_parms *cmd, const char *value, const char *accepted)
{
    return apr_psprintf(cmd->pool, "%s \"%s\" is not accepted: %s", cmd->cmd->name, value,
                        accepted);
}

static const char *
global_only(cmd_parms *cmd)
{
    return ap_check_cmd_context(cmd, GLOBAL_ONLY);
}

static const char *
set_number(int *out, const cmd_parms *cmd, const char *value, int least, int most, const char *what)
{
    char *end;
    apr_int64_t number = apr_strtoi64(value, &end, 10);

    if (*value == '\0' || *end != '\0' || number < least || number > most) {
        return refuse(cmd, value, apr_psprintf(cmd->pool, "%s from %d to %d", what, least, most));
    }
    *out = (int)number;
    return NULL;
}

/* Names of policies, CAs and templates: printable ASCII without white space or slash (model.h). */
static const char *
check_name(const cmd_parms *cmd, const char *value)
{
    size_t len = strlen(value);

    for (size_t i = 0; i < len; i++) {
        if (value[i] <= ' ' || value[i] > '~' || value[i] == '/') {
            len = 0;
        }
    }
    return len > 0 && len <= 64
               ? NULL
               : refuse(cmd, value, "a name of 1 to 64 printable ASCII characters without space or "
                                    "slash");
}

static const char *
set_path(const char **out, cmd_parms *cmd, const char *value)
{
    *out = ap_server_root_relative(cmd->pool, value);
    return *out != NULL && *value != '\0' ? NULL : refuse(cmd, value, "a path");
}

/* --- The whole server ------------------------------------------------------------------------- */

/* A secret in the connection string would be shown by "-t -D DUMP_CONFIG". */
static bool
holds_password(const char *conninfo)
{
    const char *at = strchr(conninfo, '@');
    const char *authority = strstr(conninfo, "://");

    if (ap_strcasestr(conninfo, "password") != NULL) {
        return true;
    }
    return authority != NULL && at > authority + 3
           && memchr(authority + 3, ':', (size_t)(at - authority - 3)) != NULL;
}

static const char *
set_database(cmd_parms *cmd, void *dir, const char *value)
{
    const char *trouble = global_only(cmd);

    if (trouble != NULL) {
        return trouble;
    }
    if (*value == '\0') {
        return refuse(cmd, value, "a libpq connection string such as "
                                  "\"host=/run/postgresql dbname=cepces\"");
    }
    if (holds_password(value)) {
        return "CepcesDatabase must not hold a password, which would be shown by DUMP_CONFIG: name "
               "a file with passfile=, or use peer authentication";
    }
    mc_server_conf(cmd->server)->database = value;
    return NULL;
}

static const char *
set_database_pool(cmd_parms *cmd, void *dir, const char *size, const char *wait)
{
    mc_server_t *conf = mc_server_conf(cmd->server);
    const char *trouble = global_only(cmd);

    if (trouble == NULL) {
        trouble = set_number(&conf->pool_size, cmd, size, 1, MC_POOL_SIZE_MAX,
                             "a number of connections");
    }
    if (trouble == NULL && wait != NULL) {
        trouble = set_number(&conf->pool_wait_secs, cmd, wait, 0, MC_POOL_WAIT_MAX_SECS, "seconds");
    }
    return trouble;
}

static const char *
set_key_directory(cmd_parms *cmd, void *dir, const char *value)
{
    const char *trouble = global_only(cmd);

    return trouble != NULL ? trouble
                           : set_path(&mc_server_conf(cmd->server)->key_directory, cmd, value);
}

static const char *
set_passphrase_file(cmd_parms *cmd, void *dir, const char *value)
{
    const char *trouble = global_only(cmd);

    return trouble != NULL ? trouble
                           : set_path(&mc_server_conf(cmd->server)->passphrase_file, cmd, value);
}

static const char *
set_cache_directory(cmd_parms *cmd, void *dir, const char *value)
{
    const char *trouble = global_only(cmd);

    return trouble != NULL ? trouble
                           : set_path(&mc_server_conf(cmd->server)->cache_directory, cmd, value);
}

static const char *
set_credential_cache(cmd_parms *cmd, void *dir, const char *value)
{
    mc_server_t *conf = mc_server_conf(cmd->server);
    const char *trouble = global_only(cmd);

    return trouble != NULL ? trouble
                           : set_number(&conf->credential_cache_secs, cmd, value, 0,
                                        MC_CREDENTIAL_CACHE_MAX_SECS, "seconds");
}

static const char *
set_hash_threads(cmd_parms *cmd, void *dir, const char *value)
{
    const char *trouble = global_only(cmd);

    return trouble != NULL ? trouble
                           : set_number(&mc_server_conf(cmd->server)->hash_threads, cmd, value, 1,
                                        MC_HASH_THREADS_MAX, "a number of threads");
}

/* --- A location ------------------------------------------------------------------------------- */

/* SetHandler is httpd's own directive; the module listens to it, because httpd keeps the value to
 * itself until the access checks are over, and because messages about an endpoint name this
 * line. */
static const char *
note_handler(cmd_parms *cmd, void *dir, const char *value)
{
    mc_dir_t *conf = dir;

    conf->handler = mc_handler_named(value);
    conf->where = conf->handler == MC_HANDLER_OTHER ? NULL : cmd->directive;
    return NULL;
}

static const char *
set_policy(cmd_parms *cmd, void *dir, const char *value)
{
    ((mc_dir_t *)dir)->policy = value;
    return check_name(cmd, value);
}

static const char *
set_ca(cmd_parms *cmd, void *dir, const char *value)
{
    ((mc_dir_t *)dir)->ca = value;
    return check_name(cmd, value);
}

static const char *
add_template(cmd_parms *cmd, void *dir, const char *value)
{
    mc_dir_t *conf = dir;

    if (conf->templates == NULL) {
        conf->templates = apr_array_make(cmd->pool, 4, sizeof(const char *));
    }
    APR_ARRAY_PUSH(conf->templates, const char *) = value;
    return check_name(cmd, value);
}

static const char *
set_anonymous(cmd_parms *cmd, void *dir, int on)
{
    ((mc_dir_t *)dir)->anonymous = on ? MC_ON : MC_OFF;
    return NULL;
}

static const char *
set_renewal_only(cmd_parms *cmd, void *dir, int on)
{
    ((mc_dir_t *)dir)->renewal_only = on ? MC_ON : MC_OFF;
    return NULL;
}

static const char *
set_groups(cmd_parms *cmd, void *dir, const char *value)
{
    mc_dir_t *conf = dir;
    const char *trouble = NULL;

    conf->groups = NULL;
    conf->groups_file = NULL;
    if (strncmp(value, "file:", 5) == 0) {
        return set_path(&conf->groups_file, cmd, value + 5);
    }
    conf->groups = ap_expr_parse_cmd(cmd, value, AP_EXPR_FLAG_STRING_RESULT, &trouble, NULL);
    return trouble == NULL ? NULL
                           : refuse(cmd, value, apr_pstrcat(cmd->pool,
                                                            "file:PATH, or an expression that "
                                                            "yields a list of groups: ", trouble,
                                                            NULL));
}

static const char *
add_provider(cmd_parms *cmd, void *dir, const char *value)
{
    mc_dir_t *conf = dir;
    mc_provider_t *entry;
    const authn_provider *provider =
        ap_lookup_provider(AUTHN_PROVIDER_GROUP, value, AUTHN_PROVIDER_VERSION);

    if (provider == NULL || provider->check_password == NULL) {
        return refuse(cmd, value, "an authentication provider that checks passwords and whose "
                                  "module is loaded above, such as cepces, file or ldap");
    }
    if (conf->providers == NULL) {
        conf->providers = apr_array_make(cmd->pool, 2, sizeof(mc_provider_t));
    }
    entry = apr_array_push(conf->providers);
    entry->name = value;
    entry->provider = provider;
    return NULL;
}

/* Bytes, or with K or M behind the number. */
static const char *
set_max_body(cmd_parms *cmd, void *dir, const char *value)
{
    apr_off_t bytes = 0;
    char *end = NULL;
    apr_status_t rv = apr_strtoff(&bytes, value, &end, 10);
    apr_off_t unit = 1;

    if (rv == APR_SUCCESS && end != value && *end != '\0' && end[1] == '\0') {
        unit = *end == 'K' || *end == 'k' ? 1024 : *end == 'M' || *end == 'm' ? 1024 * 1024 : 0;
        end++;
    }
    if (rv != APR_SUCCESS || *end != '\0' || unit == 0 || bytes < 0 || bytes > MC_MAX_BODY_HIGHEST
        || bytes * unit < MC_MAX_BODY_LOWEST || bytes * unit > MC_MAX_BODY_HIGHEST) {
        return refuse(cmd, value, "bytes from 8K to 8M");
    }
    ((mc_dir_t *)dir)->max_body = bytes * unit;
    return NULL;
}

/* --- CepcesEnrollmentServer ------------------------------------------------------------------- */

static const struct {
    const char *name;
    cepces_auth_kind_t kind;
} server_auths[] = {
    {"Anonymous", CEPCES_AUTH_ANONYMOUS},
    {"Kerberos", CEPCES_AUTH_KERBEROS},
    {"UsernamePassword", CEPCES_AUTH_USERNAME},
    {"Certificate", CEPCES_AUTH_CERTIFICATE},
};

static const char *
set_server_auth(cepces_auth_kind_t *out, cmd_parms *cmd, const char *value)
{
    for (size_t i = 0; i < sizeof(server_auths) / sizeof(server_auths[0]); i++) {
        if (ap_cstr_casecmp(value, server_auths[i].name) == 0) {
            *out = server_auths[i].kind;
            return NULL;
        }
    }
    return refuse(cmd, value,
                  "UsernamePassword, Kerberos, Certificate or Anonymous as second argument");
}

static const char *
check_server_uri(cmd_parms *cmd, const char *value)
{
    apr_uri_t uri;

    if (apr_uri_parse(cmd->temp_pool, value, &uri) == APR_SUCCESS && uri.scheme != NULL
        && ap_cstr_casecmp(uri.scheme, "https") == 0 && uri.hostname != NULL
        && *uri.hostname != '\0' && uri.path != NULL && uri.user == NULL && uri.query == NULL
        && uri.fragment == NULL) {
        return NULL;
    }
    return refuse(cmd, value, "an address https://HOST/PATH as third argument");
}

static const char *
set_server_templates(cepces_strings_t *out, cmd_parms *cmd, const char *value)
{
    apr_array_header_t *list = apr_array_make(cmd->pool, 4, sizeof(const char *));
    const char *trouble = NULL;
    char *state;

    for (char *name = apr_strtok(apr_pstrdup(cmd->pool, value), ",", &state);
         name != NULL && trouble == NULL; name = apr_strtok(NULL, ",", &state)) {
        APR_ARRAY_PUSH(list, const char *) = name;
        trouble = check_name(cmd, name);
    }
    if (trouble == NULL && list->nelts == 0) {
        trouble = refuse(cmd, value, "templates= with names separated by commas");
    }
    *out = (cepces_strings_t){(const char *const *)list->elts, (size_t)list->nelts};
    return trouble;
}

static const char *
set_server_option(cepces_enrollment_server_t *server, cmd_parms *cmd, const char *value)
{
    if (ap_cstr_casecmpn(value, "priority=", 9) == 0) {
        int priority;
        const char *trouble =
            set_number(&priority, cmd, value + 9, 0, MC_PRIORITY_MAX, "a priority");

        server->priority = trouble == NULL ? (unsigned)priority : 0;
        return trouble;
    }
    if (ap_cstr_casecmp(value, "renewal-only") == 0) {
        server->renewal_only = true;
        return NULL;
    }
    if (ap_cstr_casecmpn(value, "templates=", 10) == 0) {
        return set_server_templates(&server->templates, cmd, value + 10);
    }
    return refuse(cmd, value,
                  "priority=NUMBER, renewal-only or templates=NAME,NAME after the address");
}

static const char *
add_enrollment_server(cmd_parms *cmd, void *dir, int argc, char *const argv[])
{
    mc_dir_t *conf = dir;
    cepces_enrollment_server_t server = {.priority = MC_PRIORITY_DEFAULT};
    const char *trouble;

    if (argc < 3) {
        return "CepcesEnrollmentServer needs the name of a CA, the kind of authentication and an "
               "address";
    }
    server.ca = argv[0];
    server.uri = argv[2];
    trouble = check_name(cmd, argv[0]);
    if (trouble == NULL) {
        trouble = set_server_auth(&server.auth, cmd, argv[1]);
    }
    if (trouble == NULL) {
        trouble = check_server_uri(cmd, argv[2]);
    }
    for (int i = 3; i < argc && trouble == NULL; i++) {
        trouble = set_server_option(&server, cmd, argv[i]);
    }
    if (trouble != NULL) {
        return trouble;
    }
    if (conf->servers == NULL) {
        conf->servers = apr_array_make(cmd->pool, 4, sizeof(cepces_enrollment_server_t));
        conf->lines = apr_array_make(cmd->pool, 4, sizeof(const ap_directive_t *));
    }
    APR_ARRAY_PUSH(conf->servers, cepces_enrollment_server_t) = server;
    APR_ARRAY_PUSH(conf->lines, const ap_directive_t *) = cmd->directive;
    return NULL;
}

/* --- The table -------------------------------------------------------------------------------- */

#define MC_SERVER(args, name, setter, help) AP_INIT_##args(name, setter, NULL, RSRC_CONF, help)
#define MC_LOCATION(args, name, setter, help) AP_INIT_##args(name, setter, NULL, ACCESS_CONF, help)
#define MC_ANYWHERE(args, name, setter, help) \
    AP_INIT_##args(name, setter, NULL, RSRC_CONF | ACCESS_CONF, help)

const command_rec mc_directives[] = {
    MC_SERVER(TAKE1, "CepcesDatabase", set_database,
              "connection string of the PostgreSQL database"),
    MC_SERVER(TAKE12, "CepcesDatabasePool", set_database_pool,
              "most connections of a child process, and how many seconds a request waits for one"),
    MC_SERVER(TAKE1, "CepcesKeyDirectory", set_key_directory,
              "folder with the private keys of the CAs"),
    MC_SERVER(TAKE1, "CepcesKeyPassphraseFile", set_passphrase_file,
              "file with the passphrase of encrypted keys"),
    MC_SERVER(TAKE1, "CepcesCacheDirectory", set_cache_directory,
              "folder where published files survive a restart without database"),
    MC_SERVER(TAKE1, "CepcesCredentialCache", set_credential_cache,
              "how many seconds a verified password is remembered"),
    MC_SERVER(TAKE1, "CepcesHashThreads", set_hash_threads,
              "how many password hashes are computed at once in a child process"),
    MC_LOCATION(TAKE1, "CepcesPolicy", set_policy, "the policy that is served here"),
    MC_LOCATION(TAKE1, "CepcesCA", set_ca, "the CA that enrolls here"),
    MC_LOCATION(ITERATE, "CepcesTemplates", add_template,
                "the only templates that are enrolled here"),
    MC_LOCATION(FLAG, "CepcesAnonymous", set_anonymous, "serve callers without an identity"),
    MC_LOCATION(FLAG, "CepcesRenewalOnly", set_renewal_only, "refuse everything but renewals"),
    MC_LOCATION(TAKE1, "CepcesGroups", set_groups,
                "expression or file: which groups the caller is in"),
    MC_LOCATION(ITERATE, "CepcesAuthProvider", add_provider,
                "authentication providers that check a user name token"),
    MC_ANYWHERE(TAKE1, "CepcesMaxBody", set_max_body, "largest message accepted"),
    MC_ANYWHERE(TAKE_ARGV, "CepcesEnrollmentServer", add_enrollment_server,
                "an enrollment service to advertise: CA, authentication, address, options"),
    AP_INIT_TAKE1("SetHandler", note_handler, NULL, OR_FILEINFO, "a handler name"),
    {.name = NULL},
};
