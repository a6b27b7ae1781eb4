/* Every allocation that OpenSSL makes on the way fails once: no certificate, CRL or response comes
 * out half made, and with the leak checker of the sanitizer build nothing stays behind. */
#include <stdlib.h>

#include "ca_fixture.h"
#include "support/suite.h"

static long until_failure = -1; /* allocations that still succeed; -1: all of them */
static bool failed;

static bool
fails_now(void)
{
    if (until_failure < 0) {
        return false;
    }
    if (until_failure == 0) {
        until_failure = -1;
        failed = true;
        return true;
    }
    until_failure--;
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

typedef struct {
    const fixture_ca_t *ca;
    const fixture_plan_t *plan;
    cepces_bytes_t leaf;
} scene_t;

static cepces_status_t
issue(cepces_bytes_t *out, const scene_t *s, apr_pool_t *p, cepces_error_t *err)
{
    cepces_issued_t issued = {CEPCES_NO_BYTES, CEPCES_NO_BYTES, CEPCES_NO_BYTES};
    cepces_status_t st = cepces_ca_issue(&issued, s->ca->signer, &s->plan->plan, p, err);

    *out = issued.der;
    return st;
}

static cepces_status_t
sign_crl(cepces_bytes_t *out, const scene_t *s, apr_pool_t *p, cepces_error_t *err)
{
    cepces_revoked_t rows[] = {{cepces_bytes("\x01", 1), FIXTURE_NOW, 1},
                               {s->ca->signer->ski, FIXTURE_NOW, 0}};

    return cepces_ca_sign_crl(out, s->ca->signer, rows, 2, 5, FIXTURE_NOW,
                              FIXTURE_NOW + FIXTURE_DAY, p, err);
}

static cepces_status_t
respond(cepces_bytes_t *out, const scene_t *s, apr_pool_t *p, cepces_error_t *err)
{
    cepces_cmc_response_t r = {.status = CEPCES_CMC_SUCCESS,
                               .text = "Issued",
                               .body_part_id = 1,
                               .certificate = s->leaf,
                               .now = FIXTURE_NOW};

    return cepces_ca_encode_cmc_response(out, s->ca->signer, &r, p, err);
}

static cepces_status_t
make_root(cepces_bytes_t *out, const scene_t *s, apr_pool_t *p, cepces_error_t *err)
{
    cepces_ca_profile_t profile = fixture_profile("CN=Root,O=Example");

    return cepces_ca_make_root(out, &profile, s->ca->key, p, err);
}

static cepces_status_t
open_signer(cepces_bytes_t *out, const scene_t *s, apr_pool_t *p, cepces_error_t *err)
{
    const cepces_signer_t *signer = NULL;
    cepces_status_t st =
        cepces_signer_open(&signer, &s->ca->record, &s->ca->generation, s->ca->key, p, err);

    if (signer != NULL) {
        *out = signer->ski;
    }
    return st;
}

static cepces_status_t (*const operations[])(cepces_bytes_t *out, const scene_t *s, apr_pool_t *p,
                                             cepces_error_t *err) = {
    issue, sign_crl, respond, make_root, open_signer,
};

START_TEST(a_failed_allocation_is_an_error_and_no_output)
{
    scene_t s = {.ca = fixture_root(test_pool), .plan = fixture_plan(test_pool)};
    apr_pool_t *scratch;
    cepces_bytes_t out;
    long reached = 0, refused = 0;

    ck_assert_int_eq(issue(&s.leaf, &s, test_pool, &test_error), CEPCES_OK);
    ck_assert_int_eq(operations[_i](&out, &s, test_pool, &test_error), CEPCES_OK);
    apr_pool_create(&scratch, test_pool);
    do {
        cepces_error_t err = CEPCES_ERROR_INIT(scratch);
        cepces_status_t st;

        out = CEPCES_NO_BYTES;
        failed = false;
        until_failure = reached;
        st = operations[_i](&out, &s, scratch, &err);
        until_failure = -1;
        ck_assert_int_eq(st == CEPCES_OK, out.len > 0);
        refused += st != CEPCES_OK;
        reached += failed;
        apr_pool_clear(scratch);
    } while (failed && reached < 20000);
    ck_assert_int_gt(reached, 20);
    ck_assert_int_gt(refused, reached / 10);
}
END_TEST

int
main(void)
{
    TCase *tc;

    /* Before anything else of OpenSSL runs. */
    if (CRYPTO_set_mem_functions(failing_malloc, failing_realloc, usual_free) != 1) {
        return EXIT_FAILURE;
    }
    tc = test_case("ca_failures");
    tcase_add_loop_test(tc, a_failed_allocation_is_an_error_and_no_output, 0,
                        LENGTH_OF(operations));
    return test_run(tc);
}
