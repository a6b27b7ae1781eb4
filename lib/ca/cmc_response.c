/* The full PKI response of RFC 5272 as AD CS sends it ([MS-WCCE] 3.2.1.4.2.1.4.8.2): what goes into
 * the token of a reply. The body says what became of the request; the envelope is signed with the
 * key that signs certificates. */
#include "ca/internal.h"

#include <stdlib.h>

#include <apr_strings.h>
#include <openssl/err.h>

#include "base/encode.h"

/* --- Body ------------------------------------------------------------------------------------- */

/* A TaggedAttribute up to its one value; |inner| closes the value, |outer| the whole. */
typedef struct {
    size_t sequence, set;
} control_t;

static control_t
begin_control(cepces_der_t *der, unsigned body_part_id, const char *oid)
{
    control_t c;

    c.sequence = cepces_der_begin(der, CEPCES_DER_SEQUENCE);
    cepces_der_add_uint(der, body_part_id);
    cepces_der_add_oid(der, oid);
    c.set = cepces_der_begin(der, CEPCES_DER_SET);
    return c;
}

static void
end_control(cepces_der_t *der, control_t c)
{
    cepces_der_end(der, c.set);
    cepces_der_end(der, c.sequence);
}

/* SEQUENCE OF BodyPartID with the one part this is about. */
static void
add_body_list(cepces_der_t *der, unsigned body_part_id)
{
    size_t list = cepces_der_begin(der, CEPCES_DER_SEQUENCE);

    cepces_der_add_uint(der, body_part_id);
    cepces_der_end(der, list);
}

/* PendInfo: the token is the RequestID in decimal digits. */
static void
add_pend_info(cepces_der_t *der, const cepces_cmc_response_t *r)
{
    size_t seq = cepces_der_begin(der, CEPCES_DER_SEQUENCE);
    size_t token = cepces_der_begin(der, CEPCES_DER_OCTET_STRING);

    cepces_buffer_add_uint(&der->buf, (uint64_t)r->request_id);
    cepces_der_end(der, token);
    cepces_der_add_generalized_time(der, r->now);
    cepces_der_end(der, seq);
}

static void
add_status_info(cepces_der_t *der, const cepces_cmc_response_t *r)
{
    control_t c = begin_control(der, 1, CEPCES_OID_CMC_STATUS_INFO);
    size_t seq = cepces_der_begin(der, CEPCES_DER_SEQUENCE);

    cepces_der_add_uint(der, (uint64_t)r->status);
    add_body_list(der, r->body_part_id);
    if (r->text != NULL && *r->text != '\0') {
        cepces_der_add(der, CEPCES_DER_UTF8_STRING, cepces_bytes_str(r->text));
    }
    if (r->status == CEPCES_CMC_PENDING) {
        add_pend_info(der, r);
    }
    cepces_der_end(der, seq);
    end_control(der, c);
}

/* An Attribute with one value, an OCTET STRING or an OID. */
static void
add_attribute(cepces_der_t *der, const char *oid, unsigned char tag, cepces_bytes_t content)
{
    size_t seq = cepces_der_begin(der, CEPCES_DER_SEQUENCE);
    size_t set;

    cepces_der_add_oid(der, oid);
    set = cepces_der_begin(der, CEPCES_DER_SET);
    cepces_der_add(der, tag, content);
    cepces_der_end(der, set);
    cepces_der_end(der, seq);
}

/* Tells the client by hash which of the certificates is its own: SHA-1, as AD CS to this day. */
static void
add_issued_hash(cepces_der_t *der, const cepces_cmc_response_t *r, apr_pool_t *p)
{
    control_t c = begin_control(der, 2, CEPCES_OID_CMC_ADD_ATTRIBUTES);
    size_t seq = cepces_der_begin(der, CEPCES_DER_SEQUENCE), attributes;

    cepces_der_add_uint(der, 0); /* pkiDataReference */
    add_body_list(der, r->body_part_id);
    attributes = cepces_der_begin(der, CEPCES_DER_SET);
    add_attribute(der, CEPCES_OID_ISSUED_CERT_HASH, CEPCES_DER_OCTET_STRING,
                  cepces_sha1(r->certificate, p));
    cepces_der_end(der, attributes);
    cepces_der_end(der, seq);
    end_control(der, c);
}

