/* The soap room: envelopes as clients send them and as they must not be, and the faults that answer
 * them. */
#include <apr_strings.h>

#include "wire_vectors.h"

static wire_vectors_t vectors;

START_TEST(every_vector_gets_its_status)
{
    const wire_vector_t *v = &vectors.items[_i];
    cepces_soap_envelope_t envelope;
    cepces_status_t st =
        cepces_soap_decode(&envelope, test_vector(v->path), test_pool, &test_error);

    ck_assert_msg(strcmp(cepces_status_name(st), v->status) == 0, "%s is %s: %s", v->path,
                  cepces_status_name(st), cepces_error_line(&test_error, test_pool));
    ck_assert_int_eq(test_error.status, st);
    if (st == CEPCES_OK) {
        ck_assert_ptr_nonnull(envelope.body);
        ck_assert_ptr_nonnull(envelope.action);
    } else {
        ck_assert_ptr_nonnull(test_error.rule);
        ck_assert_ptr_null(envelope.body);
    }
}
END_TEST

/* --- Decoding ---------------------------------------------------------------------------- */

#define GET_POLICIES CEPCES_ACTION_GET_POLICIES
#define MESSAGE_ID "urn:uuid:0c1d5a3e-8d0c-4d5b-9e0e-2b6f0c3f6a11"

static const struct {
    const char *name;
    const char *message_id, *to, *username, *password;
} envelopes[] = {
    {"windows", MESSAGE_ID, "https://ca.example.test/ADPolicyProvider_CEP_Kerberos/service.svc/CEP",
     NULL, NULL},
    {"microsoft-line-wrapped", MESSAGE_ID, "https://ca/cep", "EXAMPLE\\alice", "secret"},
    {"opensuse-cepces", MESSAGE_ID, NULL, "EXAMPLE\\alice", "secret"},
    {"timestamp-without-token", MESSAGE_ID, NULL, NULL, NULL},
    {"password-with-markup", MESSAGE_ID, NULL, "EXAMPLE\\alice", " s<e&c<r>\xc3\xa9t "},
    {"action-in-cdata", MESSAGE_ID, NULL, NULL, NULL},
    {"no-message-id", NULL, NULL, NULL, NULL},
    {"addressing-for-another-role", MESSAGE_ID, NULL, NULL, NULL},
};

START_TEST(envelope_is_read_trimmed_and_the_password_as_it_is)
{
    cepces_soap_envelope_t e =
        wire_envelope(apr_pstrcat(test_pool, "soap/valid/", envelopes[_i].name, ".xml", NULL));

    ck_assert_str_eq(e.action, GET_POLICIES);
    ck_assert_pstr_eq(e.message_id, envelopes[_i].message_id);
    if (envelopes[_i].to != NULL) {
        ck_assert_str_eq(e.to, envelopes[_i].to);
    }
    ck_assert_pstr_eq(e.username, envelopes[_i].username);
    ck_assert_int_eq(e.has_token, envelopes[_i].username != NULL);
    if (envelopes[_i].password == NULL) {
        ck_assert_ptr_null(e.password);
    } else {
        ck_assert_str_eq((const char *)e.password->data, envelopes[_i].password);
        ck_assert_uint_eq(e.password->len, strlen(envelopes[_i].password));
    }
}
END_TEST

START_TEST(password_does_not_stay_in_the_document)
{
    cepces_soap_envelope_t e = wire_envelope("soap/valid/password-with-markup.xml");
    const xmlNode *password =
        wire_descend(xmlDocGetRootElement(e.body->doc), "Header/Security/UsernameToken/Password");

    ck_assert_str_eq(cepces_xml_text(password, test_pool), "");
}
END_TEST

START_TEST(what_was_read_before_the_refusal_is_given)
{
    cepces_soap_envelope_t e;

    ck_assert_int_eq(cepces_soap_decode(&e,
                                        test_vector("soap/invalid/MALFORMED_BODY/two-children.xml"),
                                        test_pool, &test_error),
                     CEPCES_E_MALFORMED_BODY);
    ck_assert_str_eq(e.message_id, MESSAGE_ID);
    ck_assert_str_eq(e.action, GET_POLICIES);
    ck_assert_int_eq(cepces_soap_decode(&e,
                                        test_vector("soap/invalid/HEADER_REQUIRED/no-action.xml"),
                                        test_pool, &test_error),
                     CEPCES_E_HEADER_REQUIRED);
    ck_assert_str_eq(e.message_id, MESSAGE_ID);
    ck_assert_int_eq(cepces_soap_decode(&e, test_vector("soap/invalid/INVALID_SECURITY/digest.xml"),
                                        test_pool, &test_error),
                     CEPCES_E_INVALID_SECURITY);
    ck_assert_str_eq(e.message_id, MESSAGE_ID);
    ck_assert(!e.has_token);
    ck_assert_ptr_null(e.username);
}
END_TEST

