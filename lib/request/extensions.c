/* Requested extensions: all of them as sent, and the few that are read (rule V41). */
#include <string.h>

#include "pki/msext.h"
#include "request/reader.h"

static const cepces_requested_extension_t *
find_extension(const cepces_request_reader_t *r, const char *oid)
{
    for (int i = 0; i < r->extensions->nelts; i++) {
        const cepces_requested_extension_t *e =
            &APR_ARRAY_IDX(r->extensions, i, cepces_requested_extension_t);

        if (strcmp(e->oid, oid) == 0) {
            return e;
        }
    }
    return NULL;
}

static cepces_status_t
add_extension(cepces_request_reader_t *r, X509_EXTENSION *extension)
{
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    const char *oid = cepces_oid_text(X509_EXTENSION_get_object(extension), r->p);
    size_t len = (size_t)ASN1_STRING_length(value);
    cepces_requested_extension_t *e;

    if (len > CEPCES_REQUEST_MAX_EXTENSION_LEN) {
        return cepces_error_set(r->err, CEPCES_E_BAD_DATA,
                                "the extension %s has %zu bytes; at most %d are read", oid, len,
                                CEPCES_REQUEST_MAX_EXTENSION_LEN);
    }
    if (find_extension(r, oid) != NULL) {
        return cepces_error_rule(r->err, CEPCES_E_BAD_DATA, "V42",
                                 "the extension %s is there twice", oid);
    }
    e = (cepces_requested_extension_t *)apr_array_push(r->extensions);
    e->oid = oid;
    e->critical = X509_EXTENSION_get_critical(extension) > 0;
    e->value = cepces_bytes_dup(cepces_bytes(ASN1_STRING_get0_data(value), len), r->p);
    return CEPCES_OK;
}

cepces_status_t
cepces_request_add_extensions(cepces_request_reader_t *r,
                              const STACK_OF(X509_EXTENSION) *extensions)
{
    int num = sk_X509_EXTENSION_num(extensions);
    cepces_status_t st = CEPCES_OK;

    if (num > CEPCES_REQUEST_MAX_EXTENSIONS ||
        r->extensions->nelts + num > CEPCES_REQUEST_MAX_EXTENSIONS) {
        return cepces_error_rule(r->err, CEPCES_E_BAD_DATA, "V42", "more than %d extensions",
                                 CEPCES_REQUEST_MAX_EXTENSIONS);
    }
    for (int i = 0; i < num && st == CEPCES_OK; i++) {
        st = add_extension(r, sk_X509_EXTENSION_value(extensions, i));
    }
    return st;
}

static cepces_status_t
read_template(cepces_request_reader_t *r)
{
    const cepces_requested_extension_t *info = find_extension(r, CEPCES_OID_TEMPLATE_INFORMATION);
    const cepces_requested_extension_t *name = find_extension(r, CEPCES_OID_TEMPLATE_NAME);
    cepces_request_t *request = r->request;
    cepces_status_t st = CEPCES_OK;

    if (info != NULL) {
        st = cepces_msext_read_template_info(&request->template_oid, &request->template_major,
                                             &request->template_minor, info->value, r->p, r->err);
    }
    if (st == CEPCES_OK && name != NULL) {
        st = cepces_msext_read_template_name(&request->template_name, name->value, r->p, r->err);
    }
    return st;
}

static cepces_status_t
read_alt_names(cepces_request_reader_t *r)
{
    const cepces_requested_extension_t *san = find_extension(r, CEPCES_OID_SUBJECT_ALT_NAME);

    if (san == NULL) {
        return CEPCES_OK;
    }
    if (san->value.len > CEPCES_REQUEST_MAX_SAN_LEN) {
        return cepces_error_rule(r->err, CEPCES_E_BAD_SUBJECT, "V44",
                                 "a subjectAltName of %zu bytes; at most %d are read",
                                 san->value.len, CEPCES_REQUEST_MAX_SAN_LEN);
    }
    return cepces_san_decode(&r->request->sans, &r->request->num_sans, san->value,
                             CEPCES_REQUEST_MAX_SANS, r->p, r->err);
}

static cepces_status_t
read_ski(cepces_request_reader_t *r)
{
    const cepces_requested_extension_t *ski = find_extension(r, CEPCES_OID_SUBJECT_KEY_IDENTIFIER);
    void *decoded;
    cepces_status_t st;

    if (ski == NULL) {
        return CEPCES_OK;
    }
    st = cepces_pki_decode(&decoded, ski->value, ASN1_ITEM_rptr(ASN1_OCTET_STRING), r->err);
    if (st == CEPCES_OK) {
        r->requested_ski =
            cepces_bytes_dup(cepces_pki_bytes((const ASN1_OCTET_STRING *)decoded), r->p);
        ASN1_OCTET_STRING_free((ASN1_OCTET_STRING *)decoded);
    }
    return st;
}

cepces_status_t
cepces_request_interpret_extensions(cepces_request_reader_t *r)
{
    const cepces_requested_extension_t *sid = find_extension(r, CEPCES_OID_SID_EXTENSION);
    cepces_status_t st;

    if ((st = read_template(r)) != CEPCES_OK || (st = read_alt_names(r)) != CEPCES_OK ||
        (st = read_ski(r)) != CEPCES_OK) {
        return st;
    }
    return sid != NULL ? cepces_msext_read_sid(&r->request->sid, sid->value, r->p, r->err)
                       : CEPCES_OK;
}
