/* RequestSecurityTokenResponseCollection: [MS-WSTEP] 3.1.4.1.3.2 and .5. One response, its children
 * in the order of AD CS, which the Windows client insists on. */
#include "wstep/wstep.h"

#include "base/encode.h"

#define DECLARE_WSTEP " xmlns=\"" CEPCES_NS_WSTEP "\""
#define DECLARE_WSSE " xmlns=\"" CEPCES_NS_WSSE "\""

static void
add_disposition(cepces_buffer_t *buf, const char *text)
{
    cepces_buffer_add_str(buf, "<DispositionMessage xml:lang=\"en-US\"" DECLARE_WSTEP ">");
    cepces_xml_add_text(buf, text);
    cepces_xml_close(buf, "DispositionMessage");
}

static void
add_token(cepces_buffer_t *buf, const char *value_type, cepces_bytes_t token)
{
    cepces_buffer_add_str(buf, "<BinarySecurityToken ValueType=\"");
    cepces_buffer_add_str(buf, value_type);
    cepces_buffer_add_str(buf,
                          "\" EncodingType=\"" CEPCES_WSTEP_ENCODING_TYPE "\"" DECLARE_WSSE ">");
    cepces_base64_append(buf, token);
    cepces_xml_close(buf, "BinarySecurityToken");
}

/* The certificate, or where to ask for it later. */
static void
add_requested_token(cepces_buffer_t *buf, const cepces_wstep_response_t *response)
{
    cepces_xml_open(buf, "RequestedSecurityToken");
    if (response->certificate.len > 0) {
        add_token(buf, CEPCES_WSTEP_TOKEN_TYPE_X509V3, response->certificate);
    } else {
        cepces_buffer_add_str(buf, "<SecurityTokenReference" DECLARE_WSSE "><Reference URI=\"");
        cepces_xml_add_text(buf, response->reference_uri != NULL ? response->reference_uri : "");
        cepces_buffer_add_str(buf, "\"/></SecurityTokenReference>");
    }
    cepces_xml_close(buf, "RequestedSecurityToken");
}

void
cepces_wstep_encode_response(cepces_buffer_t *buf, const cepces_wstep_response_t *response)
{
    cepces_buffer_add_str(buf,
                          "<RequestSecurityTokenResponseCollection xmlns=\"" CEPCES_NS_WST "\">");
    cepces_xml_open(buf, "RequestSecurityTokenResponse");
    cepces_xml_element(buf, "TokenType", CEPCES_WSTEP_TOKEN_TYPE_X509V3);
    add_disposition(buf, response->disposition);
    add_token(buf, CEPCES_WSTEP_VALUE_TYPE_PKCS7, response->full_response);
    add_requested_token(buf, response);
    cepces_buffer_add_str(buf, "<RequestID" DECLARE_WSTEP ">");
    cepces_buffer_add_int(buf, response->request_id);
    cepces_xml_close(buf, "RequestID");
    cepces_xml_close(buf, "RequestSecurityTokenResponse");
    cepces_xml_close(buf, "RequestSecurityTokenResponseCollection");
}
