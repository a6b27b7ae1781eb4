/* The wstep room: RequestSecurityToken as clients write it, the two answers and the detail of
 * faults. */
#include <apr_strings.h>

#include "base/encode.h"
#include "wire_vectors.h"
#include "wstep/wstep.h"

static wire_vectors_t vectors;

START_TEST(every_vector_gets_its_status)
{
    const wire_vector_t *v = &vectors.items[_i];
    cepces_soap_envelope_t envelope = wire_envelope(v->path);
    cepces_wstep_request_t request;
    cepces_status_t st = cepces_wstep_decode_request(&request, envelope.body, envelope.action,
                                                     test_pool, &test_error);

    ck_assert_msg(strcmp(cepces_status_name(st), v->status) == 0, "%s is %s: %s", v->path,
                  cepces_status_name(st), cepces_error_line(&test_error, test_pool));
    if (st != CEPCES_OK) {
        ck_assert_ptr_nonnull(test_error.rule);
        ck_assert_uint_eq(request.token.len, 0);
        ck_assert_uint_eq(request.num_items, 0);
    }
}
END_TEST

static const struct {
    const char *name;
    cepces_wstep_operation_t operation;
    const char *language;
    const char *template_name; /* of the context item */
    size_t num_items;
    const char *request_id;
} requests[] = {
    {"windows-pkcs10", CEPCES_WSTEP_ISSUE, "en-US", "User", 2, NULL},
    {"windows-cmc", CEPCES_WSTEP_ISSUE, "en-US", NULL, 1, NULL},
    {"microsoft-example", CEPCES_WSTEP_ISSUE, NULL, NULL, 0, NULL},
    {"opensuse-cepces-poll", CEPCES_WSTEP_QUERY_TOKEN_STATUS, NULL, NULL, 0, "42"},
    {"microsoft-poll", CEPCES_WSTEP_QUERY_TOKEN_STATUS, "en-US", NULL, 0, "42"},
    {"poll-with-broken-token", CEPCES_WSTEP_QUERY_TOKEN_STATUS, "en-US", NULL, 0, "42"},
    {"ket", CEPCES_WSTEP_KET, "en-US", NULL, 0, NULL},
    {"any-order", CEPCES_WSTEP_ISSUE, "en-US", "User", 1, NULL},
    {"no-token-type", CEPCES_WSTEP_ISSUE, "en-US", NULL, 0, NULL},
    {"request-id-with-issue", CEPCES_WSTEP_ISSUE, "en-US", NULL, 0, "7"},
    {"language-as-specified", CEPCES_WSTEP_ISSUE, "de-DE", NULL, 0, NULL},
    {"no-encoding-type", CEPCES_WSTEP_ISSUE, "en-US", NULL, 0, NULL},
    {"encoding-type-of-ws-security", CEPCES_WSTEP_ISSUE, "en-US", NULL, 0, NULL},
    {"encoding-type-with-capitals", CEPCES_WSTEP_ISSUE, "en-US", NULL, 0, NULL},
    {"token-on-one-line", CEPCES_WSTEP_ISSUE, "en-US", NULL, 0, NULL},
    {"token-with-armour", CEPCES_WSTEP_ISSUE, "en-US", NULL, 0, NULL},
    {"token-with-armour-in-base64", CEPCES_WSTEP_ISSUE, "en-US", NULL, 0, NULL},
    {"context-item-without-value", CEPCES_WSTEP_ISSUE, "en-US", NULL, 1, NULL},
    {"most-context-items", CEPCES_WSTEP_ISSUE, "en-US", NULL, 32, NULL},
};

/* The token of every vector: the header of a SEQUENCE and the bytes from 0 to 95. */
static void
assert_token(cepces_bytes_t token)
{
    ck_assert_uint_eq(token.len, 100);
    ck_assert_mem_eq(token.data, "\x30\x82\x00\x60", 4);
    for (unsigned i = 0; i < 96; i++) {
        ck_assert_uint_eq(token.data[4 + i], i);
    }
}

START_TEST(request_is_read_into_its_struct)
{
    cepces_soap_envelope_t envelope =
        wire_envelope(apr_pstrcat(test_pool, "wstep/valid/", requests[_i].name, ".xml", NULL));
    cepces_wstep_request_t r;

    ck_assert_int_eq(
        cepces_wstep_decode_request(&r, envelope.body, envelope.action, test_pool, &test_error),
        CEPCES_OK);
    ck_assert_int_eq(r.operation, requests[_i].operation);
    ck_assert_pstr_eq(r.preferred_language, requests[_i].language);
    ck_assert_uint_eq(r.num_items, requests[_i].num_items);
    ck_assert_pstr_eq(cepces_wstep_item(&r, "certificateTEMPLATE"), requests[_i].template_name);
    ck_assert_pstr_eq(r.request_id, requests[_i].request_id);
    if (r.operation == CEPCES_WSTEP_ISSUE) {
        assert_token(r.token);
    } else {
        ck_assert_uint_eq(r.token.len, 0);
    }
}
END_TEST

START_TEST(context_items_keep_their_values)
{
    cepces_soap_envelope_t envelope = wire_envelope("wstep/valid/windows-pkcs10.xml");
    cepces_wstep_request_t r;

    ck_assert_int_eq(
        cepces_wstep_decode_request(&r, envelope.body, envelope.action, test_pool, &test_error),
        CEPCES_OK);
    ck_assert_str_eq(r.items[1].name, "ccm");
    ck_assert_str_eq(r.items[1].value, "host.example.test");
    ck_assert_ptr_null(cepces_wstep_item(&r, "rmd"));
}
END_TEST

