/* From the stored template to the blocks of a GetPoliciesResponse ([MS-XCEP] 3.1.4.1.3): once per
 * snapshot, because they are the same for every caller. */
#include <apr_strings.h>

#include "pki/oids.h"
#include "service/snapshot.h"

#define MAX_BLOCK_LEN (256 * 1024) /* of one template's attributes; a large one has a few KiB */
#define MAX_REFERENCES 256         /* OIDs that one template may refer to */

/* The OID table while it grows, and the references of the template in hand. */
typedef struct {
    apr_pool_t *p;
    cepces_site_oid_t *oids;
    size_t num_oids, capacity;
    int references[MAX_REFERENCES];
    size_t num_references;
    bool overflow;
} renderer_t;

static void
note_reference(renderer_t *r, int reference)
{
    for (size_t i = 0; i < r->num_references; i++) {
        if (r->references[i] == reference) {
            return;
        }
    }
    if (r->num_references == MAX_REFERENCES) {
        r->overflow = true;
        return;
    }
    r->references[r->num_references++] = reference;
}

static void
grow(renderer_t *r)
{
    cepces_site_oid_t *oids;

    if (r->num_oids < r->capacity) {
        return;
    }
    r->capacity = r->capacity == 0 ? 64 : r->capacity * 2;
    oids = (cepces_site_oid_t *)apr_pcalloc(r->p, r->capacity * sizeof(*oids));
    if (r->num_oids > 0) {
        memcpy(oids, r->oids, r->num_oids * sizeof(*oids));
    }
    r->oids = oids;
}

/* The reference of an OID, which gets a row when it has none. The name belongs to the row's
 * identity: two algorithms on one curve (ECDSA_P256, ECDH_P256) share the OID, and clients go by
 * the name. */
static int
reference(renderer_t *r, const char *value, cepces_xcep_group_t group, const char *name)
{
    cepces_buffer_t block;
    size_t i = 0;

    while (i < r->num_oids && (r->oids[i].group != group || strcmp(r->oids[i].value, value) != 0 ||
                               strcmp(r->oids[i].name, name) != 0)) {
        i++;
    }
    if (i == r->num_oids) {
        grow(r);
        cepces_buffer_init(&block, 256, MAX_BLOCK_LEN, r->p);
        cepces_xcep_encode_oid(&block, value, group, (int)i, name);
        r->oids[i] = (cepces_site_oid_t){value, group, name, cepces_buffer_bytes(&block)};
        r->num_oids++;
    }
    note_reference(r, (int)i);
    return (int)i;
}

/* The same for an OID that has a well-known name, or else goes by its number. */
static int
named_reference(renderer_t *r, const char *value, cepces_xcep_group_t group)
{
    const char *name = cepces_oid_name(value);

    return reference(r, value, group, name != NULL ? name : value);
}

static cepces_xcep_references_t
references(renderer_t *r, cepces_strings_t oids, cepces_xcep_group_t group)
{
    int *items = (int *)apr_pcalloc(r->p, (oids.num + 1) * sizeof(*items));

    for (size_t i = 0; i < oids.num; i++) {
        items[i] = named_reference(r, oids.items[i], group);
    }
    return (cepces_xcep_references_t){items, oids.num};
}

/* Algorithm names as CNG spells them, which clients map to an algorithm by the name. */
static const struct {
    const char *name;
    const char *oid;
    cepces_xcep_group_t group;
} algorithms[] = {
    {"RSA", "1.2.840.113549.1.1.1", CEPCES_XCEP_GROUP_PUBLIC_KEY},
    {"ECDSA_P256", "1.2.840.10045.3.1.7", CEPCES_XCEP_GROUP_PUBLIC_KEY},
    {"ECDSA_P384", "1.3.132.0.34", CEPCES_XCEP_GROUP_PUBLIC_KEY},
    {"ECDSA_P521", "1.3.132.0.35", CEPCES_XCEP_GROUP_PUBLIC_KEY},
    {"ECDH_P256", "1.2.840.10045.3.1.7", CEPCES_XCEP_GROUP_PUBLIC_KEY},
    {"ECDH_P384", "1.3.132.0.34", CEPCES_XCEP_GROUP_PUBLIC_KEY},
    {"ECDH_P521", "1.3.132.0.35", CEPCES_XCEP_GROUP_PUBLIC_KEY},
    {"Ed25519", "1.3.101.112", CEPCES_XCEP_GROUP_PUBLIC_KEY},
    {"SHA256", "2.16.840.1.101.3.4.2.1", CEPCES_XCEP_GROUP_HASH},
    {"SHA384", "2.16.840.1.101.3.4.2.2", CEPCES_XCEP_GROUP_HASH},
    {"SHA512", "2.16.840.1.101.3.4.2.3", CEPCES_XCEP_GROUP_HASH},
    {"3DES", "1.2.840.113549.3.7", CEPCES_XCEP_GROUP_ENCRYPTION},
    {"AES128", "2.16.840.1.101.3.4.1.2", CEPCES_XCEP_GROUP_ENCRYPTION},
    {"AES192", "2.16.840.1.101.3.4.1.22", CEPCES_XCEP_GROUP_ENCRYPTION},
    {"AES256", "2.16.840.1.101.3.4.1.42", CEPCES_XCEP_GROUP_ENCRYPTION},
};

static cepces_optional_t
algorithm(renderer_t *r, const char *name, cepces_xcep_group_t group)
{
    for (size_t i = 0; name != NULL && i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        if (algorithms[i].group == group && strcmp(algorithms[i].name, name) == 0) {
            return (cepces_optional_t){true,
                                       (uint32_t)reference(r, algorithms[i].oid, group, name)};
        }
    }
    return (cepces_optional_t){false, 0};
}

