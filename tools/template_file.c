/* From the keys of a file to the template model and back. A reader_t remembers the first thing that
 * is wrong, so that the list of fields stays a list. */
#include "template_file.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <apr_strings.h>

#include "files.h"
#include "template_schema.h"
#include "vocabulary.h"
#include "yaml.h"

#define YEAR_SECS (INT64_C(365) * 86400)
#define WEEK_SECS (INT64_C(7) * 86400)
#define KEY_USAGE_EXTENSION "2.5.29.15"

/* Where an error would be. */
typedef struct {
    const char *file;
    const char *name; /* of the template */
    apr_pool_t *p;
    cepces_error_t *err;
    cepces_status_t st;
} reader_t;

static void
refuse(reader_t *r, const char *field, const char *why)
{
    if (r->st == CEPCES_OK) {
        r->st = cepces_error_set(r->err, CEPCES_E_INVALID, "%s: template \"%s\": %s: %s", r->file,
                                 r->name, field, why);
    }
}

/* Takes over the reason that a function of the vocabulary gave. */
static void
refuse_because(reader_t *r, const char *field)
{
    refuse(r, field, apr_pstrdup(r->p, r->err->detail));
}

/* --- Single values ---------------------------------------------------------------------------- */

static const char *
text_of(const reader_t *r, const char *value)
{
    return value != NULL ? apr_pstrdup(r->p, value) : NULL;
}

static bool
bool_of(const int *value, bool otherwise)
{
    return value != NULL ? *value != 0 : otherwise;
}

static uint32_t
bits_of(const uint32_t *value)
{
    return value != NULL ? *value : 0;
}

static unsigned
number_of(reader_t *r, const char *field, const unsigned *value, unsigned otherwise, unsigned min,
          unsigned max)
{
    if (value == NULL) {
        return otherwise;
    }
    if (*value < min || *value > max) {
        refuse(r, field, apr_psprintf(r->p, "%u is not between %u and %u", *value, min, max));
    }
    return *value;
}

static int64_t
duration_of(reader_t *r, const char *field, const char *value, int64_t otherwise)
{
    int64_t secs = otherwise;

    if (value != NULL && r->st == CEPCES_OK &&
        ctl_duration_parse(&secs, value, r->err) != CEPCES_OK) {
        refuse_because(r, field);
    }
    return secs;
}

/* One of the words in |accepted|, which ends with NULL; its spelling there is what is stored. */
static const char *
choice_of(reader_t *r, const char *field, const char *value, const char *const *accepted)
{
    for (size_t i = 0; accepted[i] != NULL; i++) {
        if (strcasecmp(accepted[i], value) == 0) {
            return accepted[i];
        }
    }
    refuse(r, field, apr_psprintf(r->p, "\"%s\" is not known here", value));
    return NULL;
}

static cepces_strings_t
strings_of(const reader_t *r, const template_list_t *list)
{
    const char **items = apr_pcalloc(r->p, (list->num + 1) * sizeof(*items));

    for (unsigned i = 0; i < list->num; i++) {
        items[i] = apr_pstrdup(r->p, list->items[i]);
    }
    return (cepces_strings_t){list->num > 0 ? items : NULL, list->num};
}

static cepces_strings_t
oids_of(reader_t *r, const char *field, ctl_oid_kind_t kind, const template_list_t *list)
{
    const char **items = apr_pcalloc(r->p, (list->num + 1) * sizeof(*items));

    for (unsigned i = 0; i < list->num && r->st == CEPCES_OK; i++) {
        if (ctl_oid_from_text(&items[i], kind, list->items[i], r->p, r->err) != CEPCES_OK) {
            refuse_because(r, field);
            break;
        }
        for (unsigned j = 0; j < i; j++) {
            if (strcmp(items[i], items[j]) == 0) {
                refuse(r, field, apr_psprintf(r->p, "\"%s\" is listed twice", list->items[i]));
            }
        }
    }
    return (cepces_strings_t){list->num > 0 ? items : NULL, list->num};
}

/* --- Groups of fields ------------------------------------------------------------------------- */