/* A body with a token of |len| zero bytes. */
static const xmlNode *
body_with_token(size_t len)
{
    cepces_buffer_t buf;
    void *zeros = apr_pcalloc(test_pool, len);

    cepces_buffer_init(&buf, 0, 2 << 20, test_pool);
    cepces_buffer_add_str(
        &buf, "<RequestSecurityToken xmlns='" CEPCES_NS_WST "'><RequestType>" CEPCES_NS_WST
              "/Issue</RequestType><BinarySecurityToken xmlns='" CEPCES_NS_WSSE "'>");
    cepces_base64_append(&buf, cepces_bytes(zeros, len));
    cepces_buffer_add_str(&buf, "</BinarySecurityToken></RequestSecurityToken>");
    return wire_document(&buf);
}

START_TEST(a_token_has_its_limit)
{
    cepces_wstep_request_t r;

    ck_assert_int_eq(cepces_wstep_decode_request(&r, body_with_token(CEPCES_WSTEP_MAX_TOKEN_LEN),
                                                 CEPCES_ACTION_RST, test_pool, &test_error),
                     CEPCES_OK);
    ck_assert_uint_eq(r.token.len, CEPCES_WSTEP_MAX_TOKEN_LEN);
    ck_assert_int_eq(cepces_wstep_decode_request(&r,
                                                 body_with_token(CEPCES_WSTEP_MAX_TOKEN_LEN + 1),
                                                 CEPCES_ACTION_RST, test_pool, &test_error),
                     CEPCES_E_BAD_DATA);
    ck_assert_ptr_null(r.token.data);
}
END_TEST

/* --- Encoding ---------------------------------------------------------------------------- */

static cepces_buffer_t
buffer(void)
{
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, 0, 1 << 16, test_pool);
    return buf;
}

static void
assert_golden(const cepces_buffer_t *buf, const char *name)
{
    cepces_bytes_t golden =
        test_vector(apr_pstrcat(test_pool, "wstep/golden/", name, ".xml", NULL));

    ck_assert_str_eq(buf->data, apr_pstrmemdup(test_pool, (const char *)golden.data, golden.len));
}

START_TEST(an_issued_answer_has_its_elements_in_the_order_of_ad_cs)
{
    cepces_wstep_response_t response = {
        .disposition = "Issued <by> us",
        .full_response = cepces_bytes_str("full response"),
        .certificate = cepces_bytes_str("leaf"),
        .request_id = 41,
    };
    cepces_buffer_t buf = buffer();

    cepces_wstep_encode_response(&buf, &response);
    assert_golden(&buf, "issued");
}
END_TEST

START_TEST(a_pending_answer_says_where_to_ask)
{
    cepces_wstep_response_t response = {
        .disposition = "Taken Under Submission",
        .full_response = cepces_bytes_str("full response"),
        .reference_uri = "https://ca.example.test/A&B/CES",
        .request_id = INT32_MAX,
    };
    cepces_buffer_t buf = buffer();

    cepces_wstep_encode_response(&buf, &response);
    assert_golden(&buf, "pending");
}
END_TEST

START_TEST(a_detail_says_what_it_knows_and_nil_for_the_rest)
{
    cepces_wstep_detail_t denied = {cepces_bytes_str("failed"), 0x80094807, true, 43};
    cepces_wstep_detail_t invalid = {CEPCES_NO_BYTES, 0x80070057, false, 0};
    cepces_wstep_detail_t empty = {CEPCES_NO_BYTES, 0, false, 0};
    cepces_buffer_t buf = buffer();

    cepces_wstep_encode_detail(&buf, &denied);
    assert_golden(&buf, "detail-denied");
    buf = buffer();
    cepces_wstep_encode_detail(&buf, &invalid);
    assert_golden(&buf, "detail-invalid");
    buf = buffer();
    cepces_wstep_encode_detail(&buf, &empty);
    assert_golden(&buf, "detail-empty");
}
END_TEST

START_TEST(a_detail_stands_in_a_fault)
{
    cepces_wstep_detail_t detail = {CEPCES_NO_BYTES, 0x80094012, true, 0};
    cepces_buffer_t markup = buffer(), buf = buffer();
    cepces_soap_fault_t fault = {CEPCES_E_TEMPLATE_DENIED, NULL, NULL, {NULL, 0}, NULL};
    const xmlNode *found;

    cepces_wstep_encode_detail(&markup, &detail);
    fault.detail = markup.data;
    cepces_soap_encode_fault(&buf, &fault);
    found = wire_descend(wire_document(&buf), "Body/Fault/Detail/CertificateEnrollmentWSDetail");
    ck_assert(cepces_xml_is(found, CEPCES_NS_WSTEP, "CertificateEnrollmentWSDetail"));
    ck_assert(cepces_xml_is_nil(wire_descend(found, "BinaryResponse")));
    ck_assert_str_eq(cepces_xml_text(wire_descend(found, "ErrorCode"), test_pool), "-2146877422");
    ck_assert_str_eq(cepces_xml_text(wire_descend(found, "InvalidRequest"), test_pool), "true");
    ck_assert(cepces_xml_is_nil(wire_descend(found, "RequestID")));
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("wstep");

    vectors = wire_vectors_load("wstep");
    tcase_add_loop_test(tc, every_vector_gets_its_status, 0, vectors.num);
    tcase_add_loop_test(tc, request_is_read_into_its_struct, 0, LENGTH_OF(requests));
    tcase_add_test(tc, context_items_keep_their_values);
    tcase_add_test(tc, a_token_has_its_limit);
    tcase_add_test(tc, an_issued_answer_has_its_elements_in_the_order_of_ad_cs);
    tcase_add_test(tc, a_pending_answer_says_where_to_ask);
    tcase_add_test(tc, a_detail_says_what_it_knows_and_nil_for_the_rest);
    tcase_add_test(tc, a_detail_stands_in_a_fault);
    return test_run(tc);
}
