/* getopt_long over tables of options. */
#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_strings.h>

/* Where getopt_long's result for a row begins; below are characters. */
#define FIRST_ROW 1000

static int
count_rows(const ctl_option_t *options)
{
    int n = 0;

    while (options != NULL && options[n].name != NULL) {
        n++;
    }
    return n;
}

static void
add_rows(struct option *longs, const ctl_option_t *options, int from)
{
    for (int i = 0; i < count_rows(options); i++) {
        longs[from + i] = (struct option){
            .name = options[i].name,
            .has_arg = options[i].kind == CTL_FLAG ? no_argument : required_argument,
            .val = FIRST_ROW + from + i,
        };
    }
}

static cepces_strings_t
append(cepces_strings_t list, const char *value, apr_pool_t *p)
{
    const char **items = apr_palloc(p, (list.num + 1) * sizeof(*items));

    if (list.num > 0) {
        memcpy(items, list.items, list.num * sizeof(*items));
    }
    items[list.num] = value;
    return (cepces_strings_t){items, list.num + 1};
}

static cepces_status_t
check_number(const ctl_option_t *option, const char *text, cepces_error_t *err)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || value < option->min || value > option->max) {
        return cepces_error_set(err, CEPCES_E_INVALID,
                                "option --%s: \"%s\" is not a number from %d to %d", option->name,
                                text, option->min, option->max);
    }
    return CEPCES_OK;
}

static cepces_status_t
take_value(cepces_strings_t *values, const ctl_option_t *option, const char *text, apr_pool_t *p,
           cepces_error_t *err)
{
    *values = append(option->kind == CTL_LIST ? *values : (cepces_strings_t){NULL, 0},
                     text != NULL ? text : "", p);
    return option->kind == CTL_NUMBER ? check_number(option, text, err) : CEPCES_OK;
}

static cepces_status_t
check_required(const ctl_args_t *args, cepces_error_t *err)
{
    for (int i = 0; i < count_rows(args->options); i++) {
        if (args->options[i].required && args->values[i].num == 0) {
            return cepces_error_set(err, CEPCES_E_INVALID, "option --%s is missing",
                                    args->options[i].name);
        }
    }
    return CEPCES_OK;
}

static cepces_status_t
check_operands(cepces_strings_t given, const char *pattern, cepces_error_t *err)
{
    size_t needed = 0, possible = 0;
    bool more = strstr(pattern, "...") != NULL;

    for (const char *s = pattern; *s != '\0'; s += strcspn(s, " "), s += strspn(s, " ")) {
        possible++;
        needed += *s != '[';
    }
    if (given.num < needed) {
        return cepces_error_set(err, CEPCES_E_INVALID, "expected %s", pattern);
    }
    if (given.num > possible && !more) {
        return cepces_error_set(err, CEPCES_E_INVALID, "\"%s\" is one argument too many",
                                given.items[possible]);
    }
    return CEPCES_OK;
}

/* The option getopt_long has just read, as it was typed. */
static const char *
typed(char **argv)
{
    return argv[optind - (optarg != NULL && optarg == argv[optind - 1] ? 2 : 1)];
}

/* getopt_long takes the beginning of a name for the name: "--password secret" would be read as
 * "--password-file secret". Only whole names count here. */
static bool
is_whole_name(const char *name, const char *word)
{
    return strlen(name) == strcspn(word + 2, "=") && strncmp(word + 2, name, strlen(name)) == 0;
}

