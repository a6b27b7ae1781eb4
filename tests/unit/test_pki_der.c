/* The walk over DER (rule V16), OIDs and digests. */
#include <string.h>

#include "base/encode.h"
#include "pki/pki.h"
#include "support/suite.h"

static const struct {
    const char *hex;
    cepces_status_t status;
} der_cases[] = {
    {"3000", CEPCES_OK},
    {"0500", CEPCES_OK},
    {"020100", CEPCES_OK},
    {"0202ff7f", CEPCES_OK},
    {"02020080", CEPCES_OK},
    {"0101ff", CEPCES_OK},
    {"030100", CEPCES_OK},          /* an empty BIT STRING, as Windows sends it */
    {"030207 80", CEPCES_OK},
    {"06032b0601", CEPCES_OK},
    {"a003020100", CEPCES_OK},
    {"8003aabbcc", CEPCES_OK},      /* what an implicit tag hides is the decoder's to check */
    {"300802010104030a0b0c", CEPCES_OK},
    {"", CEPCES_E_ASN1_TRUNCATED},
    {"30", CEPCES_E_ASN1_TRUNCATED},
    {"3081", CEPCES_E_ASN1_TRUNCATED},
    {"300102", CEPCES_E_ASN1_TRUNCATED},
    {"3003020100ff", CEPCES_E_ASN1_TRAILING},
    {"05000500", CEPCES_E_ASN1_TRAILING},
    {"3080020100 0000", CEPCES_E_ASN1_NOT_DER},
    {"308103020100", CEPCES_E_ASN1_NOT_DER},
    {"30820003020100", CEPCES_E_ASN1_NOT_DER},
    {"3084000000030201 00", CEPCES_E_ASN1_NOT_DER},
    {"30850000000003020100", CEPCES_E_ASN1_CORRUPT},
    {"30ff", CEPCES_E_ASN1_CORRUPT},
    {"3003020200", CEPCES_E_ASN1_CORRUPT}, /* the inner value ends behind the outer */
    {"010101", CEPCES_E_ASN1_NOT_DER},
    {"0100", CEPCES_E_ASN1_NOT_DER},
    {"01020000", CEPCES_E_ASN1_NOT_DER},
    {"0200", CEPCES_E_ASN1_CORRUPT},
    {"02020001", CEPCES_E_ASN1_NOT_DER},
    {"0202ff80", CEPCES_E_ASN1_NOT_DER},
    {"0a020001", CEPCES_E_ASN1_NOT_DER},
    {"0300", CEPCES_E_ASN1_CORRUPT},
    {"030101", CEPCES_E_ASN1_NOT_DER},
    {"030208ff", CEPCES_E_ASN1_NOT_DER},
    {"030201ff", CEPCES_E_ASN1_NOT_DER},
    {"050100", CEPCES_E_ASN1_CORRUPT},
    {"0600", CEPCES_E_ASN1_CORRUPT},
    {"06022a80", CEPCES_E_ASN1_NOT_DER},
    {"06028001", CEPCES_E_ASN1_NOT_DER},
    {"06032a8001", CEPCES_E_ASN1_NOT_DER},
    {"2403040161", CEPCES_E_ASN1_NOT_DER},
    {"1000", CEPCES_E_ASN1_NOT_DER},
    {"1100", CEPCES_E_ASN1_NOT_DER},
    {"0000", CEPCES_E_ASN1_NOT_DER},
    {"30020000", CEPCES_E_ASN1_NOT_DER},
    {"3f1f00", CEPCES_E_ASN1_CORRUPT},
    {"9f810100", CEPCES_E_ASN1_CORRUPT},
};

static cepces_bytes_t
from_hex(const char *text)
{
    unsigned char *digits = (unsigned char *)apr_palloc(test_pool, strlen(text) + 1);
    cepces_bytes_t bytes;
    size_t num = 0;

    for (; *text != '\0'; text++) {
        if (*text != ' ') {
            digits[num++] = (unsigned char)*text;
        }
    }
    digits[num] = '\0';
    ck_assert_int_eq(cepces_hex_decode(&bytes, (const char *)digits, test_pool, &test_error),
                     CEPCES_OK);
    return bytes;
}

START_TEST(der_is_walked_strictly)
{
    cepces_status_t st = cepces_der_check(from_hex(der_cases[_i].hex), &test_error);

    ck_assert_msg(st == der_cases[_i].status, "%s: %s", der_cases[_i].hex, cepces_status_name(st));
    if (st != CEPCES_OK) {
        ck_assert_str_eq(test_error.rule, "V16");
    }
}
END_TEST

/* |depth| SEQUENCEs inside each other. */
static cepces_bytes_t
nested(unsigned depth)
{
    unsigned char *der = (unsigned char *)apr_palloc(test_pool, 2 * depth);

    for (unsigned i = 0; i < depth; i++) {
        der[2 * i] = 0x30;
        der[2 * i + 1] = (unsigned char)(2 * (depth - 1 - i));
    }
    return cepces_bytes(der, 2 * depth);
}

START_TEST(depth_has_a_ceiling)
{
    ck_assert_int_eq(cepces_der_check(nested(CEPCES_DER_MAX_DEPTH), &test_error), CEPCES_OK);
    ck_assert_int_eq(cepces_der_check(nested(CEPCES_DER_MAX_DEPTH + 1), &test_error),
                     CEPCES_E_ASN1_CORRUPT);
}
END_TEST

