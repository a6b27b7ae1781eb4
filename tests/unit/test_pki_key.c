/* Public keys in tests/vectors/pki/keys, certificates in files, and times. */
#include <string.h>

#include <apr_strings.h>

#include "base/encode.h"
#include "pki/pki.h"
#include "support/vectors.h"

static test_files_t bad;

static const struct {
    const char *what;
    cepces_key_type_t type;
    const char *name;
    unsigned bits;
} good_cases[] = {
    {"rsa-1024", CEPCES_KEY_RSA, "RSA", 1024},
    {"rsa-2048", CEPCES_KEY_RSA, "RSA", 2048},
    {"rsa-exponent-of-64-bits", CEPCES_KEY_RSA, "RSA", 2048},
    {"p-256", CEPCES_KEY_P256, "P-256", 256},
    {"p-384", CEPCES_KEY_P384, "P-384", 384},
    {"p-521", CEPCES_KEY_P521, "P-521", 521},
    {"ed25519", CEPCES_KEY_ED25519, "Ed25519", 256},
};

START_TEST(a_key_of_an_allowed_kind_is_read)
{
    cepces_bytes_t spki =
        test_vector(apr_pstrcat(test_pool, "pki/keys/valid/", good_cases[_i].what, ".der", NULL));
    unsigned char *again = NULL;
    cepces_key_t key;
    int len;

    ck_assert_int_eq(cepces_key_decode(&key, spki, test_pool, &test_error), CEPCES_OK);
    ck_assert_int_eq(key.type, good_cases[_i].type);
    ck_assert_str_eq(cepces_key_type_name(key.type), good_cases[_i].name);
    ck_assert_uint_eq(key.bits, good_cases[_i].bits);
    ck_assert(cepces_bytes_equal(key.spki, spki));
    ck_assert(cepces_bytes_equal(key.spki_sha256, cepces_sha256(spki, test_pool)));
    ck_assert_uint_eq(key.ski.len, 20);
    len = i2d_PUBKEY(key.pkey, &again); /* the key that verifies is the one that was sent */
    ck_assert(cepces_bytes_equal(cepces_bytes(again, (size_t)len), spki));
    OPENSSL_free(again);
}
END_TEST

START_TEST(a_key_of_another_kind_or_out_of_order_is_refused)
{
    const test_file_t *file = &bad.items[_i];
    cepces_key_t key = {.type = CEPCES_KEY_UNKNOWN};
    cepces_status_t st = cepces_key_decode(&key, test_vector(file->path), test_pool, &test_error);

    ck_assert_msg(strcmp(cepces_status_name(st), file->status) == 0, "%s: %s instead of %s (%s)",
                  file->what, cepces_status_name(st), file->status,
                  cepces_error_line(&test_error, test_pool));
    ck_assert_ptr_null(key.pkey);
}
END_TEST

/* --- Certificates ----------------------------------------------------------------------------- */

static cepces_bytes_t
certificate(void)
{
    return test_vector("pkcs10/invalid/UNSUPPORTED_FORMAT/certificate.der");
}

START_TEST(a_certificate_is_decoded_strictly)
{
    cepces_bytes_t der = certificate(),
                   longer = cepces_bytes(cepces_bytes_dup(der, test_pool).data, der.len + 1);
    X509 *x = NULL;

    ck_assert_int_eq(cepces_x509_decode(&x, der, test_pool, &test_error), CEPCES_OK);
    ck_assert_str_eq(cepces_name_text(X509_get_subject_name(x), test_pool), "CN=agent");
    ck_assert_int_eq(cepces_x509_decode(&x, longer, test_pool, &test_error),
                     CEPCES_E_ASN1_TRAILING);
    ck_assert_int_eq(
        cepces_x509_decode(&x, cepces_bytes(der.data, der.len - 1), test_pool, &test_error),
        CEPCES_E_ASN1_TRUNCATED);
    ck_assert_int_eq(cepces_x509_decode(&x, cepces_bytes("\x30\x00", 2), test_pool, &test_error),
                     CEPCES_E_ASN1_CORRUPT);
}
END_TEST

