/* CMC: PKIData (RFC 5272) in SignedData (RFC 5652), as Windows makes it for templates of schema 2
 * and up: one PKCS#10, a signer identified by the SKI of the key that is to be certified, no
 * certificates. Signers by certificate are verified and reported; whether they are wanted is
 * decided elsewhere (rules V18 and V19). */
#include <string.h>

#include <openssl/err.h>

#include "pki/cms.h"
#include "request/reader.h"

/* The message while its signers are checked. */
typedef struct {
    cepces_request_reader_t *r;
    const CEPCES_SIGNED_DATA *data;
    cepces_bytes_t content;
    X509 *certificates[CEPCES_REQUEST_MAX_CERTIFICATES]; /* decoded when a signer needs them */
    int num_certificates;
    bool possession; /* the request key signed the message */
} message_t;

static cepces_status_t
refuse(message_t *m, cepces_status_t status, const char *why)
{
    return cepces_error_rule(m->r->err, status, "V18", "%s", why);
}

/* --- PKIData ---------------------------------------------------------------------------------- */

static cepces_status_t
read_add_attributes(cepces_request_reader_t *r, cepces_bytes_t der)
{
    void *add;
    cepces_status_t st =
        cepces_pki_decode(&add, der, ASN1_ITEM_rptr(CEPCES_ADD_ATTRIBUTES), r->err);

    if (st == CEPCES_OK) {
        st = cepces_request_read_attributes(r, ((const CEPCES_ADD_ATTRIBUTES *)add)->attributes);
        CEPCES_ADD_ATTRIBUTES_free((CEPCES_ADD_ATTRIBUTES *)add);
    }
    return st;
}

static cepces_status_t
read_add_extensions(cepces_request_reader_t *r, cepces_bytes_t der)
{
    void *add;
    cepces_status_t st =
        cepces_pki_decode(&add, der, ASN1_ITEM_rptr(CEPCES_ADD_EXTENSIONS), r->err);

    if (st == CEPCES_OK) {
        st = cepces_request_add_extensions(r, ((const CEPCES_ADD_EXTENSIONS *)add)->extensions);
        CEPCES_ADD_EXTENSIONS_free((CEPCES_ADD_EXTENSIONS *)add);
    }
    return st;
}

/* One control: requests.md lists them; the ones that carry nothing for us are only noted. */
static cepces_status_t
read_control(message_t *m, const CEPCES_TAGGED_ATTRIBUTE *control)
{
    cepces_request_reader_t *r = m->r;
    bool attributes = cepces_oid_is(control->type, CEPCES_OID_CMC_ADD_ATTRIBUTES);
    bool extensions = cepces_oid_is(control->type, CEPCES_OID_CMC_ADD_EXTENSIONS);
    bool reg_info = cepces_oid_is(control->type, CEPCES_OID_CMC_REG_INFO);
    const ASN1_TYPE *value;

    if (!attributes && !extensions && !reg_info) {
        *(const char **)apr_array_push(r->attributes) = cepces_oid_text(control->type, r->p);
        return CEPCES_OK;
    }
    value = sk_ASN1_TYPE_value(control->values, 0);
    if (sk_ASN1_TYPE_num(control->values) != 1 ||
        value->type != (reg_info ? V_ASN1_OCTET_STRING : V_ASN1_SEQUENCE)) {
        return cepces_error_rule(r->err, CEPCES_E_BAD_DATA, "V42",
                                 "a CMC control without exactly one value of its type");
    }
    if (reg_info) {
        return cepces_request_read_reg_info(r, cepces_pki_bytes(value->value.octet_string));
    }
    return attributes ? read_add_attributes(r, cepces_pki_bytes(value->value.sequence))
                      : read_add_extensions(r, cepces_pki_bytes(value->value.sequence));
}

