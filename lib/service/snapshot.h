/* What every request looks at, loaded once and then only read: policies, CAs with their signers,
 * templates with their rendered XCEP blocks, access entries, published files. A snapshot is
 * immutable; a change in the database makes a new one, and the old one goes when the last request
 * that uses it has ended. */
#ifndef SERVICE_SNAPSHOT_H
#define SERVICE_SNAPSHOT_H

#include "ca/ca.h"
#include "cepces/store.h"
#include "xcep/xcep.h"

/* One row of the OID table. Its index is the oIDReferenceID in every response made from this
 * snapshot. */
typedef struct cepces_site_oid_t {
    const char *value;
    cepces_xcep_group_t group;
    const char *name;
    cepces_bytes_t block; /* rendered <oID> */
} cepces_site_oid_t;

/* A template with everything that does not depend on the caller. */
typedef struct cepces_site_template_t {
    const cepces_template_t *record;
    const char *unoffered; /* why it is not offered, or NULL */
    const cepces_access_entry_t *const *access;
    size_t num_access;
    int oid_reference;
    cepces_bytes_t attributes_head; /* rendered, up to the permission */
    cepces_bytes_t attributes_tail;
    const int *references; /* every OID the blocks refer to, its own first */
    size_t num_references;
} cepces_site_template_t;

typedef struct cepces_site_ca_t {
    const cepces_ca_t *record;
    const cepces_ca_generation_t *generation; /* the current one */
    const cepces_signer_t *signer;   /* of the current generation, or NULL: its key is not here */
    const cepces_signer_t **signers; /* by generation, NULL where the key is not here */
    const cepces_site_template_t *const *templates; /* published */
    const cepces_template_t *const *records;        /* the same, as the policy room wants them */
    size_t num_templates;
    const cepces_access_entry_t *const *access;
    size_t num_access;
} cepces_site_ca_t;

/* A file that is published over plain HTTP. */
typedef struct cepces_site_file_t {
    const char *name; /* "CA.crl", … (cepces_service_publish) */
    cepces_bytes_t body;
    apr_time_t last_modified;
    apr_time_t stale_at; /* nextUpdate of a CRL; 0: never */
} cepces_site_file_t;

typedef struct cepces_snapshot_t {
    apr_pool_t *p;
    volatile apr_uint32_t references;
    cepces_catalogue_t catalogue;
    const cepces_crl_record_t *crls;
    size_t num_crls;
    const cepces_site_oid_t *oids;
    size_t num_oids;
    const cepces_site_template_t *templates;
    size_t num_templates;
    const cepces_site_ca_t *cas;
    size_t num_cas;
    const cepces_site_file_t *files;
    size_t num_files;
} cepces_snapshot_t;

/* cepces_snapshot_load reads the catalogue and the CRLs and prepares everything. |*out| has one
 * reference and a pool with an allocator of its own, so that any thread may release it. A CA whose
 * key is not among |keys| (which may be NULL) is loaded without a signer. */
cepces_status_t cepces_snapshot_load(cepces_snapshot_t **out, cepces_store_t *store,
                                     const cepces_keyring_t *keys, cepces_error_t *err)
    CEPCES_MUST_CHECK;

void cepces_snapshot_retain(cepces_snapshot_t *snapshot);
void cepces_snapshot_release(cepces_snapshot_t *snapshot);

/* Lookups by name; NULL when there is none. */
const cepces_policy_t *cepces_snapshot_policy(const cepces_snapshot_t *s, const char *name);
const cepces_site_ca_t *cepces_snapshot_ca(const cepces_snapshot_t *s, const char *name);
const cepces_site_template_t *cepces_snapshot_template(const cepces_snapshot_t *s,
                                                       const char *name);

/* cepces_snapshot_list_files makes the list of published files from CAs and CRLs. */
void cepces_snapshot_list_files(cepces_snapshot_t *s);

/* cepces_render_templates fills |templates| with rendered blocks and makes the OID table they refer
 * to. A template that cannot be rendered is marked as not offered. */
cepces_status_t cepces_render_templates(const cepces_site_oid_t **oids, size_t *num_oids,
                                        cepces_site_template_t *templates, size_t num_templates,
                                        apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
