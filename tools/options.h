/* Options of a command as a table: parsing, looking values up, and the help text all come from it.
 */
#ifndef TOOLS_OPTIONS_H
#define TOOLS_OPTIONS_H

#include "cepces/error.h"

typedef enum ctl_option_kind_t {
    CTL_FLAG,  /* --pem */
    CTL_TEXT,  /* --subject DN; the last one counts */
    CTL_LIST,  /* --cdp URL, as often as wanted */
    CTL_NUMBER /* --days N, between |min| and |max| */
} ctl_option_kind_t;

/* A row of a table, which ends with a row without a name. */
typedef struct ctl_option_t {
    const char *name;
    ctl_option_kind_t kind;
    const char *placeholder; /* what stands for the value in the help text */
    const char *help;
    bool required;
    int min, max;
} ctl_option_t;

/* Rows; those of required options say so. */
#define CTL_OPT_FLAG(option, text) \
    { \
        .name = (option), .kind = CTL_FLAG, .help = (text) \
    }
#define CTL_OPT_TEXT(option, value, text) \
    { \
        .name = (option), .kind = CTL_TEXT, .placeholder = (value), .help = (text) \
    }
#define CTL_OPT_TEXT_REQUIRED(option, value, text) \
    { \
        .name = (option), .kind = CTL_TEXT, .placeholder = (value), .help = (text), \
        .required = true \
    }
#define CTL_OPT_LIST(option, value, text) \
    { \
        .name = (option), .kind = CTL_LIST, .placeholder = (value), .help = (text) \
    }
#define CTL_OPT_LIST_REQUIRED(option, value, text) \
    { \
        .name = (option), .kind = CTL_LIST, .placeholder = (value), .help = (text), \
        .required = true \
    }
#define CTL_OPT_NUMBER(option, value, least, most, text) \
    { \
        .name = (option), .kind = CTL_NUMBER, .placeholder = (value), .help = (text), \
        .min = (least), .max = (most) \
    }
#define CTL_OPT_END \
    { \
        .name = NULL \
    }

/* What has been given: one list of values for each row of the table, and the operands. */
typedef struct ctl_args_t {
    const ctl_option_t *options;
    const cepces_strings_t *values;
    cepces_strings_t operands;
} ctl_args_t;

/* ctl_args_parse reads argv[1] onwards by |options| and the pattern of operands: words, each one
 * operand; in brackets, optional; with "..." behind the last, any number more. |extra| is a second
 * table, whose values come to |extra_args| (or NULL). With |leading|, the first operand ends the
 * options and it and all behind it become operands. Errors: CEPCES_E_INVALID. */
cepces_status_t ctl_args_parse(ctl_args_t *out, ctl_args_t *extra_args, const ctl_option_t *options,
                               const ctl_option_t *extra, const char *operands, bool leading,
                               int argc, char **argv, apr_pool_t *p,
                               cepces_error_t *err) CEPCES_MUST_CHECK;

/* Lookups by name; naming an option that is not in the table is a mistake of ours and aborts. */
bool ctl_given(const ctl_args_t *args, const char *name);
const char *ctl_text(const ctl_args_t *args, const char *name); /* NULL when not given */
cepces_strings_t ctl_list(const ctl_args_t *args, const char *name);
int ctl_number(const ctl_args_t *args, const char *name, int otherwise);

/* ctl_options_print writes one line per option. */
void ctl_options_print(const ctl_option_t *options);

/* ctl_options_synopsis returns the required options as they are typed: "--subject DN ". */
const char *ctl_options_synopsis(const ctl_option_t *options, apr_pool_t *p);

#endif
