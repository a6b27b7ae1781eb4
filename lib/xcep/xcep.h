/* MS-XCEP: GetPolicies in, GetPoliciesResponse out, as plain structs. The room sees neither
 * certificates nor the database; whoever calls it says what a template looks like on the wire.
 *
 * A response is put together from rendered blocks, because a template's attributes are the same for
 * every caller except for the permission: the service renders them once per template revision. */
#ifndef XCEP_XCEP_H
#define XCEP_XCEP_H

#include "xml/xml.h"

#define CEPCES_XCEP_MAX_FILTER_OIDS 512

/* GetPolicies: [MS-XCEP] 3.1.4.1.2.1 */
typedef struct cepces_xcep_request_t {
    apr_time_t last_update;           /* 0 when nil, missing or not a date: older than everything */
    const char *preferred_language;   /* or NULL */
    cepces_strings_t policy_oids;     /* empty: no filter */
    cepces_optional_t client_version; /* absent when nil or missing */
    cepces_optional_t server_version;
} cepces_xcep_request_t;

/* cepces_xcep_decode_request reads the body element GetPolicies. Order and unknown elements are
 * tolerated, duplicates of known ones refused. client missing, nil or empty is
 * CEPCES_E_MALFORMED_BODY, as is another element than GetPolicies; more OIDs than the ceiling is
 * CEPCES_E_MESSAGE_LIMIT. */
cepces_status_t cepces_xcep_decode_request(cepces_xcep_request_t *out, const xmlNode *body,
                                           apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* An X.509 extension that clients copy into their requests: [MS-XCEP] 3.1.4.1.3.12. */
typedef struct cepces_xcep_extension_t {
    int oid_reference;
    bool critical;
    cepces_bytes_t value; /* DER content of extnValue */
} cepces_xcep_extension_t;

typedef struct cepces_xcep_references_t {
    const int *items;
    size_t num;
} cepces_xcep_references_t;

/* Attributes: [MS-XCEP] 3.1.4.1.3.1, without the permission. */
typedef struct cepces_xcep_attributes_t {
    const char *common_name;
    unsigned policy_schema;
    uint64_t validity_period_secs, renewal_period_secs;
    unsigned minimal_key_length;
    cepces_optional_t key_spec;
    cepces_optional_t key_usage_property;
    const char *key_permissions;               /* SDDL, or NULL: nil */
    cepces_optional_t algorithm_oid_reference;
    cepces_strings_t crypto_providers;         /* empty: nil */
    unsigned major_revision, minor_revision;
    cepces_strings_t superseded_policies;      /* empty: nil */
    uint32_t private_key_flags, subject_name_flags, enrollment_flags, general_flags;
    cepces_optional_t hash_algorithm_oid_reference;
    unsigned ra_signatures;                    /* 0 with empty lists: rARequirements is nil */
    cepces_xcep_references_t ra_ekus, ra_policies;
    bool key_archival;                         /* false: keyArchivalAttributes is nil */
    int archival_algorithm_oid_reference;
    unsigned archival_key_length;
    const cepces_xcep_extension_t *extensions; /* none: nil */
    size_t num_extensions;
} cepces_xcep_attributes_t;

/* cepces_xcep_encode_attributes writes the two halves of <attributes>: from its start tag up to the
 * permission, and from behind the permission to the end tag. Every element of the schema stands in
 * order, nil where empty. */
void cepces_xcep_encode_attributes(cepces_buffer_t *head, cepces_buffer_t *tail,
                                   const cepces_xcep_attributes_t *a);

/* cepces_xcep_encode_policy writes one <policy>: its OID reference, CA references (none: nil), the
 * two halves and between them the permission. */
void cepces_xcep_encode_policy(cepces_buffer_t *buf, int oid_reference,
                               cepces_xcep_references_t cas, cepces_bytes_t attributes_head,
                               cepces_bytes_t attributes_tail, bool enroll, bool auto_enroll);

typedef struct cepces_xcep_uri_t {
    unsigned client_authentication; /* 1, 2, 4 or 8 */
    const char *uri;
    unsigned priority;
    bool renewal_only;
} cepces_xcep_uri_t;

/* cepces_xcep_encode_ca writes one <cA>; there is at least one URI. */
void cepces_xcep_encode_ca(cepces_buffer_t *buf, const cepces_xcep_uri_t *uris, size_t num_uris,
                           cepces_bytes_t certificate, bool enroll_permission, int reference);

/* The groups of OIDs: [MS-XCEP] 3.1.4.1.3.16. */
typedef enum cepces_xcep_group_t {
    CEPCES_XCEP_GROUP_HASH = 1,
    CEPCES_XCEP_GROUP_ENCRYPTION = 2,
    CEPCES_XCEP_GROUP_PUBLIC_KEY = 3,
    CEPCES_XCEP_GROUP_SIGNING = 4,
    CEPCES_XCEP_GROUP_RDN = 5,
    CEPCES_XCEP_GROUP_EXTENSION = 6,
    CEPCES_XCEP_GROUP_EKU = 7,
    CEPCES_XCEP_GROUP_POLICY = 8,
    CEPCES_XCEP_GROUP_TEMPLATE = 9
} cepces_xcep_group_t;

/* cepces_xcep_encode_oid writes one <oID>. */
void cepces_xcep_encode_oid(cepces_buffer_t *buf, const char *value, cepces_xcep_group_t group,
                            int reference, const char *default_name);

/* GetPoliciesResponse: [MS-XCEP] 3.1.4.1.2.2. */
typedef struct cepces_xcep_response_t {
    const char *policy_id;
    const char *friendly_name;
    unsigned next_update_hours;
    bool not_changed;        /* then the three blocks are not looked at */
    cepces_bytes_t policies; /* concatenated <policy> elements; empty: nil */
    cepces_bytes_t cas;      /* concatenated <cA> elements; empty: nil */
    cepces_bytes_t oids;     /* concatenated <oID> elements; empty: nil */
} cepces_xcep_response_t;

/* cepces_xcep_encode_response writes the body element GetPoliciesResponse; xsi must be declared
 * around it. */
void cepces_xcep_encode_response(cepces_buffer_t *buf, const cepces_xcep_response_t *response);

#endif
