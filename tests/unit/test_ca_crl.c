/* Certificate revocation lists, read back with OpenSSL and used by its chain verification. */
#include <apr_strings.h>

#include "ca_fixture.h"
#include "support/suite.h"

#define WEEK (7 * FIXTURE_DAY)

static X509_CRL *
sign(const fixture_ca_t *ca, const cepces_revoked_t *revoked, size_t num, int64_t number)
{
    cepces_bytes_t der;
    const unsigned char *at;
    X509_CRL *crl;
    cepces_status_t st = cepces_ca_sign_crl(&der, ca->signer, revoked, num, number, FIXTURE_NOW,
                                            FIXTURE_NOW + WEEK, test_pool, &test_error);

    ck_assert_msg(st == CEPCES_OK, "%s", cepces_error_line(&test_error, test_pool));
    at = der.data;
    crl = d2i_X509_CRL(NULL, &at, (long)der.len);
    ck_assert_ptr_nonnull(crl);
    ck_assert_ptr_eq(at, der.data + der.len);
    return crl;
}

/* Verifies |leaf| with CRL checking; returns X509_V_OK or the error. */
static int
verify(X509 *leaf, X509 *root, X509_CRL *crl)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    int result;

    X509_STORE_add_cert(store, root);
    X509_STORE_add_crl(store, crl);
    X509_STORE_CTX_init(ctx, store, leaf, NULL);
    X509_STORE_CTX_set_time(ctx, 0, (time_t)apr_time_sec(FIXTURE_NOW) + 60);
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CRL_CHECK);
    result = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return result;
}

START_TEST(chain_verification_finds_the_revoked_certificate_and_no_other)
{
    cepces_ca_profile_t profile = fixture_profile("CN=Test Root CA");
    fixture_ca_t *ca = fixture_ca(&profile, (fixture_kind_t)_i, NULL, test_pool);
    cepces_issued_t bad, good;
    cepces_revoked_t revoked;
    X509_CRL *crl;

    ck_assert_int_eq(
        cepces_ca_issue(&bad, ca->signer, &fixture_plan(test_pool)->plan, test_pool, &test_error),
        0);
    ck_assert_int_eq(
        cepces_ca_issue(&good, ca->signer, &fixture_plan(test_pool)->plan, test_pool, &test_error),
        0);
    revoked = (cepces_revoked_t){bad.serial, FIXTURE_NOW - 1, 1};
    crl = sign(ca, &revoked, 1, 7);
    ck_assert_int_eq(verify(fixture_decode(bad.der, test_pool), ca->signer->certificate, crl),
                     X509_V_ERR_CERT_REVOKED);
    ck_assert_int_eq(verify(fixture_decode(good.der, test_pool), ca->signer->certificate, crl),
                     X509_V_OK);
    ck_assert_int_eq(X509_CRL_verify(crl, ca->key), 1);
    X509_CRL_free(crl);
}
END_TEST

START_TEST(an_empty_crl_has_no_list_and_names_ca_number_and_times)
{
    fixture_ca_t *ca = fixture_root(test_pool);
    X509_CRL *crl = sign(ca, NULL, 0, INT64_C(0x1ffffffff));
    ASN1_INTEGER *number = (ASN1_INTEGER *)X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
    AUTHORITY_KEYID *aki =
        (AUTHORITY_KEYID *)X509_CRL_get_ext_d2i(crl, NID_authority_key_identifier, NULL, NULL);
    int64_t value = 0;

    ck_assert_ptr_null(X509_CRL_get_REVOKED(crl));
    ck_assert_int_eq(X509_CRL_get_version(crl), 1);
    ck_assert_int_eq(X509_CRL_get_ext_count(crl), 2);
    ck_assert_int_eq(ASN1_INTEGER_get_int64(&value, number), 1);
    ck_assert_int_eq(value, INT64_C(0x1ffffffff));
    ck_assert_mem_eq(ASN1_STRING_get0_data(aki->keyid), ca->signer->ski.data, 20);
    ck_assert_str_eq((const char *)ASN1_STRING_get0_data(X509_CRL_get0_lastUpdate(crl)),
                     "261121031635Z");
    ck_assert_str_eq((const char *)ASN1_STRING_get0_data(X509_CRL_get0_nextUpdate(crl)),
                     "261128031635Z");
    ASN1_INTEGER_free(number);
    AUTHORITY_KEYID_free(aki);
    X509_CRL_free(crl);
}
END_TEST

