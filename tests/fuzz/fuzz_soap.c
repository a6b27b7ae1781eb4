/* Any bytes as a message: the XML reader and the envelope. Whatever comes in, the fault that
 * answers it is XML that our own reader takes, and carries the MessageID unchanged. */
#include "fuzz/fuzz.h"
#include "soap/soap.h"

static void
check_fault(const cepces_soap_envelope_t *envelope, cepces_status_t status, apr_pool_t *p)
{
    cepces_soap_fault_t fault = {status, envelope->message_id, NULL, envelope->not_understood,
                                 NULL};
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    const xmlNode *header, *relates_to;
    cepces_buffer_t buf;
    xmlDoc *doc;

    cepces_buffer_init(&buf, 0, 1 << 20, p);
    cepces_soap_encode_fault(&buf, &fault);
    fuzz_check(cepces_buffer_status(&buf, &err) == CEPCES_OK);
    fuzz_check(cepces_xml_parse(&doc, cepces_buffer_bytes(&buf), p, &err) == CEPCES_OK);
    header = cepces_xml_first(xmlDocGetRootElement(doc));
    fuzz_check(cepces_xml_child(&relates_to, header, CEPCES_NS_ADDRESSING, "RelatesTo",
                                CEPCES_E_INTERNAL, &err) == CEPCES_OK);
    fuzz_check((relates_to != NULL) == (envelope->message_id != NULL));
    fuzz_check(relates_to == NULL ||
               strcmp(cepces_xml_text(relates_to, p), envelope->message_id) == 0);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    apr_pool_t *p = fuzz_pool();
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    cepces_soap_envelope_t envelope;
    cepces_status_t st = cepces_soap_decode(&envelope, cepces_bytes(data, len), p, &err);

    fuzz_check(st == err.status);
    if (st == CEPCES_OK) {
        fuzz_check(envelope.body != NULL && envelope.action != NULL);
        fuzz_check(envelope.has_token == (envelope.password != NULL));
    } else {
        check_fault(&envelope, st, p);
    }
    apr_pool_destroy(p);
    return 0;
}
