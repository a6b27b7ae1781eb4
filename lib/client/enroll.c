/* An enrolment from the client's side. cepces_client_enroll is the table of contents. */
#include <apr_strings.h>

#include "base/encode.h"
#include "client/client.h"
#include "soap/soap.h"
#include "wstep/wstep.h"

#define MAX_MESSAGE_LEN (1024 * 1024)
#define MAX_TOKEN_LEN (768 * 1024)

/* --- The template ----------------------------------------------------------------------------- */

static cepces_status_t
find_template(const cepces_client_policy_t **out, const cepces_client_policies_t *policies,
              const cepces_client_policy_t *details, const char *name, apr_pool_t *p,
              cepces_error_t *err)
{
    const char *known = "";

    for (size_t i = 0; i < policies->num_templates; i++) {
        if (strcmp(policies->templates[i].name, name) == 0) {
            *out = &details[i];
            return CEPCES_OK;
        }
        known = apr_pstrcat(p, known, i > 0 ? ", " : "", policies->templates[i].name, NULL);
    }
    return cepces_error_set(
        err, CEPCES_E_REMOTE,
        "the policy \"%s\" shows no template \"%s\" to this account; it shows: %s",
        policies->friendly_name != NULL ? policies->friendly_name : policies->policy_id, name,
        known[0] != '\0' ? known : "none at all");
}

/* --- Submitting ------------------------------------------------------------------------------- */

static void
encode_rst(cepces_buffer_t *buf, cepces_bytes_t token, bool cmc, const char *template_name)
{
    cepces_buffer_add_str(buf,
                          "<RequestSecurityToken PreferredLanguage=\"en-US\" xmlns=\"" CEPCES_NS_WST
                          "\"><TokenType>" CEPCES_WSTEP_TOKEN_TYPE_X509V3
                          "</TokenType><RequestType>" CEPCES_NS_WST
                          "/Issue</RequestType><BinarySecurityToken ValueType=\"");
    cepces_buffer_add_str(buf,
                          cmc ? CEPCES_WSTEP_VALUE_TYPE_PKCS7 : CEPCES_WSTEP_VALUE_TYPE_PKCS10);
    cepces_buffer_add_str(buf, "\" EncodingType=\"" CEPCES_WSTEP_ENCODING_TYPE
                               "\" xmlns=\"" CEPCES_NS_WSSE "\">");
    cepces_base64_append(buf, token);
    cepces_buffer_add_str(buf, "</BinarySecurityToken>");
    if (!cmc) { /* a CMC request names its template inside the signed bytes only */
        cepces_buffer_add_str(buf, "<AdditionalContext xmlns=\"" CEPCES_NS_AUTHORIZATION
                                   "\"><ContextItem Name=\"CertificateTemplate\">");
        cepces_xml_element(buf, "Value", template_name);
        cepces_buffer_add_str(buf, "</ContextItem></AdditionalContext>");
    }
    cepces_buffer_add_str(buf, "</RequestSecurityToken>");
}

static cepces_status_t
read_token(cepces_bytes_t *out, const xmlNode *parent, apr_pool_t *p, cepces_error_t *err)
{
    const xmlNode *token;
    cepces_status_t st = cepces_xml_child(&token, parent, CEPCES_NS_WSSE, "BinarySecurityToken",
                                          CEPCES_E_REMOTE, err);

    if (st == CEPCES_OK && token == NULL) {
        st = cepces_error_set(err, CEPCES_E_REMOTE, "the answer lacks a BinarySecurityToken");
    }
    if (st == CEPCES_OK) {
        st = cepces_base64_decode(out, cepces_bytes_str(cepces_xml_text(token, p)), MAX_TOKEN_LEN,
                                  p, err);
    }
    return st == CEPCES_OK ? st : cepces_error_wrap(err, CEPCES_E_REMOTE, "the answer's token");
}

