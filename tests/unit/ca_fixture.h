/* CAs and plans for the tests and benches of the ca room: made in memory, with a clock that stands
 * still. */
#ifndef UNIT_CA_FIXTURE_H
#define UNIT_CA_FIXTURE_H

#include "ca/internal.h"

#define FIXTURE_NOW apr_time_from_sec(INT64_C(1795230995)) /* 2026-11-21T03:16:35Z */
#define FIXTURE_DAY apr_time_from_sec(86400)

/* A CA with everything that belongs to it. */
typedef struct fixture_ca_t {
    EVP_PKEY *key;
    cepces_ca_t record;
    cepces_ca_generation_t generation;
    const cepces_signer_t *signer;
} fixture_ca_t;

typedef enum fixture_kind_t {
    FIXTURE_P256,
    FIXTURE_P384,
    FIXTURE_RSA2048,
    FIXTURE_RSA3072,
    FIXTURE_RSA4096,
    FIXTURE_KINDS
} fixture_kind_t;

/* fixture_key makes a key that |p| owns. All functions end the process when they fail: tests cannot
 * go on. */
EVP_PKEY *fixture_key(fixture_kind_t kind, apr_pool_t *p);

/* fixture_profile is that of a CA valid for ten years; |subject| is RFC 4514 text. */
cepces_ca_profile_t fixture_profile(const char *subject);

/* fixture_ca makes a CA with CRL and issuer URLs; |issuer| NULL makes a root. */
fixture_ca_t *fixture_ca(const cepces_ca_profile_t *profile, fixture_kind_t kind,
                         const fixture_ca_t *issuer, apr_pool_t *p);

/* fixture_root is the root most tests need: P-256, "CN=Test Root CA,O=Example". */
fixture_ca_t *fixture_root(apr_pool_t *p);

/* A plan and the records it points to, all writable, so that tests can spoil them. */
typedef struct fixture_plan_t {
    cepces_plan_t plan;
    cepces_template_t tmpl;
    cepces_key_t key;
    cepces_san_t sans[6];
    cepces_template_extension_t extensions[8];
} fixture_plan_t;

/* fixture_plan makes a plan for client and server authentication with all kinds of names, for a
 * fresh P-256 key. */
fixture_plan_t *fixture_plan(apr_pool_t *p);

/* fixture_decode decodes a certificate, which |p| owns. */
X509 *fixture_decode(cepces_bytes_t der, apr_pool_t *p);

#endif
