/* A command of cepcesctl: one row says what it is called, what it takes and what must be open
 * before it runs. */
#ifndef TOOLS_COMMAND_H
#define TOOLS_COMMAND_H

#include "cepces/service.h"
#include "cepces/store.h"
#include "options.h"
#include "output.h"

#define NEEDS_DATABASE 1u                     /* the database, whatever its schema */
#define NEEDS_STORE (2u | NEEDS_DATABASE)     /* the database with the schema of this version */
#define NEEDS_KEY_DIRECTORY 4u                /* --key-directory is set */
#define NEEDS_KEYS (8u | NEEDS_KEY_DIRECTORY) /* the keys in it are loaded */

/* What a command works with. */
typedef struct ctl_context_t {
    apr_pool_t *p;
    cepces_error_t *err;
    cepces_store_t *store;  /* with NEEDS_DATABASE */
    cepces_keyring_t *keys; /* with NEEDS_KEYS */
    const char *database;
    const char *key_directory;
    const char *passphrase_file; /* or NULL */
    bool json;
    bool reported;    /* the error has been shown already */
    bool usage_error; /* the command line made no sense: exit status 2 */
    const char *hint; /* what to do about an error, when the command knows better; or NULL */
} ctl_context_t;

/* A command returns CEPCES_OK, or a status with ctx->err filled; the caller reports it. */
typedef cepces_status_t (*ctl_command_fn)(ctl_context_t *ctx, const ctl_args_t *args);

typedef struct ctl_command_t {
    const char *name; /* "ca create" */
    unsigned needs;   /* NEEDS_… */
    ctl_command_fn run;
    const char *operands; /* "NAME TEMPLATE..." */
    const ctl_option_t *options;
    const char *summary;
} ctl_command_t;

/* The rows of each group of commands; each list ends with a row without a name. */
extern const ctl_command_t ctl_schema_commands[];
extern const ctl_command_t ctl_ca_commands[];
extern const ctl_command_t ctl_template_commands[];
extern const ctl_command_t ctl_policy_commands[];
extern const ctl_command_t ctl_account_commands[];
extern const ctl_command_t ctl_credential_commands[];
extern const ctl_command_t ctl_access_commands[];
extern const ctl_command_t ctl_cert_commands[];
extern const ctl_command_t ctl_client_commands[];

/* ctl_usage_error is an error about the command line itself. */
cepces_status_t ctl_usage_error(ctl_context_t *ctx, const char *fmt, ...) CEPCES_PRINTF(2, 3);

/* ctl_report writes an error and its hint to stderr: "cepcesctl: WHAT: WHY". */
void ctl_report(const ctl_context_t *ctx, const char *what);

/* ctl_say prints a line that tells what was done; ctl_warn one on stderr that the administrator
 * should see. */
void ctl_say(const char *fmt, ...) CEPCES_PRINTF(1, 2);
void ctl_warn(const char *fmt, ...) CEPCES_PRINTF(1, 2);

#endif
