/* ca create, import, list, show, set, publish, withdraw; crl publish */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "cepces/admin.h"
#include "certificate.h"
#include "lookup.h"
#include "prompt.h"

#define DAY_SECS INT64_C(86400)
#define DEFAULT_ROOT_DAYS 3650
#define DEFAULT_ISSUING_DAYS 1825
#define DEFAULT_CRL_DAYS 7
#define DEFAULT_OVERLAP_HOURS 24

/* The options that set, too, has. */
#define URL_OPTIONS \
    CTL_OPT_LIST("cdp", "URL", "http address of the CRL, for certificates this CA issues"), \
        CTL_OPT_LIST("aia", "URL", "http address of the CA certificate, likewise"), \
        CTL_OPT_NUMBER("crl-days", "N", 1, 366, "validity of a CRL (default 7)"), \
        CTL_OPT_NUMBER("crl-overlap-hours", "N", 1, 8760, \
                       "how long before its end the next CRL is signed (default 24)")

static void
fill_urls(cepces_admin_ca_options_t *o, const ctl_context_t *ctx, const ctl_args_t *args)
{
    o->name = args->operands.items[0];
    o->key_directory = ctx->key_directory;
    o->passphrase_file = ctx->passphrase_file;
    o->cdp_urls = ctl_list(args, "cdp");
    o->aia_urls = ctl_list(args, "aia");
    o->crl_validity_secs = ctl_number(args, "crl-days", DEFAULT_CRL_DAYS) * DAY_SECS;
    o->crl_overlap_secs =
        ctl_number(args, "crl-overlap-hours", DEFAULT_OVERLAP_HOURS) * INT64_C(3600);
}

/* Relying parties fetch these without credentials and without checking TLS again: plain http, no
 * spaces. */
static cepces_status_t
check_urls(const ctl_args_t *args, const char *option, ctl_context_t *ctx)
{
    cepces_strings_t urls = ctl_list(args, option);

    for (size_t i = 0; i < urls.num; i++) {
        if (strncmp(urls.items[i], "http://", 7) != 0 ||
            strpbrk(urls.items[i], " \t\r\n\"<>") != NULL) {
            return ctl_usage_error(ctx, "--%s: \"%s\" is not an http:// address", option,
                                   urls.items[i]);
        }
    }
    return CEPCES_OK;
}

static cepces_status_t
check_ca_arguments(const ctl_args_t *args, ctl_context_t *ctx)
{
    cepces_status_t st = ctl_check_name(args->operands.items[0], ctx);

    if (st == CEPCES_OK) {
        st = check_urls(args, "cdp", ctx);
    }
    return st == CEPCES_OK ? check_urls(args, "aia", ctx) : st;
}

static const ctl_option_t create_options[] = {
    CTL_OPT_TEXT_REQUIRED("subject", "DN",
                          "distinguished name, such as \"CN=Contoso Root CA,O=Contoso\""),
    CTL_OPT_TEXT("issuer", "CA", "the CA that signs it; without: a root"),
    CTL_OPT_TEXT("algorithm", "NAME", "rsa2048, rsa3072, rsa4096, p256 or p384 (default rsa3072)"),
    CTL_OPT_NUMBER("days", "N", 1, 36500, "validity (default 3650 for a root, else 1825)"),
    CTL_OPT_NUMBER("path-len", "N", -1, 10,
                   "CAs that may follow, -1: any number (default -1 for a root, else 0)"),
    URL_OPTIONS,
    CTL_OPT_END,
};