START_TEST(headers_that_are_not_understood_are_listed)
{
    cepces_soap_envelope_t e;

    ck_assert_int_eq(cepces_soap_decode(&e, test_vector("soap/invalid/NOT_UNDERSTOOD/true.xml"),
                                        test_pool, &test_error),
                     CEPCES_E_NOT_UNDERSTOOD);
    ck_assert_uint_eq(e.not_understood.num, 1);
    ck_assert_str_eq(e.not_understood.items[0], "{urn:q}X");
}
END_TEST

/* --- Faults ------------------------------------------------------------------------------ */

#define ACTION_GENERIC CEPCES_NS_ADDRESSING "/fault"

static const struct {
    cepces_status_t status;
    const char *code;       /* local name in the SOAP namespace */
    const char *subcode_ns; /* NULL: no subcode */
    const char *subcode;
    const char *action;
} fault_cases[] = {
    {CEPCES_E_MALFORMED_MESSAGE, "Sender", NULL, NULL, CEPCES_ACTION_WCF_FAULT},
    {CEPCES_E_MESSAGE_LIMIT, "Sender", NULL, NULL, CEPCES_ACTION_WCF_FAULT},
    {CEPCES_E_VERSION_MISMATCH, "VersionMismatch", NULL, NULL, ACTION_GENERIC},
    {CEPCES_E_NOT_UNDERSTOOD, "MustUnderstand", NULL, NULL, ACTION_GENERIC},
    {CEPCES_E_HEADER_REQUIRED, "Sender", CEPCES_NS_ADDRESSING, "MessageAddressingHeaderRequired",
     CEPCES_ACTION_ADDRESSING_FAULT},
    {CEPCES_E_HEADER_INVALID, "Sender", CEPCES_NS_ADDRESSING, "InvalidAddressingHeader",
     CEPCES_ACTION_ADDRESSING_FAULT},
    {CEPCES_E_ACTION_UNKNOWN, "Sender", CEPCES_NS_ADDRESSING, "ActionNotSupported",
     CEPCES_ACTION_ADDRESSING_FAULT},
    {CEPCES_E_REPLY_ADDRESS, "Sender", CEPCES_NS_ADDRESSING, "OnlyAnonymousAddressSupported",
     CEPCES_ACTION_ADDRESSING_FAULT},
    {CEPCES_E_MALFORMED_BODY, "Sender", CEPCES_NS_WCF_DISPATCHER, "DeserializationFailed",
     CEPCES_ACTION_WCF_FAULT},
    {CEPCES_E_INVALID_ARGUMENT, "Sender", CEPCES_NS_WST, "InvalidRequest",
     CEPCES_ACTION_DETAIL_FAULT},
    {CEPCES_E_INVALID_SECURITY, "Sender", CEPCES_NS_WSSE, "InvalidSecurity",
     CEPCES_ACTION_WCF_FAULT},
    {CEPCES_E_FAILED_AUTHENTICATION, "Sender", CEPCES_NS_WSSE, "FailedAuthentication",
     CEPCES_ACTION_WCF_FAULT},
    {CEPCES_E_TEMPLATE_DENIED, "Receiver", NULL, NULL, CEPCES_ACTION_DETAIL_FAULT},
    {CEPCES_E_NO_REQUEST, "Receiver", NULL, NULL, CEPCES_ACTION_DETAIL_FAULT},
    {CEPCES_E_UNAVAILABLE, "Receiver", NULL, NULL, CEPCES_ACTION_DETAIL_FAULT},
    {CEPCES_E_INTERNAL, "Receiver", CEPCES_NS_WCF_DISPATCHER, "InternalServiceFault",
     CEPCES_ACTION_WCF_FAULT},
};

static const xmlNode *
encode(const cepces_soap_fault_t *fault)
{
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, 0, 1 << 16, test_pool);
    cepces_soap_encode_fault(&buf, fault);
    return wire_document(&buf);
}

/* Compares a QName in the text of |node| by the namespace that its prefix has there. */
static void
assert_qname(const xmlNode *node, const char *text, const char *ns, const char *name)
{
    const char *colon = strchr(text, ':');
    const char *prefix =
        colon != NULL ? apr_pstrmemdup(test_pool, text, (size_t)(colon - text)) : NULL;
    const xmlNs *found = xmlSearchNs(node->doc, (xmlNode *)node, (const xmlChar *)prefix);

    ck_assert_str_eq(colon != NULL ? colon + 1 : text, name);
    ck_assert_str_eq(found != NULL ? (const char *)found->href : "", ns);
}

