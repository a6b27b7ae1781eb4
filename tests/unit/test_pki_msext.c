/* Extension values of Microsoft and RFC 5280 against known encodings. */
#include "base/encode.h"
#include "cepces/model.h"
#include "pki/msext.h"
#include "support/suite.h"

static const char *
hex(cepces_bytes_t bytes)
{
    return cepces_hex(bytes, test_pool);
}

static cepces_bytes_t
from_hex(const char *text)
{
    cepces_bytes_t bytes;

    ck_assert_int_eq(cepces_hex_decode(&bytes, text, test_pool, &test_error), CEPCES_OK);
    return bytes;
}

static cepces_strings_t
client_auth(void)
{
    static const char *const oids[] = {CEPCES_OID_CLIENT_AUTHENTICATION};

    return (cepces_strings_t){oids, 1};
}

START_TEST(template_information_has_its_known_encoding)
{
    cepces_optional_t major, minor;
    cepces_bytes_t der;
    const char *oid;

    ck_assert_int_eq(cepces_msext_template_info(&der, "1.3.6.1.4.1.32473.1.8.10", 100, 7, test_pool,
                                                &test_error),
                     CEPCES_OK);
    ck_assert_str_eq(hex(der), "3013060b2b0601040181fd5901080a020164020107");
    ck_assert_int_eq(
        cepces_msext_read_template_info(&oid, &major, &minor, der, test_pool, &test_error),
        CEPCES_OK);
    ck_assert_str_eq(oid, "1.3.6.1.4.1.32473.1.8.10");
    ck_assert_uint_eq(major.value, 100);
    ck_assert_uint_eq(minor.value, 7);
    ck_assert_int_eq(cepces_msext_template_info(&der, "User", 1, 0, test_pool, &test_error),
                     CEPCES_E_INVALID);
}
END_TEST

START_TEST(a_template_revision_may_have_32_bits)
{
    cepces_optional_t major, minor;
    cepces_bytes_t der;
    const char *oid;

    ck_assert_int_eq(
        cepces_msext_template_info(&der, "1.2.3", UINT32_MAX, 0, test_pool, &test_error),
        CEPCES_OK);
    ck_assert_int_eq(
        cepces_msext_read_template_info(&oid, &major, &minor, der, test_pool, &test_error),
        CEPCES_OK);
    ck_assert_uint_eq(major.value, UINT32_MAX);
    ck_assert(minor.present);
    ck_assert_int_eq(cepces_msext_read_template_info(&oid, &major, &minor, from_hex("300406022a03"),
                                                     test_pool, &test_error),
                     CEPCES_OK);
    ck_assert(!major.present && !minor.present);
}
END_TEST

