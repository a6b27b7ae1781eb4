/* What cepcesctl says besides its results: errors with a hint, warnings, and what was done. */
#include <stdarg.h>
#include <stdio.h>

#include <apr_strings.h>

#include "command.h"

cepces_status_t
ctl_usage_error(ctl_context_t *ctx, const char *fmt, ...)
{
    va_list args;
    const char *text;

    va_start(args, fmt);
    text = apr_pvsprintf(ctx->p, fmt, args);
    va_end(args);
    ctx->usage_error = true;
    return cepces_error_set(ctx->err, CEPCES_E_INVALID, "%s", text);
}

/* What helps against a status, whatever the command. */
static const char *
hint_for(cepces_status_t status)
{
    switch (status) {
    case CEPCES_E_UNAVAILABLE:
        return "is PostgreSQL running, and do --database or the configuration file name the right "
               "one?";
    case CEPCES_E_SCHEMA:
        return "\"cepcesctl schema status\" compares, \"cepcesctl schema upgrade\" mends an older "
               "schema";
    case CEPCES_E_NOT_FOUND:
        return "the list commands (\"cepcesctl ca list\", \"template list\", \"account list\", "
               "...) show what exists";
    case CEPCES_E_EXISTS:
        return "choose another name, or change what is there with the command \"set\"";
    case CEPCES_E_IN_USE:
        return "somebody else changed it at the same time, or something refers to it: look and try "
               "again";
    default:
        return NULL;
    }
}

void
ctl_report(const ctl_context_t *ctx, const char *what)
{
    const char *hint = ctx->hint != NULL ? ctx->hint : hint_for(ctx->err->status);

    fflush(stdout);
    fprintf(stderr, "cepcesctl: %s: %s\n", what, cepces_error_line(ctx->err, ctx->p));
    if (hint != NULL) {
        fprintf(stderr, "hint: %s\n", hint);
    }
}

void
ctl_say(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
}

void
ctl_warn(const char *fmt, ...)
{
    va_list args;

    fflush(stdout);
    fputs("cepcesctl: warning: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}
