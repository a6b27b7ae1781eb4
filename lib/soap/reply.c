/* The envelope of replies: Action and RelatesTo, which clients check, and nothing else. */
#include "soap/private.h"

void
cepces_soap_begin_header(cepces_buffer_t *buf, const char *action, const char *relates_to)
{
    cepces_buffer_add_str(buf, "<s:Envelope xmlns:s=\"" CEPCES_NS_SOAP
                               "\" xmlns:a=\"" CEPCES_NS_ADDRESSING "\" xmlns:xsi=\"" CEPCES_NS_XSI
                               "\"><s:Header>"
                               "<a:Action s:mustUnderstand=\"1\">");
    cepces_xml_add_text(buf, action);
    cepces_xml_close(buf, "a:Action");
    if (relates_to != NULL) {
        cepces_xml_element(buf, "a:RelatesTo", relates_to);
    }
}

void
cepces_soap_begin_body(cepces_buffer_t *buf)
{
    cepces_xml_close(buf, "s:Header");
    cepces_xml_open(buf, "s:Body");
}

void
cepces_soap_begin(cepces_buffer_t *buf, const char *action, const char *relates_to)
{
    cepces_soap_begin_header(buf, action, relates_to);
    cepces_soap_begin_body(buf);
}

void
cepces_soap_end(cepces_buffer_t *buf)
{
    cepces_xml_close(buf, "s:Body");
    cepces_xml_close(buf, "s:Envelope");
}