START_TEST(entries_keep_their_order_and_omit_an_unspecified_reason)
{
    static const cepces_revoked_t rows[] = {
        {{(const unsigned char *)"\x7f\x02", 2}, FIXTURE_NOW - 5, 0},
        {{(const unsigned char *)"\x01", 1}, FIXTURE_NOW - 4, 4},
        {{(const unsigned char *)"\x00\xff", 2}, FIXTURE_NOW - 3, 10},
        {{(const unsigned char *)"\x80", 1}, FIXTURE_NOW - 3, 6},
    };
    static const char *const serials[] = {"\x7f\x02", "\x01", "\xff", "\x80"};
    X509_CRL *crl = sign(fixture_root(test_pool), rows, LENGTH_OF(rows), 1);
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);

    ck_assert_int_eq(sk_X509_REVOKED_num(entries), LENGTH_OF(rows));
    for (int i = 0; i < (int)LENGTH_OF(rows); i++) {
        X509_REVOKED *entry = sk_X509_REVOKED_value(entries, i);
        const ASN1_INTEGER *serial = X509_REVOKED_get0_serialNumber(entry);
        int critical = 0;
        ASN1_ENUMERATED *reason =
            (ASN1_ENUMERATED *)X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, &critical, NULL);

        ck_assert_int_eq(ASN1_STRING_type(serial), V_ASN1_INTEGER);
        ck_assert_mem_eq(ASN1_STRING_get0_data(serial), serials[i], strlen(serials[i]));
        ck_assert_int_eq(reason == NULL, rows[i].reason == 0);
        ck_assert_int_eq(critical, reason == NULL ? -1 : 0);
        if (reason != NULL) {
            ck_assert_int_eq(ASN1_ENUMERATED_get(reason), rows[i].reason);
        }
        ASN1_ENUMERATED_free(reason);
    }
    X509_CRL_free(crl);
}
END_TEST

START_TEST(a_crl_of_twenty_thousand_entries_is_complete)
{
    const size_t num = 20000;
    cepces_revoked_t *rows = (cepces_revoked_t *)apr_pcalloc(test_pool, num * sizeof(*rows));
    fixture_ca_t *ca = fixture_root(test_pool);
    X509_REVOKED *found = NULL;
    X509_CRL *crl;
    ASN1_INTEGER *serial = ASN1_INTEGER_new();

    for (size_t i = 0; i < num; i++) {
        unsigned char *octets = (unsigned char *)apr_pcalloc(test_pool, 16);

        octets[0] = 0x40;
        octets[14] = (unsigned char)(i >> 8);
        octets[15] = (unsigned char)i;
        rows[i] = (cepces_revoked_t){{octets, 16}, FIXTURE_NOW, (int)(i % 6)};
    }
    crl = sign(ca, rows, num, 1);
    ck_assert_int_eq(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), (int)num);
    ASN1_STRING_set(serial, rows[12345].serial.data, 16);
    ck_assert_int_eq(X509_CRL_get0_by_serial(crl, &found, serial), 1);
    ASN1_INTEGER_free(serial);
    X509_CRL_free(crl);
}
END_TEST

static const struct {
    size_t serial_len;
    int reason;
    int64_t number;
    apr_time_t next_update;
} refused[] = {
    {16, 0, -1, FIXTURE_NOW + WEEK}, {16, 0, 1, FIXTURE_NOW},
    {16, 0, 1, FIXTURE_NOW - WEEK},  {0, 0, 1, FIXTURE_NOW + WEEK},
    {21, 0, 1, FIXTURE_NOW + WEEK},  {16, 7, 1, FIXTURE_NOW + WEEK},
    {16, 8, 1, FIXTURE_NOW + WEEK},  {16, 11, 1, FIXTURE_NOW + WEEK},
    {16, -1, 1, FIXTURE_NOW + WEEK}, {16, 257, 1, FIXTURE_NOW + WEEK},
};

START_TEST(a_crl_that_cannot_be_right_is_not_signed)
{
    static const unsigned char serial[32] = {1};
    cepces_revoked_t row = {{serial, refused[_i].serial_len}, FIXTURE_NOW, refused[_i].reason};
    cepces_bytes_t out = CEPCES_NO_BYTES;

    ck_assert_int_eq(cepces_ca_sign_crl(&out, fixture_root(test_pool)->signer, &row, 1,
                                        refused[_i].number, FIXTURE_NOW, refused[_i].next_update,
                                        test_pool, &test_error),
                     CEPCES_E_INTERNAL);
    ck_assert_ptr_null(out.data);
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("ca_crl");

    tcase_add_loop_test(tc, chain_verification_finds_the_revoked_certificate_and_no_other, 0,
                        FIXTURE_RSA3072);
    tcase_add_test(tc, an_empty_crl_has_no_list_and_names_ca_number_and_times);
    tcase_add_test(tc, entries_keep_their_order_and_omit_an_unspecified_reason);
    tcase_add_test(tc, a_crl_of_twenty_thousand_entries_is_complete);
    tcase_add_loop_test(tc, a_crl_that_cannot_be_right_is_not_signed, 0, LENGTH_OF(refused));
    return test_run(tc);
}