static void
assert_value(const xmlNode *parent, const char *path, const char *ns, const char *name)
{
    const xmlNode *value = wire_descend(parent, path);

    assert_qname(value, cepces_xml_text(value, test_pool), ns, name);
}

static unsigned
num_children(const xmlNode *node)
{
    unsigned num = 0;

    for (const xmlNode *n = cepces_xml_first(node); n != NULL; n = cepces_xml_next(n)) {
        num++;
    }
    return num;
}

START_TEST(each_status_has_the_fault_that_clients_expect)
{
    cepces_status_t status = fault_cases[_i].status;
    cepces_soap_fault_t fault = {status, MESSAGE_ID, NULL, {NULL, 0}, NULL};
    const xmlNode *root = encode(&fault), *code = wire_descend(root, "Body/Fault/Code");
    const xmlNode *action = wire_descend(root, "Header/Action");
    const xmlNode *text = wire_descend(root, "Body/Fault/Reason/Text");

    ck_assert(cepces_xml_is(root, CEPCES_NS_SOAP, "Envelope"));
    ck_assert(cepces_xml_is(action, CEPCES_NS_ADDRESSING, "Action"));
    ck_assert_str_eq(cepces_xml_text(action, test_pool), fault_cases[_i].action);
    ck_assert_str_eq(cepces_xml_attribute(action, CEPCES_NS_SOAP, "mustUnderstand", test_pool),
                     "1");
    ck_assert_str_eq(cepces_xml_text(wire_descend(root, "Header/RelatesTo"), test_pool),
                     MESSAGE_ID);
    assert_value(code, "Value", CEPCES_NS_SOAP, fault_cases[_i].code);
    ck_assert_uint_eq(num_children(code), fault_cases[_i].subcode != NULL ? 2 : 1);
    if (fault_cases[_i].subcode != NULL) {
        assert_value(code, "Subcode/Value", fault_cases[_i].subcode_ns, fault_cases[_i].subcode);
    }
    ck_assert_str_eq(cepces_xml_text(text, test_pool), cepces_status_text(status));
    ck_assert_str_eq(cepces_xml_attribute(text, (const char *)XML_XML_NAMESPACE, "lang", test_pool),
                     "en-US");
    ck_assert_uint_eq(num_children(wire_descend(root, "Body/Fault")), 2);
}
END_TEST

START_TEST(every_status_can_be_sent_and_none_tells_about_the_inside)
{
    for (int i = CEPCES_OK + 1; i < CEPCES_STATUS_COUNT; i++) {
        cepces_soap_fault_t fault = {(cepces_status_t)i, NULL, NULL, {NULL, 0}, NULL};
        const xmlNode *root = encode(&fault);

        ck_assert_uint_eq(num_children(wire_descend(root, "Body")), 1);
        if (cepces_status_class((cepces_status_t)i) == CEPCES_CLASS_LOCAL) {
            assert_value(root, "Body/Fault/Code/Subcode/Value", CEPCES_NS_WCF_DISPATCHER,
                         "InternalServiceFault");
            ck_assert_str_eq(
                cepces_xml_text(wire_descend(root, "Body/Fault/Reason/Text"), test_pool),
                cepces_status_text(CEPCES_E_INTERNAL));
        }
    }
}
END_TEST

START_TEST(fault_without_message_id_relates_to_nothing)
{
    cepces_soap_fault_t fault = {CEPCES_E_MALFORMED_MESSAGE, NULL, NULL, {NULL, 0}, NULL};

    ck_assert_uint_eq(num_children(wire_descend(encode(&fault), "Header")), 1);
}
END_TEST

START_TEST(version_mismatch_names_the_version_that_would_do)
{
    cepces_soap_fault_t fault = {CEPCES_E_VERSION_MISMATCH, NULL, NULL, {NULL, 0}, NULL};
    const xmlNode *supported = wire_descend(encode(&fault), "Header/Upgrade/SupportedEnvelope");

    ck_assert(cepces_xml_is(supported, CEPCES_NS_SOAP, "SupportedEnvelope"));
    assert_qname(supported, cepces_xml_attribute(supported, NULL, "qname", test_pool),
                 CEPCES_NS_SOAP, "Envelope");
}
END_TEST

