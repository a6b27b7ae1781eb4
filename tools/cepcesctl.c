/* cepcesctl: the administrator's tool. main finds the row of the command, reads its options, opens
 * what the row says it needs, runs it and reports. */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "cepces/cepces.h"
#include "command.h"
#include "settings.h"

#define EXIT_REFUSED 1
#define EXIT_USAGE 2

static const ctl_command_t *const groups[] = {
    ctl_schema_commands, ctl_ca_commands,      ctl_template_commands,
    ctl_policy_commands, ctl_account_commands, ctl_credential_commands,
    ctl_access_commands, ctl_cert_commands,    ctl_client_commands,
};
#define NUM_GROUPS (sizeof(groups) / sizeof(groups[0]))

static const ctl_option_t global_options[] = {
    CTL_OPT_TEXT("config", "FILE", "settings in YAML: database, key_directory, passphrase_file"),
    CTL_OPT_TEXT("database", "CONNINFO", "PostgreSQL connection string"),
    CTL_OPT_TEXT("key-directory", "DIR", "where the CA keys are"),
    CTL_OPT_TEXT("passphrase-file", "FILE", "unlocks and encrypts CA keys"),
    CTL_OPT_FLAG("json", "list and show print JSON"),
    CTL_OPT_FLAG("help", "show this, or with a command what it takes"),
    CTL_OPT_FLAG("version", "show the version"),
    CTL_OPT_END,
};

/* --- Help ------------------------------------------------------------------------------------- */

static void
print_help(void)
{
    printf("usage: cepcesctl [OPTIONS] COMMAND ...\n\nCommands:\n");
    for (size_t g = 0; g < NUM_GROUPS; g++) {
        for (const ctl_command_t *c = groups[g]; c->name != NULL; c++) {
            printf("  %-20s %s\n", c->name, c->summary);
        }
    }
    printf("\nOptions, before or behind the command:\n");
    ctl_options_print(global_options);
    printf("\n\"cepcesctl COMMAND --help\" shows what a command takes; cepcesctl(1) describes them "
           "all.\n");
}

static void
print_command_help(const ctl_command_t *c, apr_pool_t *p)
{
    printf("usage: cepcesctl %s%s%s%s%s\n\n%s\n", c->name, *c->operands != '\0' ? " " : "",
           c->operands, ctl_options_synopsis(c->options, p), c->options != NULL ? " [OPTIONS]" : "",
           c->summary);
    if (c->options != NULL) {
        printf("\nOptions:\n");
        ctl_options_print(c->options);
    }
}

/* --- Finding the command ---------------------------------------------------------------------- */

/* The row whose name is the first word, or the first two words, of |words|; |*used| counts them. */
static const ctl_command_t *
find_command(int *used, cepces_strings_t words, apr_pool_t *p)
{
    const char *two =
        words.num >= 2 ? apr_pstrcat(p, words.items[0], " ", words.items[1], NULL) : "";

    for (size_t g = 0; g < NUM_GROUPS; g++) {
        for (const ctl_command_t *c = groups[g]; c->name != NULL; c++) {
            if (strcmp(c->name, words.items[0]) == 0 || strcmp(c->name, two) == 0) {
                *used = strchr(c->name, ' ') != NULL ? 2 : 1;
                return c;
            }
        }
    }
    return NULL;
}

/* Names the commands that begin with the word that was given, so that "cepcesctl ca" helps. */
static int
refuse_command(cepces_strings_t words)
{
    size_t len = strlen(words.items[0]);

    fprintf(stderr, "cepcesctl: unknown command \"%s%s%s\"\n", words.items[0],
            words.num > 1 ? " " : "", words.num > 1 ? words.items[1] : "");
    for (size_t g = 0; g < NUM_GROUPS; g++) {
        for (const ctl_command_t *c = groups[g]; c->name != NULL; c++) {
            if (strncmp(c->name, words.items[0], len) == 0 && c->name[len] == ' ') {
                fprintf(stderr, "  cepcesctl %-18s %s\n", c->name, c->summary);
            }
        }
    }
    fprintf(stderr, "hint: \"cepcesctl --help\" lists the commands\n");
    return EXIT_USAGE;
}

