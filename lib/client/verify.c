/* Judging what a CES gave back, with OpenSSL's own readers rather than the server's encoders. */
#include <apr_strings.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/x509_vfy.h>

#include "base/encode.h"
#include "client/client.h"
#include "pki/msext.h"
#include "pki/oids.h"

/* The certificates and the content of the CMC response, after its signature was found right. */
typedef struct {
    CMS_ContentInfo *cms;
    STACK_OF(X509) * certificates;
    X509_STORE *store;
} judge_t;

static cepces_status_t
load_roots(judge_t *j, const cepces_client_options_t *options, cepces_error_t *err)
{
    int ok;

    j->store = X509_STORE_new();
    ok = j->store != NULL &&
         (options->ca_file != NULL ? X509_STORE_load_file(j->store, options->ca_file)
                                   : X509_STORE_set_default_paths(j->store)) == 1;
    return ok ? CEPCES_OK : cepces_pki_error(err, CEPCES_E_INVALID, "the trusted certificates");
}

/* The full response must be signed by a CA of the chain; who signs is checked by the chain itself.
 */
static cepces_status_t
open_response(judge_t *j, const cepces_client_issued_t *issued, cepces_error_t *err)
{
    const unsigned char *cursor = issued->full_response.data;

    j->cms = d2i_CMS_ContentInfo(NULL, &cursor, (long)issued->full_response.len);
    if (j->cms == NULL || cursor != issued->full_response.data + issued->full_response.len) {
        return cepces_pki_error(err, CEPCES_E_REMOTE, "the CMC response cannot be read");
    }
    j->certificates = CMS_get1_certs(j->cms);
    if (CMS_verify(j->cms, NULL, j->store, NULL, NULL,
                   CMS_NO_SIGNER_CERT_VERIFY | CMS_NO_CONTENT_VERIFY) != 1) {
        return cepces_pki_error(err, CEPCES_E_REMOTE, "the signature of the CMC response is wrong");
    }
    return CEPCES_OK;
}

static cepces_status_t
check_leaf_is_in_response(const judge_t *j, const cepces_client_issued_t *issued,
                          cepces_error_t *err)
{
    for (int i = 0; i < sk_X509_num(j->certificates); i++) {
        if (X509_cmp(sk_X509_value(j->certificates, i), issued->leaf) == 0) {
            return CEPCES_OK;
        }
    }
    return cepces_error_set(err, CEPCES_E_REMOTE,
                            "the CMC response does not hold the issued certificate");
}

/* The signer of the response must be the issuer of the leaf, or anybody could have wrapped it. */
static cepces_status_t
check_signer_is_issuer(const judge_t *j, const cepces_client_issued_t *issued, cepces_error_t *err)
{
    STACK_OF(X509) *signers = CMS_get0_signers(j->cms);
    bool right = sk_X509_num(signers) == 1 &&
                 X509_check_issued(sk_X509_value(signers, 0), issued->leaf) == X509_V_OK;

    sk_X509_free(signers);
    return right ? CEPCES_OK
                 : cepces_error_set(
                       err, CEPCES_E_REMOTE,
                       "the CMC response is not signed by the CA that issued the certificate");
}

