/* Finding what a command names. */
#ifndef TOOLS_LOOKUP_H
#define TOOLS_LOOKUP_H

#include "command.h"

/* ctl_find_ca and its like find an object by name in the catalogue. Errors: CEPCES_E_NOT_FOUND. */
cepces_status_t ctl_find_ca(const cepces_ca_t **out, const cepces_catalogue_t *catalogue,
                            const char *name, ctl_context_t *ctx) CEPCES_MUST_CHECK;
cepces_status_t ctl_find_policy(const cepces_policy_t **out, const cepces_catalogue_t *catalogue,
                                const char *name, ctl_context_t *ctx) CEPCES_MUST_CHECK;

/* ctl_publishers returns the names of the CAs at which a template is published. */
cepces_strings_t ctl_publishers(const cepces_catalogue_t *catalogue, const char *template_name,
                                apr_pool_t *p);

/* ctl_canonical reduces the name of an account to the spelling that is stored. */
cepces_status_t ctl_canonical(const char **out, const char *name,
                              ctl_context_t *ctx) CEPCES_MUST_CHECK;

/* ctl_serial reads a serial number: hexadecimal digits, colons and spaces between them allowed. */
cepces_status_t ctl_serial(cepces_bytes_t *out, const char *text,
                           ctl_context_t *ctx) CEPCES_MUST_CHECK;

/* ctl_check_name refuses a name of a CA or policy that could not stand in a URL. */
cepces_status_t ctl_check_name(const char *name, ctl_context_t *ctx) CEPCES_MUST_CHECK;

#endif