/* A SEQUENCE of |num| NULLs, with a length of two octets. */
static cepces_bytes_t
nulls(unsigned num)
{
    unsigned char *der = (unsigned char *)apr_pcalloc(test_pool, 4 + 2 * num);

    der[0] = 0x30;
    der[1] = 0x82;
    der[2] = (unsigned char)(2 * num >> 8);
    der[3] = (unsigned char)(2 * num);
    for (unsigned i = 0; i < num; i++) {
        der[4 + 2 * i] = 0x05;
    }
    return cepces_bytes(der, 4 + 2 * num);
}

START_TEST(the_number_of_values_has_a_ceiling)
{
    ck_assert_int_eq(cepces_der_check(nulls(CEPCES_DER_MAX_VALUES - 1), &test_error), CEPCES_OK);
    ck_assert_int_eq(cepces_der_check(nulls(CEPCES_DER_MAX_VALUES), &test_error),
                     CEPCES_E_ASN1_CORRUPT);
}
END_TEST

START_TEST(an_oid_has_at_most_64_octets)
{
    unsigned char der[67] = {0x06, 64};

    memset(der + 2, 0x2a, 65);
    ck_assert_int_eq(cepces_der_check(cepces_bytes(der, 66), &test_error), CEPCES_OK);
    der[1] = 65;
    ck_assert_int_eq(cepces_der_check(cepces_bytes(der, 67), &test_error), CEPCES_E_ASN1_CORRUPT);
}
END_TEST

static const struct {
    const char *hex;
    cepces_status_t status;
} integer_cases[] = {
    {"020107", CEPCES_OK},
    {"040107", CEPCES_E_ASN1_BAD_TAG},
    {"02010702", CEPCES_E_ASN1_TRAILING},
    {"02020007", CEPCES_E_ASN1_NOT_DER},
};

START_TEST(a_value_is_decoded_only_after_the_walk)
{
    void *value;
    cepces_status_t st = cepces_pki_decode(&value, from_hex(integer_cases[_i].hex),
                                           ASN1_ITEM_rptr(ASN1_INTEGER), &test_error);

    ck_assert_int_eq(st, integer_cases[_i].status);
    ck_assert_int_eq(value != NULL, st == CEPCES_OK);
    ASN1_INTEGER_free((ASN1_INTEGER *)value);
}
END_TEST

START_TEST(oids_have_objects_names_and_texts)
{
    ASN1_OBJECT *object = cepces_oid_object("1.3.6.1.4.1.311.21.7");

    ck_assert_ptr_nonnull(object);
    ck_assert_ptr_eq(object, cepces_oid_object(CEPCES_OID_TEMPLATE_INFORMATION));
    ck_assert_str_eq(cepces_oid_text(object, test_pool), "1.3.6.1.4.1.311.21.7");
    ck_assert(cepces_oid_is(object, CEPCES_OID_TEMPLATE_INFORMATION));
    ck_assert(!cepces_oid_is(object, CEPCES_OID_TEMPLATE_NAME));
    ck_assert(!cepces_oid_is(object, "1.2.3.4"));
    ck_assert_str_eq(cepces_oid_name("1.3.6.1.5.5.7.3.2"), "Client Authentication");
    ck_assert_ptr_null(cepces_oid_name("1.2.3.4"));
    ck_assert_ptr_null(cepces_oid_object("1.2.3.4"));
}
END_TEST

START_TEST(an_oid_of_any_length_allowed_has_its_text)
{
    unsigned char der[66] = {0x06, 64};
    const unsigned char *at = der;
    ASN1_OBJECT *object;
    const char *text;

    memset(der + 2, 0x7f, 64);
    object = d2i_ASN1_OBJECT(NULL, &at, sizeof(der));
    ck_assert_ptr_nonnull(object);
    text = cepces_oid_text(object, test_pool);
    ck_assert_uint_eq(strlen(text), strlen("2.47") + 63 * strlen(".127"));
    ASN1_OBJECT_free(object);
}
END_TEST

static const char *const no_oids[] = {
    "", "commonName", "CN", "1", "1.", ".1", "3.1", "1.40.1", "1.2.-3", "1.2 3",
};

START_TEST(what_is_no_oid_is_refused)
{
    ASN1_OBJECT *object;

    ck_assert_int_eq(cepces_oid_new(&object, no_oids[_i], &test_error), CEPCES_E_INVALID);
    ck_assert_ptr_null(object);
}
END_TEST

START_TEST(digests_are_those_of_the_standards)
{
    cepces_bytes_t abc = cepces_bytes_str("abc");

    ck_assert_str_eq(cepces_hex(cepces_sha256(abc, test_pool), test_pool),
                     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_str_eq(cepces_hex(cepces_sha1(abc, test_pool), test_pool),
                     "a9993e364706816aba3e25717850c26c9cd0d89d");
    ck_assert_ptr_nonnull(cepces_digest(NID_sha384));
    ck_assert_ptr_null(cepces_digest(NID_md5));
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("pki der");

    tcase_add_loop_test(tc, der_is_walked_strictly, 0, LENGTH_OF(der_cases));
    tcase_add_test(tc, depth_has_a_ceiling);
    tcase_add_test(tc, the_number_of_values_has_a_ceiling);
    tcase_add_test(tc, an_oid_has_at_most_64_octets);
    tcase_add_loop_test(tc, a_value_is_decoded_only_after_the_walk, 0, LENGTH_OF(integer_cases));
    tcase_add_test(tc, oids_have_objects_names_and_texts);
    tcase_add_test(tc, an_oid_of_any_length_allowed_has_its_text);
    tcase_add_loop_test(tc, what_is_no_oid_is_refused, 0, LENGTH_OF(no_oids));
    tcase_add_test(tc, digests_are_those_of_the_standards);
    return test_run(tc);
}