static cepces_status_t
ca_create(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_admin_ca_options_t options = {.issuer = ctl_text(args, "issuer")};
    bool root = options.issuer == NULL;
    cepces_status_t st = check_ca_arguments(args, ctx);

    if (st != CEPCES_OK) {
        return st;
    }
    fill_urls(&options, ctx, args);
    options.subject = ctl_text(args, "subject");
    options.algorithm = ctl_given(args, "algorithm") ? ctl_text(args, "algorithm") : "rsa3072";
    options.validity_days =
        ctl_number(args, "days", root ? DEFAULT_ROOT_DAYS : DEFAULT_ISSUING_DAYS);
    options.path_len = ctl_number(args, "path-len", root ? -1 : 0);
    st = cepces_admin_create_ca(ctx->store, &options, ctx->p, ctx->err);
    if (st == CEPCES_OK) {
        ctl_say("CA \"%s\" made, its key is %s/%s-0.pem", options.name, options.key_directory,
                options.name);
    }
    return st;
}

static const ctl_option_t import_options[] = {
    CTL_OPT_TEXT_REQUIRED("key", "FILE", "private key in PEM; or everything in PKCS#12"),
    CTL_OPT_TEXT("chain", "FILE",
                 "certificate of the CA and those above it, in PEM; not with PKCS#12"),
    CTL_OPT_TEXT("password-file", "FILE", "unlocks the key; \"-\": standard input"),
    URL_OPTIONS,
    CTL_OPT_END,
};

