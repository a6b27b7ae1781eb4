/* The fields of a template in words. */
#include "template_record.h"

#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "output.h"
#include "vocabulary.h"

/* The words for the bits of |value| that |mask| holds; bits without a word in hexadecimal. */
static void
set_bits(json_t *record, const char *key, ctl_words_t words, uint32_t value)
{
    json_t *array = json_array();
    char rest[16];

    for (unsigned i = 0; i < words.num; i++) {
        uint32_t bit = (uint32_t)words.items[i].val;

        if ((value & bit) == bit) {
            json_array_append_new(array, json_string(words.items[i].str));
            value &= ~bit;
        }
    }
    if (value != 0) {
        snprintf(rest, sizeof(rest), "0x%08x", value);
        json_array_append_new(array, json_string(rest));
    }
    json_object_set_new(record, key, array);
}

static void
set_oids(json_t *record, const char *key, ctl_oid_kind_t kind, cepces_strings_t oids)
{
    json_t *array = json_array();

    for (size_t i = 0; i < oids.num; i++) {
        json_array_append_new(array, json_string(ctl_oid_text(kind, oids.items[i])));
    }
    json_object_set_new(record, key, array);
}

static uint32_t
all_bits(ctl_words_t words)
{
    uint32_t all = 0;

    for (unsigned i = 0; i < words.num; i++) {
        all |= (uint32_t)words.items[i].val;
    }
    return all;
}

static void
set_subject(json_t *r, uint32_t flags)
{
    uint32_t alt_names = all_bits(CTL_WORDS(ctl_alt_name_words));
    uint32_t single = CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT |
                      CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME |
                      CEPCES_NAME_OLD_CERT_SUPPLIES_SUBJECT_AND_ALT_NAME;

    ctl_set_bool(r, "subject_supplied", (flags & CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT) != 0);
    ctl_set_bool(r, "alternative_names_supplied",
                 (flags & CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME) != 0);
    ctl_set_bool(r, "keep_on_renewal",
                 (flags & CEPCES_NAME_OLD_CERT_SUPPLIES_SUBJECT_AND_ALT_NAME) != 0);
    set_bits(r, "subject_from", CTL_WORDS(ctl_subject_words), flags & ~alt_names & ~single);
    set_bits(r, "alternative_names_from", CTL_WORDS(ctl_alt_name_words), flags & alt_names);
}

static void
set_key(json_t *r, const cepces_template_t *t, apr_pool_t *p)
{
    uint32_t flags = t->private_key_flags;
    uint32_t elsewhere =
        CEPCES_KEY_EXPORTABLE | CEPCES_KEY_CLIENT_VERSION_MASK | CEPCES_KEY_SERVER_VERSION_MASK;

    ctl_set_text(r, "key_algorithm", t->key_algorithm);
    ctl_set_number(r, "minimum_key_size", t->minimal_key_length);
    ctl_set_text(
        r, "key_spec",
        ctl_word(CTL_WORDS(ctl_key_spec_words), t->key_spec.present ? t->key_spec.value : 0, p));
    ctl_set_list(r, "providers", t->crypto_providers);
    ctl_set_bool(r, "exportable", (flags & CEPCES_KEY_EXPORTABLE) != 0);
    set_bits(r, "key_flags", CTL_WORDS(ctl_private_key_words), flags & ~elsewhere);
    set_bits(r, "key_purpose", CTL_WORDS(ctl_key_purpose_words),
             t->key_usage_property.present ? t->key_usage_property.value : 0);
    ctl_set_text(r, "key_permissions", t->key_permissions);
    ctl_set_number(r, "client_compatibility",
                   (flags & CEPCES_KEY_CLIENT_VERSION_MASK) >> CEPCES_KEY_CLIENT_VERSION_SHIFT);
    ctl_set_number(r, "server_compatibility",
                   (flags & CEPCES_KEY_SERVER_VERSION_MASK) >> CEPCES_KEY_SERVER_VERSION_SHIFT);
}

