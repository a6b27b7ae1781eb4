/* cert list, show, export, revoke, issue; request show */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

#include "cepces/admin.h"
#include "certificate.h"
#include "files.h"
#include "lookup.h"
#include "vocabulary.h"

#define DEFAULT_LIMIT 50
#define MAX_REQUEST_BYTES (1024u * 1024u)

static json_t *
certificate_record(const cepces_certificate_record_t *c, apr_pool_t *p)
{
    json_t *record = json_object();

    ctl_set_hex(record, "serial", c->serial);
    ctl_set_text(record, "subject", c->subject);
    ctl_set_text(record, "ca", c->ca);
    ctl_set_number(record, "generation", c->generation);
    ctl_set_text(record, "template", c->template_name);
    ctl_set_text(record, "account", c->principal);
    ctl_set_number(record, "request_id", c->request_id);
    ctl_set_time(record, "not_before", c->not_before);
    ctl_set_time(record, "not_after", c->not_after);
    ctl_set_text(record, "state", ctl_word(ctl_certificate_states, c->state, p));
    if (c->state == CEPCES_CERTIFICATE_REVOKED) {
        ctl_set_time(record, "revoked_at", c->revoked_at);
        ctl_set_text(record, "reason", ctl_word(ctl_revocation_reasons, c->reason, p));
    }
    return record;
}

/* --- list ------------------------------------------------------------------------------------- */

static const ctl_option_t list_options[] = {
    CTL_OPT_TEXT("ca", "C", "only those of this CA"),
    CTL_OPT_TEXT("account", "A", "only those of this account"),
    CTL_OPT_TEXT("template", "T", "only those of this template"),
    CTL_OPT_FLAG("revoked", "only revoked ones"),
    CTL_OPT_NUMBER("limit", "N", 1, 1000000, "at most so many, the newest (default 50)"),
    CTL_OPT_END,
};

