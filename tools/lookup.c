/* Finding what a command names, and reading names. */
#include "lookup.h"

#include <ctype.h>
#include <string.h>

#include <apr_strings.h>

cepces_status_t
ctl_find_ca(const cepces_ca_t **out, const cepces_catalogue_t *catalogue, const char *name,
            ctl_context_t *ctx)
{
    for (size_t i = 0; i < catalogue->num_cas; i++) {
        if (strcmp(catalogue->cas[i].name, name) == 0) {
            *out = &catalogue->cas[i];
            return CEPCES_OK;
        }
    }
    ctx->hint = "\"cepcesctl ca list\" shows the CAs";
    return cepces_error_set(ctx->err, CEPCES_E_NOT_FOUND, "there is no CA \"%s\"", name);
}

cepces_status_t
ctl_find_policy(const cepces_policy_t **out, const cepces_catalogue_t *catalogue, const char *name,
                ctl_context_t *ctx)
{
    for (size_t i = 0; i < catalogue->num_policies; i++) {
        if (strcmp(catalogue->policies[i].name, name) == 0) {
            *out = &catalogue->policies[i];
            return CEPCES_OK;
        }
    }
    ctx->hint = "\"cepcesctl policy list\" shows the policies";
    return cepces_error_set(ctx->err, CEPCES_E_NOT_FOUND, "there is no policy \"%s\"", name);
}

cepces_strings_t
ctl_publishers(const cepces_catalogue_t *catalogue, const char *template_name, apr_pool_t *p)
{
    const char **names = apr_palloc(p, (catalogue->num_cas + 1) * sizeof(*names));
    size_t num = 0;

    for (size_t i = 0; i < catalogue->num_cas; i++) {
        cepces_strings_t published = catalogue->cas[i].templates;

        for (size_t j = 0; j < published.num; j++) {
            if (strcmp(published.items[j], template_name) == 0) {
                names[num++] = catalogue->cas[i].name;
            }
        }
    }
    return (cepces_strings_t){names, num};
}

cepces_status_t
ctl_canonical(const char **out, const char *name, ctl_context_t *ctx)
{
    cepces_status_t st = cepces_message_canonical_name(out, name, ctx->p, ctx->err);

    if (st != CEPCES_OK) {
        return cepces_error_set(ctx->err, CEPCES_E_INVALID, "\"%s\" is not the name of an account",
                                name);
    }
    return st;
}

static int
digit_value(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

cepces_status_t
ctl_serial(cepces_bytes_t *out, const char *text, ctl_context_t *ctx)
{
    unsigned char *serial = apr_pcalloc(ctx->p, strlen(text) / 2 + 1);
    size_t digits = 0;

    for (const char *s = text; *s != '\0'; s++) {
        if (*s == ':' || *s == ' ') {
            continue;
        }
        if (!isxdigit((unsigned char)*s)) {
            return ctl_usage_error(ctx, "\"%s\" is not a hexadecimal serial number", text);
        }
        serial[digits / 2] = (unsigned char)(serial[digits / 2] << 4 | digit_value(*s));
        digits++;
    }
    if (digits == 0 || digits % 2 != 0 || digits > 40) {
        return ctl_usage_error(ctx, "a serial number has an even number of digits, at most 40");
    }
    *out = (cepces_bytes_t){serial, digits / 2};
    return CEPCES_OK;
}

cepces_status_t
ctl_check_name(const char *name, ctl_context_t *ctx)
{
    static const char accepted[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

    if (*name == '\0' || *name == '.' || strlen(name) > 64 ||
        strspn(name, accepted) != strlen(name)) {
        return ctl_usage_error(
            ctx, "\"%s\" is not a name: at most 64 letters, digits, '-', '_' and '.'", name);
    }
    return CEPCES_OK;
}