static void
set_certificate(json_t *r, const cepces_template_t *t, apr_pool_t *p)
{
    ctl_set_text(r, "request_hash", t->hash_algorithm);
    ctl_set_text(r, "sha1_requests", ctl_word(CTL_WORDS(ctl_sha1_words), t->sha1_requests, p));
    ctl_set_text(r, "validity", ctl_duration_text(t->validity_secs, p));
    ctl_set_text(r, "renewal", ctl_duration_text(t->renewal_secs, p));
    set_oids(r, "ekus", CTL_OID_EKU, t->ekus);
    set_bits(r, "key_usage", CTL_WORDS(ctl_key_usage_words), t->key_usage);
    set_oids(r, "issuance_policies", CTL_OID_ISSUANCE, t->issuance_policies);
    set_oids(r, "critical_extensions", CTL_OID_EXTENSION, t->critical_extensions);
    ctl_set_list(r, "supersedes", t->superseded);
    ctl_set_number(r, "ra_signatures", t->ra_signatures);
    set_oids(r, "ra_application_policies", CTL_OID_EKU, t->ra_application_policies);
    set_oids(r, "ra_issuance_policies", CTL_OID_ISSUANCE, t->ra_issuance_policies);
    ctl_set_text(r, "archival_algorithm", t->archival_algorithm);
    ctl_set_number(r, "archival_key_length", t->archival_key_length);
    ctl_set_bool(r, "wildcards", t->allow_wildcards);
    ctl_set_bool(r, "strict_extensions", t->strict_extensions);
}

json_t *
ctl_template_record(const cepces_template_t *t, apr_pool_t *p)
{
    json_t *r = json_object();

    ctl_set_text(r, "name", t->name);
    ctl_set_text(r, "display_name", t->display_name);
    ctl_set_text(r, "oid", t->oid);
    ctl_set_number(r, "schema", t->schema_version);
    ctl_set_text(r, "revision", apr_psprintf(p, "%u.%u", t->major, t->minor));
    ctl_set_bool(r, "enabled", t->enabled);
    ctl_set_text(
        r, "context",
        ctl_word(CTL_WORDS(ctl_context_words), t->general_flags & CEPCES_GENERAL_MACHINE_TYPE, p));
    set_bits(r, "general", CTL_WORDS(ctl_general_words),
             t->general_flags & ~CEPCES_GENERAL_MACHINE_TYPE);
    set_bits(r, "enrollment", CTL_WORDS(ctl_enrollment_words),
             t->enrollment_flags & ~CEPCES_ENROLL_PEND_ALL_REQUESTS);
    ctl_set_text(r, "approval",
                 ctl_word(CTL_WORDS(ctl_approval_words),
                          t->enrollment_flags & CEPCES_ENROLL_PEND_ALL_REQUESTS, p));
    set_subject(r, t->subject_name_flags);
    set_key(r, t, p);
    set_certificate(r, t, p);
    return r;
}

static bool
is_newer(const cepces_template_t *a, const cepces_template_t *b)
{
    return a->major > b->major || (a->major == b->major && a->minor > b->minor);
}

unsigned
ctl_template_diff(const cepces_template_t *before, const cepces_template_t *after, apr_pool_t *p)
{
    json_t *old = ctl_template_record(before, p), *new = ctl_template_record(after, p);
    unsigned count = 0;
    const char *key;
    json_t *value;

    json_object_foreach(new, key, value)
    {
        json_t *was = json_object_get(old, key);
        bool open = (strcmp(key, "oid") == 0 && after->oid == NULL) ||
                    (strcmp(key, "revision") == 0 && !is_newer(after, before));

        if (!open && !json_equal(was, value)) {
            printf("  %s: %s -> %s\n", key, ctl_value_text(was, p), ctl_value_text(value, p));
            count++;
        }
    }
    json_decref(old);
    json_decref(new);
    return count;
}
