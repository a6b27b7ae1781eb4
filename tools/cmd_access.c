/* access grant, revoke, list */
#include <string.h>

#include <apr_strings.h>

#include "cepces/admin.h"
#include "lookup.h"

#define SELECTOR_OPTIONS \
    CTL_OPT_TEXT("template", "T", "the template it is about"), \
        CTL_OPT_TEXT("ca", "C", "or the CA"), CTL_OPT_TEXT("account", "A", "an account"), \
        CTL_OPT_TEXT("group", "G", "or a group, as httpd names it"), \
        CTL_OPT_FLAG("authenticated", "or everybody who proved who they are")

static const ctl_option_t grant_options[] = {
    SELECTOR_OPTIONS,
    CTL_OPT_FLAG("autoenroll", "also without being asked: Windows enrolls by itself"),
    CTL_OPT_LIST("name", "PATTERN", "names that may be asked for, such as dns:*.example.com"),
    CTL_OPT_END,
};

static const ctl_option_t revoke_options[] = {SELECTOR_OPTIONS, {.name = NULL}};

/* Exactly one object, exactly one grantee. */
static cepces_status_t
take_selectors(cepces_access_entry_t *entry, ctl_context_t *ctx, const ctl_args_t *args)
{
    const char *account = ctl_text(args, "account"), *group = ctl_text(args, "group");

    entry->template_name = ctl_text(args, "template");
    entry->ca_name = ctl_text(args, "ca");
    if ((entry->template_name != NULL) + (entry->ca_name != NULL) != 1) {
        return ctl_usage_error(ctx, "give either --template or --ca");
    }
    if ((account != NULL) + (group != NULL) + ctl_given(args, "authenticated") != 1) {
        return ctl_usage_error(ctx, "give one of --account, --group and --authenticated");
    }
    if (account != NULL) {
        entry->grantee_kind = CEPCES_GRANTEE_ACCOUNT;
        return ctl_canonical(&entry->grantee, account, ctx);
    }
    entry->grantee_kind = group != NULL ? CEPCES_GRANTEE_GROUP : CEPCES_GRANTEE_AUTHENTICATED;
    entry->grantee = group;
    return CEPCES_OK;
}

static const char *
grantee_text(const cepces_access_entry_t *entry, apr_pool_t *p)
{
    switch (entry->grantee_kind) {
    case CEPCES_GRANTEE_ACCOUNT:
        return apr_pstrcat(p, "account ", entry->grantee, NULL);
    case CEPCES_GRANTEE_GROUP:
        return apr_pstrcat(p, "group ", entry->grantee, NULL);
    case CEPCES_GRANTEE_AUTHENTICATED:
    default:
        return "authenticated";
    }
}

static const char *
object_text(const cepces_access_entry_t *entry, apr_pool_t *p)
{
    return entry->template_name != NULL ? apr_pstrcat(p, "template ", entry->template_name, NULL)
                                        : apr_pstrcat(p, "CA ", entry->ca_name, NULL);
}

static cepces_status_t
access_grant(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_access_entry_t entry = {.rights = CEPCES_RIGHT_ENROLL,
                                   .name_patterns = ctl_list(args, "name")};
    cepces_status_t st = take_selectors(&entry, ctx, args);

    for (size_t i = 0; i < entry.name_patterns.num && st == CEPCES_OK; i++) {
        st = cepces_admin_check_pattern(entry.name_patterns.items[i], ctx->err);
        ctx->hint = st != CEPCES_OK ? "patterns look like dns:*.example.com, ip:10.0.0.0/8 or "
                                      "cn:...; cepcesctl(1) has all kinds"
                                    : NULL;
    }
    if (ctl_given(args, "autoenroll")) {
        entry.rights |= CEPCES_RIGHT_AUTOENROLL;
    }
    if (st == CEPCES_OK) {
        st = cepces_store_grant(ctx->store, &entry, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        ctl_say("%s may enroll%s: %s", grantee_text(&entry, ctx->p),
                (entry.rights & CEPCES_RIGHT_AUTOENROLL) != 0 ? " and autoenroll" : "",
                object_text(&entry, ctx->p));
    }
    return st;
}

static cepces_status_t
access_revoke(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_access_entry_t entry = {0};
    cepces_status_t st = take_selectors(&entry, ctx, args);

    if (st == CEPCES_OK) {
        st = cepces_store_revoke(ctx->store, &entry, ctx->p, ctx->err);
        ctx->hint = "\"cepcesctl access list\" shows the entries";
    }
    if (st == CEPCES_OK) {
        ctl_say("%s has no entry any more: %s", grantee_text(&entry, ctx->p),
                object_text(&entry, ctx->p));
    }
    return st;
}

static json_t *
entry_record(const cepces_access_entry_t *entry, apr_pool_t *p)
{
    json_t *record = json_object();
    static const char *const rights[] = {"enroll", "autoenroll"};
    const char *held[2];
    size_t num = 0;

    for (size_t i = 0; i < 2; i++) {
        if ((entry->rights & (1u << i)) != 0) {
            held[num++] = rights[i];
        }
    }
    ctl_set_text(record, "template", entry->template_name);
    ctl_set_text(record, "ca", entry->ca_name);
    ctl_set_text(record, "grantee", grantee_text(entry, p));
    ctl_set_list(record, "rights", (cepces_strings_t){held, num});
    ctl_set_list(record, "names", entry->name_patterns);
    return record;
}

static const ctl_option_t list_options[] = {
    CTL_OPT_TEXT("template", "T", "only entries about this template"),
    CTL_OPT_END,
};

static cepces_status_t
access_list(ctl_context_t *ctx, const ctl_args_t *args)
{
    static const ctl_column_t columns[] = {
        {"template", "TEMPLATE"}, {"ca", "CA"},       {"grantee", "GRANTEE"},
        {"rights", "RIGHTS"},     {"names", "NAMES"}, {NULL, NULL},
    };
    const char *only = ctl_text(args, "template");
    cepces_catalogue_t catalogue;
    json_t *rows;
    cepces_status_t st = cepces_store_load_catalogue(&catalogue, ctx->store, ctx->p, ctx->err);

    if (st != CEPCES_OK) {
        return st;
    }
    rows = json_array();
    for (size_t i = 0; i < catalogue.num_access; i++) {
        const cepces_access_entry_t *entry = &catalogue.access[i];

        if (only == NULL ||
            (entry->template_name != NULL && strcmp(entry->template_name, only) == 0)) {
            json_array_append_new(rows, entry_record(entry, ctx->p));
        }
    }
    ctl_print_rows(rows, columns, ctx->json);
    return CEPCES_OK;
}

const ctl_command_t ctl_access_commands[] = {
    {"access grant", NEEDS_STORE, access_grant, "", grant_options,
     "let somebody enroll a template, or at a CA"},
    {"access revoke", NEEDS_STORE, access_revoke, "", revoke_options, "take an access entry back"},
    {"access list", NEEDS_STORE, access_list, "", list_options, "list who may enroll what"},
    {.name = NULL},
};