static void
read_identity(cepces_template_t *t, const template_entry_t *e, reader_t *r)
{
    t->name = text_of(r, e->name);
    t->display_name = e->display_name != NULL ? text_of(r, e->display_name) : t->name;
    t->schema_version = number_of(r, "schema", e->schema, 2, 1, 4);
    t->enabled = bool_of(e->enabled, true);
    if (e->oid != NULL &&
        ctl_oid_from_text(&t->oid, CTL_OID_EKU, e->oid, r->p, r->err) != CEPCES_OK) {
        refuse_because(r, "oid");
    }
    if (e->revision != NULL) {
        char rest;

        if (strspn(e->revision, "0123456789.") != strlen(e->revision) || strlen(e->revision) > 12 ||
            sscanf(e->revision, "%u.%u%c", &t->major, &t->minor, &rest) != 2 || t->major == 0) {
            refuse(r, "revision", "write it as \"MAJOR.MINOR\", such as \"100.3\"");
        }
    }
}

static void
read_flags(cepces_template_t *t, const template_entry_t *e, reader_t *r)
{
    if (e->context == NULL) {
        refuse(r, "context", "missing: \"computer\" or \"user\"");
        return;
    }
    t->general_flags = bits_of(e->general) | (uint32_t)*e->context;
    t->enrollment_flags =
        bits_of(e->enrollment) | (e->approval != NULL ? (uint32_t)*e->approval : 0);
}

static void
read_subject(cepces_template_t *t, const template_subject_t *s, reader_t *r)
{
    if (s == NULL) {
        refuse(r, "subject",
               "missing: say \"supplied-in-request: yes\", or what it is built \"from\"");
        return;
    }
    t->subject_name_flags =
        bits_of(s->from) | bits_of(s->alt_names) |
        (bool_of(s->supplied, false) ? CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT : 0) |
        (bool_of(s->alt_names_supplied, false) ? CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME
                                               : 0) |
        (bool_of(s->keep_on_renewal, false) ? CEPCES_NAME_OLD_CERT_SUPPLIES_SUBJECT_AND_ALT_NAME
                                            : 0);
}

/* The size that an algorithm's name fixes, or 0 for RSA. */
static unsigned
fixed_size(const char *algorithm)
{
    if (strcmp(algorithm, "RSA") == 0) {
        return 0;
    }
    return strstr(algorithm, "384") != NULL ? 384 : strstr(algorithm, "521") != NULL ? 521 : 256;
}

static void
read_key(cepces_template_t *t, const template_key_t *k, reader_t *r)
{
    static const char *const algorithms[] = {"RSA",        "ECDSA_P256", "ECDSA_P384",
                                             "ECDSA_P521", "ECDH_P256",  "ECDH_P384",
                                             "ECDH_P521",  "Ed25519",    NULL};
    static const template_key_t nothing;
    unsigned size;
    int spec;

    k = k != NULL ? k : &nothing;
    t->key_algorithm =
        choice_of(r, "key.algorithm", k->algorithm != NULL ? k->algorithm : "RSA", algorithms);
    if (t->key_algorithm == NULL) {
        return;
    }
    size = fixed_size(t->key_algorithm);
    t->minimal_key_length =
        size == 0 ? number_of(r, "key.minimum-size", k->minimum_size, 2048, 512, 16384)
                  : number_of(r, "key.minimum-size", k->minimum_size, size, size, size);
    /* A legacy provider wants to know what the key is for; a key storage provider has no such
     * notion. */
    spec = k->spec != NULL ? *k->spec : size == 0 && t->schema_version < 3 ? 1 : 0;
    t->key_spec = (cepces_optional_t){spec != 0, (uint32_t)spec};
    t->crypto_providers = strings_of(r, &k->providers);
    t->private_key_flags =
        bits_of(k->flags) | (bool_of(k->exportable, false) ? CEPCES_KEY_EXPORTABLE : 0);
    t->key_usage_property = (cepces_optional_t){bits_of(k->purpose) != 0, bits_of(k->purpose)};
    t->key_permissions = text_of(r, k->permissions);
}

static void
read_signing(cepces_template_t *t, const template_entry_t *e, reader_t *r)
{
    static const char *const hashes[] = {"SHA256", "SHA384", "SHA512", "none", NULL};
    /* Schemas 1 and 2 have no place to tell clients. */
    const char *otherwise = t->schema_version >= 3 ? "SHA256" : "none";
    const char *hash =
        choice_of(r, "request-hash", e->request_hash != NULL ? e->request_hash : otherwise, hashes);

    t->hash_algorithm = hash != NULL && strcmp(hash, "none") != 0 ? hash : NULL;
    t->sha1_requests =
        e->sha1_requests != NULL ? (cepces_sha1_t)*e->sha1_requests : CEPCES_SHA1_BY_SCHEMA;
    if (e->compatibility != NULL) {
        unsigned client = number_of(r, "compatibility.client", e->compatibility->client, 0, 0, 15);
        unsigned server = number_of(r, "compatibility.server", e->compatibility->server, 0, 0, 15);

        t->private_key_flags |= client << CEPCES_KEY_CLIENT_VERSION_SHIFT;
        t->private_key_flags |= server << CEPCES_KEY_SERVER_VERSION_SHIFT;
    }
}