static cepces_status_t
read_controls(message_t *m, const STACK_OF(CEPCES_TAGGED_ATTRIBUTE) *controls)
{
    cepces_status_t st = CEPCES_OK;

    if (sk_CEPCES_TAGGED_ATTRIBUTE_num(controls) > CEPCES_REQUEST_MAX_ATTRIBUTES) {
        return refuse(m, CEPCES_E_BAD_DATA, "too many CMC controls");
    }
    for (int i = 0; i < sk_CEPCES_TAGGED_ATTRIBUTE_num(controls) && st == CEPCES_OK; i++) {
        st = read_control(m, sk_CEPCES_TAGGED_ATTRIBUTE_value(controls, i));
    }
    return st;
}

/* The one request: RFC 5272, 3.2.1.2.1. */
static cepces_status_t
read_tagged_request(message_t *m, const CEPCES_TAGGED_REQUEST *tagged)
{
    cepces_request_t *request = m->r->request;
    const CEPCES_TAGGED_CERTIFICATION_REQUEST *tcr;
    uint64_t id;

    if (tagged->type != CEPCES_TAGGED_REQUEST_TCR) {
        return refuse(m, CEPCES_E_BAD_DATA, "the request in the PKIData is not a PKCS#10");
    }
    tcr = tagged->d.tcr;
    if (ASN1_INTEGER_get_uint64(&id, tcr->body_part_id) != 1 || id == 0 || id > UINT32_MAX) {
        ERR_clear_error();
        return refuse(m, CEPCES_E_BAD_DATA, "a body part id out of range");
    }
    request->body_part_id = (unsigned)id;
    request->pkcs10 = cepces_bytes_dup(cepces_pki_bytes(tcr->request), m->r->p);
    return cepces_request_read_pkcs10(m->r, request->pkcs10, true);
}

static cepces_status_t
read_pki_data(message_t *m)
{
    const CEPCES_PKI_DATA *data;
    void *decoded;
    cepces_status_t st =
        cepces_pki_decode(&decoded, m->content, ASN1_ITEM_rptr(CEPCES_PKI_DATA), m->r->err);

    if (st != CEPCES_OK) {
        return st;
    }
    data = (const CEPCES_PKI_DATA *)decoded;
    if (sk_CEPCES_TAGGED_REQUEST_num(data->requests) != 1) {
        st = refuse(m, CEPCES_E_BAD_DATA, "the PKIData does not hold exactly one request");
    } else if (sk_ASN1_TYPE_num(data->messages) > 0 || sk_ASN1_TYPE_num(data->others) > 0) {
        st = refuse(m, CEPCES_E_BAD_DATA, "the PKIData holds nested messages");
    } else if ((st = read_tagged_request(m, sk_CEPCES_TAGGED_REQUEST_value(data->requests, 0))) ==
               CEPCES_OK) {
        st = read_controls(m, data->controls);
    }
    CEPCES_PKI_DATA_free((CEPCES_PKI_DATA *)decoded);
    return st;
}

/* --- Signed attributes ------------------------------------------------------------------------ */

/* Finds an attribute that must be there once, with one value of the type |type|. */
static cepces_status_t
find_signed_attribute(const ASN1_TYPE **out, message_t *m, const CEPCES_SIGNER_INFO *signer,
                      const char *oid, int type)
{
    const STACK_OF(X509_ATTRIBUTE) *attributes = signer->signed_attributes;
    const ASN1_TYPE *found = NULL;

    for (int i = 0; i < sk_X509_ATTRIBUTE_num(attributes); i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(attributes, i);

        if (cepces_oid_is(X509_ATTRIBUTE_get0_object(attribute), oid)) {
            if (found != NULL || X509_ATTRIBUTE_count(attribute) != 1) {
                return refuse(m, CEPCES_E_BAD_DATA, "a signed attribute is there twice");
            }
            found = X509_ATTRIBUTE_get0_type(attribute, 0);
        }
    }
    if (found == NULL || found->type != type) {
        return refuse(m, CEPCES_E_BAD_DATA, "a signed attribute is missing or of another type");
    }
    *out = found;
    return CEPCES_OK;
}