static cepces_status_t
build_chain(const judge_t *j, cepces_client_issued_t *issued, apr_pool_t *p, cepces_error_t *err)
{
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    STACK_OF(X509) * chain;
    cepces_bytes_t *items;
    cepces_status_t st = CEPCES_OK;

    if (ctx == NULL || X509_STORE_CTX_init(ctx, j->store, issued->leaf, j->certificates) != 1) {
        st = cepces_pki_error(err, CEPCES_E_INTERNAL, "building the chain");
        goto out;
    }
    X509_STORE_CTX_set_flags(ctx, X509_V_FLAG_X509_STRICT);
    if (X509_verify_cert(ctx) != 1) {
        st = cepces_error_set(
            err, CEPCES_E_REMOTE,
            "the issued certificate does not verify: %s; is the root of the CA in the file "
            "named by --ca-file?",
            X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
        goto out;
    }
    chain = X509_STORE_CTX_get0_chain(ctx);
    items = (cepces_bytes_t *)apr_pcalloc(p, (size_t)sk_X509_num(chain) * sizeof(*items));
    for (int i = 1; i < sk_X509_num(chain); i++) {
        items[issued->chain_num++] = cepces_x509_der(sk_X509_value(chain, i), p);
    }
    issued->chain = items;

out:
    X509_STORE_CTX_free(ctx);
    ERR_clear_error();
    return st;
}

static cepces_status_t
check_key(const cepces_client_issued_t *issued, EVP_PKEY *key, cepces_error_t *err)
{
    EVP_PKEY *certified = X509_get0_pubkey(issued->leaf);

    return certified != NULL && EVP_PKEY_eq(certified, key) == 1
               ? CEPCES_OK
               : cepces_error_set(err, CEPCES_E_REMOTE,
                                  "the issued certificate is for another key");
}

static X509_EXTENSION *
find_extension(const X509 *x, const char *oid)
{
    for (int i = 0; i < X509_get_ext_count(x); i++) {
        if (cepces_oid_is(X509_EXTENSION_get_object(X509_get_ext(x, i)), oid)) {
            return X509_get_ext(x, i);
        }
    }
    return NULL;
}

/* A Windows client finds its certificates again by the template extension, and renews by it. */
static cepces_status_t
check_template(const cepces_client_issued_t *issued, const cepces_client_template_t *t,
               apr_pool_t *p, cepces_error_t *err)
{
    bool v1 = t->schema_version == 1;
    X509_EXTENSION *e = find_extension(issued->leaf, v1 ? CEPCES_OID_TEMPLATE_NAME
                                                        : CEPCES_OID_TEMPLATE_INFORMATION);
    const ASN1_OCTET_STRING *octets = e != NULL ? X509_EXTENSION_get_data(e) : NULL;
    cepces_bytes_t value;
    cepces_optional_t major, minor;
    const char *found = NULL;
    cepces_status_t st = CEPCES_E_REMOTE;

    if (octets != NULL) {
        value = cepces_bytes(ASN1_STRING_get0_data(octets), (size_t)ASN1_STRING_length(octets));
        st = v1 ? cepces_msext_read_template_name(&found, value, p, err)
                : cepces_msext_read_template_info(&found, &major, &minor, value, p, err);
    }
    if (st != CEPCES_OK || strcmp(found, v1 ? t->name : t->oid) != 0) {
        return cepces_error_set(err, CEPCES_E_REMOTE,
                                "the issued certificate does not name template \"%s\"", t->name);
    }
    return CEPCES_OK;
}

cepces_status_t
cepces_client_verify(cepces_client_issued_t *issued, EVP_PKEY *key,
                     const cepces_client_policy_t *policy, const cepces_client_options_t *options,
                     apr_pool_t *p, cepces_error_t *err)
{
    judge_t j = {NULL, NULL, NULL};
    cepces_status_t st = cepces_x509_decode(&issued->leaf, issued->certificate, p, err);

    if (st != CEPCES_OK) {
        return cepces_error_wrap(err, CEPCES_E_REMOTE, "the issued certificate cannot be read");
    }
    if ((st = check_key(issued, key, err)) == CEPCES_OK &&
        (st = check_template(issued, policy->shown, p, err)) == CEPCES_OK &&
        (st = load_roots(&j, options, err)) == CEPCES_OK &&
        (st = open_response(&j, issued, err)) == CEPCES_OK &&
        (st = check_leaf_is_in_response(&j, issued, err)) == CEPCES_OK &&
        (st = check_signer_is_issuer(&j, issued, err)) == CEPCES_OK) {
        st = build_chain(&j, issued, p, err);
    }
    sk_X509_pop_free(j.certificates, X509_free);
    CMS_ContentInfo_free(j.cms);
    X509_STORE_free(j.store);
    return st;
}
