/* A template file as libcyaml fills it: every key of the language is one member, NULL when the file
 * does not have the key. template_file.c turns it into a cepces_template_t and back. */
#ifndef TOOLS_TEMPLATE_SCHEMA_H
#define TOOLS_TEMPLATE_SCHEMA_H

#include <cyaml/cyaml.h>

#include "cepces/types.h"

/* A list of words or OIDs. */
typedef struct template_list_t {
    char **items;
    unsigned num;
} template_list_t;

typedef struct template_subject_t {
    int *supplied;           /* 0x1 */
    int *alt_names_supplied; /* 0x10000 */
    int *keep_on_renewal;    /* 0x8 */
    uint32_t *from;
    uint32_t *alt_names;
} template_subject_t;

typedef struct template_key_t {
    char *algorithm;
    unsigned *minimum_size;
    int *spec;
    template_list_t providers;
    int *exportable;
    uint32_t *flags;
    uint32_t *purpose;
    char *permissions;
} template_key_t;

typedef struct template_ra_t {
    unsigned *signatures;
    template_list_t application_policies;
    template_list_t issuance_policies;
} template_ra_t;

typedef struct template_archival_t {
    char *algorithm;
    unsigned *key_length;
} template_archival_t;

typedef struct template_compatibility_t {
    unsigned *client;
    unsigned *server;
} template_compatibility_t;

typedef struct template_entry_t {
    char *name, *display_name, *oid;
    unsigned *schema;
    char *revision;
    int *enabled;
    int *context;
    uint32_t *general;
    uint32_t *enrollment;
    int *approval;
    template_subject_t *subject;
    template_key_t *key;
    char *request_hash;
    int *sha1_requests;
    char *validity, *renewal;
    template_list_t ekus;
    uint32_t *key_usage;
    template_list_t issuance_policies;
    template_list_t critical_extensions;
    template_list_t supersedes;
    template_ra_t *ra;
    template_archival_t *archival;
    template_compatibility_t *compatibility;
    int *wildcards;
    int *strict_extensions;
} template_entry_t;

/* The whole file: |self| when it is one template, |templates| when it is a list. */
typedef struct template_document_t {
    template_entry_t self;
    template_entry_t *templates;
    unsigned num_templates;
} template_document_t;

extern const cyaml_schema_value_t template_document_schema; /* for reading */
extern const cyaml_schema_value_t template_entry_schema;    /* for writing */

#endif
