/* What the rest of the library asks of OpenSSL: strict decoding, names, keys, extensions, times.
 * The room knows certificates, not requests or templates. Foreign objects are released by the
 * function that made them or adopted by a pool before they are stored. */
#ifndef PKI_PKI_H
#define PKI_PKI_H

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/bytes.h"
#include "cepces/error.h"
#include "pki/oids.h"

/* cepces_pki_error makes an error with |status|: |doing| and the reasons in OpenSSL's queue, which
 * it empties. */
cepces_status_t cepces_pki_error(cepces_error_t *err, cepces_status_t status, const char *doing);

void cepces_pki_adopt_x509(apr_pool_t *p, X509 *x);
void cepces_pki_adopt_key(apr_pool_t *p, EVP_PKEY *key);

/* --- DER -------------------------------------------------------------------------------------- */

#define CEPCES_DER_MAX_DEPTH 24
#define CEPCES_DER_MAX_VALUES 8192 /* tag-length-value triples in one message */

/* cepces_der_check walks |der| and proves rule V16: one value that ends with the slice, definite
 * minimal lengths, canonical BOOLEAN and INTEGER, OIDs of at most 64 octets, the ceilings above. It
 * comes before any d2i function. Errors: CEPCES_E_ASN1_TRUNCATED, ASN1_NOT_DER, ASN1_TRAILING,
 * ASN1_CORRUPT. */
