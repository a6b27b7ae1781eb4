/* The tool: template files, vocabulary, options. */
#include <stdio.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_strings.h>

#include "files.h"
#include "options.h"
#include "output.h"
#include "support/suite.h"
#include "template_file.h"
#include "template_record.h"
#include "template_schema.h"
#include "vocabulary.h"
#include "yaml.h"

/* --- Template files --------------------------------------------------------------------------- */

static cepces_status_t
parse(const cepces_template_t **out, size_t *num, const char *text)
{
    return ctl_template_parse(out, num, "t.yaml", cepces_bytes_str(text), test_pool, &test_error);
}

static const cepces_template_t *
parse_one(const char *text)
{
    const cepces_template_t *t = NULL;
    size_t num = 0;

    if (parse(&t, &num, text) != CEPCES_OK) {
        ck_abort_msg("%s", cepces_error_line(&test_error, test_pool));
    }
    ck_assert_uint_eq(num, 1);
    return t;
}

#define MINIMAL "name: Web\ncontext: computer\nsubject:\n  supplied-in-request: yes\n"

START_TEST(a_short_file_gets_the_defaults)
{
    const cepces_template_t *t = parse_one(MINIMAL);

    ck_assert_str_eq(t->name, "Web");
    ck_assert_str_eq(t->display_name, "Web");
    ck_assert_ptr_null(t->oid);
    ck_assert_uint_eq(t->schema_version, 2);
    ck_assert_uint_eq(t->major, 0);
    ck_assert(t->enabled);
    ck_assert_uint_eq(t->general_flags, CEPCES_GENERAL_MACHINE_TYPE);
    ck_assert_uint_eq(t->enrollment_flags, 0);
    ck_assert_uint_eq(t->subject_name_flags, CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT);
    ck_assert_str_eq(t->key_algorithm, "RSA");
    ck_assert_uint_eq(t->minimal_key_length, 2048);
    ck_assert(t->key_spec.present);
    ck_assert_uint_eq(t->key_spec.value, 1);
    ck_assert_ptr_null(t->hash_algorithm);
    ck_assert_int_eq(t->validity_secs, INT64_C(365) * 86400);
    ck_assert_int_eq(t->renewal_secs, INT64_C(42) * 86400);
    ck_assert_uint_eq(t->critical_extensions.num, 1);
    ck_assert_str_eq(t->critical_extensions.items[0], "2.5.29.15");
    ck_assert(!t->allow_wildcards);
}
END_TEST

static const char everything[] =
    "name: Full\n"
    "display-name: \"Vollständig: alles\"\n"
    "oid: 1.3.6.1.4.1.311.21.8.1.2.3\n"
    "schema: 4\n"
    "revision: 100.3\n"
    "enabled: no\n"
    "context: user\n"
    "general: [auto-enrollment, modified, 0x400]\n"
    "enrollment: [symmetric-algorithms, publish-to-directory, 0x80, 0x200]\n"
    "approval: manager\n"
    "subject:\n"
    "  alternative-names-in-request: yes\n"
    "  from: [common-name, directory-path, 0x4]\n"
    "  alternative-names: [upn, guid]\n"
    "key:\n"
    "  algorithm: ECDH_P384\n"
    "  spec: none\n"
    "  providers: [Microsoft Software Key Storage Provider, \"Yes: a provider\"]\n"
    "  exportable: yes\n"
    "  flags: [archive, same-key-renewal, 0x00100000]\n"
    "  purpose: [decrypt, key-agreement]\n"
    "  permissions: D:(A;;GA;;;SY)\n"
    "request-hash: SHA512\n"
    "sha1-requests: refuse\n"
    "validity: 400 days\n"
    "renewal: 90 hours\n"
    "ekus: [client-authentication, 1.2.3.4]\n"
    "key-usage: [key-agreement, encipher-only]\n"
    "issuance-policies: [all-issuance-policies, 1.2.3]\n"
    "critical-extensions: [key-usage, 1.2.3.5]\n"
    "supersedes: [User, Old]\n"
    "registration-authority:\n"
    "  signatures: 2\n"
    "  application-policies: [certificate-request-agent]\n"
    "  issuance-policies: [1.2.3.6]\n"
    "archival:\n"
    "  algorithm: AES128\n"
    "  key-length: 128\n"
    "compatibility:\n"
    "  client: 5\n"
    "  server: 4\n"
    "wildcards: yes\n"
    "strict-extensions: yes\n";

