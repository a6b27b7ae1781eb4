/* Any bytes as a certificate request. What is accepted keeps the limits of the room, and all its
 * texts are UTF-8 without control characters. */
#include "base/encode.h"
#include "fuzz/fuzz.h"
#include "request/request.h"

static void
check_text(const char *text)
{
    fuzz_check(text != NULL && cepces_utf8_valid(cepces_bytes_str(text)));
    for (; *text != '\0'; text++) {
        fuzz_check((unsigned char)*text >= 0x20 && *text != 0x7f);
    }
}

static void
check_names(const cepces_request_t *r)
{
    fuzz_check(r->num_rdns <= CEPCES_REQUEST_MAX_RDNS && r->num_sans <= CEPCES_REQUEST_MAX_SANS);
    fuzz_check(r->subject_empty == (r->subject_der.len == 2));
    for (size_t i = 0; i < r->num_rdns; i++) {
        check_text(r->rdns[i].oid);
        check_text(r->rdns[i].value);
    }
    for (size_t i = 0; i < r->num_sans; i++) {
        fuzz_check(r->sans[i].text != NULL);
        if (r->sans[i].kind != CEPCES_SAN_OTHER) {
            check_text(r->sans[i].text);
        }
    }
}

static void
check_lists(const cepces_request_t *r)
{
    fuzz_check(r->num_extensions <= CEPCES_REQUEST_MAX_EXTENSIONS);
    for (size_t i = 0; i < r->num_extensions; i++) {
        check_text(r->extensions[i].oid);
        for (size_t j = 0; j < i; j++) {
            fuzz_check(strcmp(r->extensions[i].oid, r->extensions[j].oid) != 0);
        }
    }
    fuzz_check(r->num_name_values <= CEPCES_REQUEST_MAX_ATTRIBUTES);
    for (size_t i = 0; i < r->num_name_values; i++) {
        check_text(r->name_values[i].name);
        check_text(r->name_values[i].value);
    }
    for (size_t i = 0; i < r->attributes.num; i++) {
        check_text(r->attributes.items[i]);
    }
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    apr_pool_t *p = fuzz_pool();
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    const cepces_request_t *request;
    cepces_status_t st = cepces_request_decode(&request, cepces_bytes(data, len), p, &err);

    fuzz_check((st == CEPCES_OK) == (request != NULL));
    if (request != NULL) {
        fuzz_check(request->key.pkey != NULL && request->key.type != CEPCES_KEY_UNKNOWN);
        fuzz_check(request->pkcs10.len > 0 && request->pkcs10.len <= CEPCES_REQUEST_MAX_PKCS10_LEN);
        fuzz_check(request->signature_digest != NID_undef && request->body_part_id > 0);
        check_names(request);
        check_lists(request);
    } else {
        fuzz_check(err.status == st);
    }
    apr_pool_destroy(p);
    return 0;
}