/* PKIResponse: the controls, no messages, no others. */
static cepces_status_t
encode_body(cepces_bytes_t *out, const cepces_cmc_response_t *r, apr_pool_t *p, cepces_error_t *err)
{
    cepces_der_t der;
    size_t seq, controls;

    cepces_der_init(&der, 256, CEPCES_CA_MAX_STATUS_TEXT_LEN + 512, p);
    seq = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    controls = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    add_status_info(&der, r);
    if (r->status == CEPCES_CMC_SUCCESS) {
        add_issued_hash(&der, r, p);
    }
    cepces_der_end(&der, controls);
    cepces_der_add(&der, CEPCES_DER_SEQUENCE, CEPCES_NO_BYTES);
    cepces_der_add(&der, CEPCES_DER_SEQUENCE, CEPCES_NO_BYTES);
    cepces_der_end(&der, seq);
    return cepces_der_finish(out, &der, err);
}

/* --- Envelope --------------------------------------------------------------------------------- */

/* X.690, 11.6: the elements of a SET OF in ascending order, the shorter padded with zeros. No DER
 * value is another's beginning, so that the padding never decides. */
static int
compare_der(const void *a, const void *b)
{
    const cepces_bytes_t *x = (const cepces_bytes_t *)a, *y = (const cepces_bytes_t *)b;

    return memcmp(x->data, y->data, x->len < y->len ? x->len : y->len);
}

/* The CA's certificate and its chain up to the root, and the leaf when there is one; each once. */
static void
add_certificates(cepces_der_t *der, const cepces_signer_t *signer, cepces_bytes_t leaf,
                 apr_pool_t *p)
{
    cepces_bytes_t *all =
        (cepces_bytes_t *)apr_palloc(p, sizeof(*all) * (signer->chain_num + 1));
    size_t num = 0, set;

    for (size_t i = 0; i < signer->chain_num; i++) {
        all[num++] = signer->chain[i];
    }
    if (leaf.len > 0) {
        all[num++] = leaf;
    }
    qsort(all, num, sizeof(*all), compare_der);
    set = cepces_der_begin(der, CEPCES_DER_CONTEXT_CONSTRUCTED(0));
    for (size_t i = 0; i < num; i++) {
        if (i == 0 || !cepces_bytes_equal(all[i], all[i - 1])) {
            cepces_der_add_raw(der, all[i]);
        }
    }
    cepces_der_end(der, set);
}

/* Signed attributes with |tag|: 0x31 for the signature, [0] for the message (RFC 5652, 5.4).
 * contentType is the shorter of the two and so comes first in DER. */
static void
add_signed_attributes(cepces_der_t *der, unsigned char tag, cepces_bytes_t digest)
{
    size_t set = cepces_der_begin(der, tag), seq, values;

    seq = cepces_der_begin(der, CEPCES_DER_SEQUENCE);
    cepces_der_add_oid(der, CEPCES_OID_CONTENT_TYPE);
    values = cepces_der_begin(der, CEPCES_DER_SET);
    cepces_der_add_oid(der, CEPCES_OID_PKI_RESPONSE);
    cepces_der_end(der, values);
    cepces_der_end(der, seq);
    add_attribute(der, CEPCES_OID_MESSAGE_DIGEST, CEPCES_DER_OCTET_STRING, digest);
    cepces_der_end(der, set);
}

static cepces_status_t
sign_attributes(cepces_bytes_t *signature, const cepces_signer_t *signer, cepces_bytes_t digest,
                apr_pool_t *p, cepces_error_t *err)
{
    cepces_der_t der;
    cepces_bytes_t attributes;
    cepces_status_t st;

    cepces_der_init(&der, 128, 512, p);
    add_signed_attributes(&der, CEPCES_DER_SET, digest);
    st = cepces_der_finish(&attributes, &der, err);
    return st == CEPCES_OK ? cepces_ca_sign(signature, &signer->key, attributes, p, err) : st;
}

static void
add_signer_info(cepces_der_t *der, const cepces_signer_t *signer, cepces_bytes_t digest,
                cepces_bytes_t signature)
{
    size_t seq = cepces_der_begin(der, CEPCES_DER_SEQUENCE), sid;

    cepces_der_add_uint(der, 1); /* by issuer and serial number */
    sid = cepces_der_begin(der, CEPCES_DER_SEQUENCE);
    cepces_der_add_raw(der, signer->issuer);
    cepces_der_add_raw(der, signer->serial);
    cepces_der_end(der, sid);
    cepces_der_add_raw(der, signer->key.digest_algorithm);
    add_signed_attributes(der, CEPCES_DER_CONTEXT_CONSTRUCTED(0), digest);
    cepces_der_add_raw(der, signer->key.cms_algorithm);
    cepces_der_add(der, CEPCES_DER_OCTET_STRING, signature);
    cepces_der_end(der, seq);
}

