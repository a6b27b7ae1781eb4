/* Certificates for people, by OpenSSL's printers. What cannot be decoded is shown as such: the
 * commands that use this only look. */
#include "certificate.h"

#include <apr_strings.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "output.h"
#include "vocabulary.h"

/* Takes what has been printed out of |bio| and releases it. */
static const char *
taken(BIO *bio, apr_pool_t *p)
{
    char *data = NULL;
    long len = BIO_get_mem_data(bio, &data);
    const char *text = apr_pstrmemdup(p, data != NULL ? data : "", len > 0 ? (size_t)len : 0);

    BIO_free(bio);
    return text;
}

static const char *
name_text(const X509_NAME *name, apr_pool_t *p)
{
    BIO *bio = BIO_new(BIO_s_mem());

    X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    return taken(bio, p);
}

static void
set_time(json_t *record, const char *key, const ASN1_TIME *time)
{
    struct tm tm;
    apr_time_exp_t exploded = {0};
    apr_time_t t = 0;

    if (ASN1_TIME_to_tm(time, &tm) == 1) {
        exploded.tm_year = tm.tm_year;
        exploded.tm_mon = tm.tm_mon;
        exploded.tm_mday = tm.tm_mday;
        exploded.tm_hour = tm.tm_hour;
        exploded.tm_min = tm.tm_min;
        exploded.tm_sec = tm.tm_sec;
        (void)apr_time_exp_gmt_get(&t, &exploded);
    }
    ctl_set_time(record, key, t);
}

static const char *
key_text(X509 *cert, apr_pool_t *p)
{
    EVP_PKEY *key = X509_get0_pubkey(cert);
    char curve[64];
    size_t len = 0;

    if (key == NULL) {
        return NULL;
    }
    if (EVP_PKEY_get_group_name(key, curve, sizeof(curve), &len) == 1 && EVP_PKEY_is_a(key, "EC")) {
        return apr_psprintf(p, "EC %s", curve);
    }
    return apr_psprintf(p, "%s %d", EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key));
}

static void
set_digest(json_t *record, const char *key, X509 *cert, const EVP_MD *md)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (X509_digest(cert, md, digest, &len) == 1) {
        ctl_set_hex(record, key, (cepces_bytes_t){digest, len});
    }
}

static void
set_extensions(json_t *record, X509 *cert, apr_pool_t *p)
{
    json_t *all = json_object();

    for (int i = 0; i < X509_get_ext_count(cert); i++) {
        X509_EXTENSION *ext = X509_get_ext(cert, i);
        BIO *bio = BIO_new(BIO_s_mem());
        char oid[80];
        char *text;

        OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(ext), 1);
        if (X509_EXTENSION_get_critical(ext)) {
            BIO_puts(bio, "critical, ");
        }
        if (X509V3_EXT_print(bio, ext, X509V3_EXT_DEFAULT, 0) != 1) {
            const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(ext);

            for (int b = 0; b < ASN1_STRING_length(value); b++) {
                BIO_printf(bio, "%02x", ASN1_STRING_get0_data(value)[b]);
            }
        }
        text = apr_pstrdup(p, taken(bio, p));
        for (char *s = text; *s != '\0'; s++) {
            *s = *s == '\n' ? ' ' : *s;
        }
        ctl_set_text(all, ctl_oid_text(CTL_OID_EXTENSION, oid), text);
    }
    json_object_set_new(record, "extensions", all);
}

void
ctl_certificate_facts(json_t *record, cepces_bytes_t der, bool extensions, apr_pool_t *p)
{
    const unsigned char *at = der.data;
    X509 *cert = d2i_X509(NULL, &at, (long)der.len);
    const ASN1_INTEGER *serial;

    if (cert == NULL) {
        ctl_set_text(record, "certificate", "(cannot be decoded)");
        return;
    }
    serial = X509_get0_serialNumber(cert);
    ctl_set_text(record, "subject", name_text(X509_get_subject_name(cert), p));
    ctl_set_text(record, "issuer", name_text(X509_get_issuer_name(cert), p));
    ctl_set_hex(
        record, "serial",
        (cepces_bytes_t){ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)});
    set_time(record, "not_before", X509_get0_notBefore(cert));
    set_time(record, "not_after", X509_get0_notAfter(cert));
    ctl_set_text(record, "key", key_text(cert, p));
    ctl_set_text(record, "signature_algorithm", OBJ_nid2ln(X509_get_signature_nid(cert)));
    set_digest(record, "sha1", cert, EVP_sha1()); /* Windows calls it the thumbprint */
    set_digest(record, "sha256", cert, EVP_sha256());
    if (extensions) {
        set_extensions(record, cert, p);
    }
    X509_free(cert);
}

const char *
ctl_certificate_pem(cepces_bytes_t der, apr_pool_t *p)
{
    BIO *bio = BIO_new(BIO_s_mem());

    PEM_write_bio(bio, PEM_STRING_X509, "", der.data, (long)der.len);
    return taken(bio, p);
}

const char *
ctl_chain_pem(const cepces_ca_generation_t *generation, apr_pool_t *p)
{
    const char *text = ctl_certificate_pem(generation->certificate, p);

    for (size_t i = 0; i < generation->chain_num; i++) {
        text = apr_pstrcat(p, text, ctl_certificate_pem(generation->chain[i], p), NULL);
    }
    return text;
}

const cepces_ca_generation_t *
ctl_current_generation(const cepces_ca_t *ca)
{
    for (size_t i = 0; i < ca->generations_num; i++) {
        if (ca->generations[i].current) {
            return &ca->generations[i];
        }
    }
    return NULL;
}
