/* policies, enroll: the enrolment client, which needs neither database nor keys */
#include <string.h>

#include <apr_strings.h>

#include "cepces/client.h"
#include "command.h"
#include "prompt.h"

#define TIMEOUT_SECS 30

#define SERVER_OPTIONS \
    CTL_OPT_TEXT_REQUIRED("policy-url", "URL", \
                          "the policy server's address (.../service.svc/CEP)"), \
        CTL_OPT_TEXT_REQUIRED("user", "U", "user name"), \
        CTL_OPT_TEXT( \
            "password-file", "FILE", \
            "read the password from FILE, \"-\": standard input (default: ask on the terminal)"), \
        CTL_OPT_TEXT("ca-file", "FILE", "trusted roots in PEM (default: the system's)"), \
        CTL_OPT_TEXT("resolve", "HOST:PORT:ADDR", \
                     "reach HOST at this address, for a name that DNS does not know yet")

static cepces_status_t
take_server(cepces_client_options_t *out, ctl_context_t *ctx, const ctl_args_t *args)
{
    *out = (cepces_client_options_t){
        .policy_url = ctl_text(args, "policy-url"),
        .username = ctl_text(args, "user"),
        .ca_file = ctl_text(args, "ca-file"),
        .resolve = ctl_text(args, "resolve"),
        .timeout_secs = TIMEOUT_SECS,
    };
    if (strncmp(out->policy_url, "https://", 8) != 0) {
        return ctl_usage_error(ctx, "--policy-url must begin with https://: a password goes there");
    }
    return ctl_read_password(&out->password, ctl_text(args, "password-file"),
                             apr_psprintf(ctx->p, "Password of %s", out->username), false, ctx->p,
                             ctx->err);
}

/* --- policies --------------------------------------------------------------------------------- */

static const ctl_option_t policies_options[] = {SERVER_OPTIONS, {.name = NULL}};

static json_t *
template_row(const cepces_client_template_t *t, apr_pool_t *p)
{
    json_t *row = json_object();

    ctl_set_text(row, "name", t->name);
    ctl_set_text(row, "display_name", t->display_name);
    ctl_set_text(row, "oid", t->oid);
    ctl_set_number(row, "schema", t->schema_version);
    ctl_set_text(row, "revision", apr_psprintf(p, "%u.%u", t->major, t->minor));
    ctl_set_text(row, "context",
                 (t->general_flags & CEPCES_GENERAL_MACHINE_TYPE) != 0 ? "computer" : "user");
    ctl_set_text(row, "key_algorithm", t->key_algorithm);
    ctl_set_number(row, "minimum_key_size", t->minimal_key_length);
    ctl_set_text(row, "request_hash", t->hash_algorithm);
    ctl_set_bool(row, "subject_supplied",
                 (t->subject_name_flags & CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT) != 0);
    ctl_set_bool(row, "enroll", t->enroll);
    ctl_set_bool(row, "autoenroll", t->auto_enroll);
    ctl_set_list(row, "enrollment_servers", t->ces_urls);
    return row;
}

static void
print_policies(const cepces_client_policies_t *policies, ctl_context_t *ctx)
{
    static const ctl_column_t columns[] = {
        {"name", "TEMPLATE"},
        {"context", "CONTEXT"},
        {"schema", "SCHEMA"},
        {"key_algorithm", "KEY"},
        {"minimum_key_size", "SIZE"},
        {"subject_supplied", "SUPPLY SUBJECT"},
        {"enroll", "ENROLL"},
        {"autoenroll", "AUTOENROLL"},
        {"enrollment_servers", "ENROLLMENT SERVERS"},
        {NULL, NULL},
    };
    json_t *record = json_object(), *rows = json_array();

    ctl_set_text(record, "policy_id", policies->policy_id);
    ctl_set_text(record, "friendly_name", policies->friendly_name);
    ctl_set_number(record, "next_update_hours", policies->next_update_hours);
    for (size_t i = 0; i < policies->num_templates; i++) {
        json_array_append_new(rows, template_row(&policies->templates[i], ctx->p));
    }
    if (ctx->json) {
        json_object_set_new(record, "templates", rows);
        ctl_print_record(record, true);
        return;
    }
    ctl_print_record(record, false);
    ctl_say("%s", "");
    ctl_print_rows(rows, columns, false);
}