static void
add_content(cepces_der_t *der, cepces_bytes_t body)
{
    size_t seq = cepces_der_begin(der, CEPCES_DER_SEQUENCE), explicit;

    cepces_der_add_oid(der, CEPCES_OID_PKI_RESPONSE);
    explicit = cepces_der_begin(der, CEPCES_DER_CONTEXT_CONSTRUCTED(0));
    cepces_der_add(der, CEPCES_DER_OCTET_STRING, body);
    cepces_der_end(der, explicit);
    cepces_der_end(der, seq);
}

/* ContentInfo { signedData, SignedData } */
static cepces_status_t
encode_message(cepces_bytes_t *out, const cepces_signer_t *signer, cepces_bytes_t body,
               cepces_bytes_t leaf, cepces_bytes_t digest, cepces_bytes_t signature, apr_pool_t *p,
               cepces_error_t *err)
{
    cepces_der_t der;
    size_t info, explicit, data, set;

    cepces_der_init(&der, 8192, CEPCES_CA_MAX_RESPONSE_LEN, p);
    info = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add_oid(&der, CEPCES_OID_SIGNED_DATA);
    explicit = cepces_der_begin(&der, CEPCES_DER_CONTEXT_CONSTRUCTED(0));
    data = cepces_der_begin(&der, CEPCES_DER_SEQUENCE);
    cepces_der_add_uint(&der, 3); /* RFC 5652, 5.1: the content is not id-data */
    cepces_der_add(&der, CEPCES_DER_SET, signer->key.digest_algorithm);
    add_content(&der, body);
    add_certificates(&der, signer, leaf, p);
    set = cepces_der_begin(&der, CEPCES_DER_SET);
    add_signer_info(&der, signer, digest, signature);
    cepces_der_end(&der, set);
    cepces_der_end(&der, data);
    cepces_der_end(&der, explicit);
    cepces_der_end(&der, info);
    return cepces_der_finish(out, &der, err);
}

static cepces_status_t
check_response(const cepces_cmc_response_t *r, cepces_error_t *err)
{
    bool issued = r->status == CEPCES_CMC_SUCCESS;

    if (issued != (r->certificate.len > 0)) {
        return cepces_error_set(err, CEPCES_E_INTERNAL,
                                "a CMC response has a certificate exactly when it reports success");
    }
    if (r->status == CEPCES_CMC_PENDING && r->request_id <= 0) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "a pending CMC response needs a RequestID");
    }
    if (r->text != NULL && (strlen(r->text) > CEPCES_CA_MAX_STATUS_TEXT_LEN ||
                            !cepces_utf8_valid(cepces_bytes_str(r->text)))) {
        return cepces_error_set(err, CEPCES_E_INTERNAL,
                                "the text of a CMC response is too long or not UTF-8");
    }
    return CEPCES_OK;
}

static cepces_status_t
digest_body(cepces_bytes_t *out, const cepces_signer_t *signer, cepces_bytes_t body, apr_pool_t *p,
            cepces_error_t *err)
{
    unsigned char *octets = (unsigned char *)apr_palloc(p, EVP_MAX_MD_SIZE);
    unsigned int len = 0;

    ERR_clear_error();
    if (EVP_Digest(body.data, body.len, octets, &len, signer->key.digest, NULL) != 1) {
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "cannot digest a CMC response");
    }
    *out = cepces_bytes(octets, len);
    return CEPCES_OK;
}

cepces_status_t
cepces_ca_encode_cmc_response(cepces_bytes_t *out, const cepces_signer_t *signer,
                              const cepces_cmc_response_t *response, apr_pool_t *p,
                              cepces_error_t *err)
{
    cepces_bytes_t body, digest, signature;
    cepces_status_t st = check_response(response, err);

    if (st == CEPCES_OK) {
        st = encode_body(&body, response, p, err);
    }
    if (st == CEPCES_OK) {
        st = digest_body(&digest, signer, body, p, err);
    }
    if (st == CEPCES_OK) {
        st = sign_attributes(&signature, signer, digest, p, err);
    }
    if (st == CEPCES_OK) {
        st = encode_message(out, signer, body, response->certificate, digest, signature, p, err);
    }
    return st;
}