cepces_status_t cepces_der_check(cepces_bytes_t der, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_pki_decode reads one value of the type |item| after cepces_der_check; the caller frees it
 * with ASN1_item_free. Errors: those of cepces_der_check, CEPCES_E_ASN1_BAD_TAG,
 * CEPCES_E_ASN1_CORRUPT. */
cepces_status_t cepces_pki_decode(void **out, cepces_bytes_t der, const ASN1_ITEM *item,
                                  cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_pki_encode writes |value|, of the type |item|, as DER. */
cepces_status_t cepces_pki_encode(cepces_bytes_t *out, const void *value, const ASN1_ITEM *item,
                                  apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* The octets of an ASN.1 string, lent. */
static inline cepces_bytes_t
cepces_pki_bytes(const ASN1_STRING *s)
{
    return cepces_bytes(ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
}

/* cepces_pki_string returns an ASN.1 string of any character type as UTF-8. NUL, control characters
 * and invalid encodings are refused with CEPCES_E_BAD_DATA (L12). */
cepces_status_t cepces_pki_string(const char **out, const ASN1_STRING *s, apr_pool_t *p,
                                  cepces_error_t *err) CEPCES_MUST_CHECK;

/* --- Certificates ----------------------------------------------------------------------------- */

/* cepces_x509_decode decodes one DER certificate strictly; |*out| belongs to |p|. */
cepces_status_t cepces_x509_decode(X509 **out, cepces_bytes_t der, apr_pool_t *p,
                                   cepces_error_t *err) CEPCES_MUST_CHECK;

/* The certificate's DER in |p|; empty if OpenSSL fails, for lack of memory. */
cepces_bytes_t cepces_x509_der(X509 *x, apr_pool_t *p);

/* cepces_x509_read_pem reads every certificate of PEM (or one of DER) text, in order. At most
 * 16. */
cepces_status_t cepces_x509_read_pem(cepces_bytes_t **out, size_t *num, cepces_bytes_t text,
                                     apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_digest lends the digest of a NID, fetched once per process: SHA-1, SHA-256, SHA-384 or
 * SHA-512; NULL for every other. */
const EVP_MD *cepces_digest(int nid);

/* The digest of |data| as 32 bytes of |p|; empty if OpenSSL fails, for lack of memory. */
cepces_bytes_t cepces_sha256(cepces_bytes_t data, apr_pool_t *p);
/* SHA-1, 20 bytes: key identifiers and [MS-WCCE] ISSUED_CERT_HASH; never for signatures. */
cepces_bytes_t cepces_sha1(cepces_bytes_t data, apr_pool_t *p);

/* --- Names ------------------------------------------------------------------------------------ */

/* cepces_name_text returns a name as RFC 4514 text, most specific RDN first, every special
 * character escaped. */
const char *cepces_name_text(const X509_NAME *name, apr_pool_t *p);

/* cepces_name_parse_ldap reads a distinguished name in LDAP text (RFC 4514, most specific first)
 * and gives it in DER order (root first). Errors: CEPCES_E_BAD_SUBJECT. */
cepces_status_t cepces_name_parse_ldap(X509_NAME **out, const char *text, apr_pool_t *p,
                                       cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_name_from_der and cepces_name_der convert between the DER of a name and OpenSSL's form,
 * which the caller frees with X509_NAME_free. */
cepces_status_t cepces_name_from_der(X509_NAME **out, cepces_bytes_t der, cepces_error_t *err)
    CEPCES_MUST_CHECK;
cepces_status_t cepces_name_der(cepces_bytes_t *out, const X509_NAME *name, apr_pool_t *p,
                                cepces_error_t *err) CEPCES_MUST_CHECK;

/* One attribute of a subject, decoded to UTF-8. */
typedef struct cepces_rdn_t {
    const char *oid;        /* dotted decimal */
    const char *short_name; /* "CN", "O", … or the OID */
    const char *value;      /* UTF-8 without NUL and control characters */
    size_t set;             /* RDN number: attributes of one multi-valued RDN share it */
} cepces_rdn_t;

/* cepces_name_decode gives the attributes of a name in DER order. At most |max| attributes; a value
 * that is empty, not text, has control characters, or is longer than 64 (CN, O, OU), 2 (C) or 128
 * characters is refused. Errors: CEPCES_E_BAD_SUBJECT. */
cepces_status_t cepces_name_decode(const cepces_rdn_t **out, size_t *num, const X509_NAME *name,
                                   size_t max, apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_name_encode writes attributes as the DER of a name, by OID, value and set; none makes the
 * empty name. Values become UTF8String, but PrintableString or IA5String where the attribute
 * demands it. Errors: CEPCES_E_BAD_SUBJECT. */
cepces_status_t cepces_name_encode(cepces_bytes_t *out, const cepces_rdn_t *rdns, size_t num,
                                   apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* The kinds of subject alternative names we read and write. */
typedef enum cepces_san_kind_t {
    CEPCES_SAN_DNS,
    CEPCES_SAN_EMAIL,
    CEPCES_SAN_UPN,
    CEPCES_SAN_IP,
    CEPCES_SAN_URI,
    CEPCES_SAN_GUID,    /* otherName 1.3.6.1.4.1.311.25.1, 16 octets */
    CEPCES_SAN_OTHER    /* anything else: never issued, kept for the refusal and the audit */
} cepces_san_kind_t;

typedef struct cepces_san_t {
    cepces_san_kind_t kind;
    const char *text;     /* as people write it: lower-case DNS name, address, … */
    cepces_bytes_t octets; /* IP: 4 or 16 octets; GUID: 16 octets in [MS-DTYP] order; else empty */
} cepces_san_t;

/* cepces_san_decode reads GeneralNames: at most |max|, each within the limits of its kind (DNS 253,
 * e-mail 254, UPN 256, URI 2048 bytes; an IP address 4 or 16 octets), text without white space and
 * control characters. DNS names come out in lower case; whether a name is well formed and may be
 * had is the policy room's to say. Errors: CEPCES_E_BAD_SUBJECT, those of cepces_pki_decode. */
cepces_status_t cepces_san_decode(const cepces_san_t **out, size_t *num, cepces_bytes_t der,
                                  size_t max, apr_pool_t *p, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_san_encode writes GeneralNames, in the order given. CEPCES_SAN_OTHER is
 * CEPCES_E_INTERNAL. */
cepces_status_t cepces_san_encode(cepces_bytes_t *out, const cepces_san_t *sans, size_t num,
                                  apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_guid_parse and cepces_guid_text convert "f81d4fae-7dec-11d0-a765-00a0c91e6bf6" and its 16
 * octets in [MS-DTYP] order: the first three fields little-endian. Errors: CEPCES_E_INVALID. */
cepces_status_t cepces_guid_parse(cepces_bytes_t *out, const char *text, apr_pool_t *p,
                                  cepces_error_t *err) CEPCES_MUST_CHECK;
const char *cepces_guid_text(cepces_bytes_t octets, apr_pool_t *p);

/* --- Keys ------------------------------------------------------------------------------------- */

typedef enum cepces_key_type_t {
    CEPCES_KEY_UNKNOWN,
    CEPCES_KEY_RSA,
    CEPCES_KEY_P256,
    CEPCES_KEY_P384,
    CEPCES_KEY_P521,
    CEPCES_KEY_ED25519
} cepces_key_type_t;

/* Facts of a public key, computed while decoding. */
typedef struct cepces_key_t {
    cepces_key_type_t type;
    unsigned bits;
    cepces_bytes_t spki;        /* DER SubjectPublicKeyInfo */
    cepces_bytes_t spki_sha256; /* 32 bytes */
    cepces_bytes_t ski;         /* SHA-1 of the key bits, 20 bytes: RFC 5280, 4.2.1.2 (1) */
    EVP_PKEY *pkey;             /* adopted by the pool of whoever decoded it */
} cepces_key_t;

/* cepces_key_decode reads a SubjectPublicKeyInfo under rules V20 and V23: RSA of 1024 to 8192 bits
 * (what is enough is the template's to say) with an odd exponent from 65537 to 2^64, P-256, P-384,
 * P-521 by named curve with a point on it, Ed25519. Sizes are checked before anything is computed
 * with the key. Errors: CEPCES_E_BAD_ALGORITHM, CEPCES_E_BAD_KEY, CEPCES_E_WEAK_KEY, those of
 * cepces_der_check. */
cepces_status_t cepces_key_decode(cepces_key_t *out, cepces_bytes_t spki, apr_pool_t *p,
                                  cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_key_type_name returns "RSA", "P-256", …. */
const char *cepces_key_type_name(cepces_key_type_t type);

/* --- Times ------------------------------------------------------------------------------------ */

/* cepces_asn1_time_get reads a time in whole seconds; pki/write.h has the other direction. Errors:
 * CEPCES_E_BAD_DATA. */
cepces_status_t cepces_asn1_time_get(apr_time_t *out, const ASN1_TIME *t, cepces_error_t *err)
    CEPCES_MUST_CHECK;

#endif
