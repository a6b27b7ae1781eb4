/* YAML files through libcyaml, with its messages turned into one sentence that names file, line and
 * field. */
#ifndef TOOLS_YAML_H
#define TOOLS_YAML_H

#include <cyaml/cyaml.h>

#include "cepces/error.h"

/* More than any template file needs, little enough to read at once. */
#define CTL_YAML_MAX_BYTES (1024u * 1024u)

/* A truth value. libcyaml's own type takes every unknown word for true. */
extern const cyaml_strval_t ctl_yaml_bools[4];
#define CTL_YAML_BOOL_PTR(key, type, member) \
    CYAML_FIELD_ENUM_PTR(key, CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, type, member, \
                         ctl_yaml_bools, 4)

/* ctl_yaml_parse reads the one document in |text| by |schema|, whose value must be a pointer.
 * |file| is for messages. Unknown keys, repeated keys, aliases and further documents are refused.
 * |*out| is NULL for an empty document and is freed with the pool. Errors: CEPCES_E_INVALID. */
cepces_status_t ctl_yaml_parse(void **out, const cyaml_schema_value_t *schema, const char *file,
                               cepces_bytes_t text, apr_pool_t *p,
                               cepces_error_t *err) CEPCES_MUST_CHECK;

/* ctl_yaml_load does the same with the contents of |file|. */
cepces_status_t ctl_yaml_load(void **out, const cyaml_schema_value_t *schema, const char *file,
                              apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* ctl_yaml_print writes |data| by |schema| as text. */
cepces_status_t ctl_yaml_print(const char **out, const cyaml_schema_value_t *schema,
                               const void *data, apr_pool_t *p,
                               cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
