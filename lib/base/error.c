/* The error object and the facts of status.def. */
#include "cepces/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <apr_errno.h>
#include <apr_strings.h>

#include "base/bytes.h"
#include "base/encode.h"

typedef struct {
    const char *name;
    cepces_class_t class;
    cepces_fault_t fault;
    uint32_t code;
    cepces_log_level_t level;
    const char *text;
} status_row_t;

static const status_row_t rows[CEPCES_STATUS_COUNT] = {
    {"OK", CEPCES_CLASS_OK, CEPCES_FAULT_NONE, 0, CEPCES_LOG_DEBUG, "success"},
#define CEPCES_STATUS(name, class, fault, code, level, text) \
    {#name, CEPCES_CLASS_##class, CEPCES_FAULT_##fault, code, CEPCES_LOG_##level, text},
#include "cepces/status.def"
#undef CEPCES_STATUS
};

static const status_row_t *
row(cepces_status_t status)
{
    return (unsigned)status < CEPCES_STATUS_COUNT ? &rows[status] : &rows[CEPCES_E_INTERNAL];
}

const char *
cepces_status_name(cepces_status_t status)
{
    return row(status)->name;
}

const char *
cepces_status_text(cepces_status_t status)
{
    return row(status)->text;
}

uint32_t
cepces_status_code(cepces_status_t status)
{
    return row(status)->code;
}

cepces_class_t
cepces_status_class(cepces_status_t status)
{
    return row(status)->class;
}

cepces_fault_t
cepces_status_fault(cepces_status_t status)
{
    return row(status)->fault;
}

cepces_log_level_t
cepces_status_level(cepces_status_t status)
{
    return row(status)->level;
}

/* The C library's formatter into a pool; APR's own knows neither %zu nor %td and would take the
 * wrong arguments. */
CEPCES_PRINTF(2, 0)
static const char *
format(apr_pool_t *p, const char *fmt, va_list args)
{
    va_list again;
    char *text;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, fmt, again);
    va_end(again);
    if (len < 0) {
        return fmt;
    }
    text = (char *)apr_palloc(p, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, fmt, args);
    return text;
}

CEPCES_PRINTF(5, 0)
static void
fill(cepces_error_t *err, cepces_status_t status, const char *file, int line, const char *fmt,
     va_list args)
{
    const char *slash = strrchr(file, '/');

    err->status = status;
    err->detail = format(err->p, fmt, args);
    err->file = slash != NULL ? slash + 1 : file;
    err->line = line;
}

cepces_status_t
cepces_error_set_at(cepces_error_t *err, cepces_status_t status, const char *rule, const char *file,
                    int line, const char *fmt, ...)
{
    va_list args;

    if (err != NULL) {
        va_start(args, fmt);
        fill(err, status, file, line, fmt, args);
        va_end(args);
        err->rule = rule;
        err->cause = NULL;
    }
    return status;
}

cepces_status_t
cepces_error_wrap_at(cepces_error_t *err, cepces_status_t status, const char *file, int line,
                     const char *fmt, ...)
{
    va_list args;
    cepces_error_t *cause;

    if (err != NULL) {
        cause = (cepces_error_t *)apr_pmemdup(err->p, err, sizeof(*err));
        va_start(args, fmt);
        fill(err, status, file, line, fmt, args);
        va_end(args);
        err->cause = cause->status != CEPCES_OK ? cause : NULL;
    }
    return status;
}

cepces_status_t
cepces_error_apr(cepces_error_t *err, cepces_status_t status, apr_status_t rv, const char *doing)
{
    char text[160];

    return cepces_error_set(err, status, "%s: %s", doing, apr_strerror(rv, text, sizeof(text)));
}

const char *
cepces_error_line(const cepces_error_t *err, apr_pool_t *p)
{
    const char *line = NULL;

    for (; err != NULL && err->status != CEPCES_OK; err = err->cause) {
        const char *detail = err->detail != NULL ? err->detail : cepces_status_text(err->status);

        line = line == NULL ? detail : apr_pstrcat(p, line, ": ", detail, NULL);
    }
    return line == NULL ? "" : cepces_printable(cepces_bytes_str(line), 2048, p);
}

void
cepces_error_clear(cepces_error_t *err)
{
    *err = (cepces_error_t)CEPCES_ERROR_INIT(err->p);
}
