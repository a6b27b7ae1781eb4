/* CMC responses: the bodies to the byte, the envelope judged by OpenSSL's CMS, which shares no code
 * with our encoder. */
#include <openssl/cms.h>

#include "base/encode.h"
#include "ca_fixture.h"
#include "support/suite.h"

/* Bodies as AD CS makes them; the certificate of the first is vectors/ca/issued-leaf.der. */
static const struct {
    cepces_cmc_status_t status;
    const char *text;
    unsigned body_part_id;
    int64_t request_id;
    const char *body;
} vectors[] = {
    {CEPCES_CMC_SUCCESS, "Issued", 1, 0,
     "306d3067302102010106082b060105050707013112301002010030030201010c064973737565643042020102060a2"
     "b06"
     "01040182370a0a013131302f02010030030201013125302306092b060104018237151131160414782fcf96acdc89b"
     "de1"
     "b5c4f99d1f6f9a6ddd2c1930003000"},
    {CEPCES_CMC_PENDING, "Taken Under Submission", 1, 42,
     "3050304a304802010106082b060105050707013139303702010330030201010c1654616b656e20556e64657220537"
     "562"
     "6d697373696f6e301504023432180f32303236303130313132303030305a30003000"},
    {CEPCES_CMC_FAILED, "Denied by Policy Module", 1, 0,
     "303a3034303202010106082b060105050707013123302102010230030201010c1744656e69656420627920506f6c6"
     "963"
     "79204d6f64756c6530003000"},
    {CEPCES_CMC_FAILED, NULL, 1000, 0,
     "302230"
     "1c301a02010106082b06010505070701310b30090201023004020203e830003000"},
};

static cepces_cmc_response_t
vector_response(int i)
{
    cepces_cmc_response_t r = {
        .status = vectors[i].status,
        .text = vectors[i].text,
        .body_part_id = vectors[i].body_part_id,
        .request_id = vectors[i].request_id,
        .now = apr_time_from_sec(INT64_C(1767268800)) + 999999, /* 2026-01-01T12:00:00 */
    };

    if (r.status == CEPCES_CMC_SUCCESS) {
        r.certificate = test_vector("ca/issued-leaf.der");
    }
    return r;
}

/* Encodes |r| and decodes it with OpenSSL; the caller frees. */
static CMS_ContentInfo *
encode(const fixture_ca_t *ca, const cepces_cmc_response_t *r, cepces_bytes_t *der)
{
    cepces_status_t st = cepces_ca_encode_cmc_response(der, ca->signer, r, test_pool, &test_error);
    const unsigned char *at;
    CMS_ContentInfo *cms;

    ck_assert_msg(st == CEPCES_OK, "%s", cepces_error_line(&test_error, test_pool));
    at = der->data;
    cms = d2i_CMS_ContentInfo(NULL, &at, (long)der->len);
    ck_assert_ptr_nonnull(cms);
    ck_assert_ptr_eq(at, der->data + der->len);
    return cms;
}

START_TEST(bodies_are_those_of_ad_cs_to_the_byte)
{
    cepces_cmc_response_t r = vector_response(_i);
    cepces_bytes_t der;
    CMS_ContentInfo *cms = encode(fixture_root(test_pool), &r, &der);
    ASN1_OCTET_STRING *content = *CMS_get0_content(cms);

    ck_assert_str_eq(cepces_hex(cepces_bytes(ASN1_STRING_get0_data(content),
                                             (size_t)ASN1_STRING_length(content)),
                                test_pool),
                     vectors[_i].body);
    CMS_ContentInfo_free(cms);
}
END_TEST

/* What the one SignerInfo says. */
static void
check_signer(CMS_ContentInfo *cms, const fixture_ca_t *ca, int digest, int signature)
{
    STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
    CMS_SignerInfo *si;
    X509_ALGOR *digest_algorithm, *signature_algorithm;

    ck_assert_int_eq(sk_CMS_SignerInfo_num(signers), 1);
    si = sk_CMS_SignerInfo_value(signers, 0);
    ck_assert_int_eq(CMS_SignerInfo_cert_cmp(si, ca->signer->certificate), 0);
    ck_assert_int_eq(CMS_signed_get_attr_count(si), 2);
    ck_assert_int_eq(CMS_unsigned_get_attr_count(si), -1);
    CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest_algorithm, &signature_algorithm);
    ck_assert_int_eq(OBJ_obj2nid(digest_algorithm->algorithm), digest);
    ck_assert_int_eq(OBJ_obj2nid(signature_algorithm->algorithm), signature);
}