static cepces_status_t
ca_import(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_admin_ca_options_t options = {.path_len = -1};
    const char *password = NULL;
    cepces_status_t st = check_ca_arguments(args, ctx);

    if (st == CEPCES_OK && ctl_given(args, "password-file")) {
        st = ctl_read_password(&password, ctl_text(args, "password-file"), "password", false,
                               ctx->p, ctx->err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    fill_urls(&options, ctx, args);
    st = cepces_admin_import_ca(ctx->store, &options, ctl_text(args, "key"),
                                ctl_text(args, "chain"), password, ctx->p, ctx->err);
    if (st == CEPCES_OK) {
        ctl_say("CA \"%s\" imported, its key is %s/%s-0.pem", options.name, options.key_directory,
                options.name);
    }
    return st;
}

static cepces_status_t
ca_list(ctl_context_t *ctx, const ctl_args_t *args)
{
    static const ctl_column_t columns[] = {
        {"name", "NAME"},       {"subject", "SUBJECT"},
        {"key", "KEY"},         {"not_after", "NOT AFTER"},
        {"enabled", "ENABLED"}, {"templates", "TEMPLATES"},
        {NULL, NULL},
    };
    cepces_catalogue_t catalogue;
    json_t *rows = json_array();
    cepces_status_t st = cepces_store_load_catalogue(&catalogue, ctx->store, ctx->p, ctx->err);

    for (size_t i = 0; st == CEPCES_OK && i < catalogue.num_cas; i++) {
        const cepces_ca_t *ca = &catalogue.cas[i];
        const cepces_ca_generation_t *generation = ctl_current_generation(ca);
        json_t *row = json_object();

        ctl_set_text(row, "name", ca->name);
        ctl_set_bool(row, "enabled", ca->enabled);
        ctl_set_bool(row, "issues_to_clients", ca->issues_to_clients);
        if (generation != NULL) {
            ctl_certificate_facts(row, generation->certificate, false, ctx->p);
        }
        ctl_set_list(row, "templates", ca->templates);
        json_array_append_new(rows, row);
    }
    if (st != CEPCES_OK) {
        json_decref(rows);
        return st;
    }
    ctl_print_rows(rows, columns, ctx->json);
    return CEPCES_OK;
}

/* The newest CRL of a generation. */
static json_t *
crl_record(const cepces_crl_record_t *crls, size_t num, const char *ca, int generation)
{
    json_t *record;

    for (size_t i = 0; i < num; i++) {
        if (strcmp(crls[i].ca, ca) == 0 && crls[i].generation == generation) {
            record = json_object();
            ctl_set_number(record, "number", crls[i].number);
            ctl_set_time(record, "this_update", crls[i].this_update);
            ctl_set_time(record, "next_update", crls[i].next_update);
            return record;
        }
    }
    return json_null();
}

static json_t *
ca_record(const cepces_ca_t *ca, const cepces_crl_record_t *crls, size_t num_crls, apr_pool_t *p)
{
    json_t *record = json_object(), *generations = json_array();

    ctl_set_text(record, "name", ca->name);
    ctl_set_bool(record, "enabled", ca->enabled);
    ctl_set_bool(record, "issues_to_clients", ca->issues_to_clients);
    ctl_set_list(record, "templates", ca->templates);
    ctl_set_list(record, "cdp", ca->cdp_urls);
    ctl_set_list(record, "aia", ca->aia_urls);
    ctl_set_number(record, "crl_days", ca->crl_validity_secs / DAY_SECS);
    ctl_set_number(record, "crl_overlap_hours", ca->crl_overlap_secs / 3600);
    ctl_set_number(record, "backdate_seconds", ca->backdate_secs);
    for (size_t i = 0; i < ca->generations_num; i++) {
        const cepces_ca_generation_t *generation = &ca->generations[i];
        json_t *row = json_object();

        ctl_set_number(row, "number", generation->number);
        ctl_set_bool(row, "current", generation->current);
        ctl_certificate_facts(row, generation->certificate, false, p);
        json_object_set_new(row, "crl", crl_record(crls, num_crls, ca->name, generation->number));
        json_array_append_new(generations, row);
    }
    json_object_set_new(record, "generations", generations);
    return record;
}

static const ctl_option_t show_options[] = {
    CTL_OPT_FLAG("pem", "print the current certificate in PEM"),
    CTL_OPT_FLAG("chain", "print it and those above it in PEM"),
    CTL_OPT_END,
};

static cepces_status_t
print_ca_pem(const cepces_ca_t *ca, bool chain, ctl_context_t *ctx)
{
    const cepces_ca_generation_t *generation = ctl_current_generation(ca);

    if (generation == NULL) {
        return cepces_error_set(ctx->err, CEPCES_E_NOT_FOUND,
                                "CA \"%s\" has no current certificate", ca->name);
    }
    fputs(chain ? ctl_chain_pem(generation, ctx->p)
                : ctl_certificate_pem(generation->certificate, ctx->p),
          stdout);
    return CEPCES_OK;
}

static cepces_status_t
ca_show(ctl_context_t *ctx, const ctl_args_t *args)
{
    bool chain = ctl_given(args, "chain");
    cepces_catalogue_t catalogue;
    const cepces_crl_record_t *crls = NULL;
    size_t num_crls = 0;
    const cepces_ca_t *ca;
    cepces_status_t st = cepces_store_load_catalogue(&catalogue, ctx->store, ctx->p, ctx->err);

    if (st == CEPCES_OK) {
        st = ctl_find_ca(&ca, &catalogue, args->operands.items[0], ctx);
    }
    if (st == CEPCES_OK && (chain || ctl_given(args, "pem"))) {
        return print_ca_pem(ca, chain, ctx);
    }
    if (st == CEPCES_OK) {
        st = cepces_store_load_crls(&crls, &num_crls, ctx->store, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        ctl_print_record(ca_record(ca, crls, num_crls, ctx->p), ctx->json);
    }
    return st;
}

static const ctl_option_t set_options[] = {
    CTL_OPT_FLAG("enable", "issue again"),
    CTL_OPT_FLAG("disable", "issue no certificates; CRLs go on"),
    URL_OPTIONS,
    CTL_OPT_END,
};

static cepces_status_t
ca_set(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_catalogue_t catalogue;
    const cepces_ca_t *stored;
    cepces_ca_t ca;
    cepces_status_t st = check_ca_arguments(args, ctx);

    if (ctl_given(args, "enable") && ctl_given(args, "disable")) {
        return ctl_usage_error(ctx, "--enable and --disable exclude each other");
    }
    if (st == CEPCES_OK) {
        st = cepces_store_load_catalogue(&catalogue, ctx->store, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        st = ctl_find_ca(&stored, &catalogue, args->operands.items[0], ctx);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    ca = *stored;
    ca.enabled = ctl_given(args, "enable") || (ca.enabled && !ctl_given(args, "disable"));
    ca.cdp_urls = ctl_given(args, "cdp") ? ctl_list(args, "cdp") : ca.cdp_urls;
    ca.aia_urls = ctl_given(args, "aia") ? ctl_list(args, "aia") : ca.aia_urls;
    if (ctl_given(args, "crl-days")) {
        ca.crl_validity_secs = ctl_number(args, "crl-days", 0) * DAY_SECS;
    }
    if (ctl_given(args, "crl-overlap-hours")) {
        ca.crl_overlap_secs = ctl_number(args, "crl-overlap-hours", 0) * INT64_C(3600);
    }
    if (ca.crl_overlap_secs >= ca.crl_validity_secs) {
        return ctl_usage_error(ctx, "the overlap must be shorter than the validity of a CRL");
    }
    st = cepces_store_update_ca(ctx->store, &ca, ctx->p, ctx->err);
    if (st == CEPCES_OK) {
        ctl_say("CA \"%s\" changed", ca.name);
    }
    return st;
}

static cepces_status_t
publish_templates(ctl_context_t *ctx, const ctl_args_t *args, bool publish)
{
    const char *ca = args->operands.items[0];
    cepces_status_t st = CEPCES_OK;

    for (size_t i = 1; i < args->operands.num && st == CEPCES_OK; i++) {
        const char *name = args->operands.items[i];

        st = cepces_store_publish_template(ctx->store, ca, name, publish, ctx->p, ctx->err);
        if (st == CEPCES_OK) {
            ctl_say("template \"%s\" %s CA \"%s\"", name,
                    publish ? "published at" : "withdrawn from", ca);
        }
    }
    return st;
}

static cepces_status_t
ca_publish(ctl_context_t *ctx, const ctl_args_t *args)
{
    return publish_templates(ctx, args, true);
}

static cepces_status_t
ca_withdraw(ctl_context_t *ctx, const ctl_args_t *args)
{
    return publish_templates(ctx, args, false);
}

static cepces_status_t
crl_publish(ctl_context_t *ctx, const ctl_args_t *args)
{
    const char *ca = args->operands.items[0];
    cepces_status_t st = cepces_admin_publish_crl(ctx->store, ca, ctx->keys, ctx->p, ctx->err);

    if (st == CEPCES_OK) {
        ctl_say("a fresh CRL of CA \"%s\" is signed", ca);
    }
    return st;
}

const ctl_command_t ctl_ca_commands[] = {
    {"ca create", NEEDS_STORE | NEEDS_KEY_DIRECTORY, ca_create, "NAME", create_options,
     "make a CA: key, certificate and first CRL"},
    {"ca import", NEEDS_STORE | NEEDS_KEY_DIRECTORY, ca_import, "NAME", import_options,
     "take over a CA's key and certificate"},
    {"ca list", NEEDS_STORE, ca_list, "", NULL, "list the CAs"},
    {"ca show", NEEDS_STORE, ca_show, "NAME", show_options, "show a CA, or print its certificate"},
    {"ca set", NEEDS_STORE, ca_set, "NAME", set_options,
     "change a CA's URLs and periods, enable or disable it"},
    {"ca publish", NEEDS_STORE, ca_publish, "NAME TEMPLATE...", NULL, "offer templates at a CA"},
    {"ca withdraw", NEEDS_STORE, ca_withdraw, "NAME TEMPLATE...", NULL,
     "offer templates at a CA no longer"},
    {"crl publish", NEEDS_STORE | NEEDS_KEYS, crl_publish, "CA", NULL, "sign a fresh CRL now"},
    {.name = NULL},
};
