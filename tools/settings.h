/* The configuration file of cepcesctl: where the database and the CA keys are. */
#ifndef TOOLS_SETTINGS_H
#define TOOLS_SETTINGS_H

#include "cepces/error.h"

/* The keys of the file; NULL when absent. */
typedef struct ctl_settings_t {
    char *database;
    char *key_directory;
    char *passphrase_file;
} ctl_settings_t;

/* ctl_settings_load reads |file|. With |optional| a file that does not exist is an empty one. */
cepces_status_t ctl_settings_load(ctl_settings_t *out, const char *file, bool optional,
                                  apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