static const struct {
    fixture_kind_t kind;
    int digest, signature;
} kinds[] = {
    {FIXTURE_P256, NID_sha256, NID_ecdsa_with_SHA256},
    {FIXTURE_P384, NID_sha384, NID_ecdsa_with_SHA384},
    {FIXTURE_RSA2048, NID_sha256, NID_rsaEncryption},
};

START_TEST(the_envelope_verifies_with_openssl)
{
    cepces_ca_profile_t root_profile = fixture_profile("CN=Root"),
                        sub_profile = fixture_profile("CN=Sub");
    fixture_ca_t *root = fixture_ca(&root_profile, FIXTURE_P256, NULL, test_pool);
    fixture_ca_t *sub = fixture_ca(&sub_profile, kinds[_i].kind, root, test_pool);
    cepces_cmc_response_t r = {
        .status = CEPCES_CMC_SUCCESS, .text = "Issued", .body_part_id = 1, .now = FIXTURE_NOW};
    cepces_issued_t issued;
    cepces_bytes_t der;
    CMS_ContentInfo *cms;
    STACK_OF(X509) * certificates;
    X509_STORE *store = X509_STORE_new();

    ck_assert_int_eq(cepces_ca_issue(&issued, sub->signer, &fixture_plan(test_pool)->plan,
                                     test_pool, &test_error),
                     0);
    r.certificate = issued.der;
    cms = encode(sub, &r, &der);
    check_signer(cms, sub, kinds[_i].digest, kinds[_i].signature);
    ck_assert_int_eq(OBJ_obj2nid(CMS_get0_eContentType(cms)), NID_id_cct_PKIResponse);
    certificates = CMS_get1_certs(cms);
    ck_assert_int_eq(sk_X509_num(certificates), 3);
    X509_STORE_add_cert(store, root->signer->certificate);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)apr_time_sec(FIXTURE_NOW));
    X509_STORE_set_purpose(store, X509_PURPOSE_ANY);
    ck_assert_int_eq(CMS_verify(cms, NULL, store, NULL, NULL, CMS_BINARY), 1);
    sk_X509_pop_free(certificates, X509_free);
    X509_STORE_free(store);
    CMS_ContentInfo_free(cms);
}
END_TEST

START_TEST(every_changed_byte_of_the_body_breaks_the_signature)
{
    fixture_ca_t *ca = fixture_root(test_pool);
    cepces_cmc_response_t r = vector_response(2);
    cepces_bytes_t der;
    CMS_ContentInfo *cms = encode(ca, &r, &der);
    ASN1_OCTET_STRING *content = *CMS_get0_content(cms);
    STACK_OF(X509) *certs = sk_X509_new_null();

    sk_X509_push(certs, ca->signer->certificate);
    for (int i = 0; i < ASN1_STRING_length(content); i++) {
        unsigned char *byte = (unsigned char *)(uintptr_t)ASN1_STRING_get0_data(content) + i;

        *byte ^= 1;
        ck_assert_int_ne(
            CMS_verify(cms, certs, NULL, NULL, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY), 1);
        *byte ^= 1;
    }
    ck_assert_int_eq(
        CMS_verify(cms, certs, NULL, NULL, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY), 1);
    sk_X509_free(certs);
    CMS_ContentInfo_free(cms);
}
END_TEST

/* The certificates [0] of a response, one after the other. */
static cepces_bytes_t
certificate_set(cepces_bytes_t der)
{
    const unsigned char *at = der.data;
    long len = (long)der.len;
    int tag, class;

    ASN1_get_object(&at, &len, &tag, &class, len); /* ContentInfo */
    ASN1_get_object(&at, &len, &tag, &class, len);
    at += len; /* contentType */
    ASN1_get_object(&at, &len, &tag, &class, der.data + der.len - at);
    ASN1_get_object(&at, &len, &tag, &class, len); /* SignedData */
    for (int i = 0; i < 3; i++) {                  /* version, digestAlgorithms, encapContentInfo */
        ASN1_get_object(&at, &len, &tag, &class, der.data + der.len - at);
        at += len;
    }
    ASN1_get_object(&at, &len, &tag, &class, der.data + der.len - at);
    ck_assert_int_eq(tag, 0);
    ck_assert_int_eq(class, V_ASN1_CONTEXT_SPECIFIC);
    return cepces_bytes(at, (size_t)len);
}

