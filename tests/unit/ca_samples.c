/* Writes what the ca room makes, as of now, into a folder, for ca_judge.sh to show to programs that
 * share no code with us: for each kind of key a root, a subordinate, a leaf, a CRL that revokes
 * another leaf, and the three CMC responses. */
#include <stdio.h>
#include <stdlib.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "base/encode.h"
#include "ca_fixture.h"
#include "cepces/cepces.h"

static apr_pool_t *pool;
static apr_time_t now; /* whole seconds */
static const char *folder;

static void
must(cepces_status_t st, cepces_error_t *err)
{
    if (st != CEPCES_OK) {
        fprintf(stderr, "ca_samples: %s\n", cepces_error_line(err, pool));
        exit(EXIT_FAILURE);
    }
}

static void
write_bytes(const char *kind, const char *name, cepces_bytes_t data)
{
    const char *path = apr_psprintf(pool, "%s/%s-%s", folder, kind, name);
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(data.data, 1, data.len, f) != data.len || fclose(f) != 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
}

static void
write_certificate(const char *kind, const char *name, cepces_bytes_t der)
{
    write_bytes(kind, name, cepces_bytes_str(cepces_pem("CERTIFICATE", der, pool)));
}

static cepces_bytes_t
respond(const fixture_ca_t *ca, cepces_cmc_status_t status, const char *text, cepces_bytes_t leaf)
{
    cepces_error_t err = CEPCES_ERROR_INIT(pool);
    cepces_cmc_response_t r = {.status = status,
                               .text = text,
                               .body_part_id = 1,
                               .certificate = leaf,
                               .request_id = 42,
                               .now = now};
    cepces_bytes_t out = CEPCES_NO_BYTES;

    must(cepces_ca_encode_cmc_response(&out, ca->signer, &r, pool, &err), &err);
    return out;
}

static fixture_ca_t *
make_ca(const char *subject, int path_len, fixture_kind_t type, const fixture_ca_t *issuer)
{
    cepces_ca_profile_t profile = {
        .subject = subject,
        .not_before = now - FIXTURE_DAY,
        .not_after = now + 3650 * FIXTURE_DAY,
        .path_len = path_len,
    };

    return fixture_ca(&profile, type, issuer, pool);
}

static cepces_issued_t
issue(const fixture_ca_t *ca)
{
    cepces_error_t err = CEPCES_ERROR_INIT(pool);
    fixture_plan_t *f = fixture_plan(pool);
    cepces_issued_t out;

    f->plan.not_before = now - apr_time_from_sec(600);
    f->plan.not_after = now + 30 * FIXTURE_DAY;
    must(cepces_ca_issue(&out, ca->signer, &f->plan, pool, &err), &err);
    return out;
}

static void
write_kind(const char *kind, fixture_kind_t type)
{
    cepces_error_t err = CEPCES_ERROR_INIT(pool);
    fixture_ca_t *root = make_ca("CN=Sample Root CA,O=Example,C=DE", -1, type, NULL);
    fixture_ca_t *sub = make_ca("CN=Sample Issuing CA,O=Example,C=DE", 0, type, root);
    cepces_issued_t leaf = issue(sub), revoked = issue(sub);
    cepces_revoked_t row = {revoked.serial, now - FIXTURE_DAY, 1};
    cepces_bytes_t crl;

    must(cepces_ca_sign_crl(&crl, sub->signer, &row, 1, 3, now - FIXTURE_DAY, now + FIXTURE_DAY,
                            pool, &err),
         &err);
    write_certificate(kind, "root.pem", root->generation.certificate);
    write_certificate(kind, "sub.pem", sub->generation.certificate);
    write_certificate(kind, "leaf.pem", leaf.der);
    write_certificate(kind, "revoked.pem", revoked.der);
    write_bytes(kind, "crl.pem", cepces_bytes_str(cepces_pem("X509 CRL", crl, pool)));
    write_bytes(kind, "issued.der", respond(sub, CEPCES_CMC_SUCCESS, "Issued", leaf.der));
    write_bytes(kind, "pending.der",
                respond(sub, CEPCES_CMC_PENDING, "Taken Under Submission", CEPCES_NO_BYTES));
    write_bytes(kind, "failed.der",
                respond(sub, CEPCES_CMC_FAILED, "Denied by Policy Module", CEPCES_NO_BYTES));
}

int
main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: ca_samples FOLDER\n");
        return EXIT_FAILURE;
    }
    folder = argv[1];
    apr_initialize();
    apr_pool_create(&pool, NULL);
    now = apr_time_from_sec(apr_time_sec(apr_time_now()));
    write_kind("p256", FIXTURE_P256);
    write_kind("p384", FIXTURE_P384);
    write_kind("rsa", FIXTURE_RSA2048);
    apr_pool_destroy(pool);
    apr_terminate();
    return EXIT_SUCCESS;
}
