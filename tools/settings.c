/* The configuration file, in YAML like the template files. */
#include "settings.h"

#include <unistd.h>

#include "yaml.h"

#define MAX_VALUE 4096

static const cyaml_schema_field_t fields[] = {
    CYAML_FIELD_STRING_PTR("database", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, ctl_settings_t,
                           database, 1, MAX_VALUE),
    CYAML_FIELD_STRING_PTR("key_directory", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           ctl_settings_t, key_directory, 1, MAX_VALUE),
    CYAML_FIELD_STRING_PTR("passphrase_file", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                           ctl_settings_t, passphrase_file, 1, MAX_VALUE),
    CYAML_FIELD_END,
};

static const cyaml_schema_value_t schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, ctl_settings_t, fields),
};

cepces_status_t
ctl_settings_load(ctl_settings_t *out, const char *file, bool optional, apr_pool_t *p,
                  cepces_error_t *err)
{
    static const ctl_settings_t empty;
    void *loaded = NULL;
    cepces_status_t st = CEPCES_OK;

    if (!optional || access(file, F_OK) == 0) {
        st = ctl_yaml_load(&loaded, &schema, file, p, err);
    }
    if (st == CEPCES_OK) {
        *out = loaded != NULL ? *(const ctl_settings_t *)loaded : empty;
    }
    return st;
}
