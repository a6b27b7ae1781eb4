/* The enrolment client without a server: keys and requests as the template says, read back by the
 * server's decoder. What it does with answers is tested end to end. */
#include <string.h>

#include "client/client.h"
#include "pki/msext.h"
#include "pki/oids.h"
#include "request/request.h"
#include "support/suite.h"

static cepces_client_template_t shown;
static cepces_client_extension_t template_extension;

static cepces_client_policy_t
policy(const char *algorithm, unsigned bits, uint32_t subject_flags)
{
    shown = (cepces_client_template_t){
        .name = "Example",
        .oid = "1.3.6.1.4.1.32473.1.8.10",
        .schema_version = 3,
        .key_algorithm = algorithm,
        .minimal_key_length = bits,
        .hash_algorithm = "SHA256",
        .subject_name_flags = subject_flags,
    };
    template_extension =
        (cepces_client_extension_t){CEPCES_OID_TEMPLATE_INFORMATION, false, CEPCES_NO_BYTES};
    ck_assert_int_eq(cepces_msext_template_info(&template_extension.value, shown.oid, 100, 7,
                                                test_pool, &test_error),
                     CEPCES_OK);
    return (cepces_client_policy_t){
        .shown = &shown, .extensions = &template_extension, .num_extensions = 1};
}

static const struct {
    const char *algorithm;
    unsigned bits;
    cepces_key_type_t type;
    bool cmc;
} keys[] = {
    {"RSA", 2048, CEPCES_KEY_RSA, false},        {"RSA", 2048, CEPCES_KEY_RSA, true},
    {"RSA", 1024, CEPCES_KEY_RSA, true}, /* never below 2048, whatever a server says */
    {"ECDSA_P256", 256, CEPCES_KEY_P256, true},  {"ECDSA_P384", 384, CEPCES_KEY_P384, true},
    {"ECDSA_P521", 521, CEPCES_KEY_P521, true},  {"ECDH_P256", 256, CEPCES_KEY_P256, false},
    {"Ed25519", 256, CEPCES_KEY_ED25519, false},
};

START_TEST(a_request_is_read_back_by_the_server_as_it_was_meant)
{
    const char *const dns[] = {"www.example.test", "example.test"};
    const cepces_client_enroll_options_t enroll = {.dns_names = {dns, 2}};
    cepces_client_policy_t p =
        policy(keys[_i].algorithm, keys[_i].bits, CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT);
    const cepces_request_t *r;
    cepces_bytes_t token;
    EVP_PKEY *key;

    ck_assert_int_eq(cepces_client_make_key(&key, &shown, test_pool, &test_error), CEPCES_OK);
    ck_assert_int_eq(cepces_client_make_pkcs10(&token, key, &p, &enroll, test_pool, &test_error),
                     CEPCES_OK);
    if (keys[_i].cmc) {
        ck_assert_int_eq(cepces_client_wrap_cmc(&token, token, key, test_pool, &test_error),
                         CEPCES_OK);
    }
    ck_assert_int_eq(cepces_request_decode(&r, token, test_pool, &test_error), CEPCES_OK);
    ck_assert_int_eq(r->format, keys[_i].cmc ? CEPCES_REQUEST_CMC : CEPCES_REQUEST_PKCS10);
    ck_assert_int_eq(r->key.type, keys[_i].type);
    ck_assert_uint_ge(r->key.bits, keys[_i].type == CEPCES_KEY_RSA ? 2048 : keys[_i].bits);
    ck_assert_str_eq(r->template_oid, shown.oid);
    ck_assert_uint_eq(r->template_minor.value, 7);
    ck_assert_uint_eq(r->num_sans, 2);
    ck_assert_str_eq(r->sans[1].text, "example.test");
    ck_assert_uint_eq(r->num_rdns, 1);
    ck_assert_str_eq(r->rdns[0].value, "www.example.test");
    ck_assert_ptr_nonnull(strstr(r->client_info, "cepcesctl"));
}
END_TEST

