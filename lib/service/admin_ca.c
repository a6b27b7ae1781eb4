/* Making and taking over CAs. */
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include <apr_file_io.h>
#include <apr_strings.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "cepces/admin.h"
#include "service/crl.h"
#include "service/site.h"

#define MAX_FILE_LEN (256 * 1024) /* of a key, a chain or a PKCS#12 file */
#define DAY_SECS (24 * 3600)
#define DEFAULT_BACKDATE_SECS 600 /* notBefore is ten minutes before now: clients' clocks differ \
                                   */

#define CA_USAGES (KU_KEY_CERT_SIGN | KU_CRL_SIGN) /* CRLs of any other CA are worth nothing */

static const struct {
    const char *name;
    cepces_ca_key_kind_t kind;
    unsigned bits;
} algorithms[] = {
    {"rsa2048", CEPCES_CA_KEY_RSA, 2048}, {"rsa3072", CEPCES_CA_KEY_RSA, 3072},
    {"rsa4096", CEPCES_CA_KEY_RSA, 4096}, {"p256", CEPCES_CA_KEY_P256, 256},
    {"p384", CEPCES_CA_KEY_P384, 384},
};

static cepces_status_t
generate_key(EVP_PKEY **out, const char *algorithm, cepces_error_t *err)
{
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        if (strcmp(algorithms[i].name, algorithm) == 0) {
            return cepces_ca_generate_key(out, algorithms[i].kind, algorithms[i].bits, err);
        }
    }
    return cepces_error_set(
        err, CEPCES_E_INVALID,
        "key algorithm \"%s\": rsa2048, rsa3072, rsa4096, p256 or p384 are known", algorithm);
}

/* --- What both ways share --------------------------------------------------------------------- */

/* A new CA on its way into the database. */
typedef struct {
    cepces_store_t *store;
    const cepces_admin_ca_options_t *options;
    EVP_PKEY *key;
    const char *key_path;
    cepces_bytes_t certificate;
    const cepces_bytes_t *chain;
    size_t chain_num;
    bool is_root;
    const cepces_certificate_record_t *as_issued; /* by one of our CAs, or NULL */
    cepces_ca_t record;
    cepces_ca_generation_t generation;
    apr_pool_t *p;
} new_ca_t;

static cepces_status_t
fill_generation(new_ca_t *n, cepces_error_t *err)
{
    X509 *x;
    cepces_key_t key;
    cepces_status_t st = cepces_x509_decode(&x, n->certificate, n->p, err);
    unsigned char *spki = NULL;
    int len;

    if (st != CEPCES_OK) {
        return st;
    }
    len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &spki);
    if (len <= 0) {
        return cepces_pki_error(err, CEPCES_E_INVALID, "the CA's public key");
    }
    st =
        cepces_key_decode(&key, cepces_bytes_dup(cepces_bytes(spki, (size_t)len), n->p), n->p, err);
    OPENSSL_free(spki);
    n->generation = (cepces_ca_generation_t){
        .number = 0,
        .certificate = n->certificate,
        .key_sha256 = key.spki_sha256,
        .chain = n->chain,
        .chain_num = n->chain_num,
        .current = true,
    };
    if (st == CEPCES_OK) {
        st = cepces_asn1_time_get(&n->generation.not_before, X509_get0_notBefore(x), err);
    }
    return st == CEPCES_OK
               ? cepces_asn1_time_get(&n->generation.not_after, X509_get0_notAfter(x), err)
               : st;
}

static void
fill_record(new_ca_t *n)
{
    const cepces_admin_ca_options_t *o = n->options;

    n->record = (cepces_ca_t){
        .name = o->name,
        .enabled = true,
        .issues_to_clients = true,
        .cdp_urls = o->cdp_urls,
        .aia_urls = o->aia_urls,
        .crl_validity_secs = o->crl_validity_secs,
        .crl_overlap_secs = o->crl_overlap_secs,
        .backdate_secs = DEFAULT_BACKDATE_SECS,
        .generations = &n->generation,
        .generations_num = 1,
    };
}