START_TEST(certificates_are_a_der_set_of_leaf_and_chain)
{
    cepces_ca_profile_t profiles[3] = {fixture_profile("CN=Root"),
                                       fixture_profile("CN=A rather long name"),
                                       fixture_profile("CN=B")};
    fixture_ca_t *ca = NULL;
    cepces_cmc_response_t r = vector_response(0);
    cepces_bytes_t der, set, previous = CEPCES_NO_BYTES;
    size_t num = 0;

    for (int i = 0; i < 3; i++) {
        ca = fixture_ca(&profiles[i], FIXTURE_P256, ca, test_pool);
    }
    CMS_ContentInfo_free(encode(ca, &r, &der));
    set = certificate_set(der);
    while (set.len > 0) {
        const unsigned char *at = set.data;
        long len;
        int tag, class;
        cepces_bytes_t one;

        ASN1_get_object(&at, &len, &tag, &class, (long)set.len);
        one = cepces_bytes(set.data, (size_t)(at + len - set.data));
        if (num > 0) {
            ck_assert_int_lt(
                memcmp(previous.data, one.data, previous.len < one.len ? previous.len : one.len),
                0);
        }
        previous = one;
        set.data += one.len;
        set.len -= one.len;
        num++;
    }
    ck_assert_uint_eq(num, 4);
}
END_TEST

START_TEST(a_denial_carries_the_chain_but_no_leaf)
{
    cepces_cmc_response_t r = vector_response(2);
    cepces_bytes_t der;
    CMS_ContentInfo *cms = encode(fixture_root(test_pool), &r, &der);
    STACK_OF(X509) *certificates = CMS_get1_certs(cms);

    ck_assert_int_eq(sk_X509_num(certificates), 1);
    sk_X509_pop_free(certificates, X509_free);
    CMS_ContentInfo_free(cms);
}
END_TEST

START_TEST(the_message_is_strict_der)
{
    cepces_cmc_response_t r = vector_response(_i);
    cepces_bytes_t der;

    CMS_ContentInfo_free(encode(fixture_root(test_pool), &r, &der));
    ck_assert_int_eq(cepces_der_check(der, &test_error), CEPCES_OK);
}
END_TEST

/* --- What is refused -------------------------------------------------------------------------- */

START_TEST(contradictory_responses_are_not_signed)
{
    static char long_text[CEPCES_CA_MAX_STATUS_TEXT_LEN + 2];
    fixture_ca_t *ca = fixture_root(test_pool);
    cepces_bytes_t some = cepces_bytes("\x30\x00", 2);
    cepces_cmc_response_t cases[] = {
        {.status = CEPCES_CMC_SUCCESS, .text = "Issued", .body_part_id = 1},
        {.status = CEPCES_CMC_FAILED, .text = "No", .body_part_id = 1, .certificate = some},
        {.status = CEPCES_CMC_PENDING,
         .text = "Wait",
         .body_part_id = 1,
         .request_id = 5,
         .certificate = some},
        {.status = CEPCES_CMC_PENDING, .text = "Wait", .body_part_id = 1, .request_id = 0},
        {.status = CEPCES_CMC_PENDING, .text = "Wait", .body_part_id = 1, .request_id = -5},
        {.status = CEPCES_CMC_FAILED, .text = "\xff\xfe", .body_part_id = 1},
        {.status = CEPCES_CMC_FAILED, .text = long_text, .body_part_id = 1},
    };

    memset(long_text, 'a', sizeof(long_text) - 1);
    for (size_t i = 0; i < LENGTH_OF(cases); i++) {
        cepces_bytes_t out = CEPCES_NO_BYTES;

        ck_assert_int_eq(
            cepces_ca_encode_cmc_response(&out, ca->signer, &cases[i], test_pool, &test_error),
            CEPCES_E_INTERNAL);
        ck_assert_ptr_null(out.data);
    }
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("ca_cmc");

    tcase_add_loop_test(tc, bodies_are_those_of_ad_cs_to_the_byte, 0, LENGTH_OF(vectors));
    tcase_add_loop_test(tc, the_envelope_verifies_with_openssl, 0, LENGTH_OF(kinds));
    tcase_add_test(tc, every_changed_byte_of_the_body_breaks_the_signature);
    tcase_add_test(tc, certificates_are_a_der_set_of_leaf_and_chain);
    tcase_add_test(tc, a_denial_carries_the_chain_but_no_leaf);
    tcase_add_loop_test(tc, the_message_is_strict_der, 0, LENGTH_OF(vectors));
    tcase_add_test(tc, contradictory_responses_are_not_signed);
    return test_run(tc);
}