START_TEST(every_key_reaches_its_field)
{
    const cepces_template_t *t = parse_one(everything);

    ck_assert_str_eq(t->display_name, "Vollständig: alles");
    ck_assert_str_eq(t->oid, "1.3.6.1.4.1.311.21.8.1.2.3");
    ck_assert_uint_eq(t->schema_version, 4);
    ck_assert_uint_eq(t->major, 100);
    ck_assert_uint_eq(t->minor, 3);
    ck_assert(!t->enabled);
    ck_assert_uint_eq(t->general_flags, 0x20420);
    ck_assert_uint_eq(t->enrollment_flags, 0x28b);
    ck_assert_uint_eq(t->subject_name_flags, 0xc3010004u);
    ck_assert_uint_eq(t->private_key_flags, 0x05140091u);
    ck_assert_str_eq(t->key_algorithm, "ECDH_P384");
    ck_assert_uint_eq(t->minimal_key_length, 384);
    ck_assert(!t->key_spec.present);
    ck_assert_uint_eq(t->key_usage_property.value, 5);
    ck_assert_str_eq(t->key_permissions, "D:(A;;GA;;;SY)");
    ck_assert_str_eq(t->crypto_providers.items[1], "Yes: a provider");
    ck_assert_str_eq(t->hash_algorithm, "SHA512");
    ck_assert_int_eq(t->sha1_requests, CEPCES_SHA1_REFUSE);
    ck_assert_int_eq(t->validity_secs, INT64_C(400) * 86400);
    ck_assert_int_eq(t->renewal_secs, 90 * 3600);
    ck_assert_str_eq(cepces_strings_join(t->ekus, " ", test_pool), "1.3.6.1.5.5.7.3.2 1.2.3.4");
    ck_assert(cepces_strings_equal(t->ekus, t->application_policies));
    ck_assert_uint_eq(t->key_usage, 0x0900);
    ck_assert_str_eq(cepces_strings_join(t->issuance_policies, " ", test_pool),
                     "2.5.29.32.0 1.2.3");
    ck_assert_str_eq(cepces_strings_join(t->critical_extensions, " ", test_pool),
                     "2.5.29.15 1.2.3.5");
    ck_assert_str_eq(cepces_strings_join(t->superseded, " ", test_pool), "User Old");
    ck_assert_uint_eq(t->ra_signatures, 2);
    ck_assert_str_eq(t->ra_application_policies.items[0], "1.3.6.1.4.1.311.20.2.1");
    ck_assert_str_eq(t->ra_issuance_policies.items[0], "1.2.3.6");
    ck_assert_str_eq(t->archival_algorithm, "AES128");
    ck_assert_uint_eq(t->archival_key_length, 128);
    ck_assert(t->allow_wildcards);
    ck_assert(t->strict_extensions);
}
END_TEST

static void
assert_same_list(cepces_strings_t a, cepces_strings_t b)
{
    ck_assert(cepces_strings_equal(a, b));
}

