/* credential set, scope, list, remove */
#include <string.h>

#include <apr_strings.h>

#include "cepces/admin.h"
#include "lookup.h"
#include "prompt.h"

#define SCOPE_HELP "where the password opens: policy:NAME, ca:NAME, template:NAME or same-as-cep"

static const struct {
    const char *prefix;
    cepces_scope_kind_t kind;
} prefixes[] = {
    {"policy:", CEPCES_SCOPE_POLICY},
    {"ca:", CEPCES_SCOPE_CA},
    {"template:", CEPCES_SCOPE_TEMPLATE},
};
#define NUM_PREFIXES (sizeof(prefixes) / sizeof(prefixes[0]))

static cepces_status_t
parse_scope(cepces_scope_t *out, const char *text, ctl_context_t *ctx)
{
    if (strcmp(text, "same-as-cep") == 0) {
        *out = (cepces_scope_t){CEPCES_SCOPE_SAME_AS_CEP, NULL};
        return CEPCES_OK;
    }
    for (size_t i = 0; i < NUM_PREFIXES; i++) {
        size_t len = strlen(prefixes[i].prefix);

        if (strncmp(text, prefixes[i].prefix, len) == 0 && text[len] != '\0') {
            *out = (cepces_scope_t){prefixes[i].kind, text + len};
            return CEPCES_OK;
        }
    }
    return ctl_usage_error(
        ctx, "--scope: \"%s\" is not policy:NAME, ca:NAME, template:NAME or same-as-cep", text);
}

static cepces_status_t
take_scopes(cepces_credential_t *credential, ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_strings_t given = ctl_list(args, "scope");
    cepces_scope_t *scopes = apr_pcalloc(ctx->p, (given.num + 1) * sizeof(*scopes));

    for (size_t i = 0; i < given.num; i++) {
        cepces_status_t st = parse_scope(&scopes[i], given.items[i], ctx);

        if (st != CEPCES_OK) {
            return st;
        }
    }
    credential->scopes = scopes;
    credential->scopes_num = given.num;
    return CEPCES_OK;
}

/* The stored credential, or a new one for that account. */
static cepces_status_t
load_credential(cepces_credential_t *out, bool *stored, const char *account, ctl_context_t *ctx)
{
    bool enabled;
    const char *name;
    cepces_status_t st = ctl_canonical(&name, account, ctx);

    if (st != CEPCES_OK) {
        return st;
    }
    st = cepces_store_find_credential(out, &enabled, ctx->store, name, ctx->p, ctx->err);
    *stored = st == CEPCES_OK;
    if (st == CEPCES_E_NOT_FOUND) {
        cepces_error_clear(ctx->err);
        *out = (cepces_credential_t){.account = name};
        st = CEPCES_OK;
    }
    out->hash = NULL; /* the stored one stays unless a new one is set */
    return st;
}

static const ctl_option_t set_options[] = {
    CTL_OPT_TEXT(
        "password-file", "FILE",
        "read the password from FILE, \"-\": standard input (default: ask on the terminal)"),
    CTL_OPT_LIST("scope", "SCOPE", SCOPE_HELP),
    CTL_OPT_END,
};

