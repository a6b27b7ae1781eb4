/* One template's <attributes>: [MS-XCEP] 3.1.4.1.3.1. Every element of the sequence stands, in
 * order, nil where there is nothing to say; the Windows client reads by position. Flags above 2^31
 * are unsigned decimals. */
#include "xcep/xcep.h"

static void
add_validity(cepces_buffer_t *buf, const cepces_xcep_attributes_t *a)
{
    cepces_xml_open(buf, "certificateValidity");
    cepces_xml_element_uint(buf, "validityPeriodSeconds", a->validity_period_secs);
    cepces_xml_element_uint(buf, "renewalPeriodSeconds", a->renewal_period_secs);
    cepces_xml_close(buf, "certificateValidity");
}

/* A collection is nil or has at least one item. */
static void
add_strings(cepces_buffer_t *buf, const char *collection, const char *item, cepces_strings_t list)
{
    if (list.num == 0) {
        cepces_xml_nil(buf, collection);
        return;
    }
    cepces_xml_open(buf, collection);
    for (size_t i = 0; i < list.num; i++) {
        cepces_xml_element(buf, item, list.items[i]);
    }
    cepces_xml_close(buf, collection);
}

static void
add_references(cepces_buffer_t *buf, const char *collection, const char *item,
               cepces_xcep_references_t list)
{
    if (list.num == 0) {
        cepces_xml_nil(buf, collection);
        return;
    }
    cepces_xml_open(buf, collection);
    for (size_t i = 0; i < list.num; i++) {
        cepces_xml_element_int(buf, item, list.items[i]);
    }
    cepces_xml_close(buf, collection);
}

/* PrivateKeyAttributes: 3.1.4.1.3.20 */
static void
add_private_key(cepces_buffer_t *buf, const cepces_xcep_attributes_t *a)
{
    cepces_xml_open(buf, "privateKeyAttributes");
    cepces_xml_element_uint(buf, "minimalKeyLength", a->minimal_key_length);
    cepces_xml_element_optional(buf, "keySpec", a->key_spec);
    cepces_xml_element_optional(buf, "keyUsageProperty", a->key_usage_property);
    cepces_xml_element_or_nil(buf, "permissions", a->key_permissions);
    cepces_xml_element_optional(buf, "algorithmOIDReference", a->algorithm_oid_reference);
    add_strings(buf, "cryptoProviders", "provider", a->crypto_providers);
    cepces_xml_close(buf, "privateKeyAttributes");
}

static void
add_revision(cepces_buffer_t *buf, const cepces_xcep_attributes_t *a)
{
    cepces_xml_open(buf, "revision");
    cepces_xml_element_uint(buf, "majorRevision", a->major_revision);
    cepces_xml_element_uint(buf, "minorRevision", a->minor_revision);
    cepces_xml_close(buf, "revision");
}

static void
add_flags(cepces_buffer_t *buf, const cepces_xcep_attributes_t *a)
{
    cepces_xml_element_uint(buf, "privateKeyFlags", a->private_key_flags);
    cepces_xml_element_uint(buf, "subjectNameFlags", a->subject_name_flags);
    cepces_xml_element_uint(buf, "enrollmentFlags", a->enrollment_flags);
    cepces_xml_element_uint(buf, "generalFlags", a->general_flags);
}

/* RARequirements: 3.1.4.1.3.21 */
static void
add_ra_requirements(cepces_buffer_t *buf, const cepces_xcep_attributes_t *a)
{
    if (a->ra_signatures == 0 && a->ra_ekus.num == 0 && a->ra_policies.num == 0) {
        cepces_xml_nil(buf, "rARequirements");
        return;
    }
    cepces_xml_open(buf, "rARequirements");
    cepces_xml_element_uint(buf, "rASignatures", a->ra_signatures);
    add_references(buf, "rAEKUs", "oIDReference", a->ra_ekus);
    add_references(buf, "rAPolicies", "oIDReference", a->ra_policies);
    cepces_xml_close(buf, "rARequirements");
}

/* KeyArchivalAttributes: 3.1.4.1.3.15 */
static void
add_key_archival(cepces_buffer_t *buf, const cepces_xcep_attributes_t *a)
{
    if (!a->key_archival) {
        cepces_xml_nil(buf, "keyArchivalAttributes");
        return;
    }
    cepces_xml_open(buf, "keyArchivalAttributes");
    cepces_xml_element_int(buf, "symmetricAlgorithmOIDReference",
                           a->archival_algorithm_oid_reference);
    cepces_xml_element_uint(buf, "symmetricAlgorithmKeyLength", a->archival_key_length);
    cepces_xml_close(buf, "keyArchivalAttributes");
}

static void
add_extensions(cepces_buffer_t *buf, const cepces_xcep_attributes_t *a)
{
    if (a->num_extensions == 0) {
        cepces_xml_nil(buf, "extensions");
        return;
    }
    cepces_xml_open(buf, "extensions");
    for (size_t i = 0; i < a->num_extensions; i++) {
        const cepces_xcep_extension_t *e = &a->extensions[i];

        cepces_xml_open(buf, "extension");
        cepces_xml_element_int(buf, "oIDReference", e->oid_reference);
        cepces_xml_element_bool(buf, "critical", e->critical);
        cepces_xml_element_base64(buf, "value", e->value);
        cepces_xml_close(buf, "extension");
    }
    cepces_xml_close(buf, "extensions");
}

void
cepces_xcep_encode_attributes(cepces_buffer_t *head, cepces_buffer_t *tail,
                              const cepces_xcep_attributes_t *a)
{
    cepces_xml_open(head, "attributes");
    cepces_xml_element(head, "commonName", a->common_name);
    cepces_xml_element_uint(head, "policySchema", a->policy_schema);
    add_validity(head, a);

    add_private_key(tail, a);
    add_revision(tail, a);
    add_strings(tail, "supersededPolicies", "commonName", a->superseded_policies);
    add_flags(tail, a);
    cepces_xml_element_optional(tail, "hashAlgorithmOIDReference", a->hash_algorithm_oid_reference);
    add_ra_requirements(tail, a);
    add_key_archival(tail, a);
    add_extensions(tail, a);
    cepces_xml_close(tail, "attributes");
}

void
cepces_xcep_encode_policy(cepces_buffer_t *buf, int oid_reference, cepces_xcep_references_t cas,
                          cepces_bytes_t attributes_head, cepces_bytes_t attributes_tail,
                          bool enroll, bool auto_enroll)
{
    cepces_xml_open(buf, "policy");
    cepces_xml_element_int(buf, "policyOIDReference", oid_reference);
    add_references(buf, "cAs", "cAReference", cas);
    cepces_buffer_add_bytes(buf, attributes_head);
    cepces_xml_open(buf, "permission");
    cepces_xml_element_bool(buf, "enroll", enroll);
    cepces_xml_element_bool(buf, "autoEnroll", auto_enroll);
    cepces_xml_close(buf, "permission");
    cepces_buffer_add_bytes(buf, attributes_tail);
    cepces_xml_close(buf, "policy");
}