static cepces_status_t
cert_list(ctl_context_t *ctx, const ctl_args_t *args)
{
    static const ctl_column_t columns[] = {
        {"serial", "SERIAL"},     {"subject", "SUBJECT"}, {"ca", "CA"},
        {"template", "TEMPLATE"}, {"account", "ACCOUNT"}, {"not_after", "NOT AFTER"},
        {"state", "STATE"},       {NULL, NULL},
    };
    cepces_certificate_filter_t filter = {
        .ca = ctl_text(args, "ca"),
        .template_name = ctl_text(args, "template"),
        .state = ctl_given(args, "revoked") ? CEPCES_CERTIFICATE_REVOKED : -1,
        .limit = (unsigned)ctl_number(args, "limit", DEFAULT_LIMIT),
    };
    const cepces_certificate_record_t *certificates;
    size_t num = 0;
    json_t *rows;
    cepces_status_t st = CEPCES_OK;

    if (ctl_given(args, "account")) {
        st = ctl_canonical(&filter.principal, ctl_text(args, "account"), ctx);
    }
    if (st == CEPCES_OK) {
        st = cepces_store_list_certificates(&certificates, &num, ctx->store, &filter, ctx->p,
                                            ctx->err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    rows = json_array();
    for (size_t i = 0; i < num; i++) {
        json_array_append_new(rows, certificate_record(&certificates[i], ctx->p));
    }
    ctl_print_rows(rows, columns, ctx->json);
    return CEPCES_OK;
}

/* --- show, export ----------------------------------------------------------------------------- */

static cepces_status_t
find_certificate(cepces_certificate_record_t *out, ctl_context_t *ctx, const ctl_args_t *args,
                 const char *ca)
{
    cepces_bytes_t serial;
    cepces_status_t st = ctl_serial(&serial, args->operands.items[0], ctx);

    if (st == CEPCES_OK) {
        ctx->hint = "\"cepcesctl cert list\" shows serial numbers";
        st = cepces_store_find_certificate(out, ctx->store, ca, serial, ctx->p, ctx->err);
    }
    return st;
}

static cepces_status_t
cert_show(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_certificate_record_t certificate;
    json_t *record;
    cepces_status_t st = find_certificate(&certificate, ctx, args, NULL);

    if (st == CEPCES_OK) {
        record = certificate_record(&certificate, ctx->p);
        ctl_certificate_facts(record, certificate.der, true, ctx->p);
        ctl_print_record(record, ctx->json);
    }
    return st;
}

static const ctl_option_t export_options[] = {
    CTL_OPT_FLAG("der", "DER instead of PEM"),
    CTL_OPT_TEXT("out", "FILE", "where to (default: standard output)"),
    CTL_OPT_END,
};

static cepces_status_t
cert_export(ctl_context_t *ctx, const ctl_args_t *args)
{
    const char *out = ctl_given(args, "out") ? ctl_text(args, "out") : "-";
    cepces_certificate_record_t certificate;
    cepces_status_t st = find_certificate(&certificate, ctx, args, NULL);

    if (st == CEPCES_OK) {
        const char *pem = ctl_certificate_pem(certificate.der, ctx->p);
        cepces_bytes_t text = {(const unsigned char *)pem, strlen(pem)};

        ctx->hint = NULL;
        st = ctl_write_file(out, ctl_given(args, "der") ? certificate.der : text, ctx->p, ctx->err);
    }
    return st;
}

/* --- revoke ----------------------------------------------------------------------------------- */

static const ctl_option_t revoke_options[] = {
    CTL_OPT_TEXT("ca", "C", "the CA that issued it (default: whichever did)"),
    CTL_OPT_TEXT("reason", "REASON",
                 "keyCompromise, affiliationChanged, superseded, cessationOfOperation, "
                 "privilegeWithdrawn or unspecified (default)"),
    CTL_OPT_END,
};

static cepces_status_t
cert_revoke(ctl_context_t *ctx, const ctl_args_t *args)
{
    const char *reason = ctl_given(args, "reason") ? ctl_text(args, "reason") : "unspecified";
    cepces_certificate_record_t certificate;
    int64_t code;
    cepces_status_t st;

    if (!ctl_word_value(&code, ctl_revocation_reasons, reason)) {
        return ctl_usage_error(ctx, "--reason: \"%s\" is not one of %s", reason,
                               ctl_words_join(ctl_revocation_reasons, ctx->p));
    }
    st = find_certificate(&certificate, ctx, args, ctl_text(args, "ca"));
    if (st == CEPCES_OK) {
        ctx->hint = NULL;
        st = cepces_store_revoke_certificate(ctx->store, certificate.ca, certificate.serial,
                                             (int)code, apr_time_now(), ctx->p, ctx->err);
    }
    if (st == CEPCES_E_EXISTS) {
        ctx->hint = "\"cepcesctl cert show\" tells when and why";
    }
    if (st == CEPCES_OK) {
        ctl_say("certificate of \"%s\" revoked; a running server signs the CRL within seconds, "
                "\"cepcesctl crl publish %s\" does it now",
                ctl_printable(certificate.subject, ctx->p), certificate.ca);
    }
    return st;
}

/* --- issue ------------------------------------------------------------------------------------ */

static const ctl_option_t issue_options[] = {
    CTL_OPT_TEXT_REQUIRED("ca", "C", "the CA that issues"),
    CTL_OPT_TEXT_REQUIRED("template", "T", "the template it follows"),
    CTL_OPT_TEXT_REQUIRED("account", "A", "whose certificate it is"),
    CTL_OPT_TEXT_REQUIRED("request", "FILE", "PKCS#10 in PEM or DER, \"-\": standard input"),
    CTL_OPT_TEXT_REQUIRED("out", "FILE",
                          "where the certificate goes, in PEM; \"-\": standard output"),
    CTL_OPT_FLAG("chain", "with the CA certificates behind it, as web servers want"),
    CTL_OPT_END,
};

/* The certificate in PEM, with those of its issuers when |chain|. */
static cepces_status_t
issued_text(const char **out, const cepces_certificate_record_t *certificate, bool chain,
            ctl_context_t *ctx)
{
    const char *text = ctl_certificate_pem(certificate->der, ctx->p);
    cepces_catalogue_t catalogue;
    const cepces_ca_t *ca;
    cepces_status_t st = CEPCES_OK;

    if (chain) {
        st = cepces_store_load_catalogue(&catalogue, ctx->store, ctx->p, ctx->err);
        if (st == CEPCES_OK) {
            st = ctl_find_ca(&ca, &catalogue, certificate->ca, ctx);
        }
        for (size_t i = 0; st == CEPCES_OK && i < ca->generations_num; i++) {
            if (ca->generations[i].number == certificate->generation) {
                text = apr_pstrcat(ctx->p, text, ctl_chain_pem(&ca->generations[i], ctx->p), NULL);
            }
        }
    }
    *out = text;
    return st;
}

static cepces_status_t
cert_issue(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_certificate_record_t certificate;
    cepces_bytes_t request;
    const char *account, *text, *out = ctl_text(args, "out");
    cepces_status_t st = ctl_canonical(&account, ctl_text(args, "account"), ctx);

    if (st == CEPCES_OK) {
        st =
            ctl_read_file(&request, ctl_text(args, "request"), MAX_REQUEST_BYTES, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        st = cepces_admin_issue(&certificate, ctx->store, ctx->keys, ctl_text(args, "ca"),
                                ctl_text(args, "template"), account, request, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        st = issued_text(&text, &certificate, ctl_given(args, "chain"), ctx);
    }
    if (st == CEPCES_OK) {
        st = ctl_write_file(out, (cepces_bytes_t){(const unsigned char *)text, strlen(text)},
                            ctx->p, ctx->err);
    }
    if (st == CEPCES_OK && strcmp(out, "-") != 0) {
        ctl_say("certificate for \"%s\" written to %s", ctl_printable(certificate.subject, ctx->p),
                out);
    }
    return st;
}

/* --- request show ----------------------------------------------------------------------------- */

static json_t *
request_record(const cepces_request_record_t *r, apr_pool_t *p)
{
    json_t *record = json_object();

    ctl_set_number(record, "id", r->id);
    ctl_set_text(record, "state", ctl_word(ctl_request_states, r->state, p));
    ctl_set_text(record, "result_code", apr_psprintf(p, "0x%08x", r->result_code));
    ctl_set_text(record, "rule", r->rule);
    ctl_set_text(record, "reason", r->reason);
    ctl_set_text(record, "ca", r->ca);
    ctl_set_text(record, "template", r->template_name);
    ctl_set_text(record, "account", r->principal);
    ctl_set_text(record, "authentication", ctl_word(ctl_auth_kinds, r->auth, p));
    ctl_set_text(record, "client_address", r->client_address);
    ctl_set_text(record, "message_id", r->message_id);
    ctl_set_text(record, "client_info", r->client_info);
    ctl_set_text(record, "format", r->format);
    ctl_set_number(record, "bytes", (int64_t)r->raw.len);
    ctl_set_time(record, "submitted_at", r->submitted_at);
    ctl_set_time(record, "resolved_at", r->resolved_at);
    return record;
}

static cepces_status_t
request_show(ctl_context_t *ctx, const ctl_args_t *args)
{
    const char *text = args->operands.items[0];
    char *end;
    long id = strtol(text, &end, 10);
    cepces_request_record_t request;
    cepces_status_t st;

    if (*end != '\0' || id < 1 || id > INT32_MAX) {
        return ctl_usage_error(ctx, "\"%s\" is not a request ID: a number from 1 to 2147483647",
                               text);
    }
    ctx->hint = "\"cepcesctl cert list --json\" names the request of each certificate";
    st = cepces_store_find_request(&request, ctx->store, id, ctx->p, ctx->err);
    if (st == CEPCES_OK) {
        ctl_print_record(request_record(&request, ctx->p), ctx->json);
    }
    return st;
}

const ctl_command_t ctl_cert_commands[] = {
    {"cert list", NEEDS_STORE, cert_list, "", list_options,
     "list issued certificates, the newest first"},
    {"cert show", NEEDS_STORE, cert_show, "SERIAL", NULL, "show a certificate"},
    {"cert export", NEEDS_STORE, cert_export, "SERIAL", export_options,
     "write a certificate as a file"},
    {"cert revoke", NEEDS_STORE, cert_revoke, "SERIAL", revoke_options, "revoke a certificate"},
    {"cert issue", NEEDS_STORE | NEEDS_KEYS, cert_issue, "", issue_options,
     "issue by hand for a PKCS#10 request"},
    {"request show", NEEDS_STORE, request_show, "ID", NULL, "show a request and what became of it"},
    {.name = NULL},
};