START_TEST(where_the_server_builds_the_names_the_subject_is_empty)
{
    const cepces_client_enroll_options_t enroll = {.template_name = "Example"};
    cepces_client_policy_t p = policy("ECDSA_P256", 256, CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS);
    const cepces_request_t *r;
    cepces_bytes_t token;
    EVP_PKEY *key;

    ck_assert_int_eq(cepces_client_make_key(&key, &shown, test_pool, &test_error), CEPCES_OK);
    ck_assert_int_eq(cepces_client_make_pkcs10(&token, key, &p, &enroll, test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_int_eq(cepces_request_decode(&r, token, test_pool, &test_error), CEPCES_OK);
    ck_assert(r->subject_empty);
    ck_assert_uint_eq(r->num_sans, 0);
}
END_TEST

static const struct {
    uint32_t subject_flags;
    const char *subject;
    const char *dns;
    const char *says;
} refusals[] = {
    {CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS, "CN=me", NULL, "leave --subject and --dns out"},
    {CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS, NULL, "www.example.test",
     "leave --subject and --dns out"},
    {CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT, NULL, NULL, "give --dns or --subject"},
    {CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT, "this is no name", NULL, "subject \"this is no name\""},
};

START_TEST(names_that_do_not_fit_the_template_are_refused_before_anything_is_sent)
{
    const char *const dns[] = {refusals[_i].dns};
    const cepces_client_enroll_options_t enroll = {.subject = refusals[_i].subject,
                                                   .dns_names = {dns, refusals[_i].dns != NULL}};
    cepces_client_policy_t p = policy("ECDSA_P256", 256, refusals[_i].subject_flags);
    cepces_bytes_t token;
    EVP_PKEY *key;

    ck_assert_int_eq(cepces_client_make_key(&key, &shown, test_pool, &test_error), CEPCES_OK);
    ck_assert_int_eq(cepces_client_make_pkcs10(&token, key, &p, &enroll, test_pool, &test_error),
                     CEPCES_E_INVALID);
    ck_assert_ptr_nonnull(strstr(test_error.detail, refusals[_i].says));
}
END_TEST

START_TEST(an_algorithm_we_cannot_make_is_refused_by_name)
{
    EVP_PKEY *key;

    (void)policy("ML-DSA-65", 0, 0);
    ck_assert_int_eq(cepces_client_make_key(&key, &shown, test_pool, &test_error), CEPCES_E_REMOTE);
    ck_assert_ptr_nonnull(strstr(cepces_error_line(&test_error, test_pool), "ML-DSA-65"));
}
END_TEST

START_TEST(the_codes_that_a_server_sends_are_explained_in_words)
{
    for (int i = 0; i < CEPCES_STATUS_COUNT; i++) {
        cepces_status_t st = (cepces_status_t)i;
        cepces_fault_t fault = cepces_status_fault(st);

        /* ASN.1 errors would be our own bug: the code and the server's reason have to do. */
        if ((fault == CEPCES_FAULT_REFUSED || fault == CEPCES_FAULT_UNAVAILABLE) &&
            strncmp(cepces_status_name(st), "ASN1_", 5) != 0) {
            ck_assert_msg(cepces_client_explain_code(cepces_status_code(st)) != NULL, "%s",
                          cepces_status_name(st));
        }
    }
    ck_assert_ptr_null(cepces_client_explain_code(0x12345678));
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("client");

    tcase_add_loop_test(tc, a_request_is_read_back_by_the_server_as_it_was_meant, 0,
                        LENGTH_OF(keys));
    tcase_add_test(tc, where_the_server_builds_the_names_the_subject_is_empty);
    tcase_add_loop_test(tc, names_that_do_not_fit_the_template_are_refused_before_anything_is_sent,
                        0, LENGTH_OF(refusals));
    tcase_add_test(tc, an_algorithm_we_cannot_make_is_refused_by_name);
    tcase_add_test(tc, the_codes_that_a_server_sends_are_explained_in_words);
    return test_run(tc);
}