static cepces_status_t
policies(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_client_options_t server;
    cepces_client_policies_t found;
    cepces_status_t st = take_server(&server, ctx, args);

    if (st == CEPCES_OK) {
        st = cepces_client_get_policies(&found, &server, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        print_policies(&found, ctx);
    }
    return st;
}

/* --- enroll ----------------------------------------------------------------------------------- */

static const ctl_option_t enroll_options[] = {
    SERVER_OPTIONS,
    CTL_OPT_TEXT_REQUIRED("template", "T", "name of the template"),
    CTL_OPT_TEXT("format", "FORMAT",
                 "cmc or pkcs10 (default cmc, as Windows; schema 1 is always pkcs10)"),
    CTL_OPT_TEXT("subject", "DN", "subject, where the template lets the requester supply it"),
    CTL_OPT_LIST("dns", "NAME", "DNS name, likewise"),
    CTL_OPT_TEXT_REQUIRED("out", "DIR", "where key and certificates are written"),
    CTL_OPT_TEXT("name", "NAME", "their base name (default: the template's)"),
    CTL_OPT_END,
};

static cepces_status_t
take_enrollment(cepces_client_enroll_options_t *out, ctl_context_t *ctx, const ctl_args_t *args)
{
    const char *format = ctl_given(args, "format") ? ctl_text(args, "format") : "cmc";

    if (strcmp(format, "cmc") != 0 && strcmp(format, "pkcs10") != 0) {
        return ctl_usage_error(ctx, "--format: \"%s\" is neither cmc nor pkcs10", format);
    }
    *out = (cepces_client_enroll_options_t){
        .template_name = ctl_text(args, "template"),
        .format = strcmp(format, "cmc") == 0 ? CEPCES_CLIENT_CMC : CEPCES_CLIENT_PKCS10,
        .subject = ctl_text(args, "subject"),
        .dns_names = ctl_list(args, "dns"),
        .out_directory = ctl_text(args, "out"),
        .out_name = ctl_text(args, "name"),
    };
    if (out->out_name != NULL && (*out->out_name == '.' || strchr(out->out_name, '/') != NULL)) {
        return ctl_usage_error(ctx, "--name: \"%s\" is not a file name", out->out_name);
    }
    return CEPCES_OK;
}

static cepces_status_t
enroll(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_client_options_t server;
    cepces_client_enroll_options_t wanted;
    cepces_client_enrolled_t got;
    json_t *record;
    cepces_status_t st = take_enrollment(&wanted, ctx, args);

    if (st == CEPCES_OK) {
        st = take_server(&server, ctx, args);
    }
    if (st == CEPCES_OK) {
        st = cepces_client_enroll(&got, &server, &wanted, ctx->p, ctx->err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    record = json_object();
    ctl_set_text(record, "disposition", got.disposition);
    ctl_set_text(record, "request_id", got.request_id);
    ctl_set_text(record, "subject", got.subject);
    ctl_set_text(record, "serial", got.serial);
    ctl_set_time(record, "not_after", got.not_after);
    ctl_set_text(record, "key_file", got.key_path);
    ctl_set_text(record, "certificate_file", got.certificate_path);
    ctl_set_text(record, "chain_file", got.chain_path);
    ctl_set_text(record, "fullchain_file", got.fullchain_path);
    ctl_print_record(record, ctx->json);
    return CEPCES_OK;
}

const ctl_command_t ctl_client_commands[] = {
    {"policies", 0, policies, "", policies_options, "ask a policy server what may be enrolled"},
    {"enroll", 0, enroll, "", enroll_options,
     "get a certificate from a policy and enrollment server"},
    {.name = NULL},
};
