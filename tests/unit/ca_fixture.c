/* CAs and plans for tests. */
#include "ca_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include <apr_strings.h>

#include "base/encode.h"
#include "pki/msext.h"

static void
must(cepces_status_t st, cepces_error_t *err, const char *what)
{
    if (st != CEPCES_OK) {
        fprintf(stderr, "%s: %s\n", what, cepces_error_line(err, err->p));
        abort();
    }
}

EVP_PKEY *
fixture_key(fixture_kind_t kind, apr_pool_t *p)
{
    static const struct {
        cepces_ca_key_kind_t kind;
        unsigned bits;
    } kinds[FIXTURE_KINDS] = {
        {CEPCES_CA_KEY_P256, 0},   {CEPCES_CA_KEY_P384, 0},   {CEPCES_CA_KEY_RSA, 2048},
        {CEPCES_CA_KEY_RSA, 3072}, {CEPCES_CA_KEY_RSA, 4096},
    };
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    EVP_PKEY *key = NULL;

    must(cepces_ca_generate_key(&key, kinds[kind].kind, kinds[kind].bits, &err), &err, "key");
    cepces_pki_adopt_key(p, key);
    return key;
}

cepces_ca_profile_t
fixture_profile(const char *subject)
{
    cepces_ca_profile_t profile = {
        .subject = subject,
        .not_before = FIXTURE_NOW - FIXTURE_DAY,
        .not_after = FIXTURE_NOW + 3650 * FIXTURE_DAY,
        .path_len = -1,
    };

    return profile;
}

/* The issuer's certificate and what stands above it. */
static void
set_chain(cepces_ca_generation_t *generation, const fixture_ca_t *issuer, apr_pool_t *p)
{
    const cepces_ca_generation_t *above = &issuer->generation;
    cepces_bytes_t *chain =
        (cepces_bytes_t *)apr_palloc(p, sizeof(*chain) * (above->chain_num + 1));

    chain[0] = above->certificate;
    for (size_t i = 0; i < above->chain_num; i++) {
        chain[i + 1] = above->chain[i];
    }
    generation->chain = chain;
    generation->chain_num = above->chain_num + 1;
}

fixture_ca_t *
fixture_ca(const cepces_ca_profile_t *profile, fixture_kind_t kind, const fixture_ca_t *issuer,
           apr_pool_t *p)
{
    static const char *const cdp[] = {"http://pki.example.com/pki/test.crl",
                                      "http://pki2.example.com/pki/test.crl"};
    static const char *const aia[] = {"http://pki.example.com/pki/test.cer"};
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    fixture_ca_t *ca = (fixture_ca_t *)apr_pcalloc(p, sizeof(*ca));
    cepces_issued_t issued;

    ca->key = fixture_key(kind, p);
    ca->record.name = "test";
    ca->record.cdp_urls = (cepces_strings_t){cdp, 2};
    ca->record.aia_urls = (cepces_strings_t){aia, 1};
    if (issuer == NULL) {
        must(cepces_ca_make_root(&ca->generation.certificate, profile, ca->key, p, &err), &err,
             "root");
    } else {
        must(cepces_ca_make_subordinate(&issued, profile, ca->key, issuer->signer, p, &err), &err,
             "subordinate");
        ca->generation.certificate = issued.der;
        set_chain(&ca->generation, issuer, p);
    }
    must(cepces_signer_open(&ca->signer, &ca->record, &ca->generation, ca->key, p, &err), &err,
         "signer");
    return ca;
}

fixture_ca_t *
fixture_root(apr_pool_t *p)
{
    cepces_ca_profile_t profile = fixture_profile("CN=Test Root CA,O=Example");

    return fixture_ca(&profile, FIXTURE_P256, NULL, p);
}

static cepces_bytes_t
hex(const char *digits, apr_pool_t *p)
{
    cepces_bytes_t out;

    return cepces_hex_decode(&out, digits, p, NULL) == CEPCES_OK ? out : CEPCES_NO_BYTES;
}

static void
fill_template(cepces_template_t *t)
{
    static const char *const ekus[] = {"1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.1"};

    t->name = "Workstation";
    t->oid = "1.3.6.1.4.1.32473.1.8.10";
    t->schema_version = 4;
    t->major = 100;
    t->minor = 7;
    t->ekus = (cepces_strings_t){ekus, 2};
    t->application_policies = t->ekus;
    t->key_usage = CEPCES_KU_DIGITAL_SIGNATURE | CEPCES_KU_KEY_ENCIPHERMENT;
}

