/* Every allocation that OpenSSL makes while a request is decoded fails once: the request is
 * refused, or it was not needed and the request says the same; with the leak checker of the
 * sanitizer build nothing stays behind. */
#include <stdlib.h>

#include <openssl/crypto.h>

#include "request/request.h"
#include "support/suite.h"

static long until_failure = -1; /* allocations that still succeed; -1: all of them */
static bool failed;

static bool
fails_now(void)
{
    if (until_failure < 0) {
        return false;
    }
    if (until_failure-- == 0) {
        failed = true;
        return true;
    }
    return false;
}

static void *
failing_malloc(size_t size, const char *file, int line)
{
    return fails_now() ? NULL : malloc(size);
}

static void *
failing_realloc(void *block, size_t size, const char *file, int line)
{
    return fails_now() ? NULL : realloc(block, size);
}

static void
usual_free(void *block, const char *file, int line)
{
    free(block);
}

static bool
same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* All but the client information, which is ignored when it cannot be read. */
static bool
same_request(const cepces_request_t *a, const cepces_request_t *b)
{
    return a->format == b->format && a->key.type == b->key.type &&
           a->signature_digest == b->signature_digest && a->num_rdns == b->num_rdns &&
           a->num_sans == b->num_sans && a->num_extensions == b->num_extensions &&
           a->num_name_values == b->num_name_values &&
           cepces_strings_equal(a->attributes, b->attributes) &&
           cepces_strings_equal(a->template_attributes, b->template_attributes) &&
           same_text(a->template_oid, b->template_oid) &&
           same_text(a->template_name, b->template_name) && same_text(a->sid, b->sid) &&
           cepces_bytes_equal(a->subject_der, b->subject_der) &&
           cepces_bytes_equal(a->key.spki_sha256, b->key.spki_sha256) &&
           a->has_other_signers == b->has_other_signers &&
           a->has_requester_name == b->has_requester_name &&
           a->has_archived_key == b->has_archived_key &&
           a->has_renewal_certificate == b->has_renewal_certificate;
}

/* Decodes with the allocation |n| failing; tells whether there was one. */
static bool
decode_failing(const cepces_request_t *expected, cepces_bytes_t der, long n)
{
    cepces_error_t err = CEPCES_ERROR_INIT(NULL);
    const cepces_request_t *request;
    cepces_status_t st;

    apr_pool_create(&err.p, test_pool);
    until_failure = n;
    failed = false;
    st = cepces_request_decode(&request, der, err.p, &err);
    until_failure = -1;
    ck_assert_msg(st == CEPCES_OK || failed, "refused for no reason");
    ck_assert_msg(st != CEPCES_OK || same_request(request, expected), "allocation %ld", n);
    apr_pool_destroy(err.p);
    return failed;
}

static const char *const vectors[] = {
    "pkcs10/valid/windows-computer.der",    "pkcs10/valid/every-kind-of-name.der",
    "pkcs10/valid/rsa-pss.der",             "pkcs10/valid/template-in-a-list-of-pairs.der",
    "pkcs10/valid/specified-ecdsa.der",     "cmc/valid/windows.der",
    "cmc/valid/agent-beside-the-key.der",   "cmc/valid/null-signature.der",
    "cmc/valid/requester-in-signed-attributes.der",
};

START_TEST(no_failed_allocation_changes_a_request)
{
    cepces_bytes_t der = test_vector(vectors[_i]);
    const cepces_request_t *expected;
    long n = 0;

    ck_assert_int_eq(cepces_request_decode(&expected, der, test_pool, &test_error), CEPCES_OK);
    for (bool more = true; more; n++) {
        more = decode_failing(expected, der, n);
    }
    ck_assert_int_gt(n, 50);
}
END_TEST

int
main(void)
{
    TCase *tc;

    if (CRYPTO_set_mem_functions(failing_malloc, failing_realloc, usual_free) != 1) {
        return EXIT_FAILURE;
    }
    tc = test_case("request failures");
    tcase_add_loop_test(tc, no_failed_allocation_changes_a_request, 0, LENGTH_OF(vectors));
    return test_run(tc);
}
