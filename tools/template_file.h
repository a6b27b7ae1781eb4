/* Template files: one certificate template as a YAML mapping, or several in a list under
 * "templates". The language is described in docs/templates.md. What is written by
 * ctl_template_print is read back as the same template. */
#ifndef TOOLS_TEMPLATE_FILE_H
#define TOOLS_TEMPLATE_FILE_H

#include "cepces/error.h"
#include "cepces/model.h"

/* ctl_template_parse reads the templates in |text|; |file| is for messages. Left open by a file are
 * the OID (NULL) and the revision (0.0); everything else has the defaults of the language. Errors:
 * CEPCES_E_INVALID names the line, or template and field. */
cepces_status_t ctl_template_parse(const cepces_template_t **out, size_t *num, const char *file,
                                   cepces_bytes_t text, apr_pool_t *p,
                                   cepces_error_t *err) CEPCES_MUST_CHECK;

/* ctl_template_load reads the templates in |file|. */
cepces_status_t ctl_template_load(const cepces_template_t **out, size_t *num, const char *file,
                                  apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* ctl_template_print writes a template in the language of the files. */
cepces_status_t ctl_template_print(const char **out, const cepces_template_t *t, apr_pool_t *p,
                                   cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
