/* Certificates of CAs: what they say, that chains of them verify strictly, and what is refused. */
#include "ca_fixture.h"
#include "support/suite.h"

static const char *const root_order[] = {
    "2.5.29.14",
    "1.3.6.1.4.1.311.21.1",
    "2.5.29.15",
    "2.5.29.19",
};
static const char *const sub_order[] = {
    "2.5.29.14", "2.5.29.35", "2.5.29.31", "1.3.6.1.5.5.7.1.1", "1.3.6.1.4.1.311.21.1",
    "2.5.29.15", "2.5.29.19",
};

static void
check_order(const X509 *x, const char *const *oids, size_t num)
{
    ck_assert_int_eq(X509_get_ext_count(x), num);
    for (size_t i = 0; i < num; i++) {
        char oid[80];

        OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(X509_get_ext(x, (int)i)), 1);
        ck_assert_str_eq(oid, oids[i]);
    }
}

START_TEST(a_root_is_a_ca_and_signs_itself)
{
    cepces_ca_profile_t profile = fixture_profile("CN=Test Root CA,O=Example,C=DE");
    fixture_ca_t *root;
    X509 *x;

    profile.generation = 3;
    root = fixture_ca(&profile, (fixture_kind_t)_i, NULL, test_pool);
    x = fixture_decode(root->generation.certificate, test_pool);
    check_order(x, root_order, LENGTH_OF(root_order));
    ck_assert_int_eq(X509_get_version(x), 2);
    ck_assert_int_eq(X509_check_ca(x), 1);
    ck_assert_int_eq(X509_self_signed(x, 1), 1);
    ck_assert_uint_eq(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE | KU_KEY_CERT_SIGN | KU_CRL_SIGN);
    ck_assert_int_eq(X509_get_pathlen(x), -1);
    ck_assert_str_eq(cepces_name_text(X509_get_subject_name(x), test_pool),
                     "CN=Test Root CA,O=Example,C=DE");
    ck_assert_int_eq(ASN1_STRING_length(X509_get0_serialNumber(x)), 16);
    ck_assert_mem_eq(ASN1_STRING_get0_data(X509_EXTENSION_get_data(X509_get_ext(x, 1))),
                     "\x02\x01\x03", 3);
    ck_assert_int_eq(X509_EXTENSION_get_critical(X509_get_ext(x, 2)), 1);
    ck_assert_int_eq(X509_EXTENSION_get_critical(X509_get_ext(x, 3)), 1);
}
END_TEST

/* Verifies |leaf| strictly with |chain| up to |root|. */
static int
verify(X509 *leaf, X509 *const *chain, size_t num, X509 *root)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *others = sk_X509_new_null();
    int result;

    for (size_t i = 0; i < num; i++) {
        sk_X509_push(others, chain[i]);
    }
    X509_STORE_add_cert(store, root);
    X509_STORE_CTX_init(ctx, store, leaf, others);
    X509_STORE_CTX_set_time(ctx, 0, (time_t)apr_time_sec(FIXTURE_NOW));
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
    result = X509_verify_cert(ctx) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(ctx);
    sk_X509_free(others);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    return result;
}