/* RFC 5652, 11.1 and 11.2: what is signed is this content. */
static cepces_status_t
check_signed_attributes(message_t *m, const CEPCES_SIGNER_INFO *signer, int digest)
{
    const ASN1_TYPE *content_type, *message_digest;
    cepces_status_t st;

    if (signer->signed_attributes == NULL) {
        return refuse(m, CEPCES_E_BAD_DATA, "a signer without signed attributes");
    }
    if ((st = find_signed_attribute(&content_type, m, signer, CEPCES_OID_CONTENT_TYPE,
                                    V_ASN1_OBJECT)) != CEPCES_OK ||
        (st = find_signed_attribute(&message_digest, m, signer, CEPCES_OID_MESSAGE_DIGEST,
                                    V_ASN1_OCTET_STRING)) != CEPCES_OK) {
        return st;
    }
    if (!cepces_oid_is(content_type->value.object, CEPCES_OID_PKI_DATA)) {
        return refuse(m, CEPCES_E_BAD_DATA, "the signed content type is not PKIData");
    }
    if (!cepces_request_is_digest(digest, m->content,
                                  cepces_pki_bytes(message_digest->value.octet_string))) {
        return refuse(m, CEPCES_E_BAD_SIGNATURE, "the signed digest is not that of the content");
    }
    return CEPCES_OK;
}

/* The name of somebody else to enroll for may stand here: [MS-WCCE] 3.1.1.4.3.3.2. */
static cepces_status_t
read_signed_name_values(message_t *m, const CEPCES_SIGNER_INFO *signer)
{
    cepces_status_t st = CEPCES_OK;

    for (int i = 0; i < sk_X509_ATTRIBUTE_num(signer->signed_attributes); i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(signer->signed_attributes, i);

        if (!cepces_oid_is(X509_ATTRIBUTE_get0_object(attribute), CEPCES_OID_NAME_VALUE_PAIR)) {
            continue;
        }
        for (int j = 0; j < X509_ATTRIBUTE_count(attribute) && st == CEPCES_OK; j++) {
            st = cepces_request_read_name_value(m->r, X509_ATTRIBUTE_get0_type(attribute, j));
        }
    }
    return st;
}

static void
note_unsigned_attributes(message_t *m, const CEPCES_SIGNER_INFO *signer)
{
    for (int i = 0; i < sk_X509_ATTRIBUTE_num(signer->unsigned_attributes); i++) {
        X509_ATTRIBUTE *attribute = sk_X509_ATTRIBUTE_value(signer->unsigned_attributes, i);

        if (cepces_oid_is(X509_ATTRIBUTE_get0_object(attribute), CEPCES_OID_ARCHIVED_KEY)) {
            m->r->request->has_archived_key = true;
        }
    }
}

/* --- Signers ---------------------------------------------------------------------------------- */

static bool
is_request_key(const message_t *m, cepces_bytes_t id)
{
    const cepces_request_reader_t *r = m->r;

    return cepces_bytes_equal(id, r->request->key.ski) ||
           (r->requested_ski.len > 0 && cepces_bytes_equal(id, r->requested_ski));
}

static bool
identifies(const CEPCES_SIGNER_ID *sid, X509 *certificate)
{
    const ASN1_OCTET_STRING *ski;

    if (sid->type == CEPCES_SIGNER_ID_ISSUER) {
        return X509_NAME_cmp(sid->d.issuer->issuer, X509_get_issuer_name(certificate)) == 0 &&
               ASN1_INTEGER_cmp(sid->d.issuer->serial, X509_get0_serialNumber(certificate)) == 0;
    }
    ski = X509_get0_subject_key_id(certificate);
    return ski != NULL && ASN1_OCTET_STRING_cmp(ski, sid->d.key) == 0;
}

