/* The DER writer: lengths, object identifiers, integers and times at their edges. */
#include <openssl/objects.h>

#include "base/encode.h"
#include "ca_fixture.h"
#include "support/suite.h"

static cepces_der_t der;

static void
start(void)
{
    cepces_der_init(&der, 0, 1 << 20, test_pool);
}

static const char *
result(void)
{
    cepces_bytes_t out;

    if (cepces_der_finish(&out, &der, &test_error) != CEPCES_OK) {
        return "refused";
    }
    ck_assert_int_eq(cepces_der_check(out, &test_error), CEPCES_OK);
    return cepces_hex(out, test_pool);
}

static const struct {
    size_t len;
    const char *head;
} lengths[] = {
    {0, "0400"},     {1, "0401"},       {127, "047f"},       {128, "048180"},
    {255, "0481ff"}, {256, "04820100"}, {65535, "0482ffff"}, {65536, "0483010000"},
};

START_TEST(lengths_take_the_shortest_form)
{
    static unsigned char zeros[65536];
    const char *hex;

    start();
    cepces_der_add(&der, CEPCES_DER_OCTET_STRING, cepces_bytes(zeros, lengths[_i].len));
    hex = result();
    ck_assert_int_eq(strncmp(hex, lengths[_i].head, strlen(lengths[_i].head)), 0);
    ck_assert_uint_eq(strlen(hex), strlen(lengths[_i].head) + 2 * lengths[_i].len);
}
END_TEST

START_TEST(values_nest_and_grow_from_within)
{
    size_t outer, inner;

    start();
    outer = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    inner = cepces_der_begin(&der, CEPCES_DER_CONTEXT_CONSTRUCTED(1));
    for (int i = 0; i < 100; i++) {
        cepces_der_add(&der, CEPCES_DER_NULL, CEPCES_NO_BYTES);
    }
    cepces_der_end(&der, inner);
    cepces_der_add_uint(&der, 5);
    cepces_der_end(&der, outer);
    ck_assert_int_eq(strncmp(result(), "3081cea181c80500", 16), 0);
}
END_TEST

static const struct {
    const char *dotted;
    const char *hex;
} oids[] = {
    {"2.5.29.15", "0603551d0f"},
    {"1.3.6.1.4.1.311.21.7", "06092b0601040182371507"},
    {"0.0", "060100"},
    {"1.39", "06014f"},
    {"2.40", "060178"},
    {"2.999", "06028837"},
    {"1.2.840.113549.1.1.11", "06092a864886f70d01010b"},
    {"1.3.6.1.4.1.311.21.8.16777215.4294967295", "06122b060104018237150887ffff7f8fffffff7f"},
    {"1.40", "refused"},
    {"3.1", "refused"},
    {"1", "refused"},
    {"1.", "refused"},
    {"", "refused"},
    {".1.2", "refused"},
    {"1..2", "refused"},
    {"1.2.", "refused"},
    {"1.2.03", "refused"},
    {"1.2.a", "refused"},
    {"1.2.-3", "refused"},
    {"1.2 .3", "refused"},
    {"1.2.99999999999999999999", "refused"},
};

START_TEST(object_identifiers_are_written_as_openssl_writes_them)
{
    start();
    cepces_der_add_oid(&der, oids[_i].dotted);
    ck_assert_str_eq(result(), oids[_i].hex);
    if (strcmp(oids[_i].hex, "refused") != 0) {
        ASN1_OBJECT *object = OBJ_txt2obj(oids[_i].dotted, 1);
        unsigned char *bytes = NULL;
        int len = i2d_ASN1_OBJECT(object, &bytes);

        ck_assert_str_eq(cepces_hex(cepces_bytes(bytes, (size_t)len), test_pool), oids[_i].hex);
        OPENSSL_free(bytes);
        ASN1_OBJECT_free(object);
    }
}
END_TEST

static const struct {
    uint64_t value;
    const char *hex;
} integers[] = {
    {0, "020100"},          {1, "020101"},
    {127, "02017f"},        {128, "02020080"},
    {255, "020200ff"},      {256, "02020100"},
    {0x8000, "0203008000"}, {UINT64_MAX, "020900ffffffffffffffff"},
};

START_TEST(integers_are_positive_and_minimal)
{
    start();
    cepces_der_add_uint(&der, integers[_i].value);
    ck_assert_str_eq(result(), integers[_i].hex);
}
END_TEST

START_TEST(no_octets_are_the_number_zero)
{
    start();
    cepces_der_add_magnitude(&der, CEPCES_NO_BYTES);
    ck_assert_str_eq(result(), "020100");
}
END_TEST

static const struct {
    int64_t seconds;
    const char *hex; /* tag, length, digits */
} times[] = {
    {0, "170d3730303130313030303030305a"},
    {2524607999, "170d3439313233313233353935395a"},     /* 2049-12-31T23:59:59 */
    {2524608000, "180f32303530303130313030303030305a"}, /* a second later */
    {1709164799, "170d3234303232383233353935395a"},
    {1709164800, "170d3234303232393030303030305a"}, /* 29 February */
    {INT64_C(253402300799), "180f39393939313233313233353935395a"},
    {INT64_C(253402300800), "refused"}, /* year 10000 */
    {-1, "refused"},
};

START_TEST(times_are_utc_time_until_2049)
{
    start();
    cepces_der_add_time(&der, apr_time_from_sec(times[_i].seconds));
    ck_assert_str_eq(result(), times[_i].hex);
}
END_TEST

START_TEST(the_ceiling_is_reported_at_the_end)
{
    cepces_bytes_t out = CEPCES_NO_BYTES;
    size_t mark;

    cepces_der_init(&der, 0, 200, test_pool);
    mark = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    for (int i = 0; i < 100; i++) {
        cepces_der_add_uint(&der, 1);
    }
    cepces_der_end(&der, mark);
    ck_assert_int_eq(cepces_der_finish(&out, &der, &test_error), CEPCES_E_INTERNAL);
    ck_assert_ptr_null(out.data);
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("ca_der");

    tcase_add_loop_test(tc, lengths_take_the_shortest_form, 0, LENGTH_OF(lengths));
    tcase_add_test(tc, values_nest_and_grow_from_within);
    tcase_add_loop_test(tc, object_identifiers_are_written_as_openssl_writes_them, 0,
                        LENGTH_OF(oids));
    tcase_add_loop_test(tc, integers_are_positive_and_minimal, 0, LENGTH_OF(integers));
    tcase_add_test(tc, no_octets_are_the_number_zero);
    tcase_add_loop_test(tc, times_are_utc_time_until_2049, 0, LENGTH_OF(times));
    tcase_add_test(tc, the_ceiling_is_reported_at_the_end);
    return test_run(tc);
}
