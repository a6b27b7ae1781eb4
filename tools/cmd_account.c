/* account add, set, show, list */
#include <string.h>

#include <apr_strings.h>

#include "lookup.h"
#include "vocabulary.h"

#define ATTRIBUTE_OPTIONS \
    CTL_OPT_TEXT("common-name", "TEXT", "CN of its certificates (default: the name)"), \
        CTL_OPT_LIST("dns", "NAME", "DNS name; the first is the host's own"), \
        CTL_OPT_TEXT("upn", "UPN", "user principal name"), \
        CTL_OPT_TEXT("email", "ADDRESS", "e-mail address"), \
        CTL_OPT_TEXT("directory-name", "DN", "distinguished name, as in RFC 4514"), \
        CTL_OPT_TEXT("guid", "GUID", "objectGUID"), \
        CTL_OPT_TEXT("sid", "SID", "security identifier, S-1-5-21-...")

static const ctl_option_t add_options[] = {
    CTL_OPT_TEXT_REQUIRED("kind", "KIND", "user, computer or service"),
    ATTRIBUTE_OPTIONS,
    CTL_OPT_END,
};

static const ctl_option_t set_options[] = {
    CTL_OPT_TEXT("kind", "KIND", "user, computer or service"),
    CTL_OPT_FLAG("enable", "let it in again"),
    CTL_OPT_FLAG("disable", "keep it out"),
    ATTRIBUTE_OPTIONS,
    CTL_OPT_END,
};

/* An attribute that is given empty is removed. */
static void
take_text(const char **out, const ctl_args_t *args, const char *option)
{
    const char *value = ctl_text(args, option);

    if (value != NULL) {
        *out = *value != '\0' ? value : NULL;
    }
}

static cepces_status_t
take_attributes(cepces_account_t *account, ctl_context_t *ctx, const ctl_args_t *args)
{
    const char *kind = ctl_text(args, "kind");
    int64_t value;

    if (kind != NULL) {
        if (!ctl_word_value(&value, ctl_account_kinds, kind)) {
            return ctl_usage_error(ctx, "--kind: \"%s\" is not one of %s", kind,
                                   ctl_words_join(ctl_account_kinds, ctx->p));
        }
        account->kind = (cepces_account_kind_t)value;
    }
    take_text(&account->common_name, args, "common-name");
    take_text(&account->upn, args, "upn");
    take_text(&account->email, args, "email");
    take_text(&account->directory_name, args, "directory-name");
    take_text(&account->guid, args, "guid");
    take_text(&account->sid, args, "sid");
    if (ctl_given(args, "dns")) {
        cepces_strings_t names = ctl_list(args, "dns");

        account->dns_names =
            names.num == 1 && names.items[0][0] == '\0' ? (cepces_strings_t){NULL, 0} : names;
    }
    return CEPCES_OK;
}

static cepces_status_t
account_add(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_account_t account = {.enabled = true};
    cepces_status_t st = ctl_canonical(&account.name, args->operands.items[0], ctx);

    if (st == CEPCES_OK) {
        st = take_attributes(&account, ctx, args);
    }
    if (st == CEPCES_OK) {
        st = cepces_store_save_account(ctx->store, &account, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        ctl_say("account \"%s\" added", account.name);
    }
    return st;
}

static cepces_status_t
find_account(cepces_account_t *out, ctl_context_t *ctx, const ctl_args_t *args)
{
    const char *name;
    cepces_status_t st = ctl_canonical(&name, args->operands.items[0], ctx);

    ctx->hint = "\"cepcesctl account list\" shows the accounts";
    return st == CEPCES_OK ? cepces_store_find_account(out, ctx->store, name, ctx->p, ctx->err)
                           : st;
}

static cepces_status_t
account_set(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_account_t account;
    cepces_status_t st;

    if (ctl_given(args, "enable") && ctl_given(args, "disable")) {
        return ctl_usage_error(ctx, "--enable and --disable exclude each other");
    }
    st = find_account(&account, ctx, args);
    if (st == CEPCES_OK) {
        ctx->hint = NULL;
        st = take_attributes(&account, ctx, args);
    }
    if (st == CEPCES_OK) {
        account.enabled =
            ctl_given(args, "enable") || (account.enabled && !ctl_given(args, "disable"));
        st = cepces_store_save_account(ctx->store, &account, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        ctl_say("account \"%s\" changed", account.name);
    }
    return st;
}

static json_t *
account_record(const cepces_account_t *account, apr_pool_t *p)
{
    json_t *record = json_object();

    ctl_set_text(record, "name", account->name);
    ctl_set_text(record, "kind", ctl_word(ctl_account_kinds, account->kind, p));
    ctl_set_bool(record, "enabled", account->enabled);
    ctl_set_text(record, "common_name", account->common_name);
    ctl_set_list(record, "dns", account->dns_names);
    ctl_set_text(record, "upn", account->upn);
    ctl_set_text(record, "email", account->email);
    ctl_set_text(record, "directory_name", account->directory_name);
    ctl_set_text(record, "guid", account->guid);
    ctl_set_text(record, "sid", account->sid);
    ctl_set_time(record, "changed_at", account->changed_at);
    return record;
}

static cepces_status_t
account_show(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_account_t account;
    cepces_status_t st = find_account(&account, ctx, args);

    if (st == CEPCES_OK) {
        ctl_print_record(account_record(&account, ctx->p), ctx->json);
    }
    return st;
}

static cepces_status_t
account_list(ctl_context_t *ctx, const ctl_args_t *args)
{
    static const ctl_column_t columns[] = {
        {"name", "NAME"}, {"kind", "KIND"}, {"enabled", "ENABLED"}, {"common_name", "COMMON NAME"},
        {"dns", "DNS"},   {"upn", "UPN"},   {"email", "EMAIL"},     {NULL, NULL},
    };
    const cepces_account_t *accounts;
    size_t num = 0;
    json_t *rows;
    cepces_status_t st = cepces_store_list_accounts(&accounts, &num, ctx->store, ctx->p, ctx->err);

    if (st != CEPCES_OK) {
        return st;
    }
    rows = json_array();
    for (size_t i = 0; i < num; i++) {
        json_array_append_new(rows, account_record(&accounts[i], ctx->p));
    }
    ctl_print_rows(rows, columns, ctx->json);
    return CEPCES_OK;
}

const ctl_command_t ctl_account_commands[] = {
    {"account add", NEEDS_STORE, account_add, "NAME", add_options,
     "add somebody who may ask for certificates"},
    {"account set", NEEDS_STORE, account_set, "NAME", set_options,
     "change an account; an empty value removes an attribute"},
    {"account show", NEEDS_STORE, account_show, "NAME", NULL, "show an account"},
    {"account list", NEEDS_STORE, account_list, "", NULL, "list the accounts"},
    {.name = NULL},
};
