/* Issued certificates, judged by OpenSSL's own decoder and chain verification, and the self-check
 * that stands before every signature. */
#define OPENSSL_SUPPRESS_DEPRECATED /* the only way to replace the random generator is an old one */

#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <openssl/rand.h>

#include "base/encode.h"
#include "ca_fixture.h"
#include "support/suite.h"

/* --- What is issued --------------------------------------------------------------------------- */

static cepces_issued_t
issue(const fixture_ca_t *ca, const fixture_plan_t *f)
{
    cepces_issued_t out = {CEPCES_NO_BYTES, CEPCES_NO_BYTES, CEPCES_NO_BYTES};
    cepces_status_t st = cepces_ca_issue(&out, ca->signer, &f->plan, test_pool, &test_error);

    ck_assert_msg(st == CEPCES_OK, "%s", cepces_error_line(&test_error, test_pool));
    return out;
}

/* Verifies |leaf| at the fixture's time with |root| as the only anchor; returns X509_V_OK or the
 * error. */
static int
verify(X509 *leaf, X509 *intermediate, X509 *root, int purpose)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *others = sk_X509_new_null();
    int result;

    X509_STORE_add_cert(store, root);
    if (intermediate != NULL) {
        sk_X509_push(others, intermediate);
    }
    ck_assert_int_eq(X509_STORE_CTX_init(ctx, store, leaf, others), 1);
    X509_STORE_CTX_set_time(ctx, 0, (time_t)apr_time_sec(FIXTURE_NOW));
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
    X509_STORE_CTX_set_purpose(ctx, purpose);
    result = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    sk_X509_free(others);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return result;
}

START_TEST(issued_certificates_verify_strictly_up_to_the_root)
{
    cepces_ca_profile_t root_profile = fixture_profile("CN=Root"),
                        sub_profile = fixture_profile("CN=Sub");
    fixture_ca_t *root = fixture_ca(&root_profile, (fixture_kind_t)_i, NULL, test_pool);
    fixture_ca_t *sub = fixture_ca(&sub_profile, (fixture_kind_t)_i, root, test_pool);
    cepces_issued_t issued = issue(sub, fixture_plan(test_pool));
    X509 *leaf = fixture_decode(issued.der, test_pool);

    ck_assert_int_eq(X509_verify(leaf, sub->key), 1);
    ck_assert_int_ne(X509_verify(leaf, root->key), 1);
    ck_assert_int_eq(
        verify(leaf, sub->signer->certificate, root->signer->certificate, X509_PURPOSE_SSL_SERVER),
        X509_V_OK);
    ck_assert_int_eq(
        verify(leaf, sub->signer->certificate, root->signer->certificate, X509_PURPOSE_SSL_CLIENT),
        X509_V_OK);
    ck_assert_int_eq(
        verify(leaf, sub->signer->certificate, root->signer->certificate, X509_PURPOSE_CRL_SIGN),
        X509_V_ERR_INVALID_PURPOSE);
    ck_assert_int_eq(X509_check_ca(leaf), 0);
}
END_TEST

/* The order in certificates of an AD CS of 2026. */
static const char *const expected_order[] = {
    "2.5.29.14",
    "2.5.29.35",
    "2.5.29.31",
    "1.3.6.1.5.5.7.1.1",
    "1.3.6.1.4.1.311.21.7",
    "2.5.29.15",
    "2.5.29.37",
    "1.3.6.1.4.1.311.21.10",
    "2.5.29.17",
    "1.3.6.1.4.1.311.25.2",
    "1.2.840.113549.1.9.15",
    "2.5.29.19",
};

START_TEST(extensions_come_in_the_order_of_ad_cs)
{
    X509 *leaf =
        fixture_decode(issue(fixture_root(test_pool), fixture_plan(test_pool)).der, test_pool);

    ck_assert_int_eq(X509_get_ext_count(leaf), LENGTH_OF(expected_order));
    for (size_t i = 0; i < LENGTH_OF(expected_order); i++) {
        char oid[80];

        OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(X509_get_ext(leaf, (int)i)), 1);
        ck_assert_str_eq(oid, expected_order[i]);
    }
}
END_TEST