/* --- Opening what it needs -------------------------------------------------------------------- */

/* A value on the command line wins; behind the command it wins over one before it. */
static const char *
choose(const ctl_args_t *before, const ctl_args_t *behind, const char *name, const char *otherwise)
{
    const char *value = ctl_text(behind, name);

    value = value != NULL ? value : ctl_text(before, name);
    return value != NULL ? value : otherwise;
}

static cepces_status_t
load_settings(ctl_context_t *ctx, const ctl_args_t *before, const ctl_args_t *behind)
{
    const char *file = choose(before, behind, "config", NULL);
    ctl_settings_t settings;
    cepces_status_t st = ctl_settings_load(&settings, file != NULL ? file : DEFAULT_SETTINGS,
                                           file == NULL, ctx->p, ctx->err);

    if (st != CEPCES_OK) {
        return st;
    }
    ctx->database = choose(before, behind, "database", settings.database);
    ctx->key_directory = choose(before, behind, "key-directory", settings.key_directory);
    ctx->passphrase_file = choose(before, behind, "passphrase-file", settings.passphrase_file);
    ctx->json = ctl_given(before, "json") || ctl_given(behind, "json");
    return CEPCES_OK;
}

/* Who is named in the audit trail: the person, also behind sudo. */
static const char *
actor(apr_pool_t *p)
{
    const char *name = getenv("SUDO_USER");

    name = name != NULL ? name : getenv("USER");
    return name != NULL ? apr_pstrdup(p, name) : apr_psprintf(p, "uid %ld", (long)getuid());
}

static cepces_status_t
open_database(ctl_context_t *ctx)
{
    cepces_store_options_t options = {
        .database = ctx->database,
        .pool_size = 1,
        .pool_wait = apr_time_from_sec(5),
        .application_name = "cepcesctl",
        .actor = actor(ctx->p),
    };

    if (ctx->database == NULL) {
        ctx->hint = "give --database, or --config with a file that has the key \"database\"";
        return cepces_error_set(ctx->err, CEPCES_E_INVALID, "no database is configured");
    }
    return cepces_store_open(&ctx->store, &options, ctx->p, ctx->err);
}

static cepces_status_t
check_schema(ctl_context_t *ctx)
{
    int found = 0, needed = 0;
    cepces_status_t st = cepces_store_schema_status(&found, &needed, ctx->store, ctx->p, ctx->err);

    if (st != CEPCES_OK || found == needed) {
        return st;
    }
    if (found > needed) {
        ctx->hint = "use a cepcesctl of the version that made the schema";
    }
    return cepces_error_set(ctx->err, CEPCES_E_SCHEMA,
                            "the database has schema version %d, this version needs %d", found,
                            needed);
}

static cepces_status_t
open_needs(ctl_context_t *ctx, unsigned needs)
{
    cepces_status_t st = CEPCES_OK;

    if ((needs & NEEDS_KEY_DIRECTORY) != 0 && ctx->key_directory == NULL) {
        ctx->hint =
            "give --key-directory, or --config with a file that has the key \"key_directory\"";
        return cepces_error_set(ctx->err, CEPCES_E_INVALID, "no key directory is configured");
    }
    if ((needs & NEEDS_DATABASE) != 0) {
        st = open_database(ctx);
    }
    if (st == CEPCES_OK && (needs & NEEDS_STORE) == NEEDS_STORE) {
        st = check_schema(ctx);
    }
    if (st == CEPCES_OK && (needs & NEEDS_KEYS) == NEEDS_KEYS) {
        st = cepces_keyring_load(&ctx->keys, ctx->key_directory, ctx->passphrase_file, ctx->p,
                                 ctx->err);
    }
    return st;
}

