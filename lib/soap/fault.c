/* A status as a SOAP 1.2 fault (docs/security.md section 11). Texts come from status.def; of the
 * request only its MessageID and the names of headers that were not understood come back. */
#include "soap/private.h"

#include <string.h>

#include <apr_strings.h>

#define ACTION_GENERIC_FAULT \
    CEPCES_NS_ADDRESSING "/fault" /* WS-Addressing SOAP binding, section 6 */

#define DECLARE_WSSE " xmlns:wsse=\"" CEPCES_NS_WSSE "\""
#define DECLARE_WST " xmlns:wst=\"" CEPCES_NS_WST "\""
#define DECLARE_WCF " xmlns:d=\"" CEPCES_NS_WCF_DISPATCHER "\""

typedef struct {
    const char *code;
    const char *subcode;     /* or NULL */
    const char *declaration; /* of the subcode's prefix, unless the envelope has it */
    const char *action;
} shape_t;

static const shape_t shapes[] = {
    [CEPCES_FAULT_SENDER] = {"s:Sender", NULL, "", CEPCES_ACTION_WCF_FAULT},
    [CEPCES_FAULT_VERSION_MISMATCH] = {"s:VersionMismatch", NULL, "", ACTION_GENERIC_FAULT},
    [CEPCES_FAULT_MUST_UNDERSTAND] = {"s:MustUnderstand", NULL, "", ACTION_GENERIC_FAULT},
    [CEPCES_FAULT_HEADER_REQUIRED] = {"s:Sender", "a:MessageAddressingHeaderRequired", "",
                                      CEPCES_ACTION_ADDRESSING_FAULT},
    [CEPCES_FAULT_HEADER_INVALID] = {"s:Sender", "a:InvalidAddressingHeader", "",
                                     CEPCES_ACTION_ADDRESSING_FAULT},
    [CEPCES_FAULT_ACTION_NOT_SUPPORTED] = {"s:Sender", "a:ActionNotSupported", "",
                                           CEPCES_ACTION_ADDRESSING_FAULT},
    [CEPCES_FAULT_ONLY_ANONYMOUS] = {"s:Sender", "a:OnlyAnonymousAddressSupported", "",
                                     CEPCES_ACTION_ADDRESSING_FAULT},
    [CEPCES_FAULT_DESERIALIZATION] = {"s:Sender", "d:DeserializationFailed", DECLARE_WCF,
                                      CEPCES_ACTION_WCF_FAULT},
    [CEPCES_FAULT_INVALID_REQUEST] = {"s:Sender", "wst:InvalidRequest", DECLARE_WST,
                                      CEPCES_ACTION_DETAIL_FAULT},
    [CEPCES_FAULT_INVALID_SECURITY] = {"s:Sender", "wsse:InvalidSecurity", DECLARE_WSSE,
                                       CEPCES_ACTION_WCF_FAULT},
    [CEPCES_FAULT_FAILED_AUTHENTICATION] = {"s:Sender", "wsse:FailedAuthentication", DECLARE_WSSE,
                                            CEPCES_ACTION_WCF_FAULT},
    [CEPCES_FAULT_REFUSED] = {"s:Receiver", NULL, "", CEPCES_ACTION_DETAIL_FAULT},
    [CEPCES_FAULT_UNAVAILABLE] = {"s:Receiver", NULL, "", CEPCES_ACTION_DETAIL_FAULT},
    [CEPCES_FAULT_STATUS] = {"s:Receiver", NULL, "", CEPCES_ACTION_DETAIL_FAULT},
    [CEPCES_FAULT_INTERNAL] = {"s:Receiver", "d:InternalServiceFault", DECLARE_WCF,
                               CEPCES_ACTION_WCF_FAULT},
};

/* SOAP 1.2 part 1, section 5.4.7: which envelope would have been understood. */
static void
add_upgrade(cepces_buffer_t *buf)
{
    cepces_buffer_add_str(buf,
                          "<s:Upgrade><s:SupportedEnvelope qname=\"s:Envelope\"/></s:Upgrade>");
}

/* SOAP 1.2 part 1, section 5.4.8: one block for each "{namespace}name". */
static void
add_not_understood(cepces_buffer_t *buf, const char *name)
{
    const char *end = strchr(name, '}');
    size_t ns_len = end != NULL && *name == '{' ? (size_t)(end - name) - 1 : 0;

    cepces_buffer_add_str(buf, "<s:NotUnderstood qname=\"");
    cepces_buffer_add_str(buf, ns_len > 0 ? "n:" : "");
    cepces_xml_add_text(buf, end != NULL ? end + 1 : name);
    if (ns_len > 0) {
        cepces_buffer_add_str(buf, "\" xmlns:n=\"");
        cepces_xml_add_text(buf, apr_pstrmemdup(buf->p, name + 1, ns_len));
    }
    cepces_buffer_add_str(buf, "\"/>");
}

static void
add_code(cepces_buffer_t *buf, const shape_t *shape)
{
    cepces_xml_open(buf, "s:Code");
    cepces_xml_element(buf, "s:Value", shape->code);
    if (shape->subcode != NULL) {
        cepces_buffer_add_str(buf, "<s:Subcode><s:Value");
        cepces_buffer_add_str(buf, shape->declaration);
        cepces_buffer_add_str(buf, ">");
        cepces_buffer_add_str(buf, shape->subcode);
        cepces_buffer_add_str(buf, "</s:Value></s:Subcode>");
    }
    cepces_xml_close(buf, "s:Code");
}

static void
add_fault(cepces_buffer_t *buf, const shape_t *shape, const char *reason, const char *detail)
{
    cepces_xml_open(buf, "s:Fault");
    add_code(buf, shape);
    cepces_buffer_add_str(buf, "<s:Reason><s:Text xml:lang=\"en-US\">");
    cepces_xml_add_text(buf, reason);
    cepces_buffer_add_str(buf, "</s:Text></s:Reason>");
    if (detail != NULL) {
        cepces_xml_open(buf, "s:Detail");
        cepces_buffer_add_str(buf, detail);
        cepces_xml_close(buf, "s:Detail");
    }
    cepces_xml_close(buf, "s:Fault");
}

void
cepces_soap_encode_fault(cepces_buffer_t *buf, const cepces_soap_fault_t *fault)
{
    /* A status that is never meant for the wire would tell about our inside. */
    cepces_status_t status =
        cepces_status_fault(fault->status) == CEPCES_FAULT_NONE ? CEPCES_E_INTERNAL : fault->status;
    cepces_fault_t kind = cepces_status_fault(status);
    const shape_t *shape = &shapes[kind];

    cepces_soap_begin_header(buf, shape->action, fault->relates_to);
    if (kind == CEPCES_FAULT_VERSION_MISMATCH) {
        add_upgrade(buf);
    } else if (kind == CEPCES_FAULT_MUST_UNDERSTAND) {
        for (size_t i = 0; i < fault->not_understood.num; i++) {
            add_not_understood(buf, fault->not_understood.items[i]);
        }
    }
    cepces_soap_begin_body(buf);
    add_fault(buf, shape, fault->reason != NULL ? fault->reason : cepces_status_text(status),
              fault->detail);
    cepces_soap_end(buf);
}