START_TEST(pem_files_may_hold_several_certificates_and_other_things)
{
    const char *pem = cepces_pem("CERTIFICATE", certificate(), test_pool);
    const char *other = cepces_pem("PRIVATE KEY", cepces_bytes_str("not looked at"), test_pool);
    const char *text = apr_pstrcat(test_pool, "a comment\n", other, pem, "\nanother\n", pem, NULL);
    cepces_bytes_t *list;
    size_t num;

    ck_assert_int_eq(
        cepces_x509_read_pem(&list, &num, cepces_bytes_str(text), test_pool, &test_error),
        CEPCES_OK);
    ck_assert_uint_eq(num, 2);
    ck_assert(cepces_bytes_equal(list[1], certificate()));
    ck_assert_int_eq(cepces_x509_read_pem(&list, &num, certificate(), test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_uint_eq(num, 1);
    ck_assert(cepces_bytes_equal(list[0], certificate()));
}
END_TEST

START_TEST(files_without_usable_certificates_are_refused)
{
    const char *pem = cepces_pem("CERTIFICATE", certificate(), test_pool);
    const char *many = "", *texts[4];
    cepces_bytes_t *list;
    size_t num;

    for (int i = 0; i < 17; i++) {
        many = apr_pstrcat(test_pool, many, pem, NULL);
    }
    texts[0] = "";
    texts[1] = cepces_pem("PRIVATE KEY", cepces_bytes_str("x"), test_pool);
    texts[2] = cepces_pem("CERTIFICATE", cepces_bytes_str("0x"), test_pool);
    texts[3] = many;
    for (size_t i = 0; i < LENGTH_OF(texts); i++) {
        ck_assert_int_eq(
            cepces_x509_read_pem(&list, &num, cepces_bytes_str(texts[i]), test_pool, &test_error),
            CEPCES_E_INVALID);
    }
    ck_assert_int_eq(cepces_x509_read_pem(&list, &num, cepces_bytes(pem, strlen(pem) / 2),
                                          test_pool, &test_error),
                     CEPCES_E_INVALID);
}
END_TEST

/* --- Times ------------------------------------------------------------------------------------ */

static const struct {
    int type;
    const char *text;
    int64_t seconds;
} time_cases[] = {
    {V_ASN1_UTCTIME, "700101000000Z", 0},
    {V_ASN1_UTCTIME, "261121031635Z", 1795230995},
    {V_ASN1_UTCTIME, "491231235959Z", 2524607999},
    {V_ASN1_GENERALIZEDTIME, "20500101000000Z", 2524608000},
    {V_ASN1_GENERALIZEDTIME, "99991231235959Z", 253402300799},
};

static ASN1_TIME *
make_time(int type, const char *text)
{
    ASN1_TIME *t = ASN1_STRING_type_new(type);

    ASN1_STRING_set(t, text, -1);
    return t;
}

START_TEST(a_time_is_read_in_seconds)
{
    ASN1_TIME *t = make_time(time_cases[_i].type, time_cases[_i].text);
    apr_time_t out;

    ck_assert_int_eq(cepces_asn1_time_get(&out, t, &test_error), CEPCES_OK);
    ck_assert_int_eq(out, apr_time_from_sec(time_cases[_i].seconds));
    ASN1_TIME_free(t);
}
END_TEST

static const struct {
    int type;
    const char *text;
} bad_times[] = {
    {V_ASN1_UTCTIME, ""},
    {V_ASN1_UTCTIME, "261321031635Z"},
    {V_ASN1_UTCTIME, "20261121031635Z"},
    {V_ASN1_UTCTIME, "500101000000Z"}, /* 1950 */
    {V_ASN1_GENERALIZEDTIME, "20260230000000Z"},
    {V_ASN1_GENERALIZEDTIME, "soon"},
    {V_ASN1_OCTET_STRING, "261121031635Z"},
};

START_TEST(a_time_that_is_none_is_refused)
{
    ASN1_TIME *t = make_time(bad_times[_i].type, bad_times[_i].text);
    apr_time_t out;

    ck_assert_int_eq(cepces_asn1_time_get(&out, t, &test_error), CEPCES_E_BAD_DATA);
    ASN1_TIME_free(t);
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("pki keys");

    bad = test_files("pki/keys", false);
    if (bad.num < 30) {
        return 1;
    }
    tcase_add_loop_test(tc, a_key_of_an_allowed_kind_is_read, 0, LENGTH_OF(good_cases));
    tcase_add_loop_test(tc, a_key_of_another_kind_or_out_of_order_is_refused, 0, bad.num);
    tcase_add_test(tc, a_certificate_is_decoded_strictly);
    tcase_add_test(tc, pem_files_may_hold_several_certificates_and_other_things);
    tcase_add_test(tc, files_without_usable_certificates_are_refused);
    tcase_add_loop_test(tc, a_time_is_read_in_seconds, 0, LENGTH_OF(time_cases));
    tcase_add_loop_test(tc, a_time_that_is_none_is_refused, 0, LENGTH_OF(bad_times));
    return test_run(tc);
}