static cepces_status_t
read_response(cepces_client_issued_t *out, const xmlNode *body, apr_pool_t *p, cepces_error_t *err)
{
    const xmlNode *r = cepces_xml_first(body), *disposition, *requested, *id;
    cepces_status_t st;

    if (!cepces_xml_is(body, CEPCES_NS_WST, "RequestSecurityTokenResponseCollection") ||
        r == NULL) {
        return cepces_error_set(err, CEPCES_E_REMOTE, "the answer is not a response collection");
    }
    if ((st = cepces_xml_child(&disposition, r, CEPCES_NS_WSTEP, "DispositionMessage",
                               CEPCES_E_REMOTE, err)) != CEPCES_OK ||
        (st = cepces_xml_child(&requested, r, CEPCES_NS_WST, "RequestedSecurityToken",
                               CEPCES_E_REMOTE, err)) != CEPCES_OK ||
        (st = cepces_xml_child(&id, r, CEPCES_NS_WSTEP, "RequestID", CEPCES_E_REMOTE, err)) !=
            CEPCES_OK) {
        return st;
    }
    if (disposition == NULL || requested == NULL || id == NULL) {
        return cepces_error_set(err, CEPCES_E_REMOTE,
                                "the answer lacks an element that clients need");
    }
    out->disposition = cepces_xml_trimmed(disposition, p);
    out->request_id = cepces_xml_trimmed(id, p);
    st = read_token(&out->full_response, r, p, err);
    return st == CEPCES_OK ? read_token(&out->certificate, requested, p, err) : st;
}

static cepces_status_t
submit(cepces_client_issued_t *out, const cepces_client_options_t *options,
       const cepces_client_policy_t *policy, cepces_bytes_t token, bool cmc, apr_pool_t *p,
       cepces_error_t *err)
{
    const cepces_client_template_t *t = policy->shown;
    cepces_buffer_t body;
    const xmlNode *reply;
    cepces_status_t st;

    if (t->ces_urls.num == 0) {
        return cepces_error_set(
            err, CEPCES_E_REMOTE,
            "template \"%s\": the policy names no enrollment service that takes a user "
            "name",
            t->name);
    }
    cepces_buffer_init(&body, token.len * 2 + 2048, MAX_MESSAGE_LEN, p);
    encode_rst(&body, token, cmc, t->name);
    if ((st = cepces_buffer_status(&body, err)) != CEPCES_OK) {
        return st;
    }
    st = cepces_client_exchange(&reply, options, t->ces_urls.items[0], CEPCES_ACTION_RST,
                                CEPCES_ACTION_RSTRC, cepces_buffer_bytes(&body), p, err);
    return st == CEPCES_OK ? read_response(out, reply, p, err) : st;
}

/* --- The whole -------------------------------------------------------------------------------- */

static cepces_status_t
describe(cepces_client_enrolled_t *out, const cepces_client_issued_t *issued, apr_pool_t *p,
         cepces_error_t *err)
{
    const ASN1_INTEGER *serial = X509_get0_serialNumber(issued->leaf);

    out->request_id = issued->request_id;
    out->disposition = issued->disposition;
    out->subject = cepces_name_text(X509_get_subject_name(issued->leaf), p);
    out->serial = cepces_hex(
        cepces_bytes(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial)), p);
    return cepces_asn1_time_get(&out->not_after, X509_get0_notAfter(issued->leaf), err);
}

/* Ed25519 cannot sign the CMC envelope that clients make, and schema 1 is PKCS#10
 * ([MS-WCCE] 3.1.2.4.2.1). */
static bool
goes_as_cmc(const cepces_client_template_t *t, const cepces_client_enroll_options_t *enroll)
{
    return enroll->format == CEPCES_CLIENT_CMC && t->schema_version > 1 &&
           strcmp(t->key_algorithm, "Ed25519") != 0;
}

cepces_status_t
cepces_client_enroll(cepces_client_enrolled_t *out, const cepces_client_options_t *options,
                     const cepces_client_enroll_options_t *enroll, apr_pool_t *p,
                     cepces_error_t *err)
{
    cepces_client_policies_t policies;
    const cepces_client_policy_t *details, *policy = NULL;
    cepces_client_issued_t issued = {0};
    EVP_PKEY *key = NULL;
    cepces_bytes_t token;
    bool cmc = false;
    cepces_status_t st = cepces_client_read_policies(&policies, &details, options, p, err);

    if (st == CEPCES_OK) {
        st = find_template(&policy, &policies, details, enroll->template_name, p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_client_make_key(&key, policy->shown, p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_client_make_pkcs10(&token, key, policy, enroll, p, err);
    }
    if (st == CEPCES_OK && (cmc = goes_as_cmc(policy->shown, enroll))) {
        st = cepces_client_wrap_cmc(&token, token, key, p, err);
    }
    if (st == CEPCES_OK) {
        st = submit(&issued, options, policy, token, cmc, p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_client_verify(&issued, key, policy, options, p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_client_write_files(out, &issued, key, enroll, p, err);
    }
    return st == CEPCES_OK ? describe(out, &issued, p, err) : st;
}
