/* The body element RequestSecurityToken by itself, as if it had come with either action. */
#include "fuzz/fuzz.h"
#include "wstep/wstep.h"

static void
decode(const xmlNode *body, const char *action, apr_pool_t *p)
{
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    cepces_wstep_request_t request;

    if (cepces_wstep_decode_request(&request, body, action, p, &err) != CEPCES_OK) {
        fuzz_check(err.status != CEPCES_OK && request.items == NULL);
        return;
    }
    fuzz_check(request.token.len <= CEPCES_WSTEP_MAX_TOKEN_LEN);
    fuzz_check(request.num_items <= CEPCES_WSTEP_MAX_CONTEXT_ITEMS);
    fuzz_check((request.operation == CEPCES_WSTEP_ISSUE) == (request.token.len > 0));
    fuzz_check(request.operation != CEPCES_WSTEP_QUERY_TOKEN_STATUS || request.request_id != NULL);
    for (size_t i = 0; i < request.num_items; i++) {
        fuzz_check(cepces_wstep_item(&request, request.items[i].name) == request.items[i].value);
    }
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    apr_pool_t *p = fuzz_pool();
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    xmlDoc *doc;

    if (cepces_xml_parse(&doc, cepces_bytes(data, len), p, &err) == CEPCES_OK) {
        decode(xmlDocGetRootElement(doc), CEPCES_NS_WSTEP "/RST/wstep", p);
        decode(xmlDocGetRootElement(doc), CEPCES_NS_WST "/RST/KET", p);
    }
    apr_pool_destroy(p);
    return 0;
}
