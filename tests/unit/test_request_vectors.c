/* Requests in tests/vectors/pkcs10 and tests/vectors/cmc: what is read from the good ones, and how
 * each bad one is refused. Every good one is then damaged byte by byte. */
#include <string.h>

#include <apr_strings.h>
#include <openssl/objects.h>

#include "base/buffer.h"
#include "request/request.h"
#include "support/vectors.h"

static test_files_t good[2], bad[2];

static const char *const folders[] = {"pkcs10", "cmc"};

/* --- A request in words ----------------------------------------------------------------------- */

static const char *
optional(cepces_optional_t value)
{
    return value.present ? apr_psprintf(test_pool, "%u", value.value) : "-";
}

static void
add_line(cepces_buffer_t *buf, const char *label, const char *text)
{
    if (text != NULL) {
        cepces_buffer_add_str(buf, apr_pstrcat(test_pool, label, " ", text, "\n", NULL));
    }
}

static void
describe_names(cepces_buffer_t *buf, const cepces_request_t *r)
{
    static const char *const kinds[] = {"dns", "email", "upn", "ip", "uri", "guid", "other"};

    for (size_t i = 0; i < r->num_rdns; i++) {
        bool joined = i > 0 && r->rdns[i].set == r->rdns[i - 1].set;

        add_line(buf, "subject",
                 apr_pstrcat(test_pool, joined ? "+" : "", r->rdns[i].short_name, "=",
                             r->rdns[i].value, NULL));
    }
    for (size_t i = 0; i < r->num_sans; i++) {
        add_line(buf, "san",
                 apr_pstrcat(test_pool, kinds[r->sans[i].kind], " ", r->sans[i].text, NULL));
    }
    add_line(buf, "sid", r->sid);
}

static void
describe_template(cepces_buffer_t *buf, const cepces_request_t *r)
{
    if (r->template_oid != NULL) {
        add_line(buf, "template-oid",
                 apr_pstrcat(test_pool, r->template_oid, " ", optional(r->template_major), " ",
                             optional(r->template_minor), NULL));
    }
    add_line(buf, "template-name", r->template_name);
    for (size_t i = 0; i < r->template_attributes.num; i++) {
        add_line(buf, "template-attribute", r->template_attributes.items[i]);
    }
}

static void
describe_lists(cepces_buffer_t *buf, const cepces_request_t *r)
{
    for (size_t i = 0; i < r->num_extensions; i++) {
        add_line(buf, "extension",
                 apr_pstrcat(test_pool, r->extensions[i].oid,
                             r->extensions[i].critical ? " critical" : "", NULL));
    }
    for (size_t i = 0; i < r->attributes.num; i++) {
        add_line(buf, "attribute", r->attributes.items[i]);
    }
    for (size_t i = 0; i < r->num_name_values; i++) {
        add_line(
            buf, "name-value",
            apr_pstrcat(test_pool, r->name_values[i].name, "=", r->name_values[i].value, NULL));
    }
}

static const char *
describe(const cepces_request_t *r)
{
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, 1024, 1 << 20, test_pool);
    add_line(&buf, "format", cepces_request_format_name(r->format));
    add_line(&buf, "key",
             apr_psprintf(test_pool, "%s %u", cepces_key_type_name(r->key.type), r->key.bits));
    add_line(&buf, "digest", OBJ_nid2sn(r->signature_digest));
    describe_names(&buf, r);
    describe_template(&buf, r);
    describe_lists(&buf, r);
    add_line(&buf, "flag", r->has_renewal_certificate ? "renewal" : NULL);
    add_line(&buf, "flag", r->has_other_signers ? "other-signers" : NULL);
    add_line(&buf, "flag", r->has_requester_name ? "requester" : NULL);
    add_line(&buf, "flag", r->has_archived_key ? "archived" : NULL);
    add_line(&buf, "client-info", r->client_info);
    if (r->body_part_id != 1) {
        add_line(&buf, "body-part", apr_psprintf(test_pool, "%u", r->body_part_id));
    }
    cepces_buffer_add_str(&buf, "");
    return (const char *)cepces_bytes_dup(cepces_buffer_bytes(&buf), test_pool).data;
}

/* The expectations name the same lines in the order that reads best: every one must occur, and no
 * other. */
static void
check_description(const char *what, const char *found, const char *expected)
{
    size_t num_expected = 0, num_found = 0;
    char *lines = apr_pstrdup(test_pool, expected), *state = NULL;

    for (char *line = apr_strtok(lines, "\n", &state); line != NULL;
         line = apr_strtok(NULL, "\n", &state)) {
        const char *whole = apr_pstrcat(test_pool, "\n", line, "\n", NULL);

        ck_assert_msg(strstr(apr_pstrcat(test_pool, "\n", found, NULL), whole) != NULL,
                      "%s: \"%s\" is missing in\n%s", what, line, found);
        num_expected++;
    }
    for (const char *c = found; *c != '\0'; c++) {
        num_found += *c == '\n';
    }
    ck_assert_msg(num_expected == num_found, "%s: not only\n%s\nbut\n%s", what, expected, found);
}

/* --- Tests ------------------------------------------------------------------------------------ */