START_TEST(must_understand_names_the_headers)
{
    static const char *const names[] = {"{urn:c}Y", "{}Z"};
    cepces_soap_fault_t fault = {CEPCES_E_NOT_UNDERSTOOD, MESSAGE_ID, NULL, {names, 2}, NULL};
    const xmlNode *header = wire_descend(encode(&fault), "Header");
    const xmlNode *first = cepces_xml_next(wire_descend(header, "RelatesTo"));
    const xmlNode *second = cepces_xml_next(first);

    ck_assert_uint_eq(num_children(header), 4);
    ck_assert(cepces_xml_is(first, CEPCES_NS_SOAP, "NotUnderstood"));
    assert_qname(first, cepces_xml_attribute(first, NULL, "qname", test_pool), "urn:c", "Y");
    assert_qname(second, cepces_xml_attribute(second, NULL, "qname", test_pool), "", "Z");
}
END_TEST

START_TEST(fault_carries_its_own_reason_and_detail)
{
    cepces_soap_fault_t fault = {
        CEPCES_E_NO_REQUEST, "<&>\r", "denied by <policy>", {NULL, 0}, "<d xmlns=\"urn:d\">1</d>"};
    const xmlNode *root = encode(&fault);

    ck_assert_str_eq(cepces_xml_text(wire_descend(root, "Header/RelatesTo"), test_pool), "<&>\r");
    ck_assert_str_eq(cepces_xml_text(wire_descend(root, "Body/Fault/Reason/Text"), test_pool),
                     "denied by <policy>");
    ck_assert(cepces_xml_is(wire_descend(root, "Body/Fault/Detail/d"), "urn:d", "d"));
}
END_TEST

START_TEST(message_id_comes_back_character_for_character)
{
    cepces_soap_envelope_t e;
    const char *text =
        "<s:Envelope xmlns:s='" CEPCES_NS_SOAP "' xmlns:a='" CEPCES_NS_ADDRESSING "'>"
        "<s:Header><a:MessageID>a&lt;b&gt;&amp;&quot;'\xe2\x82\xac&#xD;&#9;c</a:MessageID>"
        "</s:Header><s:Body><x/></s:Body></s:Envelope>";
    cepces_soap_fault_t fault = {CEPCES_E_HEADER_REQUIRED, NULL, NULL, {NULL, 0}, NULL};

    ck_assert_int_eq(cepces_soap_decode(&e, cepces_bytes_str(text), test_pool, &test_error),
                     CEPCES_E_HEADER_REQUIRED);
    fault.relates_to = e.message_id;
    ck_assert_str_eq(cepces_xml_text(wire_descend(encode(&fault), "Header/RelatesTo"), test_pool),
                     "a<b>&\"'\xe2\x82\xac\r\tc");
}
END_TEST

START_TEST(reply_has_action_and_relates_to)
{
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, 0, 4096, test_pool);
    cepces_soap_begin(&buf, CEPCES_ACTION_RSTRC, MESSAGE_ID);
    cepces_xml_nil(&buf, "x");
    cepces_soap_end(&buf);
    ck_assert_str_eq(
        buf.data, "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\""
                  " xmlns:a=\"http://www.w3.org/2005/08/addressing\""
                  " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><s:Header><a:Action "
                  "s:mustUnderstand=\"1\">"
                  "http://schemas.microsoft.com/windows/pki/2009/01/enrollment/RSTRC/wstep</"
                  "a:Action><a:RelatesTo>" MESSAGE_ID
                  "</a:RelatesTo></s:Header><s:Body><x xsi:nil=\"true\"/></s:Body></s:Envelope>");
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("soap");

    vectors = wire_vectors_load("soap");
    tcase_add_loop_test(tc, every_vector_gets_its_status, 0, vectors.num);
    tcase_add_loop_test(tc, envelope_is_read_trimmed_and_the_password_as_it_is, 0,
                        LENGTH_OF(envelopes));
    tcase_add_test(tc, password_does_not_stay_in_the_document);
    tcase_add_test(tc, what_was_read_before_the_refusal_is_given);
    tcase_add_test(tc, headers_that_are_not_understood_are_listed);
    tcase_add_loop_test(tc, each_status_has_the_fault_that_clients_expect, 0,
                        LENGTH_OF(fault_cases));
    tcase_add_test(tc, every_status_can_be_sent_and_none_tells_about_the_inside);
    tcase_add_test(tc, fault_without_message_id_relates_to_nothing);
    tcase_add_test(tc, version_mismatch_names_the_version_that_would_do);
    tcase_add_test(tc, must_understand_names_the_headers);
    tcase_add_test(tc, fault_carries_its_own_reason_and_detail);
    tcase_add_test(tc, message_id_comes_back_character_for_character);
    tcase_add_test(tc, reply_has_action_and_relates_to);
    return test_run(tc);
}
