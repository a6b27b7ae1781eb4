/* The base room: base64, hexadecimal, UTF-8, time, buffers, errors, secrets. */
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/pool.h"
#include "support/suite.h"

static const struct {
    const char *text;
    const char *hex; /* NULL: refused */
} base64_cases[] = {
    {"", ""},
    {"AA==", "00"},
    {"Zm9vYmFy", "666f6f626172"},
    {" Zm9v\r\n\tYmE= \n", "666f6f6261"},
    {"Zm9vYmF", NULL},   /* the last group is short */
    {"Zm9vYmE==", NULL}, /* too much padding */
    {"Zg=a", NULL},      /* data behind padding */
    {"Zg==Zg==", NULL},  /* a second message */
    {"Zh==", NULL},      /* bits that do not count are set */
    {"Zm9=", NULL},
    {"Zm9v*mFy", NULL},
    {"Zm9-", NULL}, /* the URL alphabet */
    {"=AAA", NULL},
    {"A===", NULL},
};

START_TEST(base64_is_read_strictly)
{
    cepces_bytes_t out;
    cepces_status_t st = cepces_base64_decode(&out, cepces_bytes_str(base64_cases[_i].text), 100,
                                              test_pool, &test_error);

    if (base64_cases[_i].hex == NULL) {
        ck_assert_int_eq(st, CEPCES_E_BAD_DATA);
        ck_assert_ptr_null(out.data);
        ck_assert_str_eq(test_error.rule, "V15");
    } else {
        ck_assert_int_eq(st, CEPCES_OK);
        ck_assert_str_eq(cepces_hex(out, test_pool), base64_cases[_i].hex);
    }
}
END_TEST

START_TEST(base64_longer_than_the_limit_is_refused)
{
    cepces_bytes_t out;

    ck_assert_int_eq(
        cepces_base64_decode(&out, cepces_bytes_str("Zm9vYmFy"), 5, test_pool, &test_error),
        CEPCES_E_BAD_DATA);
    ck_assert_int_eq(
        cepces_base64_decode(&out, cepces_bytes_str("Zm9vYmFy"), 6, test_pool, &test_error),
        CEPCES_OK);
}
END_TEST

START_TEST(base64_written_is_read_back)
{
    unsigned char data[70];

    for (size_t len = 0; len < sizeof(data); len++) {
        cepces_bytes_t out;

        memset(data, (int)(0xa5 ^ len), len);
        ck_assert_int_eq(cepces_base64_decode(
                             &out,
                             cepces_bytes_str(cepces_base64(cepces_bytes(data, len), test_pool)),
                             sizeof(data), test_pool, &test_error),
                         CEPCES_OK);
        ck_assert(cepces_bytes_equal(out, cepces_bytes(data, len)));
    }
}
END_TEST

static const struct {
    const char *bytes;
    size_t len;
    bool valid;
} utf8_cases[] = {
    {"", 0, true},
    {"gr\xc3\xbc\xc3\x9f", 6, true},
    {"\xf0\x9f\x94\x91", 4, true},
    {"\xef\xbb\xbf", 3, true},
    {"a\0b", 3, false},
    {"\xc0\x80", 2, false},         /* overlong NUL */
    {"\xe0\x80\xaf", 3, false},     /* overlong slash */
    {"\xed\xa0\x80", 3, false},     /* a surrogate */
    {"\xf4\x90\x80\x80", 4, false}, /* past U+10FFFF */
    {"\xc3", 1, false},             /* cut short */
    {"\x80", 1, false},
    {"\xff", 1, false},
    {"\xc3(", 2, false},
};

START_TEST(utf8_is_checked_strictly)
{
    ck_assert_int_eq(cepces_utf8_valid(cepces_bytes(utf8_cases[_i].bytes, utf8_cases[_i].len)),
                     utf8_cases[_i].valid);
}
END_TEST

static const struct {
    const char *text;
    int64_t seconds; /* since 1970; INT64_MIN: refused */
} time_cases[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"2026-11-21T03:16:35Z", 1795230995},
    {"2026-11-21T03:16:35", 1795230995},
    {"2026-11-21T03:16:35.1234567Z", 1795230995},
    {"2026-11-21T05:16:35+02:00", 1795230995},
    {"2026-11-20T22:16:35-05:00", 1795230995},
    {"0001-01-01T00:00:00", -62135596800},
    {"2024-02-29T00:00:00Z", 1709164800},
    {"", INT64_MIN},
    {"2026-11-21", INT64_MIN},
    {"2026-11-21 03:16:35Z", INT64_MIN},
    {"2026-13-21T03:16:35Z", INT64_MIN},
    {"2026-11-32T03:16:35Z", INT64_MIN},
    {"2026-11-21T25:16:35Z", INT64_MIN},
    {"2026-11-21T03:16:35.Z", INT64_MIN},
    {"2026-11-21T03:16:35+15:00", INT64_MIN},
    {"2026-11-21T03:16:35Zjunk", INT64_MIN},
    {"20090-03-15-T09:38:46", INT64_MIN},
};

START_TEST(iso8601_is_read_as_clients_write_it)
{
    apr_time_t t = 0;
    cepces_status_t st = cepces_time_parse_iso8601(&t, time_cases[_i].text, &test_error);

    if (time_cases[_i].seconds == INT64_MIN) {
        ck_assert_int_eq(st, CEPCES_E_INVALID);
    } else {
        ck_assert_int_eq(st, CEPCES_OK);
        ck_assert_int_eq(apr_time_sec(t) - (t < 0 && apr_time_usec(t) != 0),
                         time_cases[_i].seconds);
    }
}
END_TEST