/* --- Running ---------------------------------------------------------------------------------- */

static int
run_command(ctl_context_t *ctx, const ctl_command_t *c, const ctl_args_t *args)
{
    cepces_status_t st = open_needs(ctx, c->needs);
    const char *what = c->name;

    if (st == CEPCES_OK) {
        st = c->run(ctx, args);
    }
    if (st == CEPCES_OK) {
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_REFUSED;
    }
    if (args->operands.num > 0) {
        what = apr_pstrcat(ctx->p, c->name, " ", args->operands.items[0], NULL);
    }
    if (ctx->usage_error) {
        ctx->hint =
            apr_psprintf(ctx->p, "\"cepcesctl %s --help\" shows what the command takes", c->name);
    }
    if (!ctx->reported) {
        ctl_report(ctx, ctl_printable(what, ctx->p));
    }
    return ctx->usage_error ? EXIT_USAGE : EXIT_REFUSED;
}

static int
run_words(ctl_context_t *ctx, const ctl_args_t *before, int argc, char **argv)
{
    ctl_args_t args, behind;
    int used = 0;
    const ctl_command_t *c = find_command(&used, before->operands, ctx->p);
    int skipped = argc - (int)before->operands.num + used -
                  1; /* so that argv[0] is the command's last word */
    cepces_status_t st;

    if (c == NULL) {
        return refuse_command(before->operands);
    }
    for (int i = skipped + 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_command_help(c, ctx->p);
            return EXIT_SUCCESS;
        }
    }
    st = ctl_args_parse(&args, &behind, c->options, global_options, c->operands, false,
                        argc - skipped, argv + skipped, ctx->p, ctx->err);
    if (st != CEPCES_OK) {
        ctx->hint =
            apr_psprintf(ctx->p, "\"cepcesctl %s --help\" shows what the command takes", c->name);
        ctl_report(ctx, c->name);
        return EXIT_USAGE;
    }
    st = load_settings(ctx, before, &behind);
    if (st == CEPCES_OK) {
        st = cepces_init(ctx->err);
    }
    if (st != CEPCES_OK) {
        ctl_report(ctx, c->name);
        return EXIT_REFUSED;
    }
    return run_command(ctx, c, &args);
}

static int
run(int argc, char **argv, apr_pool_t *p)
{
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    ctl_context_t ctx = {.p = p, .err = &err};
    ctl_args_t before;

    if (ctl_args_parse(&before, NULL, global_options, NULL, "", true, argc, argv, p, &err) !=
        CEPCES_OK) {
        ctx.hint = "\"cepcesctl --help\" lists options and commands";
        ctl_report(&ctx, "command line");
        return EXIT_USAGE;
    }
    if (ctl_given(&before, "version")) {
        printf("cepcesctl %s\n", cepces_version());
        return EXIT_SUCCESS;
    }
    if (ctl_given(&before, "help")) {
        print_help();
        return EXIT_SUCCESS;
    }
    if (before.operands.num == 0) {
        fprintf(stderr, "cepcesctl: no command\nhint: \"cepcesctl --help\" lists the commands\n");
        return EXIT_USAGE;
    }
    return run_words(&ctx, &before, argc, argv);
}

static void
write_message(void *payload, cepces_log_level_t level, int number, const char *text)
{
    (void)payload;
    (void)number;
    if (level <= CEPCES_LOG_WARNING) {
        fprintf(stderr, "cepcesctl: %s\n", text);
    }
}

int
main(int argc, char **argv)
{
    apr_pool_t *p;
    int status;

    setlocale(LC_CTYPE, "");
    if (apr_initialize() != APR_SUCCESS || apr_pool_create(&p, NULL) != APR_SUCCESS) {
        fprintf(stderr, "cepcesctl: out of memory\n");
        return EXIT_REFUSED;
    }
    cepces_log_set_sink(write_message, NULL);
    status = run(argc, argv, p);
    apr_pool_destroy(p);
    apr_terminate();
    return status;
}
