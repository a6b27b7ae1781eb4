/* The body element GetPolicies by itself. */
#include "fuzz/fuzz.h"
#include "xcep/xcep.h"

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    apr_pool_t *p = fuzz_pool();
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    cepces_xcep_request_t request;
    xmlDoc *doc;

    if (cepces_xml_parse(&doc, cepces_bytes(data, len), p, &err) == CEPCES_OK &&
        cepces_xcep_decode_request(&request, xmlDocGetRootElement(doc), p, &err) == CEPCES_OK) {
        fuzz_check(request.policy_oids.num <= CEPCES_XCEP_MAX_FILTER_OIDS);
        fuzz_check(request.last_update >= 0);
    }
    apr_pool_destroy(p);
    return 0;
}