/* Without the key the key usage is critical, as on AD CS; the one word "none" makes the list empty.
 */
static cepces_strings_t
read_critical(const template_list_t *list, reader_t *r)
{
    static const char *const otherwise[] = {KEY_USAGE_EXTENSION};

    if (list->num == 0) {
        return (cepces_strings_t){otherwise, 1};
    }
    if (list->num == 1 && strcmp(list->items[0], "none") == 0) {
        return (cepces_strings_t){NULL, 0};
    }
    return oids_of(r, "critical-extensions", CTL_OID_EXTENSION, list);
}

static void
read_certificate(cepces_template_t *t, const template_entry_t *e, reader_t *r)
{
    uint32_t usage = bits_of(e->key_usage);

    t->validity_secs = duration_of(r, "validity", e->validity, YEAR_SECS);
    t->renewal_secs = duration_of(r, "renewal", e->renewal, 6 * WEEK_SECS);
    t->ekus = oids_of(r, "ekus", CTL_OID_EKU, &e->ekus);
    t->application_policies = t->ekus; /* always together and equal (rule T15) */
    t->issuance_policies = oids_of(r, "issuance-policies", CTL_OID_ISSUANCE, &e->issuance_policies);
    t->critical_extensions = read_critical(&e->critical_extensions, r);
    t->superseded = strings_of(r, &e->supersedes);
    t->key_usage = (uint16_t)usage;
    if (usage > UINT16_MAX) {
        refuse(r, "key-usage", "there are 16 bits");
    }
    t->allow_wildcards = bool_of(e->wildcards, false);
    t->strict_extensions = bool_of(e->strict_extensions, false);
}

static void
read_extras(cepces_template_t *t, const template_entry_t *e, reader_t *r)
{
    static const char *const ciphers[] = {"3DES", "AES128", "AES192", "AES256", NULL};

    if (e->ra != NULL) {
        t->ra_signatures =
            number_of(r, "registration-authority.signatures", e->ra->signatures, 0, 0, 100);
        t->ra_application_policies = oids_of(r, "registration-authority.application-policies",
                                             CTL_OID_EKU, &e->ra->application_policies);
        t->ra_issuance_policies = oids_of(r, "registration-authority.issuance-policies",
                                          CTL_OID_ISSUANCE, &e->ra->issuance_policies);
    }
    if (e->archival != NULL) {
        const char *cipher = e->archival->algorithm != NULL ? e->archival->algorithm : "AES256";

        t->archival_algorithm = choice_of(r, "archival.algorithm", cipher, ciphers);
        t->archival_key_length =
            number_of(r, "archival.key-length", e->archival->key_length, 256, 64, 256);
    }
}

static cepces_status_t
read_entry(cepces_template_t *t, const template_entry_t *e, unsigned position, const char *file,
           apr_pool_t *p, cepces_error_t *err)
{
    reader_t r = {file, e->name, p, err, CEPCES_OK};

    if (e->name == NULL) {
        return cepces_error_set(err, CEPCES_E_INVALID, "%s: template %u has no name", file,
                                position);
    }
    read_identity(t, e, &r);
    read_flags(t, e, &r);
    read_subject(t, e->subject, &r);
    read_key(t, e->key, &r);
    read_signing(t, e, &r);
    read_certificate(t, e, &r);
    read_extras(t, e, &r);
    return r.st;
}

/* Whether any key of a single template stands beside "templates". */
static bool
is_blank(const template_entry_t *e)
{
    static const template_entry_t blank;

    return memcmp(e, &blank, sizeof(blank)) == 0;
}

