/* Distinguished names, subject alternative names and GUIDs. */
#include <string.h>

#include <apr_strings.h>

#include "base/encode.h"
#include "pki/pki.h"
#include "support/suite.h"

/* --- Names in LDAP text ----------------------------------------------------------------------- */

static const struct {
    const char *text;
    const char *written; /* NULL: as it was read */
} good_names[] = {
    {"", NULL},
    {"CN=host1.example.com", NULL},
    {"CN=alice,CN=Users,DC=example,DC=internal", NULL},
    {"cn = alice , ou = A B C ,o= Example  ", "CN=alice,OU=A B C,O=Example"},
    {"CN=Smith\\, John+UID=jsmith,C=DE", "CN=Smith\\, John+UID=jsmith,C=DE"},
    {"CN=\\#1 \\\"x\\\" \\<y\\>\\;\\\\", NULL},
    {"CN=Gr\xc3\xbc\xc3\x9f""e,O=B\\c3\\bcro", "CN=Gr\xc3\xbc\xc3\x9f""e,O=B\xc3\xbcro"},
    {"CN=\\ two spaces \\ ", "CN=\\ two spaces \\ "},
    {"1.2.3.4=x,2.5.4.3=y", "1.2.3.4=#0C0178,CN=y"},
    {"E=a@b.example", "emailAddress=a@b.example"},
    {"S=Bayern,ST=Hessen", "ST=Bayern,ST=Hessen"},
};

START_TEST(names_are_read_from_ldap_text_and_written_again)
{
    const char *expected =
        good_names[_i].written != NULL ? good_names[_i].written : good_names[_i].text;
    X509_NAME *name;

    ck_assert_msg(cepces_name_parse_ldap(&name, good_names[_i].text, test_pool, &test_error) ==
                      CEPCES_OK,
                  "%s: %s", good_names[_i].text, cepces_error_line(&test_error, test_pool));
    ck_assert_str_eq(cepces_name_text(name, test_pool), expected);
    X509_NAME_free(name);
}
END_TEST

static const char *const bad_names[] = {
    "CN", "CN=", "=x", "CN=a,", "CN=a,,O=b", "CN=a+", "CN=a\\", "CN=a\\g", "CN=a\\c3", "CN=a\\00b",
    "CN=a\nb", "CN=a;O=b", "CN=a\"b\"", "CN=\"a\"", "CN=#0c0178", "XX=a", "C=DEU", "C N=a",
    "CN=a\\c3(", "1.2.x=a", "99.2=a", "DC=m\xc3\xbcnchen", "CN= ", "<CN=a",
    "CN=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
};

START_TEST(text_that_is_no_name_is_refused)
{
    X509_NAME *name = NULL;

    ck_assert_msg(cepces_name_parse_ldap(&name, bad_names[_i], test_pool, &test_error) ==
                      CEPCES_E_BAD_SUBJECT,
                  "%s", bad_names[_i]);
    ck_assert_ptr_null(name);
}
END_TEST

