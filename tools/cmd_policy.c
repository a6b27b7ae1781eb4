/* policy create, list, show, set */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>
#include <openssl/rand.h>

#include "lookup.h"

#define DEFAULT_HOURS 8
#define GUID_LEN 36

/* A random GUID (version 4) in the form of policy IDs. */
static cepces_status_t
make_guid(const char **out, ctl_context_t *ctx)
{
    unsigned char b[16];

    if (RAND_bytes(b, sizeof(b)) != 1) {
        return cepces_error_set(ctx->err, CEPCES_E_INTERNAL, "no random numbers");
    }
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
    *out = apr_psprintf(ctx->p,
                        "{%02X%02X%02X%02X-%02X%02X-%02X%02X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
                        b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
                        b[12], b[13], b[14], b[15]);
    return CEPCES_OK;
}

/* Any case, with or without braces; stored as "{UPPER-CASE}". */
static cepces_status_t
read_guid(const char **out, const char *text, ctl_context_t *ctx)
{
    static const char form[] = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
    bool braces = text[0] == '{';
    const char *digits = text + braces;
    char guid[GUID_LEN + 1];

    if (strlen(digits) != GUID_LEN + (size_t)braces || (braces && digits[GUID_LEN] != '}')) {
        return ctl_usage_error(ctx, "--id: \"%s\" is not a GUID", text);
    }
    for (size_t i = 0; i < GUID_LEN; i++) {
        if (form[i] == '-' ? digits[i] != '-' : !isxdigit((unsigned char)digits[i])) {
            return ctl_usage_error(ctx, "--id: \"%s\" is not a GUID", text);
        }
        guid[i] = (char)toupper((unsigned char)digits[i]);
    }
    guid[GUID_LEN] = '\0';
    *out = apr_psprintf(ctx->p, "{%s}", guid);
    return CEPCES_OK;
}

static const ctl_option_t create_options[] = {
    CTL_OPT_TEXT_REQUIRED("friendly-name", "TEXT", "what Windows lists"),
    CTL_OPT_LIST_REQUIRED("ca", "CA", "a CA whose templates it offers"),
    CTL_OPT_NUMBER("hours", "N", 1, 8760, "how long clients keep an answer (default 8)"),
    CTL_OPT_TEXT("id", "GUID",
                 "the policy ID, to move an existing policy here (default: a new one)"),
    CTL_OPT_END,
};

static cepces_status_t
policy_create(ctl_context_t *ctx, const ctl_args_t *args)
{
    const char *id = ctl_text(args, "id");
    cepces_policy_t policy = {
        .name = args->operands.items[0],
        .friendly_name = ctl_text(args, "friendly-name"),
        .next_update_hours = (unsigned)ctl_number(args, "hours", DEFAULT_HOURS),
        .cas = ctl_list(args, "ca"),
    };
    cepces_status_t st = ctl_check_name(policy.name, ctx);

    if (st == CEPCES_OK) {
        st = id != NULL ? read_guid(&policy.guid, id, ctx) : make_guid(&policy.guid, ctx);
    }
    if (st == CEPCES_OK) {
        st = cepces_store_save_policy(ctx->store, &policy, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        ctl_say("policy \"%s\" made, its ID is %s", policy.name, policy.guid);
    }
    return st;
}

static json_t *
policy_record(const cepces_policy_t *policy)
{
    json_t *record = json_object();

    ctl_set_text(record, "name", policy->name);
    ctl_set_text(record, "id", policy->guid);
    ctl_set_text(record, "friendly_name", policy->friendly_name);
    ctl_set_number(record, "hours", policy->next_update_hours);
    ctl_set_list(record, "cas", policy->cas);
    ctl_set_time(record, "changed_at", policy->changed_at);
    return record;
}

static cepces_status_t
policy_list(ctl_context_t *ctx, const ctl_args_t *args)
{
    static const ctl_column_t columns[] = {
        {"name", "NAME"}, {"friendly_name", "FRIENDLY NAME"},
        {"id", "ID"},     {"hours", "HOURS"},
        {"cas", "CAS"},   {NULL, NULL},
    };
    cepces_catalogue_t catalogue;
    json_t *rows;
    cepces_status_t st = cepces_store_load_catalogue(&catalogue, ctx->store, ctx->p, ctx->err);

    if (st != CEPCES_OK) {
        return st;
    }
    rows = json_array();
    for (size_t i = 0; i < catalogue.num_policies; i++) {
        json_array_append_new(rows, policy_record(&catalogue.policies[i]));
    }
    ctl_print_rows(rows, columns, ctx->json);
    return CEPCES_OK;
}

static cepces_status_t
load_policy(const cepces_policy_t **out, ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_catalogue_t catalogue;
    cepces_status_t st = cepces_store_load_catalogue(&catalogue, ctx->store, ctx->p, ctx->err);

    return st == CEPCES_OK ? ctl_find_policy(out, &catalogue, args->operands.items[0], ctx) : st;
}

static cepces_status_t
policy_show(ctl_context_t *ctx, const ctl_args_t *args)
{
    const cepces_policy_t *policy;
    cepces_status_t st = load_policy(&policy, ctx, args);

    if (st == CEPCES_OK) {
        ctl_print_record(policy_record(policy), ctx->json);
    }
    return st;
}

static const ctl_option_t set_options[] = {
    CTL_OPT_TEXT("friendly-name", "TEXT", "what Windows lists"),
    CTL_OPT_LIST("ca", "CA", "the CAs, replacing those it has"),
    CTL_OPT_NUMBER("hours", "N", 1, 8760, "how long clients keep an answer"),
    CTL_OPT_END,
};

static cepces_status_t
policy_set(ctl_context_t *ctx, const ctl_args_t *args)
{
    const cepces_policy_t *stored;
    cepces_policy_t policy;
    cepces_status_t st = load_policy(&stored, ctx, args);

    if (st != CEPCES_OK) {
        return st;
    }
    policy = *stored;
    policy.friendly_name =
        ctl_given(args, "friendly-name") ? ctl_text(args, "friendly-name") : policy.friendly_name;
    policy.cas = ctl_given(args, "ca") ? ctl_list(args, "ca") : policy.cas;
    policy.next_update_hours = (unsigned)ctl_number(args, "hours", (int)policy.next_update_hours);
    st = cepces_store_save_policy(ctx->store, &policy, ctx->p, ctx->err);
    if (st == CEPCES_OK) {
        ctl_say("policy \"%s\" changed", policy.name);
    }
    return st;
}

const ctl_command_t ctl_policy_commands[] = {
    {"policy create", NEEDS_STORE, policy_create, "NAME", create_options,
     "make a policy: what one policy server offers"},
    {"policy list", NEEDS_STORE, policy_list, "", NULL, "list the policies"},
    {"policy show", NEEDS_STORE, policy_show, "NAME", NULL, "show a policy"},
    {"policy set", NEEDS_STORE, policy_set, "NAME", set_options, "change a policy"},
    {.name = NULL},
};