/* A CA under two names would have two lists of revocations. */
static cepces_status_t
check_unknown(const new_ca_t *n, cepces_error_t *err)
{
    cepces_catalogue_t known;
    cepces_status_t st = cepces_store_load_catalogue(&known, n->store, n->p, err);

    for (size_t i = 0; st == CEPCES_OK && i < known.num_cas; i++) {
        const cepces_ca_t *ca = &known.cas[i];

        if (strcasecmp(ca->name, n->options->name) == 0) {
            return cepces_error_set(err, CEPCES_E_EXISTS, "there is a CA called %s already",
                                    ca->name);
        }
        for (size_t g = 0; g < ca->generations_num; g++) {
            if (cepces_bytes_equal(ca->generations[g].certificate, n->certificate)) {
                return cepces_error_set(err, CEPCES_E_EXISTS,
                                        "its certificate is that of the CA called %s", ca->name);
            }
        }
    }
    return st;
}

/* Key file first, database second: a key nobody refers to is harmless and is removed again. When
 * the database went away during the COMMIT somebody may refer to it (rule S7), and no other copy
 * exists. */
static cepces_status_t
establish(new_ca_t *n, cepces_error_t *err)
{
    const char *passphrase = NULL;
    const cepces_signer_t *signer;
    cepces_status_t st = fill_generation(n, err);

    if (st == CEPCES_OK) {
        st = check_unknown(n, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_site_passphrase(&passphrase, n->options->passphrase_file, n->p, err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    fill_record(n);
    st = cepces_signer_open(&signer, &n->record, &n->generation, n->key, n->p, err);
    if (st != CEPCES_OK) {
        return cepces_error_wrap(err, CEPCES_E_INVALID, "the CA could not sign");
    }
    n->key_path =
        apr_pstrcat(n->p, n->options->key_directory, "/", n->options->name, "-0.pem", NULL);
    st = cepces_ca_write_key(n->key_path, n->key, passphrase, n->p, err);
    if (st != CEPCES_OK) {
        return st;
    }
    st = cepces_store_add_ca(n->store, &n->record, n->as_issued, n->p, err);
    if (cepces_status_class(st) == CEPCES_CLASS_TEMPORARY) {
        return cepces_error_wrap(err, st, "the key stays in %s, because the CA may have been stored",
                                 n->key_path);
    }
    if (st != CEPCES_OK) {
        (void)unlink(n->key_path);
        return st;
    }
    /* The first CRL exists from the first day, so that what is issued can be checked at once. */
    return cepces_crl_make(n->store, &n->record, &n->generation, signer, false, n->p, err);
}

static cepces_status_t
check_options(const cepces_admin_ca_options_t *o, cepces_error_t *err)
{
    size_t len =
        strspn(o->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    if (len == 0 || o->name[len] != '\0' || len > 64 || o->name[0] == '.' || o->name[0] == '-') {
        return cepces_error_set(
            err, CEPCES_E_INVALID,
            "CA name \"%s\": at most 64 letters, digits, \".\", \"_\", \"-\" are "
            "accepted, a letter or digit first",
            o->name);
    }
    if (o->crl_validity_secs <= 0 || o->crl_overlap_secs < 0 ||
        o->crl_overlap_secs >= o->crl_validity_secs) {
        return cepces_error_set(err, CEPCES_E_INVALID,
                                "the CRL's overlap must be shorter than its validity");
    }
    return CEPCES_OK;
}

/* --- Creating --------------------------------------------------------------------------------- */

static cepces_ca_profile_t
profile_of(const cepces_admin_ca_options_t *o)
{
    apr_time_t now = apr_time_from_sec(apr_time_sec(apr_time_now()));

    return (cepces_ca_profile_t){
        .subject = o->subject,
        .not_before = now - apr_time_from_sec(DEFAULT_BACKDATE_SECS),
        .not_after = now + apr_time_from_sec((apr_time_t)o->validity_days * DAY_SECS),
        .path_len = o->path_len,
        .generation = 0,
    };
}

static cepces_status_t
make_root(new_ca_t *n, const cepces_ca_profile_t *profile, cepces_error_t *err)
{
    n->is_root = true;
    return cepces_ca_make_root(&n->certificate, profile, n->key, n->p, err);
}

static void
fill_as_issued(new_ca_t *n, const cepces_site_ca_t *issuer, const cepces_issued_t *issued,
               const cepces_ca_profile_t *profile)
{
    cepces_certificate_record_t *record =
        (cepces_certificate_record_t *)apr_pcalloc(n->p, sizeof(*record));

    record->ca = issuer->record->name;
    record->generation = issuer->generation->number;
    record->serial = issued->serial;
    record->principal = n->options->name;
    record->subject = profile->subject;
    record->der = issued->der;
    record->sha256 = issued->sha256;
    record->not_before = profile->not_before;
    record->not_after = profile->not_after < issuer->generation->not_after
                            ? profile->not_after
                            : issuer->generation->not_after;
    n->as_issued = record;
}

static cepces_status_t
make_subordinate(new_ca_t *n, const cepces_ca_profile_t *profile, cepces_error_t *err)
{
    const cepces_admin_ca_options_t *o = n->options;
    cepces_keyring_t *keys;
    const cepces_snapshot_t *s;
    const cepces_site_ca_t *issuer;
    cepces_issued_t issued;
    cepces_bytes_t *chain;
    cepces_status_t st =
        cepces_keyring_load(&keys, o->key_directory, o->passphrase_file, n->p, err);

    if (st == CEPCES_OK) {
        st = cepces_site_load(&s, n->store, keys, n->p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_site_signing_ca(&issuer, s, o->issuer, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_ca_make_subordinate(&issued, profile, n->key, issuer->signer, n->p, err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    n->chain_num = issuer->generation->chain_num + 1;
    chain = (cepces_bytes_t *)apr_pcalloc(n->p, n->chain_num * sizeof(*chain));
    chain[0] = issuer->generation->certificate;
    for (size_t i = 1; i < n->chain_num; i++) {
        chain[i] = issuer->generation->chain[i - 1];
    }
    n->chain = chain;
    n->certificate = issued.der;
    fill_as_issued(n, issuer, &issued, profile);
    return CEPCES_OK;
}

cepces_status_t
cepces_admin_create_ca(cepces_store_t *s, const cepces_admin_ca_options_t *options, apr_pool_t *p,
                       cepces_error_t *err)
{
    new_ca_t n = {.store = s, .options = options, .p = p};
    cepces_ca_profile_t profile = profile_of(options);
    cepces_status_t st = check_options(options, err);

    if (st == CEPCES_OK && options->validity_days < 1) {
        st = cepces_error_set(err, CEPCES_E_INVALID, "a validity of %d days",
                              options->validity_days);
    }
    if (st == CEPCES_OK) {
        st = generate_key(&n.key, options->algorithm, err);
    }
    if (st == CEPCES_OK) {
        cepces_pki_adopt_key(p, n.key);
        st = options->issuer == NULL ? make_root(&n, &profile, err)
                                     : make_subordinate(&n, &profile, err);
    }
    return st == CEPCES_OK ? establish(&n, err) : st;
}

/* --- Importing -------------------------------------------------------------------------------- */

static int
give_password(char *buf, int size, int writing, void *password)
{
    size_t len = password != NULL ? strlen((const char *)password) : 0;

    (void)writing;
    if (len == 0 || len > (size_t)size) {
        return -1;
    }
    memcpy(buf, password, len);
    return (int)len;
}

static cepces_status_t
read_key_pem(new_ca_t *n, cepces_bytes_t text, const char *password, cepces_error_t *err)
{
    BIO *bio = BIO_new_mem_buf(text.data, (int)text.len);

    n->key = bio != NULL
                 ? PEM_read_bio_PrivateKey(bio, NULL, give_password, (void *)(uintptr_t)password)
                 : NULL;
    BIO_free(bio);
    if (n->key == NULL) {
        return cepces_pki_error(err, CEPCES_E_INVALID,
                                "the key file holds no PEM key that opens with this "
                                "password");
    }
    cepces_pki_adopt_key(n->p, n->key);
    return CEPCES_OK;
}

/* Certificates in the order leaf, issuer, issuer's issuer …, from whatever order they came in. */
static cepces_status_t
order_chain(new_ca_t *n, const cepces_bytes_t *certificates, size_t num, cepces_error_t *err)
{
    cepces_bytes_t *chain = (cepces_bytes_t *)apr_pcalloc(n->p, (num + 1) * sizeof(*chain));
    X509 **decoded = (X509 **)apr_pcalloc(n->p, (num + 1) * sizeof(*decoded));
    X509 *at = NULL;

    for (size_t i = 0; i < num; i++) {
        cepces_status_t st = cepces_x509_decode(&decoded[i], certificates[i], n->p, err);

        if (st != CEPCES_OK) {
            return st;
        }
        if (at == NULL && X509_check_private_key(decoded[i], n->key) == 1) {
            at = decoded[i];
            n->certificate = certificates[i];
        }
    }
    ERR_clear_error();
    if (at == NULL) {
        return cepces_error_set(err, CEPCES_E_INVALID,
                                "none of %zu certificates belongs to the key", num);
    }
    while (X509_NAME_cmp(X509_get_subject_name(at), X509_get_issuer_name(at)) != 0) {
        X509 *issuer = NULL;

        for (size_t i = 0; i < num && issuer == NULL; i++) {
            if (X509_check_issued(decoded[i], at) == X509_V_OK) {
                issuer = decoded[i];
                chain[n->chain_num] = certificates[i];
            }
        }
        if (issuer == NULL || n->chain_num == num) {
            return cepces_error_set(err, CEPCES_E_INVALID,
                                    "the chain ends without a self-signed root");
        }
        n->chain_num++;
        at = issuer;
    }
    n->chain = chain;
    n->is_root = n->chain_num == 0;
    return CEPCES_OK;
}

/* The chain must verify as a CA chain up to its root (rule L14). */
static cepces_status_t
verify_chain(const new_ca_t *n, cepces_error_t *err)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) *untrusted = sk_X509_new_null();
    X509 *x, *leaf = NULL;
    cepces_status_t st = CEPCES_OK;

    for (size_t i = 0; i <= n->chain_num && st == CEPCES_OK; i++) {
        st = cepces_x509_decode(&x, i == 0 ? n->certificate : n->chain[i - 1], n->p, err);
        if (st == CEPCES_OK && i == 0) {
            leaf = x;
        }
        if (st == CEPCES_OK && (i == n->chain_num ? X509_STORE_add_cert(store, x) != 1
                                                  : sk_X509_push(untrusted, x) <= 0)) {
            st = cepces_pki_error(err, CEPCES_E_INTERNAL, "chain");
        }
    }
    if (st == CEPCES_OK && X509_STORE_CTX_init(ctx, store, leaf, untrusted) != 1) {
        st = cepces_pki_error(err, CEPCES_E_INTERNAL, "chain");
    }
    if (st == CEPCES_OK) {
        X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
        if (X509_verify_cert(ctx) != 1) {
            st = cepces_error_set(err, CEPCES_E_INVALID, "the chain does not verify: %s",
                                  X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
        } else if (X509_check_ca(leaf) != 1 || (~X509_get_key_usage(leaf) & CA_USAGES) != 0) {
            st = cepces_error_set(
                err, CEPCES_E_INVALID,
                "the certificate is not that of a CA (cA, keyCertSign and cRLSign are needed)");
        }
    }
    sk_X509_free(untrusted);
    X509_STORE_CTX_free(ctx);
    X509_STORE_free(store);
    ERR_clear_error();
    return st;
}

static cepces_status_t
import_pem(new_ca_t *n, const char *key_file, const char *chain_file, const char *password,
           cepces_error_t *err)
{
    cepces_bytes_t key, text, *certificates;
    size_t num;
    cepces_status_t st = cepces_site_read_file(&key, key_file, MAX_FILE_LEN, n->p, err);

    if (st == CEPCES_OK) {
        st = cepces_site_read_file(&text, chain_file, MAX_FILE_LEN, n->p, err);
    }
    if (st == CEPCES_OK) {
        st = read_key_pem(n, key, password, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_x509_read_pem(&certificates, &num, text, n->p, err);
    }
    return st == CEPCES_OK ? order_chain(n, certificates, num, err) : st;
}

static cepces_status_t
import_pkcs12(new_ca_t *n, const char *file, const char *password, cepces_error_t *err)
{
    cepces_bytes_t der, *certificates;
    const unsigned char *cursor;
    PKCS12 *p12;
    X509 *leaf = NULL;
    STACK_OF(X509) *others = NULL;
    size_t num = 0;
    cepces_status_t st = cepces_site_read_file(&der, file, MAX_FILE_LEN, n->p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    cursor = der.data;
    p12 = d2i_PKCS12(NULL, &cursor, (long)der.len);
    if (p12 == NULL || PKCS12_parse(p12, password, &n->key, &leaf, &others) != 1 || leaf == NULL ||
        n->key == NULL) {
        st = cepces_pki_error(err, CEPCES_E_INVALID,
                              "not a PKCS#12 file with key and certificate that "
                              "opens with this password");
        goto out;
    }
    cepces_pki_adopt_key(n->p, n->key);
    certificates = (cepces_bytes_t *)apr_pcalloc(n->p, ((size_t)sk_X509_num(others) + 2) *
                                                           sizeof(*certificates));
    certificates[num++] = cepces_x509_der(leaf, n->p);
    for (int i = 0; i < sk_X509_num(others); i++) {
        certificates[num++] = cepces_x509_der(sk_X509_value(others, i), n->p);
    }
    st = order_chain(n, certificates, num, err);

out:
    PKCS12_free(p12);
    X509_free(leaf);
    sk_X509_pop_free(others, X509_free);
    return st;
}

cepces_status_t
cepces_admin_import_ca(cepces_store_t *s, const cepces_admin_ca_options_t *options,
                       const char *key_file, const char *chain_file, const char *password,
                       apr_pool_t *p, cepces_error_t *err)
{
    new_ca_t n = {.store = s, .options = options, .p = p};
    cepces_status_t st = check_options(options, err);

    if (st == CEPCES_OK) {
        st = chain_file != NULL ? import_pem(&n, key_file, chain_file, password, err)
                                : import_pkcs12(&n, key_file, password, err);
    }
    if (st == CEPCES_OK) {
        st = verify_chain(&n, err);
    }
    return st == CEPCES_OK ? establish(&n, err) : st;
}

/* --- CRLs ------------------------------------------------------------------------------------- */

cepces_status_t
cepces_admin_publish_crl(cepces_store_t *s, const char *ca, const cepces_keyring_t *keys,
                         apr_pool_t *p, cepces_error_t *err)
{
    const cepces_snapshot_t *snapshot;
    const cepces_site_ca_t *site;
    cepces_status_t st = cepces_site_load(&snapshot, s, keys, p, err);

    if (st == CEPCES_OK) {
        st = cepces_site_signing_ca(&site, snapshot, ca, err);
    }
    for (size_t i = 0; st == CEPCES_OK && i < site->record->generations_num; i++) {
        if (site->signers[i] != NULL) {
            st = cepces_crl_make(s, site->record, &site->record->generations[i], site->signers[i],
                                 false, p, err);
        }
    }
    return st;
}