/* As cepces_template_extensions gives them, written down by hand: the order is not that of the
 * certificate. */
static void
fill_extensions(fixture_plan_t *f, apr_pool_t *p)
{
    f->extensions[0] = (cepces_template_extension_t){
        CEPCES_OID_APPLICATION_POLICIES, false,
        hex("3018300a06082b06010505070302300a06082b06010505070301", p)};
    f->extensions[1] =
        (cepces_template_extension_t){CEPCES_OID_BASIC_CONSTRAINTS, true, hex("3000", p)};
    f->extensions[2] =
        (cepces_template_extension_t){CEPCES_OID_TEMPLATE_INFORMATION, false,
                                      hex("3013060b2b0601040181fd5901080a020164020107", p)};
    f->extensions[3] =
        (cepces_template_extension_t){CEPCES_OID_EXTENDED_KEY_USAGE, false,
                                      hex("301406082b0601050507030206082b06010505070301", p)};
    f->extensions[4] =
        (cepces_template_extension_t){CEPCES_OID_KEY_USAGE, true, hex("030205a0", p)};
    f->plan.extensions = f->extensions;
    f->plan.num_extensions = 5;
}

static void
fill_sans(fixture_plan_t *f, apr_pool_t *p)
{
    f->sans[0] = (cepces_san_t){CEPCES_SAN_DNS, "ws1.example.com", CEPCES_NO_BYTES};
    f->sans[1] = (cepces_san_t){CEPCES_SAN_EMAIL, "alice@example.com", CEPCES_NO_BYTES};
    f->sans[2] = (cepces_san_t){CEPCES_SAN_UPN, "alice@ad.example.com", CEPCES_NO_BYTES};
    f->sans[3] = (cepces_san_t){CEPCES_SAN_IP, "192.0.2.7", hex("c0000207", p)};
    f->sans[4] = (cepces_san_t){CEPCES_SAN_URI, "https://ws1.example.com/", CEPCES_NO_BYTES};
    f->sans[5] = (cepces_san_t){CEPCES_SAN_GUID, "03020100-0504-0706-0809-0a0b0c0d0e0f",
                                hex("000102030405060708090a0b0c0d0e0f", p)};
    f->plan.sans = f->sans;
    f->plan.num_sans = 6;
}

fixture_plan_t *
fixture_plan(apr_pool_t *p)
{
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    fixture_plan_t *f = (fixture_plan_t *)apr_pcalloc(p, sizeof(*f));
    cepces_bytes_t spki;
    X509_NAME *name = NULL;

    fill_template(&f->tmpl);
    fill_extensions(f, p);
    fill_sans(f, p);
    must(cepces_ca_key_spki(&spki, fixture_key(FIXTURE_P256, p), p, &err), &err, "SPKI");
    must(cepces_key_decode(&f->key, spki, p, &err), &err, "key facts");
    must(cepces_name_parse_ldap(&name, "CN=ws1.example.com,O=Example", p, &err), &err, "subject");
    must(cepces_name_der(&f->plan.subject_der, name, p, &err), &err, "subject");
    X509_NAME_free(name);
    f->plan.tmpl = &f->tmpl;
    f->plan.key = &f->key;
    f->plan.subject_text = "CN=ws1.example.com,O=Example";
    f->plan.sid = "S-1-5-21-1004336348-1177238915-682003330-1105";
    f->plan.smime_capabilities = hex("300d300b0609608648016503040102", p);
    f->plan.revocation_info = true;
    f->plan.not_before = FIXTURE_NOW - apr_time_from_sec(600);
    f->plan.not_after = f->plan.not_before + 365 * FIXTURE_DAY;
    return f;
}

X509 *
fixture_decode(cepces_bytes_t der, apr_pool_t *p)
{
    const unsigned char *at = der.data;
    X509 *x = d2i_X509(NULL, &at, (long)der.len);

    if (x == NULL || at != der.data + der.len) {
        fprintf(stderr, "not a certificate\n");
        abort();
    }
    cepces_pki_adopt_x509(p, x);
    return x;
}