cepces_status_t
ctl_template_parse(const cepces_template_t **out, size_t *num, const char *file,
                   cepces_bytes_t text, apr_pool_t *p, cepces_error_t *err)
{
    void *loaded = NULL;
    const template_document_t *doc;
    const template_entry_t *entries;
    cepces_template_t *all;
    unsigned count;
    cepces_status_t st = ctl_yaml_parse(&loaded, &template_document_schema, file, text, p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    doc = loaded;
    if (doc == NULL || (doc->num_templates == 0 && is_blank(&doc->self))) {
        return cepces_error_set(err, CEPCES_E_INVALID, "%s: no template in it", file);
    }
    if (doc->num_templates > 0 && !is_blank(&doc->self)) {
        return cepces_error_set(err, CEPCES_E_INVALID,
                                "%s: keys of a template stand beside the list \"templates\"", file);
    }
    entries = doc->num_templates > 0 ? doc->templates : &doc->self;
    count = doc->num_templates > 0 ? doc->num_templates : 1;
    all = apr_pcalloc(p, count * sizeof(*all));
    for (unsigned i = 0; i < count; i++) {
        st = read_entry(&all[i], &entries[i], i + 1, file, p, err);
        if (st != CEPCES_OK) {
            return st;
        }
    }
    *out = all;
    *num = count;
    return CEPCES_OK;
}

cepces_status_t
ctl_template_load(const cepces_template_t **out, size_t *num, const char *file, apr_pool_t *p,
                  cepces_error_t *err)
{
    cepces_bytes_t text;
    cepces_status_t st = ctl_read_file(&text, file, CTL_YAML_MAX_BYTES, p, err);

    return st == CEPCES_OK ? ctl_template_parse(out, num, file, text, p, err) : st;
}

/* --- Writing ---------------------------------------------------------------------------------- */

static int *
int_for(int value, apr_pool_t *p)
{
    return apr_pmemdup(p, &value, sizeof(value));
}

static unsigned *
number_for(unsigned value, apr_pool_t *p)
{
    return apr_pmemdup(p, &value, sizeof(value));
}

/* NULL, and so no key in the file, for no bits. */
static uint32_t *
bits_for(uint32_t value, apr_pool_t *p)
{
    return value != 0 ? apr_pmemdup(p, &value, sizeof(value)) : NULL;
}

static int *
bool_for(bool value, apr_pool_t *p)
{
    return value ? int_for(1, p) : NULL;
}

static char *
text_for(const char *value, apr_pool_t *p)
{
    return value != NULL ? apr_pstrdup(p, value) : NULL;
}

static template_list_t
list_for(cepces_strings_t list, apr_pool_t *p)
{
    template_list_t out = {NULL, (unsigned)list.num};

    if (list.num > 0) {
        out.items = apr_palloc(p, list.num * sizeof(*out.items));
        for (size_t i = 0; i < list.num; i++) {
            out.items[i] = apr_pstrdup(p, list.items[i]);
        }
    }
    return out;
}

static template_list_t
oids_for(ctl_oid_kind_t kind, cepces_strings_t list, apr_pool_t *p)
{
    template_list_t out = list_for(list, p);

    for (unsigned i = 0; i < out.num; i++) {
        out.items[i] = apr_pstrdup(p, ctl_oid_text(kind, list.items[i]));
    }
    return out;
}

static template_subject_t *
subject_for(uint32_t flags, apr_pool_t *p)
{
    template_subject_t *s = apr_pcalloc(p, sizeof(*s));
    uint32_t single = CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT |
                      CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME |
                      CEPCES_NAME_OLD_CERT_SUPPLIES_SUBJECT_AND_ALT_NAME;
    uint32_t alt_names = 0;

    for (size_t i = 0; i < CTL_ALT_NAME_WORDS; i++) {
        alt_names |= (uint32_t)ctl_alt_name_words[i].val;
    }
    s->supplied = bool_for((flags & CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT) != 0, p);
    s->alt_names_supplied =
        bool_for((flags & CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME) != 0, p);
    s->keep_on_renewal =
        bool_for((flags & CEPCES_NAME_OLD_CERT_SUPPLIES_SUBJECT_AND_ALT_NAME) != 0, p);
    s->alt_names = bits_for(flags & alt_names, p);
    s->from = bits_for(flags & ~alt_names & ~single, p);
    if (flags == 0) {
        s->supplied = int_for(0, p); /* a mapping must not be empty */
    }
    return s;
}

static template_key_t *
key_for(const cepces_template_t *t, apr_pool_t *p)
{
    template_key_t *k = apr_pcalloc(p, sizeof(*k));
    uint32_t elsewhere =
        CEPCES_KEY_EXPORTABLE | CEPCES_KEY_CLIENT_VERSION_MASK | CEPCES_KEY_SERVER_VERSION_MASK;

    k->algorithm = text_for(t->key_algorithm, p);
    k->minimum_size = number_for(t->minimal_key_length, p);
    k->spec = int_for(t->key_spec.present ? (int)t->key_spec.value : 0, p);
    k->providers = list_for(t->crypto_providers, p);
    k->exportable = bool_for((t->private_key_flags & CEPCES_KEY_EXPORTABLE) != 0, p);
    k->flags = bits_for(t->private_key_flags & ~elsewhere, p);
    k->purpose = t->key_usage_property.present ? bits_for(t->key_usage_property.value, p) : NULL;
    k->permissions = text_for(t->key_permissions, p);
    return k;
}

static void
write_extras(template_entry_t *e, const cepces_template_t *t, apr_pool_t *p)
{
    unsigned client =
        (t->private_key_flags & CEPCES_KEY_CLIENT_VERSION_MASK) >> CEPCES_KEY_CLIENT_VERSION_SHIFT;
    unsigned server =
        (t->private_key_flags & CEPCES_KEY_SERVER_VERSION_MASK) >> CEPCES_KEY_SERVER_VERSION_SHIFT;

    if (t->ra_signatures > 0 || t->ra_application_policies.num > 0 ||
        t->ra_issuance_policies.num > 0) {
        e->ra = apr_pcalloc(p, sizeof(*e->ra));
        e->ra->signatures = number_for(t->ra_signatures, p);
        e->ra->application_policies = oids_for(CTL_OID_EKU, t->ra_application_policies, p);
        e->ra->issuance_policies = oids_for(CTL_OID_ISSUANCE, t->ra_issuance_policies, p);
    }
    if (t->archival_algorithm != NULL) {
        e->archival = apr_pcalloc(p, sizeof(*e->archival));
        e->archival->algorithm = text_for(t->archival_algorithm, p);
        e->archival->key_length = number_for(t->archival_key_length, p);
    }
    if (client != 0 || server != 0) {
        e->compatibility = apr_pcalloc(p, sizeof(*e->compatibility));
        e->compatibility->client = number_for(client, p);
        e->compatibility->server = number_for(server, p);
    }
}

static template_list_t
critical_for(cepces_strings_t list, apr_pool_t *p)
{
    static const char *const none[] = {"none"};

    if (list.num == 0) {
        return list_for((cepces_strings_t){none, 1}, p);
    }
    return oids_for(CTL_OID_EXTENSION, list, p);
}

cepces_status_t
ctl_template_print(const char **out, const cepces_template_t *t, apr_pool_t *p, cepces_error_t *err)
{
    template_entry_t e = {0};

    e.name = text_for(t->name, p);
    e.display_name = text_for(t->display_name, p);
    e.oid = text_for(t->oid, p);
    e.schema = number_for(t->schema_version, p);
    e.revision = t->major > 0 ? apr_psprintf(p, "%u.%u", t->major, t->minor) : NULL;
    e.enabled = int_for(t->enabled, p);
    e.context = int_for((int)(t->general_flags & CEPCES_GENERAL_MACHINE_TYPE), p);
    e.general = bits_for(t->general_flags & ~CEPCES_GENERAL_MACHINE_TYPE, p);
    e.enrollment = bits_for(t->enrollment_flags & ~CEPCES_ENROLL_PEND_ALL_REQUESTS, p);
    e.approval = int_for((int)(t->enrollment_flags & CEPCES_ENROLL_PEND_ALL_REQUESTS), p);
    e.subject = subject_for(t->subject_name_flags, p);
    e.key = key_for(t, p);
    e.request_hash = text_for(t->hash_algorithm != NULL ? t->hash_algorithm : "none", p);
    e.sha1_requests = int_for((int)t->sha1_requests, p);
    e.validity = text_for(ctl_duration_text(t->validity_secs, p), p);
    e.renewal = text_for(ctl_duration_text(t->renewal_secs, p), p);
    e.ekus = oids_for(CTL_OID_EKU, t->ekus, p);
    e.key_usage = bits_for(t->key_usage, p);
    e.issuance_policies = oids_for(CTL_OID_ISSUANCE, t->issuance_policies, p);
    e.critical_extensions = critical_for(t->critical_extensions, p);
    e.supersedes = list_for(t->superseded, p);
    e.wildcards = bool_for(t->allow_wildcards, p);
    e.strict_extensions = bool_for(t->strict_extensions, p);
    write_extras(&e, t, p);
    return ctl_yaml_print(out, &template_entry_schema, &e, p, err);
}
