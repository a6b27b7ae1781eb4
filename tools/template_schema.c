/* The keys of a template file, in the order in which they are written. */
#include "template_schema.h"

#include "vocabulary.h"
#include "yaml.h"

/* Ceilings of a file: a name of [MS-CRTD] has 64 characters, an SDDL text or display name never
 * these many. */
#define MAX_TEXT 256
#define MAX_SDDL 1024
#define MAX_ITEMS 64
#define MAX_TEMPLATES 1024

#define TEXT(key, type, member) \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 1, MAX_TEXT)
#define NUMBER(key, type, member) CYAML_FIELD_UINT_PTR(key, CYAML_FLAG_OPTIONAL, type, member)
#define WORD(key, type, member, words) \
    CYAML_FIELD_ENUM_PTR(key, CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, type, member, words, \
                         sizeof(words) / sizeof((words)[0]))
/* Not strict: a number among the words adds bits that have no name. */
#define BITS(key, type, member, words) \
    CYAML_FIELD_FLAGS_PTR(key, CYAML_FLAG_OPTIONAL, type, member, words, \
                          sizeof(words) / sizeof((words)[0]))
#define LIST(key, type, member) \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member.items, \
                               member.num, &text_value, 0, MAX_ITEMS)
#define GROUP(key, type, member, fields) \
    CYAML_FIELD_MAPPING_PTR(key, CYAML_FLAG_OPTIONAL, type, member, fields)

static const cyaml_schema_value_t text_value = {
    CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 1, MAX_TEXT),
};

static const cyaml_schema_field_t subject_fields[] = {
    CTL_YAML_BOOL_PTR("supplied-in-request", template_subject_t, supplied),
    CTL_YAML_BOOL_PTR("alternative-names-in-request", template_subject_t, alt_names_supplied),
    CTL_YAML_BOOL_PTR("keep-on-renewal", template_subject_t, keep_on_renewal),
    BITS("from", template_subject_t, from, ctl_subject_words),
    BITS("alternative-names", template_subject_t, alt_names, ctl_alt_name_words),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t key_fields[] = {
    TEXT("algorithm", template_key_t, algorithm),
    NUMBER("minimum-size", template_key_t, minimum_size),
    WORD("spec", template_key_t, spec, ctl_key_spec_words),
    LIST("providers", template_key_t, providers),
    CTL_YAML_BOOL_PTR("exportable", template_key_t, exportable),
    BITS("flags", template_key_t, flags, ctl_private_key_words),
    BITS("purpose", template_key_t, purpose, ctl_key_purpose_words),
    CYAML_FIELD_STRING_PTR("permissions", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, template_key_t,
                           permissions, 1, MAX_SDDL),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t ra_fields[] = {
    NUMBER("signatures", template_ra_t, signatures),
    LIST("application-policies", template_ra_t, application_policies),
    LIST("issuance-policies", template_ra_t, issuance_policies),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t archival_fields[] = {
    TEXT("algorithm", template_archival_t, algorithm),
    NUMBER("key-length", template_archival_t, key_length),
    CYAML_FIELD_END,
};

static const cyaml_schema_field_t compatibility_fields[] = {
    NUMBER("client", template_compatibility_t, client),
    NUMBER("server", template_compatibility_t, server),
    CYAML_FIELD_END,
};

/* Shared by the entry and the document, whose first member is an entry. */
#define ENTRY_FIELDS \
    TEXT("name", template_entry_t, name), TEXT("display-name", template_entry_t, display_name), \
        TEXT("oid", template_entry_t, oid), NUMBER("schema", template_entry_t, schema), \
        TEXT("revision", template_entry_t, revision), \
        CTL_YAML_BOOL_PTR("enabled", template_entry_t, enabled), \
        WORD("context", template_entry_t, context, ctl_context_words), \
        BITS("general", template_entry_t, general, ctl_general_words), \
        BITS("enrollment", template_entry_t, enrollment, ctl_enrollment_words), \
        WORD("approval", template_entry_t, approval, ctl_approval_words), \
        GROUP("subject", template_entry_t, subject, subject_fields), \
        GROUP("key", template_entry_t, key, key_fields), \
        TEXT("request-hash", template_entry_t, request_hash), \
        WORD("sha1-requests", template_entry_t, sha1_requests, ctl_sha1_words), \
        TEXT("validity", template_entry_t, validity), TEXT("renewal", template_entry_t, renewal), \
        LIST("ekus", template_entry_t, ekus), \
        BITS("key-usage", template_entry_t, key_usage, ctl_key_usage_words), \
        LIST("issuance-policies", template_entry_t, issuance_policies), \
        LIST("critical-extensions", template_entry_t, critical_extensions), \
        LIST("supersedes", template_entry_t, supersedes), \
        GROUP("registration-authority", template_entry_t, ra, ra_fields), \
        GROUP("archival", template_entry_t, archival, archival_fields), \
        GROUP("compatibility", template_entry_t, compatibility, compatibility_fields), \
        CTL_YAML_BOOL_PTR("wildcards", template_entry_t, wildcards), \
        CTL_YAML_BOOL_PTR("strict-extensions", template_entry_t, strict_extensions)

static const cyaml_schema_field_t entry_fields[] = {ENTRY_FIELDS, CYAML_FIELD_END};

static const cyaml_schema_value_t entry_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, template_entry_t, entry_fields),
};

static const cyaml_schema_field_t document_fields[] = {
    ENTRY_FIELDS,
    CYAML_FIELD_SEQUENCE_COUNT("templates", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
                               template_document_t, templates, num_templates, &entry_value, 0,
                               MAX_TEMPLATES),
    CYAML_FIELD_END,
};

const cyaml_schema_value_t template_document_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, template_document_t, document_fields),
};

const cyaml_schema_value_t template_entry_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, template_entry_t, entry_fields),
};
