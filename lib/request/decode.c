/* Which format the bytes are in (rule V17), and the request once everything in it has been read. */
#include "request/reader.h"

const char *
cepces_request_format_name(cepces_request_format_t format)
{
    return format == CEPCES_REQUEST_CMC ? "cmc" : "pkcs10";
}

/* Looks into a value of |der|, which passed cepces_der_check: its tag and its contents. */
static unsigned
look_into(cepces_bytes_t *contents, cepces_bytes_t der)
{
    size_t header;

    if (der.len < 2) {
        *contents = CEPCES_NO_BYTES;
        return V_ASN1_EOC;
    }
    header = der.data[1] < 0x80 ? 2 : 2 + (size_t)(der.data[1] & 0x7f);
    *contents = cepces_bytes(der.data + header, der.len - header);
    return der.data[0];
}

/* ContentInfo begins with the OID of signedData, CertificationRequest with a SEQUENCE that begins
 * with INTEGER 0. */
static cepces_status_t
find_format(cepces_request_format_t *out, cepces_bytes_t der, cepces_error_t *err)
{
    static const unsigned char signed_data[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                                0xf7, 0x0d, 0x01, 0x07, 0x02};
    static const unsigned char version[] = {0x02, 0x01, 0x00};
    const unsigned sequence = V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED;
    cepces_bytes_t contents, info;

    if (look_into(&contents, der) == sequence) {
        if (contents.len > sizeof(signed_data) &&
            memcmp(contents.data, signed_data, sizeof(signed_data)) == 0) {
            *out = CEPCES_REQUEST_CMC;
            return CEPCES_OK;
        }
        if (look_into(&info, contents) == sequence && info.len > sizeof(version) &&
            memcmp(info.data, version, sizeof(version)) == 0) {
            *out = CEPCES_REQUEST_PKCS10;
            return CEPCES_OK;
        }
    }
    return cepces_error_rule(err, CEPCES_E_UNSUPPORTED_FORMAT, "V17",
                             "neither PKCS#10 nor a signed message");
}

static cepces_status_t
read_request(cepces_request_reader_t *r, cepces_bytes_t der)
{
    cepces_request_t *request = r->request;
    cepces_status_t st;

    if ((st = cepces_der_check(der, r->err)) != CEPCES_OK ||
        (st = find_format(&request->format, der, r->err)) != CEPCES_OK) {
        return st;
    }
    request->raw = der;
    if (request->format == CEPCES_REQUEST_CMC) {
        return cepces_request_read_cmc(r, der);
    }
    request->pkcs10 = der;
    request->body_part_id = 1;
    if ((st = cepces_request_read_pkcs10(r, der, false)) != CEPCES_OK) {
        return st;
    }
    return cepces_request_interpret_extensions(r);
}

static cepces_strings_t
string_list(const apr_array_header_t *list)
{
    return (cepces_strings_t){(const char *const *)list->elts, (size_t)list->nelts};
}

cepces_status_t
cepces_request_decode(const cepces_request_t **out, cepces_bytes_t der, apr_pool_t *p,
                      cepces_error_t *err)
{
    cepces_request_t *request = (cepces_request_t *)apr_pcalloc(p, sizeof(*request));
    cepces_request_reader_t r = {
        .request = request,
        .extensions = apr_array_make(p, 8, sizeof(cepces_requested_extension_t)),
        .attributes = apr_array_make(p, 8, sizeof(const char *)),
        .name_values = apr_array_make(p, 2, sizeof(cepces_name_value_t)),
        .template_attributes = apr_array_make(p, 1, sizeof(const char *)),
        .p = p,
        .err = err,
    };
    cepces_status_t st;

    *out = NULL;
    if ((st = read_request(&r, der)) != CEPCES_OK) {
        return st;
    }
    request->extensions = (const cepces_requested_extension_t *)r.extensions->elts;
    request->num_extensions = (size_t)r.extensions->nelts;
    request->name_values = (const cepces_name_value_t *)r.name_values->elts;
    request->num_name_values = (size_t)r.name_values->nelts;
    request->attributes = string_list(r.attributes);
    request->template_attributes = string_list(r.template_attributes);
    *out = request;
    return CEPCES_OK;
}