/* Decodes the certificates of the message once, when the first signer asks for them. */
static cepces_status_t
load_certificates(message_t *m)
{
    int num = sk_ASN1_TYPE_num(m->data->certificates);
    cepces_status_t st;

    for (; m->num_certificates < num; m->num_certificates++) {
        const ASN1_TYPE *type = sk_ASN1_TYPE_value(m->data->certificates, m->num_certificates);

        if (type->type != V_ASN1_SEQUENCE) {
            return refuse(m, CEPCES_E_BAD_DATA, "a certificate of another kind than X.509");
        }
        st = cepces_x509_decode(&m->certificates[m->num_certificates],
                                cepces_pki_bytes(type->value.sequence), m->r->p, m->r->err);
        if (st != CEPCES_OK) {
            return st;
        }
    }
    return CEPCES_OK;
}

static cepces_status_t
find_certificate_key(cepces_key_t *out, message_t *m, const CEPCES_SIGNER_ID *sid)
{
    cepces_status_t st = load_certificates(m);
    cepces_bytes_t spki;

    if (st != CEPCES_OK) {
        return st;
    }
    for (int i = 0; i < m->num_certificates; i++) {
        if (identifies(sid, m->certificates[i])) {
            st = cepces_pki_encode(&spki, X509_get_X509_PUBKEY(m->certificates[i]),
                                   ASN1_ITEM_rptr(X509_PUBKEY), m->r->p, m->r->err);
            return st == CEPCES_OK ? cepces_key_decode(out, spki, m->r->p, m->r->err) : st;
        }
    }
    return refuse(m, CEPCES_E_NO_SIGNER, "the certificate of a signer is not in the message");
}

static cepces_status_t
signer_digest(int *out, message_t *m, const CEPCES_SIGNER_INFO *signer)
{
    *out = cepces_request_digest_nid(signer->digest_algorithm->algorithm);
    return *out != NID_undef ? CEPCES_OK
                             : refuse(m, CEPCES_E_BAD_ALGORITHM, "a signer's digest is not allowed");
}

/* The digest of a signer is SHA-2 (V18), but for the request key itself: a stock client that is
 * told no hash signs both PKCS#10 and envelope with SHA-1, as mere proof of possession. It is
 * reported, and the template decides. */
static cepces_status_t
check_signer_digest(message_t *m, int digest, bool own)
{
    if (digest != NID_sha1) {
        return CEPCES_OK;
    }
    if (!own) {
        return refuse(m, CEPCES_E_WEAK_KEY, "a signer of the message uses SHA-1");
    }
    m->r->request->signature_digest = NID_sha1;
    return CEPCES_OK;
}

/* Verifies |signer| with the key it names, and notes what that proves. */
static cepces_status_t
verify_with_key(message_t *m, const CEPCES_SIGNER_INFO *signer, int digest, cepces_bytes_t tbs)
{
    cepces_request_t *request = m->r->request;
    bool own = signer->sid->type == CEPCES_SIGNER_ID_KEY &&
               is_request_key(m, cepces_pki_bytes(signer->sid->d.key));
    cepces_key_t key = request->key;
    cepces_status_t st;

    if (!own && (st = find_certificate_key(&key, m, signer->sid)) != CEPCES_OK) {
        return st;
    }
    st = cepces_request_verify(&digest, &key, signer->signature_algorithm, digest, tbs,
                               cepces_pki_bytes(signer->signature), m->r->err);
    if (st != CEPCES_OK) {
        return st;
    }
    if (!own) {
        request->has_other_signers = true;
        return check_signer_digest(m, digest, false);
    }
    m->possession = true;
    if (m->r->null_signature) {
        request->signature_digest = digest;
    }
    return check_signer_digest(m, digest, true);
}