START_TEST(a_template_name_is_a_bmpstring)
{
    cepces_bytes_t der;
    const char *name;

    ck_assert_int_eq(cepces_msext_template_name(&der, "User", test_pool, &test_error), CEPCES_OK);
    ck_assert_str_eq(hex(der), "1e080055007300650072");
    ck_assert_int_eq(cepces_msext_read_template_name(&name, der, test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_str_eq(name, "User");
    ck_assert_int_eq(cepces_msext_read_template_name(&name, from_hex("30060c0455736572"), test_pool,
                                                     &test_error),
                     CEPCES_OK);
    ck_assert_str_eq(name, "User");
    ck_assert_int_eq(cepces_msext_template_name(&der, "\xf0\x9f\x94\x91", test_pool, &test_error),
                     CEPCES_E_INVALID);
}
END_TEST

START_TEST(purposes_and_policies_have_their_known_encodings)
{
    cepces_strings_t oids;
    cepces_bytes_t der;

    ck_assert_int_eq(cepces_msext_eku(&der, client_auth(), test_pool, &test_error), CEPCES_OK);
    ck_assert_str_eq(hex(der), "300a06082b06010505070302");
    ck_assert_int_eq(cepces_msext_application_policies(&der, client_auth(), test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_str_eq(hex(der), "300c300a06082b06010505070302");
    ck_assert_int_eq(cepces_msext_read_policies(&oids, der, test_pool, &test_error), CEPCES_OK);
    ck_assert(cepces_strings_equal(oids, client_auth()));
    ck_assert_str_eq(hex(cepces_msext_basic_constraints_ee()), "3000");
}
END_TEST

START_TEST(an_oid_that_is_none_is_not_encoded)
{
    static const char *const items[] = {CEPCES_OID_CLIENT_AUTHENTICATION, "clientAuth"};
    const cepces_strings_t oids = {items, 2};
    cepces_bytes_t der;

    ck_assert_int_eq(cepces_msext_eku(&der, oids, test_pool, &test_error), CEPCES_E_INVALID);
    ck_assert_int_eq(cepces_msext_certificate_policies(&der, oids, test_pool, &test_error),
                     CEPCES_E_INVALID);
}
END_TEST

static const struct {
    uint16_t bits;
    const char *hex;
} usage_cases[] = {
    {CEPCES_KU_DIGITAL_SIGNATURE | CEPCES_KU_KEY_ENCIPHERMENT, "030205a0"},
    {CEPCES_KU_DIGITAL_SIGNATURE, "03020780"},
    {CEPCES_KU_KEY_CERT_SIGN | CEPCES_KU_CRL_SIGN | CEPCES_KU_DIGITAL_SIGNATURE, "03020186"},
    {CEPCES_KU_DECIPHER_ONLY | CEPCES_KU_KEY_AGREEMENT, "0303070880"},
    {CEPCES_KU_ENCIPHER_ONLY, "03020001"},
};

START_TEST(key_usage_is_a_bit_string_without_trailing_zeros)
{
    cepces_bytes_t der;

    ck_assert_int_eq(cepces_msext_key_usage(&der, usage_cases[_i].bits, test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_str_eq(hex(der), usage_cases[_i].hex);
}
END_TEST

START_TEST(the_sid_extension_holds_the_text_of_the_sid)
{
    cepces_bytes_t der;
    const char *sid;

    ck_assert_int_eq(cepces_msext_sid(&der, "S-1-5-21-3734741977-4168152908-3762407930-1105",
                                      test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_str_eq(hex(der),
                     "3040a03e060a2b060104018237190201a030042e"
                     "532d312d352d32312d333733343734313937372d343136383135323930382d333736"
                     "323430373933302d31313035");
    ck_assert_int_eq(cepces_msext_read_sid(&sid, der, test_pool, &test_error), CEPCES_OK);
    ck_assert_str_eq(sid, "S-1-5-21-3734741977-4168152908-3762407930-1105");
}
END_TEST

static const char *const no_sids[] = {
    "", "S-1-", "S-1-5-", "S-1--5", "s-1-5-18", "S-2-5-18", "S-1-5-18 ", "S-1-5-x",
};

START_TEST(a_sid_extension_without_a_sid_is_refused)
{
    cepces_bytes_t der;
    const char *sid = NULL;

    ck_assert_int_eq(cepces_msext_sid(&der, no_sids[_i], test_pool, &test_error), CEPCES_OK);
    ck_assert_int_eq(cepces_msext_read_sid(&sid, der, test_pool, &test_error), CEPCES_E_BAD_DATA);
    ck_assert_ptr_null(sid);
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("pki extensions");

    tcase_add_test(tc, template_information_has_its_known_encoding);
    tcase_add_test(tc, a_template_revision_may_have_32_bits);
    tcase_add_test(tc, a_template_name_is_a_bmpstring);
    tcase_add_test(tc, purposes_and_policies_have_their_known_encodings);
    tcase_add_test(tc, an_oid_that_is_none_is_not_encoded);
    tcase_add_loop_test(tc, key_usage_is_a_bit_string_without_trailing_zeros, 0,
                        LENGTH_OF(usage_cases));
    tcase_add_test(tc, the_sid_extension_holds_the_text_of_the_sid);
    tcase_add_loop_test(tc, a_sid_extension_without_a_sid_is_refused, 0, LENGTH_OF(no_sids));
    return test_run(tc);
}