START_TEST(a_name_is_in_der_order_with_the_types_of_its_attributes)
{
    X509_NAME *name;
    cepces_bytes_t der;

    ck_assert_int_eq(cepces_name_parse_ldap(&name, "CN=a,C=DE,DC=x", test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_int_eq(cepces_name_der(&der, name, test_pool, &test_error), CEPCES_OK);
    ck_assert_str_eq(cepces_hex(der, test_pool), "302c"
                                                 "3111300f060a0992268993f22c640119160178" /* DC, IA5String */
                                                 "310b3009060355040613024445"             /* C, PrintableString */
                                                 "310a300806035504030c0161");             /* CN, UTF8String */
    X509_NAME_free(name);
}
END_TEST

START_TEST(attributes_make_the_name_they_were_read_from)
{
    X509_NAME *name;
    cepces_bytes_t der, again;
    const cepces_rdn_t *rdns;
    size_t num;

    ck_assert_int_eq(
        cepces_name_parse_ldap(&name, "CN=a+UID=b,O=c,DC=d,1.2.3.4=e", test_pool, &test_error),
        CEPCES_OK);
    ck_assert_int_eq(cepces_name_der(&der, name, test_pool, &test_error), CEPCES_OK);
    ck_assert_int_eq(cepces_name_decode(&rdns, &num, name, 5, test_pool, &test_error), CEPCES_OK);
    ck_assert_uint_eq(num, 5);
    ck_assert_str_eq(rdns[0].oid, "1.2.3.4");
    ck_assert_str_eq(rdns[0].short_name, "1.2.3.4");
    ck_assert_str_eq(rdns[1].short_name, "DC");
    ck_assert_uint_eq(rdns[3].set, rdns[4].set);
    ck_assert_uint_ne(rdns[2].set, rdns[3].set);
    ck_assert_int_eq(cepces_name_encode(&again, rdns, num, test_pool, &test_error), CEPCES_OK);
    ck_assert(cepces_bytes_equal(der, again));
    ck_assert_int_eq(cepces_name_decode(&rdns, &num, name, 4, test_pool, &test_error),
                     CEPCES_E_BAD_SUBJECT);
    X509_NAME_free(name);
}
END_TEST

START_TEST(no_attributes_make_the_empty_name)
{
    cepces_bytes_t der;
    X509_NAME *name;

    ck_assert_int_eq(cepces_name_encode(&der, NULL, 0, test_pool, &test_error), CEPCES_OK);
    ck_assert_str_eq(cepces_hex(der, test_pool), "3000");
    ck_assert_int_eq(cepces_name_from_der(&name, der, &test_error), CEPCES_OK);
    ck_assert_str_eq(cepces_name_text(name, test_pool), "");
    X509_NAME_free(name);
}
END_TEST

START_TEST(a_nul_does_not_shorten_a_name)
{
    X509_NAME *name = X509_NAME_new();
    const cepces_rdn_t *rdns;
    size_t num;

    ck_assert_int_eq(X509_NAME_add_entry_by_NID(name, NID_commonName, V_ASN1_UTF8STRING,
                                                (const unsigned char *)"a.example\0.b", 12, -1, 0),
                     1);
    ck_assert_str_eq(cepces_name_text(name, test_pool), "CN=a.example\\00.b");
    ck_assert_int_eq(cepces_name_decode(&rdns, &num, name, 32, test_pool, &test_error),
                     CEPCES_E_BAD_SUBJECT);
    X509_NAME_free(name);
}
END_TEST

/* --- Subject alternative names ---------------------------------------------------------------- */

START_TEST(alternative_names_are_written_and_read)
{
    static const unsigned char ip[] = {192, 0, 2, 1};
    cepces_bytes_t guid, der;
    const cepces_san_t *out;
    size_t num;

    ck_assert_int_eq(
        cepces_guid_parse(&guid, "F81D4FAE-7dec-11d0-a765-00a0c91e6bf6", test_pool, &test_error),
        CEPCES_OK);
    const cepces_san_t in[] = {
        {CEPCES_SAN_UPN, "alice@example.com", CEPCES_NO_BYTES},
        {CEPCES_SAN_DNS, "*.example.com", CEPCES_NO_BYTES},
        {CEPCES_SAN_EMAIL, "alice@example.com", CEPCES_NO_BYTES},
        {CEPCES_SAN_IP, "192.0.2.1", cepces_bytes(ip, sizeof(ip))},
        {CEPCES_SAN_URI, "https://example.com/", CEPCES_NO_BYTES},
        {CEPCES_SAN_GUID, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", guid},
    };

    ck_assert_int_eq(cepces_san_encode(&der, in, LENGTH_OF(in), test_pool, &test_error), CEPCES_OK);
    ck_assert_int_eq(cepces_san_decode(&out, &num, der, LENGTH_OF(in), test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_uint_eq(num, LENGTH_OF(in));
    for (size_t i = 0; i < num; i++) {
        ck_assert_int_eq(out[i].kind, in[i].kind);
        ck_assert_str_eq(out[i].text, in[i].text);
        ck_assert(cepces_bytes_equal(out[i].octets, in[i].octets));
    }
    ck_assert_int_eq(cepces_san_decode(&out, &num, der, LENGTH_OF(in) - 1, test_pool, &test_error),
                     CEPCES_E_BAD_SUBJECT);
}
END_TEST

START_TEST(a_upn_has_the_form_windows_writes)
{
    const cepces_san_t upn = {CEPCES_SAN_UPN, "a@b", CEPCES_NO_BYTES};
    cepces_bytes_t der;

    ck_assert_int_eq(cepces_san_encode(&der, &upn, 1, test_pool, &test_error), CEPCES_OK);
    ck_assert_str_eq(cepces_hex(der, test_pool), "3015a013060a2b060104018237140203a0050c03614062");
}
END_TEST

START_TEST(a_name_of_an_unknown_kind_is_never_written)
{
    const cepces_san_t other = {CEPCES_SAN_OTHER, "otherName 1.2.3.4", CEPCES_NO_BYTES};
    cepces_bytes_t der;

    ck_assert_int_eq(cepces_san_encode(&der, &other, 1, test_pool, &test_error), CEPCES_E_INTERNAL);
}
END_TEST

/* --- GUIDs ------------------------------------------------------------------------------------ */

START_TEST(a_guid_has_its_first_three_fields_little_endian)
{
    cepces_bytes_t octets;

    ck_assert_int_eq(
        cepces_guid_parse(&octets, "f81d4fae-7dec-11d0-a765-00A0C91E6BF6", test_pool, &test_error),
        CEPCES_OK);
    ck_assert_str_eq(cepces_hex(octets, test_pool), "ae4f1df8ec7dd011a76500a0c91e6bf6");
    ck_assert_str_eq(cepces_guid_text(octets, test_pool), "f81d4fae-7dec-11d0-a765-00a0c91e6bf6");
}
END_TEST

static const char *const bad_guids[] = {
    "",
    "f81d4fae",
    "f81d4fae7dec11d0a76500a0c91e6bf6",
    "{f81d4fae-7dec-11d0-a765-00a0c91e6bf6}",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf61",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bg6",
    "f81d4faef7dec-11d0-a765-00a0c91e6bf6",
};

START_TEST(text_that_is_no_guid_is_refused)
{
    cepces_bytes_t octets;

    ck_assert_int_eq(cepces_guid_parse(&octets, bad_guids[_i], test_pool, &test_error),
                     CEPCES_E_INVALID);
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("pki names");

    tcase_add_loop_test(tc, names_are_read_from_ldap_text_and_written_again, 0,
                        LENGTH_OF(good_names));
    tcase_add_loop_test(tc, text_that_is_no_name_is_refused, 0, LENGTH_OF(bad_names));
    tcase_add_test(tc, a_name_is_in_der_order_with_the_types_of_its_attributes);
    tcase_add_test(tc, attributes_make_the_name_they_were_read_from);
    tcase_add_test(tc, no_attributes_make_the_empty_name);
    tcase_add_test(tc, a_nul_does_not_shorten_a_name);
    tcase_add_test(tc, alternative_names_are_written_and_read);
    tcase_add_test(tc, a_upn_has_the_form_windows_writes);
    tcase_add_test(tc, a_name_of_an_unknown_kind_is_never_written);
    tcase_add_test(tc, a_guid_has_its_first_three_fields_little_endian);
    tcase_add_loop_test(tc, text_that_is_no_guid_is_refused, 0, LENGTH_OF(bad_guids));
    return test_run(tc);
}