START_TEST(fields_are_those_of_plan_and_ca)
{
    fixture_ca_t *ca = fixture_root(test_pool);
    fixture_plan_t *f = fixture_plan(test_pool);
    cepces_issued_t issued = issue(ca, f);
    X509 *leaf = fixture_decode(issued.der, test_pool);
    const ASN1_INTEGER *serial = X509_get0_serialNumber(leaf);
    unsigned char digest[32];

    ck_assert_int_eq(X509_get_version(leaf), 2);
    ck_assert_int_eq(
        X509_NAME_cmp(X509_get_issuer_name(leaf), X509_get_subject_name(ca->signer->certificate)),
        0);
    ck_assert_str_eq(cepces_name_text(X509_get_subject_name(leaf), test_pool),
                     f->plan.subject_text);
    ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(leaf), f->key.pkey), 1);
    ck_assert_int_eq(ASN1_STRING_length(serial), 16);
    ck_assert_mem_eq(ASN1_STRING_get0_data(serial), issued.serial.data, 16);
    ck_assert_str_eq((const char *)ASN1_STRING_get0_data(X509_get0_notBefore(leaf)),
                     "261121030635Z");
    ck_assert_str_eq((const char *)ASN1_STRING_get0_data(X509_get0_notAfter(leaf)),
                     "271121030635Z");
    ck_assert_int_eq(X509_digest(leaf, EVP_sha256(), digest, NULL), 1);
    ck_assert_mem_eq(issued.sha256.data, digest, 32);
    ck_assert_int_eq(X509_check_host(leaf, "ws1.example.com", 0, 0, NULL), 1);
    ck_assert_int_eq(X509_check_email(leaf, "alice@example.com", 0, 0), 1);
    ck_assert_int_eq(X509_check_ip_asc(leaf, "192.0.2.7", 0), 1);
    ck_assert_int_eq(X509_check_host(leaf, "ws2.example.com", 0, 0, NULL), 0);
}
END_TEST

START_TEST(no_crl_pointer_without_revocation_information)
{
    fixture_plan_t *f = fixture_plan(test_pool);
    X509 *leaf;

    f->plan.revocation_info = false;
    leaf = fixture_decode(issue(fixture_root(test_pool), f).der, test_pool);
    ck_assert_int_lt(X509_get_ext_by_NID(leaf, NID_crl_distribution_points, -1), 0);
    ck_assert_int_ge(X509_get_ext_by_NID(leaf, NID_info_access, -1), 0);
}
END_TEST

START_TEST(an_empty_subject_goes_with_critical_names)
{
    fixture_plan_t *f = fixture_plan(test_pool);
    X509 *leaf;
    int critical = -1;

    f->plan.subject_der = cepces_bytes("\x30\x00", 2);
    f->plan.san_critical = true;
    leaf = fixture_decode(issue(fixture_root(test_pool), f).der, test_pool);
    GENERAL_NAMES_free(
        (GENERAL_NAMES *)X509_get_ext_d2i(leaf, NID_subject_alt_name, &critical, NULL));
    ck_assert_int_eq(critical, 1);
    ck_assert_int_eq(X509_NAME_entry_count(X509_get_subject_name(leaf)), 0);
}
END_TEST

START_TEST(a_certificate_past_2049_has_generalized_time)
{
    cepces_ca_profile_t profile = fixture_profile("CN=Long");
    fixture_plan_t *f = fixture_plan(test_pool);
    X509 *leaf;

    profile.not_after = FIXTURE_NOW + 40 * 365 * FIXTURE_DAY;
    f->plan.not_after = FIXTURE_NOW + 30 * 365 * FIXTURE_DAY;
    leaf = fixture_decode(issue(fixture_ca(&profile, FIXTURE_P256, NULL, test_pool), f).der,
                          test_pool);
    ck_assert_int_eq(ASN1_STRING_type(X509_get0_notBefore(leaf)), V_ASN1_UTCTIME);
    ck_assert_int_eq(ASN1_STRING_type(X509_get0_notAfter(leaf)), V_ASN1_GENERALIZEDTIME);
    ck_assert_str_eq((const char *)ASN1_STRING_get0_data(X509_get0_notAfter(leaf)),
                     "20561113031635Z");
}
END_TEST