START_TEST(iso8601_is_written_in_utc)
{
    ck_assert_str_eq(cepces_time_iso8601(apr_time_from_sec(1795230995), test_pool),
                     "2026-11-21T03:16:35Z");
}
END_TEST

START_TEST(a_buffer_stops_at_its_ceiling_and_says_so)
{
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, 0, 100, test_pool);
    for (int i = 0; i < 10; i++) {
        cepces_buffer_add_str(&buf, "0123456789");
    }
    ck_assert_int_eq(cepces_buffer_status(&buf, &test_error), CEPCES_OK);
    cepces_buffer_add_str(&buf, "x");
    cepces_buffer_add_str(&buf, "");
    ck_assert_int_eq(cepces_buffer_status(&buf, &test_error), CEPCES_E_INTERNAL);
    ck_assert_uint_eq(cepces_buffer_bytes(&buf).len, 100);
}
END_TEST

START_TEST(an_error_keeps_its_cause_and_rule)
{

    (void)cepces_error_rule(&test_error, CEPCES_E_BAD_KEY, "V23", "point \xff is not on the curve");
    (void)cepces_error_wrap(&test_error, CEPCES_E_INTERNAL, "request %d", 7);
    ck_assert_int_eq(test_error.status, CEPCES_E_INTERNAL);
    ck_assert_int_eq(test_error.cause->status, CEPCES_E_BAD_KEY);
    ck_assert_str_eq(test_error.rule, "V23");
    ck_assert_str_eq(cepces_error_line(&test_error, test_pool),
                     "request 7: point \\xff is not on the curve");
}
END_TEST

START_TEST(an_error_formats_like_printf)
{
    (void)cepces_error_set(&test_error, CEPCES_E_INVALID, "%zu of %td bytes at %s", (size_t)7,
                           (ptrdiff_t)-1, "x");
    ck_assert_str_eq(test_error.detail, "7 of -1 bytes at x");
}
END_TEST

START_TEST(client_bytes_cannot_forge_a_log_line)
{
    ck_assert_str_eq(cepces_printable(cepces_bytes_str("a\nb\\c\x1b[0m"), 100, test_pool),
                     "a\\x0ab\\x5cc\\x1b[0m");
    ck_assert_str_eq(cepces_printable(cepces_bytes_str("abcdef"), 3, test_pool), "abc");
}
END_TEST

static apr_status_t
note_first_byte(void *data)
{
    const unsigned char *const *bytes = (const unsigned char *const *)data;

    ck_assert_int_eq((*bytes)[0], 0);
    *(const unsigned char **)data = NULL;
    return APR_SUCCESS;
}

START_TEST(secrets_are_wiped_with_their_pool)
{
    apr_pool_t *sub;
    const unsigned char *bytes;

    apr_pool_create(&sub, test_pool);
    /* Cleanups run last in, first out: this one, registered before the secret's, sees the bytes
     * after the wipe. */
    apr_pool_cleanup_register(sub, &bytes, note_first_byte, apr_pool_cleanup_null);
    bytes = cepces_secret_copy("hunter2", 7, sub)->data;
    ck_assert_str_eq((const char *)bytes, "hunter2");
    apr_pool_destroy(sub);
    ck_assert_ptr_null(bytes);
}
END_TEST

START_TEST(every_status_has_a_text_and_faults_have_codes_where_clients_need_them)
{
    for (int i = 0; i < CEPCES_STATUS_COUNT; i++) {
        cepces_status_t st = (cepces_status_t)i;
        cepces_fault_t fault = cepces_status_fault(st);

        ck_assert_int_gt(strlen(cepces_status_text(st)), 0);
        if (fault == CEPCES_FAULT_REFUSED || fault == CEPCES_FAULT_UNAVAILABLE) {
            ck_assert_uint_ge(cepces_status_code(st), 0x80000000u);
        }
        if (cepces_status_class(st) == CEPCES_CLASS_TEMPORARY) {
            ck_assert_int_eq(fault, CEPCES_FAULT_UNAVAILABLE);
        }
    }
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("base");

    tcase_add_loop_test(tc, base64_is_read_strictly, 0, LENGTH_OF(base64_cases));
    tcase_add_test(tc, base64_longer_than_the_limit_is_refused);
    tcase_add_test(tc, base64_written_is_read_back);
    tcase_add_loop_test(tc, utf8_is_checked_strictly, 0, LENGTH_OF(utf8_cases));
    tcase_add_loop_test(tc, iso8601_is_read_as_clients_write_it, 0, LENGTH_OF(time_cases));
    tcase_add_test(tc, iso8601_is_written_in_utc);
    tcase_add_test(tc, a_buffer_stops_at_its_ceiling_and_says_so);
    tcase_add_test(tc, an_error_keeps_its_cause_and_rule);
    tcase_add_test(tc, an_error_formats_like_printf);
    tcase_add_test(tc, client_bytes_cannot_forge_a_log_line);
    tcase_add_test(tc, secrets_are_wiped_with_their_pool);
    tcase_add_test(tc, every_status_has_a_text_and_faults_have_codes_where_clients_need_them);
    return test_run(tc);
}