START_TEST(a_chain_of_three_cas_verifies_strictly)
{
    cepces_ca_profile_t profiles[3] = {fixture_profile("CN=Root"), fixture_profile("CN=Policy"),
                                       fixture_profile("CN=Issuing")};
    fixture_ca_t *root, *policy, *issuing;
    cepces_issued_t issued;
    X509 *chain[2];

    profiles[0].path_len = 2;
    profiles[1].path_len = 1;
    profiles[2].path_len = 0;
    root = fixture_ca(&profiles[0], FIXTURE_RSA2048, NULL, test_pool);
    policy = fixture_ca(&profiles[1], FIXTURE_P384, root, test_pool);
    issuing = fixture_ca(&profiles[2], FIXTURE_P256, policy, test_pool);
    ck_assert_uint_eq(issuing->generation.chain_num, 2);
    chain[0] = policy->signer->certificate;
    chain[1] = issuing->signer->certificate;
    ck_assert_int_eq(X509_get_pathlen(chain[1]), 0);
    check_order(chain[1], sub_order, LENGTH_OF(sub_order));
    ck_assert_int_eq(verify(chain[1], chain, 1, root->signer->certificate), X509_V_OK);
    ck_assert_int_eq(cepces_ca_issue(&issued, issuing->signer, &fixture_plan(test_pool)->plan,
                                     test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_int_eq(
        verify(fixture_decode(issued.der, test_pool), chain, 2, root->signer->certificate),
        X509_V_OK);
}
END_TEST

START_TEST(a_subordinate_never_outlives_its_issuer)
{
    cepces_ca_profile_t profile = fixture_profile("CN=Sub");
    fixture_ca_t *root = fixture_root(test_pool);
    X509 *x;

    profile.not_after = FIXTURE_NOW + 9999 * FIXTURE_DAY;
    x = fixture_ca(&profile, FIXTURE_P256, root, test_pool)->signer->certificate;
    ck_assert_int_eq(
        ASN1_TIME_compare(X509_get0_notAfter(x), X509_get0_notAfter(root->signer->certificate)), 0);
}
END_TEST

/* --- What is refused -------------------------------------------------------------------------- */

static const struct {
    const char *subject;
    int path_len, generation;
    int days; /* of validity */
    int issuer_path_len;
    const char *says;
} refused[] = {
    {"", -1, 0, 10, -1, "must not be empty"},
    {"CN=Test Root CA", -1, 0, 10, -1, "that of the issuer"},
    {"no equals sign", -1, 0, 10, -1, "subject"},
    {"CN=", -1, 0, 10, -1, "subject"},
    {"CN=Sub", -1, 0, 0, -1, "validity"},
    {"CN=Sub", -1, 0, -5, -1, "validity"},
    {"CN=Sub", -2, 0, 10, -1, "path length"},
    {"CN=Sub", 33, 0, 10, -1, "path length"},
    {"CN=Sub", -1, -1, 10, -1, "generation"},
    {"CN=Sub", -1, 0, 10, 0, "path length is 0"},
};

START_TEST(a_subordinate_that_no_client_would_accept_is_refused)
{
    cepces_ca_profile_t root_profile = fixture_profile("CN=Test Root CA");
    cepces_ca_profile_t profile = fixture_profile(refused[_i].subject);
    cepces_issued_t out = {CEPCES_NO_BYTES, CEPCES_NO_BYTES, CEPCES_NO_BYTES};
    fixture_ca_t *root;

    root_profile.path_len = refused[_i].issuer_path_len;
    root = fixture_ca(&root_profile, FIXTURE_P256, NULL, test_pool);
    profile.path_len = refused[_i].path_len;
    profile.generation = refused[_i].generation;
    profile.not_after = profile.not_before + refused[_i].days * FIXTURE_DAY;
    ck_assert_int_eq(cepces_ca_make_subordinate(&out, &profile,
                                                fixture_key(FIXTURE_P256, test_pool), root->signer,
                                                test_pool, &test_error),
                     CEPCES_E_INVALID);
    ck_assert_ptr_null(out.der.data);
    ck_assert_ptr_nonnull(strstr(cepces_error_line(&test_error, test_pool), refused[_i].says));
}
END_TEST

START_TEST(an_expired_issuer_signs_no_subordinate)
{
    cepces_ca_profile_t profile = fixture_profile("CN=Sub");
    cepces_issued_t out;

    profile.not_before = FIXTURE_NOW + 3651 * FIXTURE_DAY;
    profile.not_after = FIXTURE_NOW + 4000 * FIXTURE_DAY;
    ck_assert_int_eq(
        cepces_ca_make_subordinate(&out, &profile, fixture_key(FIXTURE_P256, test_pool),
                                   fixture_root(test_pool)->signer, test_pool, &test_error),
        CEPCES_E_INVALID);
}
END_TEST

START_TEST(the_key_of_the_issuer_makes_no_subordinate)
{
    cepces_ca_profile_t profile = fixture_profile("CN=Sub");
    fixture_ca_t *root = fixture_root(test_pool);
    cepces_issued_t out;

    ck_assert_int_eq(
        cepces_ca_make_subordinate(&out, &profile, root->key, root->signer, test_pool, &test_error),
        CEPCES_E_INVALID);
}
END_TEST

static const struct {
    const char *type;
    const char *parameter; /* curve or NULL */
    unsigned bits;
} weak_keys[] = {
    {"RSA", NULL, 1024},          {"EC", "P-521", 0},   {"EC", "secp256k1", 0},
    {"EC", "brainpoolP256r1", 0}, {"ED25519", NULL, 0},
};

START_TEST(keys_that_are_no_ca_keys_are_refused)
{
    cepces_ca_profile_t profile = fixture_profile("CN=Root");
    cepces_bytes_t out = CEPCES_NO_BYTES;
    EVP_PKEY *key = weak_keys[_i].bits != 0 ? EVP_RSA_gen(weak_keys[_i].bits)
                    : weak_keys[_i].parameter != NULL
                        ? EVP_EC_gen(weak_keys[_i].parameter)
                        : EVP_PKEY_Q_keygen(NULL, NULL, weak_keys[_i].type);

    ck_assert_ptr_nonnull(key);
    ck_assert_int_eq(cepces_ca_make_root(&out, &profile, key, test_pool, &test_error),
                     CEPCES_E_INVALID);
    ck_assert_str_eq(test_error.rule, "K5");
    ck_assert_ptr_null(out.data);
    EVP_PKEY_free(key);
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("ca_authority");

    tcase_add_loop_test(tc, a_root_is_a_ca_and_signs_itself, 0, FIXTURE_RSA3072);
    tcase_add_test(tc, a_chain_of_three_cas_verifies_strictly);
    tcase_add_test(tc, a_subordinate_never_outlives_its_issuer);
    tcase_add_loop_test(tc, a_subordinate_that_no_client_would_accept_is_refused, 0,
                        LENGTH_OF(refused));
    tcase_add_test(tc, an_expired_issuer_signs_no_subordinate);
    tcase_add_test(tc, the_key_of_the_issuer_makes_no_subordinate);
    tcase_add_loop_test(tc, keys_that_are_no_ca_keys_are_refused, 0, LENGTH_OF(weak_keys));
    return test_run(tc);
}