START_TEST(serial_numbers_have_sixteen_octets_and_do_not_repeat)
{
    unsigned char seen[500][16];

    for (size_t i = 0; i < LENGTH_OF(seen); i++) {
        cepces_bytes_t serial;

        ck_assert_int_eq(cepces_ca_serial(&serial, test_pool, &test_error), CEPCES_OK);
        ck_assert_uint_eq(serial.len, 16);
        ck_assert_int_gt(serial.data[0], 0);
        ck_assert_int_lt(serial.data[0], 0x80);
        for (size_t j = 0; j < i; j++) {
            ck_assert_mem_ne(serial.data, seen[j], 16);
        }
        memcpy(seen[i], serial.data, 16);
    }
}
END_TEST

/* --- By several threads at once --------------------------------------------------------------- */

#define THREADS 4
#define PER_THREAD 40

typedef struct {
    const fixture_ca_t *ca;
    const fixture_plan_t *plan;
    unsigned good;
} worker_t;

static void *APR_THREAD_FUNC
work(apr_thread_t *thread, void *data)
{
    worker_t *w = (worker_t *)data;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    for (int i = 0; i < PER_THREAD; i++) {
        cepces_error_t err = CEPCES_ERROR_INIT(p);
        cepces_issued_t out;

        if (cepces_ca_issue(&out, w->ca->signer, &w->plan->plan, p, &err) == CEPCES_OK) {
            w->good += X509_verify(fixture_decode(out.der, p), w->ca->key) == 1;
        }
        apr_pool_clear(p);
    }
    apr_pool_destroy(p);
    return NULL;
}