static void
assert_same(const cepces_template_t *a, const cepces_template_t *b)
{
    ck_assert_str_eq(a->name, b->name);
    ck_assert_pstr_eq(a->oid, b->oid);
    ck_assert_str_eq(a->display_name, b->display_name);
    ck_assert_uint_eq(a->schema_version, b->schema_version);
    ck_assert_uint_eq(a->major, b->major);
    ck_assert_uint_eq(a->minor, b->minor);
    ck_assert_uint_eq(a->general_flags, b->general_flags);
    ck_assert_uint_eq(a->enrollment_flags, b->enrollment_flags);
    ck_assert_uint_eq(a->private_key_flags, b->private_key_flags);
    ck_assert_uint_eq(a->subject_name_flags, b->subject_name_flags);
    ck_assert_int_eq(a->key_spec.present, b->key_spec.present);
    ck_assert_uint_eq(a->key_spec.value, b->key_spec.value);
    ck_assert_int_eq(a->key_usage_property.present, b->key_usage_property.present);
    ck_assert_uint_eq(a->key_usage_property.value, b->key_usage_property.value);
    ck_assert_pstr_eq(a->key_permissions, b->key_permissions);
    ck_assert_str_eq(a->key_algorithm, b->key_algorithm);
    ck_assert_uint_eq(a->minimal_key_length, b->minimal_key_length);
    ck_assert_pstr_eq(a->hash_algorithm, b->hash_algorithm);
    ck_assert_int_eq(a->validity_secs, b->validity_secs);
    ck_assert_int_eq(a->renewal_secs, b->renewal_secs);
    ck_assert_uint_eq(a->key_usage, b->key_usage);
    ck_assert_uint_eq(a->ra_signatures, b->ra_signatures);
    ck_assert_pstr_eq(a->archival_algorithm, b->archival_algorithm);
    ck_assert_uint_eq(a->archival_key_length, b->archival_key_length);
    ck_assert_int_eq(a->sha1_requests, b->sha1_requests);
    ck_assert_int_eq(a->allow_wildcards, b->allow_wildcards);
    ck_assert_int_eq(a->strict_extensions, b->strict_extensions);
    ck_assert_int_eq(a->enabled, b->enabled);
    assert_same_list(a->crypto_providers, b->crypto_providers);
    assert_same_list(a->ekus, b->ekus);
    assert_same_list(a->application_policies, b->application_policies);
    assert_same_list(a->issuance_policies, b->issuance_policies);
    assert_same_list(a->critical_extensions, b->critical_extensions);
    assert_same_list(a->superseded, b->superseded);
    assert_same_list(a->ra_application_policies, b->ra_application_policies);
    assert_same_list(a->ra_issuance_policies, b->ra_issuance_policies);
}

static void
assert_round_trip(const cepces_template_t *t)
{
    const char *text = NULL;

    ck_assert_int_eq(ctl_template_print(&text, t, test_pool, &test_error), CEPCES_OK);
    assert_same(parse_one(text), t);
}

static const char *const round_trips[] = {
    MINIMAL,
    everything,
    MINIMAL "critical-extensions: [none]\n",
    MINIMAL "request-hash: none\nschema: 3\n",
    MINIMAL "key: {spec: none}\n",
    MINIMAL "key: {purpose: [0xffffff]}\n",
    "name: \"no\"\ndisplay-name: \"null\"\ncontext: user\nsubject: {supplied-in-request: no}\n",
    "name: x\ncontext: user\nsubject: {alternative-names: [spn]}\ndisplay-name: \" - #a: 'b' "
    "\\\"c\\\"\"\n",
};

START_TEST(what_is_exported_is_read_back_unchanged)
{
    assert_round_trip(parse_one(round_trips[_i]));
}
END_TEST