static cepces_status_t
verify_signer(message_t *m, const CEPCES_SIGNER_INFO *signer)
{
    cepces_bytes_t tbs;
    cepces_status_t st;
    int digest;

    if ((st = signer_digest(&digest, m, signer)) != CEPCES_OK ||
        (st = check_signed_attributes(m, signer, digest)) != CEPCES_OK ||
        (st = cepces_cms_attributes_tbs(&tbs, signer->signed_attributes, m->r->p, m->r->err)) !=
            CEPCES_OK) {
        return st;
    }
    /* RFC 5272, 6.1: integrity without a key. It proves possession of nothing. */
    if (cepces_oid_is(signer->signature_algorithm->algorithm, CEPCES_OID_NO_SIGNATURE)) {
        st = cepces_request_is_digest(digest, tbs, cepces_pki_bytes(signer->signature))
                 ? CEPCES_OK
                 : refuse(m, CEPCES_E_BAD_SIGNATURE, "a no-signature signer with a wrong digest");
    } else {
        st = verify_with_key(m, signer, digest, tbs);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    note_unsigned_attributes(m, signer);
    return read_signed_name_values(m, signer);
}

static cepces_status_t
verify_signers(message_t *m)
{
    cepces_status_t st = CEPCES_OK;

    for (int i = 0; i < sk_CEPCES_SIGNER_INFO_num(m->data->signers) && st == CEPCES_OK; i++) {
        st = verify_signer(m, sk_CEPCES_SIGNER_INFO_value(m->data->signers, i));
    }
    if (st == CEPCES_OK && m->r->null_signature && !m->possession) {
        return cepces_error_rule(m->r->err, CEPCES_E_BAD_SIGNATURE, "V21",
                                 "nothing proves possession of the key: a null signature and no "
                                 "signer with the key");
    }
    return st;
}

/* --- The message ------------------------------------------------------------------------------ */

/* What can be said before anything inside is looked at. */
static cepces_status_t
check_shape(message_t *m)
{
    const CEPCES_ENCAPSULATED *encapsulated = m->data->encapsulated;
    int num_signers = sk_CEPCES_SIGNER_INFO_num(m->data->signers);

    if (cepces_oid_is(encapsulated->type, CEPCES_OID_DATA)) {
        return cepces_error_rule(m->r->err, CEPCES_E_UNSUPPORTED_FORMAT, "V17",
                                 "a PKCS#10 in PKCS#7, the renewal form, is not offered here");
    }
    if (!cepces_oid_is(encapsulated->type, CEPCES_OID_PKI_DATA)) {
        return cepces_error_rule(m->r->err, CEPCES_E_UNSUPPORTED_FORMAT, "V17",
                                 "a signed message that is no certificate request");
    }
    if (encapsulated->content == NULL) {
        return refuse(m, CEPCES_E_BAD_DATA, "a signed message without content");
    }
    if (num_signers == 0) {
        return refuse(m, CEPCES_E_NO_SIGNER, "a signed message without signers");
    }
    if (num_signers > CEPCES_REQUEST_MAX_SIGNERS) {
        return refuse(m, CEPCES_E_BAD_DATA, "too many signers");
    }
    if (sk_ASN1_TYPE_num(m->data->certificates) > CEPCES_REQUEST_MAX_CERTIFICATES) {
        return refuse(m, CEPCES_E_BAD_DATA, "too many certificates");
    }
    return CEPCES_OK;
}

static cepces_status_t
read_signed_data(message_t *m)
{
    cepces_status_t st = check_shape(m);

    if (st != CEPCES_OK) {
        return st;
    }
    m->content = cepces_pki_bytes(m->data->encapsulated->content);
    if ((st = read_pki_data(m)) != CEPCES_OK ||
        (st = cepces_request_interpret_extensions(m->r)) != CEPCES_OK) {
        return st;
    }
    return verify_signers(m);
}

cepces_status_t
cepces_request_read_cmc(cepces_request_reader_t *r, cepces_bytes_t der)
{
    message_t m = {.r = r};
    cepces_status_t st;
    void *message;

    st = cepces_pki_decode(&message, der, ASN1_ITEM_rptr(CEPCES_SIGNED_MESSAGE), r->err);
    if (st != CEPCES_OK) {
        return st;
    }
    m.data = ((const CEPCES_SIGNED_MESSAGE *)message)->content;
    st = read_signed_data(&m);
    CEPCES_SIGNED_MESSAGE_free((CEPCES_SIGNED_MESSAGE *)message);
    return st;
}