static void
check_good(const test_file_t *file)
{
    const char *words = apr_pstrcat(
        test_pool, apr_pstrmemdup(test_pool, file->path, strlen(file->path) - 4), ".txt", NULL);
    cepces_bytes_t expected = cepces_bytes_dup(test_vector(words), test_pool);
    cepces_bytes_t der = test_vector(file->path);
    const cepces_request_t *request;
    cepces_status_t st = cepces_request_decode(&request, der, test_pool, &test_error);

    ck_assert_msg(st == CEPCES_OK, "%s: %s", file->what, cepces_error_line(&test_error, test_pool));
    check_description(file->what, describe(request), (const char *)expected.data);
    ck_assert(cepces_bytes_equal(request->raw, der));
    ck_assert_uint_eq(request->key.spki_sha256.len, 32);
    ck_assert_int_eq(request->subject_empty, request->num_rdns == 0);
}

START_TEST(a_good_pkcs10_says_what_was_asked)
{
    check_good(&good[0].items[_i]);
}
END_TEST

START_TEST(a_good_cmc_says_what_was_asked)
{
    check_good(&good[1].items[_i]);
}
END_TEST

static void
check_bad(const test_file_t *file)
{
    const cepces_request_t *request = (const cepces_request_t *)&test_error;
    cepces_status_t st =
        cepces_request_decode(&request, test_vector(file->path), test_pool, &test_error);

    ck_assert_msg(strcmp(cepces_status_name(st), file->status) == 0, "%s: %s instead of %s (%s)",
                  file->what, cepces_status_name(st), file->status,
                  cepces_error_line(&test_error, test_pool));
    ck_assert_ptr_null(request);
    ck_assert_int_eq(test_error.status, st);
    ck_assert_str_ne(cepces_error_line(&test_error, test_pool), "");
}

START_TEST(a_bad_pkcs10_is_refused_for_its_reason)
{
    check_bad(&bad[0].items[_i]);
}
END_TEST

START_TEST(a_bad_cmc_is_refused_for_its_reason)
{
    check_bad(&bad[1].items[_i]);
}
END_TEST

/* Decodes |der| with the byte at |at| changed, in a pool of its own. */
static cepces_status_t
decode_changed(const char **words, cepces_bytes_t der, size_t at, unsigned char with)
{
    unsigned char *copy = (unsigned char *)cepces_bytes_dup(der, test_pool).data;
    const cepces_request_t *request;
    cepces_status_t st;

    copy[at] ^= with;
    st = cepces_request_decode(&request, cepces_bytes(copy, der.len), test_pool, &test_error);
    *words = st == CEPCES_OK ? describe(request) : NULL;
    return st;
}

START_TEST(no_byte_of_a_pkcs10_can_be_changed)
{
    cepces_bytes_t der = test_vector("pkcs10/valid/windows-computer.der");
    const char *words;

    for (size_t i = 0; i < der.len; i++) {
        ck_assert_msg(decode_changed(&words, der, i, 0x01) != CEPCES_OK, "byte %zu", i);
        ck_assert_msg(decode_changed(&words, der, i, 0x80) != CEPCES_OK, "byte %zu", i);
    }
}
END_TEST

/* Some bytes of the envelope mean nothing (versions, the list of digests); none changes what is
 * asked for. */
START_TEST(no_changed_byte_of_a_cmc_changes_what_is_asked)
{
    cepces_bytes_t der = test_vector("cmc/valid/reg-info.der");
    const cepces_request_t *request;
    const char *words, *original;

    ck_assert_int_eq(cepces_request_decode(&request, der, test_pool, &test_error), CEPCES_OK);
    original = describe(request);
    for (size_t i = 0; i < der.len; i++) {
        if (decode_changed(&words, der, i, 0x01) == CEPCES_OK) {
            ck_assert_msg(strcmp(words, original) == 0, "byte %zu: %s", i, words);
        }
    }
}
END_TEST

START_TEST(no_request_can_be_cut)
{
    const test_file_t *file = &good[_i].items[0];
    cepces_bytes_t der = test_vector(file->path);
    const cepces_request_t *request;

    for (size_t len = 0; len < der.len; len++) {
        ck_assert_int_ne(
            cepces_request_decode(&request, cepces_bytes(der.data, len), test_pool, &test_error),
            CEPCES_OK);
    }
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("request vectors");

    for (int i = 0; i < 2; i++) {
        good[i] = test_files(folders[i], true);
        bad[i] = test_files(folders[i], false);
        if (good[i].num < 10 || bad[i].num < 50) {
            return 1;
        }
    }
    tcase_add_loop_test(tc, a_good_pkcs10_says_what_was_asked, 0, good[0].num);
    tcase_add_loop_test(tc, a_good_cmc_says_what_was_asked, 0, good[1].num);
    tcase_add_loop_test(tc, a_bad_pkcs10_is_refused_for_its_reason, 0, bad[0].num);
    tcase_add_loop_test(tc, a_bad_cmc_is_refused_for_its_reason, 0, bad[1].num);
    tcase_add_test(tc, no_byte_of_a_pkcs10_can_be_changed);
    tcase_add_test(tc, no_changed_byte_of_a_cmc_changes_what_is_asked);
    tcase_add_loop_test(tc, no_request_can_be_cut, 0, 2);
    return test_run(tc);
}