START_TEST(every_example_is_read_and_survives_an_export)
{
    apr_dir_t *dir;
    apr_finfo_t entry;
    int count = 0;

    ck_assert_int_eq(apr_dir_open(&dir, TEMPLATES, test_pool), APR_SUCCESS);
    while (apr_dir_read(&entry, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        const char *dot = strrchr(entry.name, '.');
        const cepces_template_t *t = NULL;
        size_t num = 0;

        if (dot == NULL || strcmp(dot, ".yaml") != 0) {
            continue;
        }
        if (ctl_template_load(&t, &num, apr_pstrcat(test_pool, TEMPLATES "/", entry.name, NULL),
                              test_pool, &test_error) != CEPCES_OK) {
            ck_abort_msg("%s", cepces_error_line(&test_error, test_pool));
        }
        ck_assert_uint_eq(num, 1);
        ck_assert_ptr_null(t->oid); /* each installation makes its own */
        ck_assert_str_eq(apr_pstrcat(test_pool, t->name, ".yaml", NULL), entry.name);
        assert_round_trip(t);
        count++;
    }
    apr_dir_close(dir);
    ck_assert_int_ge(count, 12);
}
END_TEST

START_TEST(a_file_may_hold_a_list)
{
    const cepces_template_t *t = NULL;
    size_t num = 0;

    ck_assert_int_eq(parse(&t, &num,
                           "templates:\n"
                           "  - name: A\n    context: user\n    subject: {from: [common-name]}\n"
                           "  - name: B\n    context: computer\n    subject: {from: [dns]}\n"),
                     CEPCES_OK);
    ck_assert_uint_eq(num, 2);
    ck_assert_str_eq(t[1].name, "B");
    ck_assert_uint_eq(t[1].subject_name_flags, CEPCES_NAME_SUBJECT_REQUIRE_DNS_AS_CN);
}
END_TEST

static const struct {
    const char *text;
    const char *says; /* the whole message */
} refusals[] = {
    {"", "t.yaml: no template in it"},
    {"# nothing\n", "t.yaml: no template in it"},
    {"templates: []\n", "t.yaml: no template in it"},
    {"- name: A\n", "t.yaml: expecting MAPPING, got event: SEQUENCE_START"},
    {"context: user\n", "t.yaml: template 1 has no name"},
    {MINIMAL "templates:\n  - name: B\n",
     "t.yaml: keys of a template stand beside the list \"templates\""},
    {"name: A\ncontext: usr\n", "t.yaml, line 2: context: not one of the accepted words: usr"},
    {"name: A\n\n# here\nvalidty: 1 year\n", "t.yaml, line 4: unknown key: validty"},
    {"name: A\nkey:\n  algorithm: RSA\n  sice: 1\n", "t.yaml, line 4: key: unknown key: sice"},
    {"name: A\nkey:\n  minimum-size: big\n",
     "t.yaml, line 3: key.minimum-size: not a number: 'big'"},
    {"name: A\nkey:\n  minimum-size: -1\n",
     "t.yaml, line 3: key.minimum-size: not a number in the accepted range: '-1'"},
    {"name: A\nenabled: maybe\n", "t.yaml, line 2: enabled: not one of the accepted words: maybe"},
    {"name: A\nenrollment: [autoenrol]\n",
     "t.yaml, line 2: enrollment: not one of the accepted words: autoenrol"},
    {"templates:\n  - name: A\n    key:\n      flags: [x]\n",
     "t.yaml, line 4: templates[1].key.flags: not one of the accepted words: x"},
    {"name: A\nname: B\n", "t.yaml, line 1: name: given twice: name"},
    {"name: A\n---\nname: B\n", "t.yaml: holds more than one YAML document"},
    {"name: A\n  oid: [x\n",
     "t.yaml, in or after line 1: mapping values are not allowed in this context"},
    {"name: A\ncontext: user\nsubject: {from: [dns]}\nkey-usage: [0x10000]\n",
     "t.yaml: template \"A\": key-usage: there are 16 bits"},
    {"name: A\nsubject: {from: [dns]}\n",
     "t.yaml: template \"A\": context: missing: \"computer\" or \"user\""},
    {"name: A\ncontext: user\n", "t.yaml: template \"A\": subject: missing: say "
                                 "\"supplied-in-request: yes\", or what it is built \"from\""},
    {MINIMAL "schema: 5\n", "t.yaml: template \"Web\": schema: 5 is not between 1 and 4"},
    {MINIMAL "revision: 1\n",
     "t.yaml: template \"Web\": revision: write it as \"MAJOR.MINOR\", such as \"100.3\""},
    {MINIMAL "revision: 0.1\n",
     "t.yaml: template \"Web\": revision: write it as \"MAJOR.MINOR\", such as \"100.3\""},
    {MINIMAL "oid: 1.3.x\n",
     "t.yaml: template \"Web\": oid: \"1.3.x\" is neither a known name nor an OID"},
    {MINIMAL "ekus: [server]\n",
     "t.yaml: template \"Web\": ekus: \"server\" is neither a known name nor an OID"},
    {MINIMAL "ekus: [code-signing, 1.3.6.1.5.5.7.3.3]\n",
     "t.yaml: template \"Web\": ekus: \"1.3.6.1.5.5.7.3.3\" is listed twice"},
    {MINIMAL "validity: 1\n", "t.yaml: template \"Web\": validity: \"1\" is not a duration such as "
                              "\"1 year\", \"6 weeks\" or \"10 days\""},
    {MINIMAL "key: {algorithm: DSA}\n",
     "t.yaml: template \"Web\": key.algorithm: \"DSA\" is not known here"},
    {MINIMAL "key: {algorithm: ECDSA_P256, minimum-size: 384}\n",
     "t.yaml: template \"Web\": key.minimum-size: 384 is not between 256 and 256"},
    {MINIMAL "request-hash: MD5\n",
     "t.yaml: template \"Web\": request-hash: \"MD5\" is not known here"},
    {MINIMAL "compatibility: {client: 16}\n",
     "t.yaml: template \"Web\": compatibility.client: 16 is not between 0 and 15"},
};

START_TEST(a_mistake_is_named_with_its_place)
{
    const cepces_template_t *t = NULL;
    size_t num = 0;

    ck_assert_int_eq(parse(&t, &num, refusals[_i].text), CEPCES_E_INVALID);
    ck_assert_str_eq(cepces_error_line(&test_error, test_pool), refusals[_i].says);
    ck_assert_ptr_null(t);
}
END_TEST

START_TEST(aliases_are_refused)
{
    const cepces_template_t *t = NULL;
    size_t num = 0;

    ck_assert_int_eq(parse(&t, &num, "name: &a A\ndisplay-name: *a\n"), CEPCES_E_INVALID);
    ck_assert_ptr_nonnull(strstr(test_error.detail, "t.yaml, line 2: display-name"));
}
END_TEST

START_TEST(a_difference_is_what_applying_would_change)
{
    cepces_template_t stored = *parse_one(everything), fresh = stored;

    ck_assert_uint_eq(ctl_template_diff(&stored, &fresh, test_pool), 0);
    fresh.oid = NULL;
    fresh.major = fresh.minor = 0;
    ck_assert_uint_eq(ctl_template_diff(&stored, &fresh, test_pool), 0);
    fresh.major = stored.major;
    fresh.minor = stored.minor + 1;
    ck_assert_uint_eq(ctl_template_diff(&stored, &fresh, test_pool), 1);
    fresh.validity_secs++;
    fresh.enrollment_flags ^= 0x40000000u; /* a bit without a word */
    fresh.key_spec = (cepces_optional_t){true, 1};
    ck_assert_uint_eq(ctl_template_diff(&stored, &fresh, test_pool), 4);
}
END_TEST

/* --- Output ----------------------------------------------------------------------------------- */

START_TEST(control_characters_do_not_reach_the_terminal)
{
    json_t *list = json_pack("[s, s]", "a\x1b[2Jb\r\n",
                             "\xc2\x9b"
                             "ü");

    ck_assert_str_eq(ctl_value_text(list, test_pool), "a\\x1b[2Jb\\x0d\\x0a, \\xc2\\x9bü");
    json_decref(list);
}
END_TEST

/* --- Vocabulary ------------------------------------------------------------------------------- */

static const struct {
    const char *text;
    int64_t secs; /* 0: refused */
    const char *written;
} durations[] = {
    {"1 year", 31536000, "1 year"},
    {"2 years", 63072000, "2 years"},
    {"365 days", 31536000, "1 year"},
    {"52 weeks", 31449600, "52 weeks"},
    {"3 months", 7776000, "90 days"},
    {"10days", 864000, "10 days"},
    {"36 hours", 129600, "36 hours"},
    {"90 minutes", 5400, "90 minutes"},
    {"61 seconds", 61, "61 seconds"},
    {"100 years", INT64_C(3153600000), "100 years"},
    {"101 years", 0, NULL},
    {"999999999 years", 0, NULL},
    {"9999999999999999999 days", 0, NULL},
    {"0 days", 0, NULL},
    {"-1 days", 0, NULL},
    {"1", 0, NULL},
    {"year", 0, NULL},
    {"1 yearly", 0, NULL},
    {"1 days 2 hours", 0, NULL},
    {" 1 day", 0, NULL},
    {"1.5 days", 0, NULL},
    {"", 0, NULL},
};

START_TEST(durations_are_read_in_words)
{
    int64_t secs = 0;
    cepces_status_t st = ctl_duration_parse(&secs, durations[_i].text, &test_error);

    ck_assert_int_eq(secs, durations[_i].secs);
    if (durations[_i].secs == 0) {
        ck_assert_int_eq(st, CEPCES_E_INVALID);
    } else {
        ck_assert_int_eq(st, CEPCES_OK);
        ck_assert_str_eq(ctl_duration_text(secs, test_pool), durations[_i].written);
    }
}
END_TEST

static const struct {
    const char *text;
    const char *oid; /* NULL: refused */
} oid_cases[] = {
    {"server-authentication", "1.3.6.1.5.5.7.3.1"},
    {"2.999.1", "2.999.1"},
    {"0.0", "0.0"},
    {"1.39.4294967296", "1.39.4294967296"},
    {"key-usage", NULL}, /* a name of another kind */
    {"Server-Authentication", NULL},
    {"1", NULL},
    {"3.1", NULL},
    {"1.40", NULL},
    {"1.3.", NULL},
    {".1.3", NULL},
    {"1..3", NULL},
    {"1.03", NULL},
    {"1.3 ", NULL},
    {"1.-3", NULL},
    {"1.3.9999999999999999999", NULL},
    {"", NULL},
};

START_TEST(oids_are_names_or_dotted_numbers)
{
    const char *oid = NULL;
    cepces_status_t st =
        ctl_oid_from_text(&oid, CTL_OID_EKU, oid_cases[_i].text, test_pool, &test_error);

    ck_assert_int_eq(st, oid_cases[_i].oid != NULL ? CEPCES_OK : CEPCES_E_INVALID);
    ck_assert_pstr_eq(oid, oid_cases[_i].oid);
}
END_TEST

/* Bits are read and written word by word: a word of two bits, or two words for one, would break the
 * round trip. */
START_TEST(every_word_for_flags_is_one_bit_of_its_own)
{
    const ctl_words_t tables[] = {
        CTL_WORDS(ctl_general_words),     CTL_WORDS(ctl_enrollment_words),
        CTL_WORDS(ctl_private_key_words), CTL_WORDS(ctl_subject_words),
        CTL_WORDS(ctl_alt_name_words),    CTL_WORDS(ctl_key_usage_words),
        CTL_WORDS(ctl_key_purpose_words),
    };

    for (size_t t = 0; t < LENGTH_OF(tables); t++) {
        uint64_t seen = 0;

        for (unsigned i = 0; i < tables[t].num; i++) {
            uint64_t bit = (uint64_t)tables[t].items[i].val;

            ck_assert_ptr_nonnull(tables[t].items[i].str);
            ck_assert(bit != 0 && (bit & (bit - 1)) == 0 && bit <= UINT32_MAX);
            ck_assert((seen & bit) == 0);
            seen |= bit;
        }
    }
}
END_TEST

/* Looks for every key and every word of a mapping in |page|. */
static void
assert_described(const cyaml_schema_field_t *fields, const char *page, const char *text)
{
    for (const cyaml_schema_field_t *f = fields; f->key != NULL; f++) {
        if (strstr(text, f->key) == NULL) {
            ck_abort_msg("%s does not describe the key \"%s\"", page, f->key);
        }
        if (f->value.type == CYAML_MAPPING) {
            assert_described(f->value.mapping.fields, page, text);
        }
        if (f->value.type == CYAML_ENUM || f->value.type == CYAML_FLAGS) {
            for (uint32_t i = 0; i < f->value.enumeration.count; i++) {
                const char *word = f->value.enumeration.strings[i].str;

                if (strstr(text, word) == NULL) {
                    ck_abort_msg("%s does not describe \"%s: %s\"", page, f->key, word);
                }
            }
        }
    }
}

START_TEST(the_language_is_described_completely)
{
    static const char *const pages[] = {DOCS "/templates.md", DOCS "/man/cepces_templates.5"};
    const char *page = pages[_i];
    cepces_bytes_t text;

    ck_assert_int_eq(ctl_read_file(&text, page, 1u << 20, test_pool, &test_error), CEPCES_OK);
    assert_described(template_document_schema.mapping.fields, page, (const char *)text.data);
}
END_TEST

/* --- Options ---------------------------------------------------------------------------------- */

static const ctl_option_t table[] = {
    CTL_OPT_TEXT_REQUIRED("name", "T", "a text"),
    CTL_OPT_LIST("url", "U", "a list"),
    CTL_OPT_NUMBER("days", "N", -1, 10, "a number"),
    CTL_OPT_FLAG("on", "a flag"),
    CTL_OPT_END,
};

static const struct {
    const char *operands;
    const char *words[8];
    const char *says; /* NULL: accepted */
} command_lines[] = {
    {"A", {"a", "--name", "x"}, NULL},
    {"A", {"--name=x", "a"}, NULL},
    {"A [B]", {"--name=x", "a"}, NULL},
    {"A B...", {"--name=x", "a", "b", "c", "d"}, NULL},
    {"A", {"--name", "x", "--", "--odd"}, NULL},
    {"", {"--name", "x", "--days", "-1"}, NULL},
    {"A", {"a"}, "option --name is missing"},
    {"A", {"--name", "x"}, "expected A"},
    {"A B...", {"--name", "x", "a"}, "expected A B..."},
    {"A", {"--name", "x", "a", "b"}, "\"b\" is one argument too many"},
    {"", {"--name", "x", "y"}, "\"y\" is one argument too many"},
    {"", {"--name"}, "option --name needs a value"},
    {"", {"--name", "x", "--off"}, "unknown option --off"},
    {"", {"--name", "x", "--on=yes"}, "unknown option --on=yes"},
    {"", {"--na", "x"}, "unknown option --na"},
    {"", {"--na=x"}, "unknown option --na=x"},
    {"", {"-x", "--name", "x"}, "unknown option -x"},
    {"", {"--name", "x", "--days", "11"}, "option --days: \"11\" is not a number from -1 to 10"},
    {"", {"--name", "x", "--days", "1x"}, "option --days: \"1x\" is not a number from -1 to 10"},
    {"", {"--name", "x", "--days", ""}, "option --days: \"\" is not a number from -1 to 10"},
};

static cepces_status_t
parse_words(ctl_args_t *out, const char *operands, const char *const *words)
{
    char *argv[10] = {apr_pstrdup(test_pool, "test")};
    int argc = 1;

    for (; argc < 9 && words[argc - 1] != NULL; argc++) {
        argv[argc] = apr_pstrdup(test_pool, words[argc - 1]);
    }
    return ctl_args_parse(out, NULL, table, NULL, operands, false, argc, argv, test_pool,
                          &test_error);
}

START_TEST(a_command_line_is_checked_against_its_table)
{
    ctl_args_t args;
    cepces_status_t st = parse_words(&args, command_lines[_i].operands, command_lines[_i].words);

    if (command_lines[_i].says == NULL) {
        ck_assert_int_eq(st, CEPCES_OK);
        ck_assert_str_eq(ctl_text(&args, "name"), "x");
    } else {
        ck_assert_int_eq(st, CEPCES_E_INVALID);
        ck_assert_str_eq(cepces_error_line(&test_error, test_pool), command_lines[_i].says);
    }
}
END_TEST

START_TEST(options_keep_their_values)
{
    static const char *const words[] = {"--name", "x",        "--url", "u1",
                                        "o",      "--url=u2", "--on",  NULL};
    ctl_args_t args;

    ck_assert_int_eq(parse_words(&args, "A", words), CEPCES_OK);
    ck_assert_str_eq(cepces_strings_join(ctl_list(&args, "url"), " ", test_pool), "u1 u2");
    ck_assert(ctl_given(&args, "on"));
    ck_assert(!ctl_given(&args, "days"));
    ck_assert_int_eq(ctl_number(&args, "days", 7), 7);
    ck_assert_str_eq(args.operands.items[0], "o");
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("tools");

    tcase_add_test(tc, a_short_file_gets_the_defaults);
    tcase_add_test(tc, every_key_reaches_its_field);
    tcase_add_loop_test(tc, what_is_exported_is_read_back_unchanged, 0, LENGTH_OF(round_trips));
    tcase_add_test(tc, every_example_is_read_and_survives_an_export);
    tcase_add_test(tc, a_file_may_hold_a_list);
    tcase_add_loop_test(tc, a_mistake_is_named_with_its_place, 0, LENGTH_OF(refusals));
    tcase_add_test(tc, aliases_are_refused);
    tcase_add_test(tc, a_difference_is_what_applying_would_change);
    tcase_add_test(tc, control_characters_do_not_reach_the_terminal);
    tcase_add_loop_test(tc, durations_are_read_in_words, 0, LENGTH_OF(durations));
    tcase_add_loop_test(tc, oids_are_names_or_dotted_numbers, 0, LENGTH_OF(oid_cases));
    tcase_add_test(tc, every_word_for_flags_is_one_bit_of_its_own);
    tcase_add_loop_test(tc, the_language_is_described_completely, 0, 2);
    tcase_add_loop_test(tc, a_command_line_is_checked_against_its_table, 0,
                        LENGTH_OF(command_lines));
    tcase_add_test(tc, options_keep_their_values);
    return test_run(tc);
}