static cepces_status_t
credential_set(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_credential_t credential;
    const char *password;
    bool stored;
    cepces_status_t st = load_credential(&credential, &stored, args->operands.items[0], ctx);

    if (st == CEPCES_OK && ctl_given(args, "scope")) {
        st = take_scopes(&credential, ctx, args);
    }
    if (st == CEPCES_OK) {
        st = ctl_read_password(&password, ctl_text(args, "password-file"), "New password", true,
                               ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        st = cepces_admin_hash_password(&credential.hash, password, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        st = cepces_store_save_credential(ctx->store, &credential, ctx->p, ctx->err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    ctl_say("password of \"%s\" %s", credential.account, stored ? "changed" : "set");
    if (credential.scopes_num == 0) {
        ctl_warn("it opens nothing yet: cepcesctl credential scope %s --scope policy:NAME --scope "
                 "same-as-cep",
                 credential.account);
    }
    return CEPCES_OK;
}

static const ctl_option_t scope_options[] = {
    CTL_OPT_LIST_REQUIRED("scope", "SCOPE", SCOPE_HELP),
    CTL_OPT_END,
};

static cepces_status_t
credential_scope(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_credential_t credential;
    bool stored;
    cepces_status_t st = load_credential(&credential, &stored, args->operands.items[0], ctx);

    if (st == CEPCES_OK && !stored) {
        ctx->hint =
            "\"cepcesctl credential set\" makes one, \"cepcesctl credential list\" shows them";
        return cepces_error_set(ctx->err, CEPCES_E_NOT_FOUND, "account \"%s\" has no credential",
                                credential.account);
    }
    if (st == CEPCES_OK) {
        st = take_scopes(&credential, ctx, args);
    }
    if (st == CEPCES_OK) {
        st = cepces_store_save_credential(ctx->store, &credential, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        ctl_say("scopes of \"%s\" set", credential.account);
    }
    return st;
}

static const char *
scope_text(const cepces_scope_t *scope, apr_pool_t *p)
{
    for (size_t i = 0; i < NUM_PREFIXES; i++) {
        if (prefixes[i].kind == scope->kind) {
            return apr_pstrcat(p, prefixes[i].prefix, scope->name, NULL);
        }
    }
    return "same-as-cep";
}

/* The hash is never shown. */
static json_t *
credential_record(const cepces_credential_t *credential, apr_pool_t *p)
{
    json_t *record = json_object(), *scopes = json_array();

    for (size_t i = 0; i < credential->scopes_num; i++) {
        json_array_append_new(scopes, json_string(scope_text(&credential->scopes[i], p)));
    }
    ctl_set_text(record, "account", credential->account);
    json_object_set_new(record, "scopes", scopes);
    ctl_set_time(record, "changed_at", credential->changed_at);
    return record;
}

static cepces_status_t
credential_list(ctl_context_t *ctx, const ctl_args_t *args)
{
    static const ctl_column_t columns[] = {
        {"account", "ACCOUNT"},
        {"scopes", "SCOPES"},
        {"changed_at", "CHANGED AT"},
        {NULL, NULL},
    };
    const cepces_credential_t *credentials;
    size_t num = 0;
    json_t *rows;
    cepces_status_t st =
        cepces_store_list_credentials(&credentials, &num, ctx->store, ctx->p, ctx->err);

    if (st != CEPCES_OK) {
        return st;
    }
    rows = json_array();
    for (size_t i = 0; i < num; i++) {
        json_array_append_new(rows, credential_record(&credentials[i], ctx->p));
    }
    ctl_print_rows(rows, columns, ctx->json);
    return CEPCES_OK;
}

static cepces_status_t
credential_remove(ctl_context_t *ctx, const ctl_args_t *args)
{
    const char *name;
    cepces_status_t st = ctl_canonical(&name, args->operands.items[0], ctx);

    if (st == CEPCES_OK) {
        st = cepces_store_remove_credential(ctx->store, name, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        ctl_say("credential of \"%s\" removed", name);
    }
    return st;
}

const ctl_command_t ctl_credential_commands[] = {
    {"credential set", NEEDS_STORE, credential_set, "ACCOUNT", set_options,
     "set an account's password, and where it opens"},
    {"credential scope", NEEDS_STORE, credential_scope, "ACCOUNT", scope_options,
     "set where a password opens"},
    {"credential list", NEEDS_STORE, credential_list, "", NULL,
     "list who has a password here, and where it opens"},
    {"credential remove", NEEDS_STORE, credential_remove, "ACCOUNT", NULL,
     "remove an account's password"},
    {.name = NULL},
};
