/* How many certificates and CMC responses one core signs in a second, for each kind of CA key,
 * beside the limit that the bare signature sets: EVP_DigestSign of as many bytes with the same key.
 * One JSON object a line. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <apr_general.h>

#include "base/encode.h"
#include "cepces/cepces.h"
#include "unit/ca_fixture.h"

#define RUN_NANOSECONDS INT64_C(700000000)
#define TBS_LEN 900

static const char *const kind_names[FIXTURE_KINDS] = {"p256", "p384", "rsa2048", "rsa3072",
                                                      "rsa4096"};

typedef struct {
    const fixture_ca_t *ca;
    const fixture_plan_t *plan;
    cepces_bytes_t leaf;
    apr_pool_t *scratch; /* cleared after every turn, as a request's pool is */
} work_t;

static int64_t
cpu_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void
fail(const char *what)
{
    fprintf(stderr, "bench_issue: %s\n", what);
    exit(EXIT_FAILURE);
}

static void
issue_one(const work_t *w)
{
    cepces_error_t err = CEPCES_ERROR_INIT(w->scratch);
    cepces_issued_t out;

    if (cepces_ca_issue(&out, w->ca->signer, &w->plan->plan, w->scratch, &err) != CEPCES_OK) {
        fail(cepces_error_line(&err, w->scratch));
    }
}

static void
respond_one(const work_t *w)
{
    cepces_error_t err = CEPCES_ERROR_INIT(w->scratch);
    cepces_cmc_response_t r = {.status = CEPCES_CMC_SUCCESS,
                               .text = "Issued",
                               .body_part_id = 1,
                               .certificate = w->leaf,
                               .now = FIXTURE_NOW};
    cepces_bytes_t out;

    if (cepces_ca_encode_cmc_response(&out, w->ca->signer, &r, w->scratch, &err) != CEPCES_OK) {
        fail(cepces_error_line(&err, w->scratch));
    }
}

static void
sign_one(const work_t *w)
{
    static const unsigned char data[TBS_LEN];
    unsigned char signature[1024];
    size_t len = sizeof(signature);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();

    if (ctx == NULL ||
        EVP_DigestSignInit(ctx, NULL, w->ca->signer->key.digest, NULL, w->ca->key) != 1 ||
        EVP_DigestSign(ctx, signature, &len, data, sizeof(data)) != 1) {
        fail("EVP_DigestSign");
    }
    EVP_MD_CTX_free(ctx);
}

/* Runs |one| for a while and returns its rate per second of processor time. */
static double
rate(void (*one)(const work_t *w), const work_t *w)
{
    int64_t begin = cpu_now(), now = begin;
    size_t num = 0;

    while (now - begin < RUN_NANOSECONDS) {
        for (int i = 0; i < 8; i++, num++) {
            one(w);
            apr_pool_clear(w->scratch);
        }
        now = cpu_now();
    }
    return (double)num * 1e9 / (double)(now - begin);
}

static void
report(const char *what, const char *kind, double value, double limit)
{
    printf("{\"case\": \"%s-%s\", \"value\": %.0f, \"unit\": \"1/s/core\", \"limit\": %.0f, "
           "\"ratio\": %.3f}\n",
           what, kind, value, limit, value / limit);
    fflush(stdout);
}

static void
bench_kind(fixture_kind_t kind, apr_pool_t *p)
{
    cepces_ca_profile_t profile = fixture_profile("CN=Bench CA,O=Example");
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    work_t w = {.ca = fixture_ca(&profile, kind, NULL, p), .plan = fixture_plan(p)};
    cepces_issued_t leaf;
    double limit;

    if (cepces_ca_issue(&leaf, w.ca->signer, &w.plan->plan, p, &err) != CEPCES_OK) {
        fail(cepces_error_line(&err, p));
    }
    w.leaf = leaf.der;
    apr_pool_create(&w.scratch, p);
    limit = rate(sign_one, &w);
    report("issue", kind_names[kind], rate(issue_one, &w), limit);
    report("cmc-response", kind_names[kind], rate(respond_one, &w), limit);
}

int
main(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    for (int kind = 0; kind < FIXTURE_KINDS; kind++) {
        bench_kind((fixture_kind_t)kind, p);
    }
    apr_pool_destroy(p);
    apr_terminate();
    return EXIT_SUCCESS;
}