START_TEST(threads_share_a_signer)
{
    fixture_ca_t *ca = fixture_root(test_pool);
    apr_thread_t *threads[THREADS];
    worker_t workers[THREADS];
    apr_status_t rv;

    for (int i = 0; i < THREADS; i++) {
        workers[i] = (worker_t){ca, fixture_plan(test_pool), 0};
        ck_assert_int_eq(apr_thread_create(&threads[i], NULL, work, &workers[i], test_pool), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        ck_assert_int_eq(apr_thread_join(&rv, threads[i]), APR_SUCCESS);
        ck_assert_uint_eq(workers[i].good, PER_THREAD);
    }
}
END_TEST

/* --- What is not issued ----------------------------------------------------------------------- */

/* Each spoils a plan in one way. */
static void
twice(fixture_plan_t *f)
{
    f->extensions[5] = f->extensions[3];
    f->plan.num_extensions++;
}

static void
another_san(fixture_plan_t *f)
{
    f->extensions[5] = (cepces_template_extension_t){CEPCES_OID_SUBJECT_ALT_NAME, false,
                                                     cepces_bytes("\x30\x07\x82\x05"
                                                                  "a.com",
                                                                  9)};
    f->plan.num_extensions++;
}

static void
another_key_identifier(fixture_plan_t *f)
{
    f->extensions[5] = (cepces_template_extension_t){CEPCES_OID_SUBJECT_KEY_IDENTIFIER, false,
                                                     cepces_bytes("\x04\x01\x07", 3)};
    f->plan.num_extensions++;
}

static void
ca_true(fixture_plan_t *f)
{
    f->extensions[1].value = cepces_bytes("\x30\x03\x01\x01\xff", 5);
}

static void
path_length(fixture_plan_t *f)
{
    f->extensions[1].value = cepces_bytes("\x30\x03\x02\x01\x00", 5);
}

static void
cert_sign(fixture_plan_t *f)
{
    f->extensions[4].value = cepces_bytes("\x03\x02\x02\x84", 4);
}

static void
crl_sign(fixture_plan_t *f)
{
    f->extensions[4].value = cepces_bytes("\x03\x02\x01\x82", 4);
}

static void
empty_key_usage(fixture_plan_t *f)
{
    f->extensions[4].value = cepces_bytes("\x03\x01\x00", 3);
}

static void
more_ekus(fixture_plan_t *f)
{
    f->extensions[3].value = cepces_bytes("\x30\x06\x06\x04\x55\x1d\x25\x00", 8);
}

static void
no_eku(fixture_plan_t *f)
{
    f->extensions[3] = f->extensions[4];
    f->plan.num_extensions = 4;
}

static void
other_application_policies(fixture_plan_t *f)
{
    f->extensions[0].value = cepces_bytes("\x30\x08\x30\x06\x06\x04\x55\x1d\x20\x00", 10);
}

static void
not_der(fixture_plan_t *f)
{
    f->extensions[2].value = cepces_bytes("\x30\x81\x00", 3);
}

static void
trailing_bytes(fixture_plan_t *f)
{
    f->extensions[1].value = cepces_bytes("\x30\x00\x00", 3);
}

static void
unknown_extension(fixture_plan_t *f)
{
    f->extensions[5] = (cepces_template_extension_t){"1.2.3.4", false, cepces_bytes("\x05\x00", 2)};
    f->plan.num_extensions++;
}

static void
name_constraints(fixture_plan_t *f)
{
    f->extensions[5] = (cepces_template_extension_t){CEPCES_OID_NAME_CONSTRAINTS, true,
                                                     cepces_bytes("\x30\x00", 2)};
    f->plan.num_extensions++;
}

static void
malformed_oid(fixture_plan_t *f)
{
    f->extensions[2].oid = "1.3.6.1.4..311";
}

static void
ends_before_it_begins(fixture_plan_t *f)
{
    f->plan.not_after = f->plan.not_before - FIXTURE_DAY;
}

static void
ends_when_it_begins(fixture_plan_t *f)
{
    f->plan.not_after = f->plan.not_before;
}

static void
outlives_the_ca(fixture_plan_t *f)
{
    f->plan.not_after = FIXTURE_NOW + 3650 * FIXTURE_DAY + apr_time_from_sec(1);
}

static void
half_a_second(fixture_plan_t *f)
{
    f->plan.not_after += 500000;
}

static void
before_1970(fixture_plan_t *f)
{
    f->plan.not_before = -FIXTURE_DAY;
}

static void
nobody(fixture_plan_t *f)
{
    f->plan.subject_der = cepces_bytes("\x30\x00", 2);
    f->plan.num_sans = 0;
}

static void
names_not_critical(fixture_plan_t *f)
{
    f->plan.subject_der = cepces_bytes("\x30\x00", 2);
}

static void
broken_subject(fixture_plan_t *f)
{
    f->plan.subject_der = cepces_bytes("\x31\x00", 2);
}

static void
two_subjects(fixture_plan_t *f)
{
    f->plan.subject_der = cepces_bytes("\x30\x00\x30\x00", 4);
}

static void
no_subject_bytes(fixture_plan_t *f)
{
    f->plan.subject_der = CEPCES_NO_BYTES;
}

static void
foreign_key_identifier(fixture_plan_t *f)
{
    f->key.ski = cepces_bytes("01234567890123456789", 20);
}

static void
broken_key(fixture_plan_t *f)
{
    f->key.spki.len--;
}

static void
name_we_do_not_know(fixture_plan_t *f)
{
    f->sans[0].kind = CEPCES_SAN_OTHER;
}

static void
dns_with_umlaut(fixture_plan_t *f)
{
    f->sans[0].text = "m\xc3\xbcller.example.com";
}

static void
address_of_five_octets(fixture_plan_t *f)
{
    f->sans[3].octets = cepces_bytes("12345", 5);
}

static void
smime_not_der(fixture_plan_t *f)
{
    f->plan.smime_capabilities = cepces_bytes("\x30\x05", 2);
}

static void
subject_of_a_megabyte(fixture_plan_t *f)
{
    unsigned char *big = (unsigned char *)apr_pcalloc(test_pool, 1 << 20);

    memcpy(big, "\x30\x83\x0f\xff\xfb", 5);
    f->plan.subject_der = cepces_bytes(big, 1 << 20);
}

static void (*const spoilers[])(fixture_plan_t *f) = {
    twice,
    another_san,
    another_key_identifier,
    ca_true,
    path_length,
    cert_sign,
    crl_sign,
    empty_key_usage,
    more_ekus,
    no_eku,
    other_application_policies,
    not_der,
    trailing_bytes,
    unknown_extension,
    name_constraints,
    malformed_oid,
    ends_before_it_begins,
    ends_when_it_begins,
    outlives_the_ca,
    half_a_second,
    before_1970,
    nobody,
    names_not_critical,
    broken_subject,
    two_subjects,
    no_subject_bytes,
    foreign_key_identifier,
    broken_key,
    name_we_do_not_know,
    dns_with_umlaut,
    address_of_five_octets,
    smime_not_der,
    subject_of_a_megabyte,
};

START_TEST(a_spoiled_plan_is_never_signed)
{
    fixture_ca_t *ca = fixture_root(test_pool);
    fixture_plan_t *f = fixture_plan(test_pool);
    cepces_issued_t out = {CEPCES_NO_BYTES, CEPCES_NO_BYTES, CEPCES_NO_BYTES};

    spoilers[_i](f);
    ck_assert_msg(cepces_ca_issue(&out, ca->signer, &f->plan, test_pool, &test_error) ==
                      CEPCES_E_INTERNAL,
                  "plan %d was accepted", _i);
    ck_assert_ptr_null(out.der.data);
    ck_assert_ptr_null(out.serial.data);
}
END_TEST

START_TEST(a_plan_with_a_ca_bit_is_refused_by_the_self_check)
{
    fixture_ca_t *ca = fixture_root(test_pool);
    fixture_plan_t *f = fixture_plan(test_pool);
    cepces_issued_t out;

    ca_true(f);
    ck_assert_int_eq(cepces_ca_issue(&out, ca->signer, &f->plan, test_pool, &test_error),
                     CEPCES_E_INTERNAL);
    ck_assert_str_eq(test_error.rule, "S5");
    ck_assert_ptr_nonnull(strstr(cepces_error_line(&test_error, test_pool), "2.5.29.19"));
}
END_TEST

/* The TBSCertificate inside a certificate. */
static cepces_bytes_t
tbs_of(cepces_bytes_t der)
{
    unsigned char *tbs = NULL;
    int len = i2d_re_X509_tbs(fixture_decode(der, test_pool), &tbs);
    cepces_bytes_t out = cepces_bytes_dup(cepces_bytes(tbs, (size_t)len), test_pool);

    OPENSSL_free(tbs);
    return out;
}

START_TEST(the_self_check_notices_every_single_changed_byte)
{
    static const unsigned char changes[] = {0x01, 0x02, 0x20, 0x80, 0xff};
    fixture_ca_t *ca = fixture_root(test_pool);
    fixture_plan_t *f = fixture_plan(test_pool);
    cepces_issued_t issued = issue(ca, f);
    cepces_lint_t expected = {.plan = &f->plan,
                              .signer = ca->signer,
                              .serial = issued.serial,
                              .algorithm = ca->signer->key.algorithm};
    cepces_bytes_t tbs = tbs_of(issued.der);
    unsigned char *copy = (unsigned char *)apr_pmemdup(test_pool, tbs.data, tbs.len);
    apr_pool_t *scratch;

    ck_assert_int_eq(cepces_ca_lint(tbs, &expected, test_pool, &test_error), CEPCES_OK);
    apr_pool_create(&scratch, test_pool);
    for (size_t i = 0; i < tbs.len; i++) {
        for (size_t j = 0; j < LENGTH_OF(changes); j++) {
            cepces_error_t err = CEPCES_ERROR_INIT(scratch);

            copy[i] ^= changes[j];
            ck_assert_msg(cepces_ca_lint(cepces_bytes(copy, tbs.len), &expected, scratch, &err) ==
                              CEPCES_E_INTERNAL,
                          "byte %zu changed by %02x was not noticed", i, changes[j]);
            ck_assert_str_eq(err.rule, "S5");
            copy[i] ^= changes[j];
            apr_pool_clear(scratch);
        }
        ck_assert_int_eq(cepces_ca_lint(cepces_bytes(tbs.data, i), &expected, scratch, NULL),
                         CEPCES_E_INTERNAL);
    }
}
END_TEST

START_TEST(a_key_of_another_ca_makes_no_signer)
{
    fixture_ca_t *ca = fixture_root(test_pool);
    const cepces_signer_t *signer = NULL;

    ck_assert_int_eq(cepces_signer_open(&signer, &ca->record, &ca->generation,
                                        fixture_key(FIXTURE_P256, test_pool), test_pool,
                                        &test_error),
                     CEPCES_E_INTERNAL);
    ck_assert_ptr_null(signer);
    ck_assert_int_eq(cepces_signer_open(&signer, &ca->record, &ca->generation,
                                        fixture_key(FIXTURE_P384, test_pool), test_pool,
                                        &test_error),
                     CEPCES_E_INTERNAL);
    ck_assert_ptr_null(signer);
}
END_TEST

START_TEST(an_end_entity_makes_no_signer)
{
    fixture_ca_t *ca = fixture_root(test_pool);
    fixture_plan_t *f = fixture_plan(test_pool);
    EVP_PKEY *key = fixture_key(FIXTURE_P256, test_pool);
    const cepces_signer_t *signer = NULL;
    cepces_bytes_t spki;

    ck_assert_int_eq(cepces_ca_key_spki(&spki, key, test_pool, &test_error), CEPCES_OK);
    ck_assert_int_eq(cepces_key_decode(&f->key, spki, test_pool, &test_error), CEPCES_OK);
    ca->generation.certificate = issue(ca, f).der;
    ck_assert_int_eq(
        cepces_signer_open(&signer, &ca->record, &ca->generation, key, test_pool, &test_error),
        CEPCES_E_INTERNAL);
    ck_assert_ptr_null(signer);
}
END_TEST

/* A key that gives wrong signatures, as a broken token would: rule S6. */
START_TEST(a_signature_that_does_not_verify_is_not_given_away)
{
    fixture_ca_t *ca = fixture_root(test_pool);
    cepces_signing_key_t key = ca->signer->key;
    cepces_bytes_t signature = CEPCES_NO_BYTES;

    key.private_key = fixture_key(FIXTURE_P256, test_pool);
    ck_assert_int_eq(
        cepces_ca_sign(&signature, &key, cepces_bytes_str("tbs"), test_pool, &test_error),
        CEPCES_E_INTERNAL);
    ck_assert_str_eq(test_error.rule, "S6");
    ck_assert_ptr_null(signature.data);
}
END_TEST

static int
no_randomness(unsigned char *buf, int num)
{
    return 0;
}

START_TEST(nothing_is_issued_without_randomness)
{
    static RAND_METHOD broken = {NULL, no_randomness, NULL, NULL, no_randomness, NULL};
    fixture_ca_t *ca = fixture_root(test_pool);
    fixture_plan_t *f = fixture_plan(test_pool);
    cepces_issued_t out = {CEPCES_NO_BYTES, CEPCES_NO_BYTES, CEPCES_NO_BYTES};
    const RAND_METHOD *usual = RAND_get_rand_method();
    cepces_status_t st;

    RAND_set_rand_method(&broken);
    st = cepces_ca_issue(&out, ca->signer, &f->plan, test_pool, &test_error);
    RAND_set_rand_method(usual);
    ck_assert_int_eq(st, CEPCES_E_CA_SUSPENDED);
    ck_assert_str_eq(test_error.rule, "S13");
    ck_assert_ptr_null(out.der.data);
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("ca_issue");

    tcase_add_loop_test(tc, issued_certificates_verify_strictly_up_to_the_root, 0, FIXTURE_RSA3072);
    tcase_add_test(tc, extensions_come_in_the_order_of_ad_cs);
    tcase_add_test(tc, fields_are_those_of_plan_and_ca);
    tcase_add_test(tc, no_crl_pointer_without_revocation_information);
    tcase_add_test(tc, an_empty_subject_goes_with_critical_names);
    tcase_add_test(tc, a_certificate_past_2049_has_generalized_time);
    tcase_add_test(tc, serial_numbers_have_sixteen_octets_and_do_not_repeat);
    tcase_add_test(tc, threads_share_a_signer);
    tcase_add_loop_test(tc, a_spoiled_plan_is_never_signed, 0, LENGTH_OF(spoilers));
    tcase_add_test(tc, a_plan_with_a_ca_bit_is_refused_by_the_self_check);
    tcase_add_test(tc, the_self_check_notices_every_single_changed_byte);
    tcase_add_test(tc, a_key_of_another_ca_makes_no_signer);
    tcase_add_test(tc, an_end_entity_makes_no_signer);
    tcase_add_test(tc, a_signature_that_does_not_verify_is_not_given_away);
    tcase_add_test(tc, nothing_is_issued_without_randomness);
    return test_run(tc);
}
