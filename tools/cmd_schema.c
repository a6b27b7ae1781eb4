/* schema status, schema upgrade */
#include "command.h"

static cepces_status_t
schema_status(ctl_context_t *ctx, const ctl_args_t *args)
{
    int found = 0, needed = 0;
    json_t *record;
    cepces_status_t st = cepces_store_schema_status(&found, &needed, ctx->store, ctx->p, ctx->err);

    if (st != CEPCES_OK) {
        return st;
    }
    record = json_object();
    ctl_set_number(record, "found", found);
    ctl_set_number(record, "needed", needed);
    ctl_set_text(record, "state",
                 found == 0        ? "no schema"
                 : found == needed ? "current"
                 : found < needed  ? "older"
                                   : "newer");
    ctl_print_record(record, ctx->json);
    return CEPCES_OK;
}

static cepces_status_t
schema_upgrade(ctl_context_t *ctx, const ctl_args_t *args)
{
    int applied = 0;
    cepces_status_t st = cepces_store_schema_upgrade(&applied, ctx->store, ctx->p, ctx->err);

    if (st == CEPCES_OK) {
        ctl_say("%d %s applied, the schema is current", applied,
                applied == 1 ? "migration" : "migrations");
    }
    return st;
}

const ctl_command_t ctl_schema_commands[] = {
    {"schema status", NEEDS_DATABASE, schema_status, "", NULL,
     "compare the database schema with this version"},
    {"schema upgrade", NEEDS_DATABASE, schema_upgrade, "", NULL,
     "make or upgrade the database schema"},
    {.name = NULL},
};
