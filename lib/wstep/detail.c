/* CertificateEnrollmentWSDetail: [MS-WSTEP] 3.1.4.1.3.7. All four elements stand, as AD CS writes
 * them. */
#include "wstep/wstep.h"

/* An HRESULT as clients read it: the signed decimal of its 32 bits. */
static int64_t
signed_code(uint32_t code)
{
    return code > INT32_MAX ? (int64_t)code - ((int64_t)1 << 32) : (int64_t)code;
}

void
cepces_wstep_encode_detail(cepces_buffer_t *buf, const cepces_wstep_detail_t *detail)
{
    cepces_buffer_add_str(buf, "<CertificateEnrollmentWSDetail xmlns=\"" CEPCES_NS_WSTEP
                               "\" xmlns:xsi=\"" CEPCES_NS_XSI "\">");
    if (detail->binary_response.len > 0) {
        cepces_xml_element_base64(buf, "BinaryResponse", detail->binary_response);
    } else {
        cepces_xml_nil(buf, "BinaryResponse");
    }
    if (detail->error_code != 0) {
        cepces_xml_element_int(buf, "ErrorCode", signed_code(detail->error_code));
    } else {
        cepces_xml_nil(buf, "ErrorCode");
    }
    cepces_xml_element_bool(buf, "InvalidRequest", detail->invalid_request);
    if (detail->request_id > 0) {
        cepces_xml_element_int(buf, "RequestID", detail->request_id);
    } else {
        cepces_xml_nil(buf, "RequestID");
    }
    cepces_xml_close(buf, "CertificateEnrollmentWSDetail");
}