/* getopt_long permutes argv, so that the operands stand behind optind at the end. */
static cepces_status_t
read_options(cepces_strings_t *values, cepces_strings_t *extra_values, const ctl_option_t *options,
             const ctl_option_t *extra, bool leading, int argc, char **argv, apr_pool_t *p,
             cepces_error_t *err)
{
    int num = count_rows(options), num_extra = count_rows(extra);
    struct option *longs = apr_pcalloc(p, (size_t)(num + num_extra + 1) * sizeof(*longs));
    int result;

    add_rows(longs, options, 0);
    add_rows(longs + num, extra, 0);
    for (int i = 0; i < num_extra; i++) {
        longs[num + i].val = FIRST_ROW + num + i;
    }
    optind = 0; /* glibc: begin anew */
    opterr = 0;
    while ((result = getopt_long(argc, argv, leading ? "+:" : ":", longs, NULL)) != -1) {
        int row = result - FIRST_ROW;
        cepces_status_t st;

        if (result == ':') {
            return cepces_error_set(err, CEPCES_E_INVALID, "option %s needs a value", typed(argv));
        }
        if (row < 0 || !is_whole_name(longs[row].name, typed(argv))) {
            return cepces_error_set(err, CEPCES_E_INVALID, "unknown option %s", typed(argv));
        }
        st = row < num ? take_value(&values[row], &options[row], optarg, p, err)
                       : take_value(&extra_values[row - num], &extra[row - num], optarg, p, err);
        if (st != CEPCES_OK) {
            return st;
        }
    }
    return CEPCES_OK;
}

cepces_status_t
ctl_args_parse(ctl_args_t *out, ctl_args_t *extra_args, const ctl_option_t *options,
               const ctl_option_t *extra, const char *operands, bool leading, int argc, char **argv,
               apr_pool_t *p, cepces_error_t *err)
{
    cepces_strings_t *values = apr_pcalloc(p, (size_t)(count_rows(options) + 1) * sizeof(*values));
    cepces_strings_t *extra_values =
        apr_pcalloc(p, (size_t)(count_rows(extra) + 1) * sizeof(*values));
    cepces_strings_t rest = {NULL, 0};
    ctl_args_t args;
    cepces_status_t st =
        read_options(values, extra_values, options, extra, leading, argc, argv, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    for (int i = optind; i < argc; i++) {
        rest = append(rest, argv[i], p);
    }
    args = (ctl_args_t){options, values, rest};
    st = check_required(&args, err);
    if (st == CEPCES_OK && !leading) {
        st = check_operands(rest, operands, err);
    }
    if (st == CEPCES_OK) {
        *out = args;
        if (extra_args != NULL) {
            *extra_args = (ctl_args_t){extra, extra_values, {NULL, 0}};
        }
    }
    return st;
}

static cepces_strings_t
values_of(const ctl_args_t *args, const char *name)
{
    for (int i = 0; i < count_rows(args->options); i++) {
        if (strcmp(args->options[i].name, name) == 0) {
            return args->values[i];
        }
    }
    fprintf(stderr, "cepcesctl: internal error: no option --%s in the table\n", name);
    abort();
}

bool
ctl_given(const ctl_args_t *args, const char *name)
{
    return values_of(args, name).num > 0;
}

const char *
ctl_text(const ctl_args_t *args, const char *name)
{
    cepces_strings_t values = values_of(args, name);

    return values.num > 0 ? values.items[values.num - 1] : NULL;
}

cepces_strings_t
ctl_list(const ctl_args_t *args, const char *name)
{
    return values_of(args, name);
}

int
ctl_number(const ctl_args_t *args, const char *name, int otherwise)
{
    const char *text = ctl_text(args, name);

    return text != NULL ? (int)strtol(text, NULL, 10) : otherwise;
}

void
ctl_options_print(const ctl_option_t *options)
{
    for (const ctl_option_t *o = options; o != NULL && o->name != NULL; o++) {
        int used = printf("  --%s%s%s", o->name, o->placeholder != NULL ? " " : "",
                          o->placeholder != NULL ? o->placeholder : "");

        printf("%*s%s%s%s\n", used < 28 ? 28 - used : 1, "", o->help,
               o->required ? " (required)" : "", o->kind == CTL_LIST ? " (may be repeated)" : "");
    }
}

const char *
ctl_options_synopsis(const ctl_option_t *options, apr_pool_t *p)
{
    const char *text = "";

    for (const ctl_option_t *o = options; o != NULL && o->name != NULL; o++) {
        if (o->required) {
            text = apr_pstrcat(p, text, " --", o->name, " ", o->placeholder,
                               o->kind == CTL_LIST ? "..." : "", NULL);
        }
    }
    return text;
}