/* Algorithms are schema 3 matter; below, the client takes RSA and its own hash
 * ([MS-XCEP] 3.1.4.1.3.1). */
static void
fill_algorithms(renderer_t *r, cepces_xcep_attributes_t *a, const cepces_template_t *t)
{
    cepces_optional_t archival = algorithm(r, t->archival_algorithm, CEPCES_XCEP_GROUP_ENCRYPTION);

    if (t->schema_version >= 3) {
        a->algorithm_oid_reference = algorithm(r, t->key_algorithm, CEPCES_XCEP_GROUP_PUBLIC_KEY);
        a->hash_algorithm_oid_reference = algorithm(r, t->hash_algorithm, CEPCES_XCEP_GROUP_HASH);
    }
    a->key_archival = archival.present;
    a->archival_algorithm_oid_reference = (int)archival.value;
    a->archival_key_length = t->archival_key_length;
}

static cepces_status_t
fill_extensions(renderer_t *r, cepces_xcep_attributes_t *a, const cepces_template_t *t,
                cepces_error_t *err)
{
    const cepces_template_extension_t *extensions;
    cepces_xcep_extension_t *items;
    size_t num;
    cepces_status_t st =
        cepces_template_extensions(&extensions, &num, t, cepces_template_key_usage(t), r->p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    items = (cepces_xcep_extension_t *)apr_pcalloc(r->p, (num + 1) * sizeof(*items));
    for (size_t i = 0; i < num; i++) {
        items[i].oid_reference = named_reference(r, extensions[i].oid, CEPCES_XCEP_GROUP_EXTENSION);
        items[i].critical = extensions[i].critical;
        items[i].value = extensions[i].value;
    }
    a->extensions = items;
    a->num_extensions = num;
    return CEPCES_OK;
}

static void
fill_plain(cepces_xcep_attributes_t *a, const cepces_template_t *t)
{
    a->common_name = t->name;
    a->policy_schema = t->schema_version;
    a->validity_period_secs = (uint64_t)t->validity_secs;
    a->renewal_period_secs = (uint64_t)t->renewal_secs;
    a->minimal_key_length = t->minimal_key_length;
    a->key_spec = t->key_spec;
    a->key_usage_property = t->key_usage_property;
    a->key_permissions = t->key_permissions;
    a->crypto_providers = t->crypto_providers;
    a->major_revision = t->major;
    a->minor_revision = t->minor;
    a->superseded_policies = t->superseded;
    a->private_key_flags = t->private_key_flags;
    a->subject_name_flags = t->subject_name_flags;
    a->enrollment_flags = t->enrollment_flags;
    a->general_flags = t->general_flags;
    a->ra_signatures = t->ra_signatures;
}

static cepces_status_t
render_template(renderer_t *r, cepces_site_template_t *site, cepces_error_t *err)
{
    const cepces_template_t *t = site->record;
    cepces_xcep_attributes_t a = {0};
    cepces_buffer_t head, tail;
    cepces_status_t st;

    r->num_references = 0;
    r->overflow = false;
    site->oid_reference = reference(r, t->oid, CEPCES_XCEP_GROUP_TEMPLATE, t->display_name);
    fill_plain(&a, t);
    fill_algorithms(r, &a, t);
    a.ra_ekus = references(r, t->ra_application_policies, CEPCES_XCEP_GROUP_EKU);
    a.ra_policies = references(r, t->ra_issuance_policies, CEPCES_XCEP_GROUP_POLICY);
    st = fill_extensions(r, &a, t, err);
    if (st != CEPCES_OK) {
        return st;
    }
    /* Like AD CS, name every EKU and policy that occurs inside an extension, for display. */
    (void)references(r, t->ekus, CEPCES_XCEP_GROUP_EKU);
    (void)references(r, t->issuance_policies, CEPCES_XCEP_GROUP_POLICY);
    cepces_buffer_init(&head, 1024, MAX_BLOCK_LEN, r->p);
    cepces_buffer_init(&tail, 4096, MAX_BLOCK_LEN, r->p);
    cepces_xcep_encode_attributes(&head, &tail, &a);
    if (r->overflow || head.overflow || tail.overflow) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "template \"%s\" is too large to render",
                                t->name);
    }
    site->attributes_head = cepces_buffer_bytes(&head);
    site->attributes_tail = cepces_buffer_bytes(&tail);
    site->references =
        (const int *)apr_pmemdup(r->p, r->references, r->num_references * sizeof(r->references[0]));
    site->num_references = r->num_references;
    return CEPCES_OK;
}

cepces_status_t
cepces_render_templates(const cepces_site_oid_t **oids, size_t *num_oids,
                        cepces_site_template_t *templates, size_t num_templates, apr_pool_t *p,
                        cepces_error_t *err)
{
    renderer_t *r = (renderer_t *)apr_pcalloc(p, sizeof(*r));

    r->p = p;
    for (size_t i = 0; i < num_templates; i++) {
        if (render_template(r, &templates[i], err) != CEPCES_OK) {
            /* One broken template must not take the others away. */
            templates[i].unoffered = apr_pstrdup(p, cepces_error_line(err, p));
            cepces_error_clear(err);
            cepces_log_write(CEPCES_LOG_ERROR, 110, "template \"%s\" is not offered: %s",
                             templates[i].record->name, templates[i].unoffered);
        }
    }
    *oids = r->oids;
    *num_oids = r->num_oids;
    return CEPCES_OK;
}
