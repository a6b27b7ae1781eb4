/* GetPoliciesResponse around its policies: [MS-XCEP] 3.1.4.1.2.2. */
#include "xcep/xcep.h"

static void
add_uri(cepces_buffer_t *buf, const cepces_xcep_uri_t *uri)
{
    cepces_xml_open(buf, "cAURI");
    cepces_xml_element_uint(buf, "clientAuthentication", uri->client_authentication);
    cepces_xml_element(buf, "uri", uri->uri);
    cepces_xml_element_uint(buf, "priority", uri->priority);
    cepces_xml_element_bool(buf, "renewalOnly", uri->renewal_only);
    cepces_xml_close(buf, "cAURI");
}

void
cepces_xcep_encode_ca(cepces_buffer_t *buf, const cepces_xcep_uri_t *uris, size_t num_uris,
                      cepces_bytes_t certificate, bool enroll_permission, int reference)
{
    cepces_xml_open(buf, "cA");
    cepces_xml_open(buf, "uris");
    for (size_t i = 0; i < num_uris; i++) {
        add_uri(buf, &uris[i]);
    }
    cepces_xml_close(buf, "uris");
    cepces_xml_element_base64(buf, "certificate", certificate);
    cepces_xml_element_bool(buf, "enrollPermission", enroll_permission);
    cepces_xml_element_int(buf, "cAReferenceID", reference);
    cepces_xml_close(buf, "cA");
}

void
cepces_xcep_encode_oid(cepces_buffer_t *buf, const char *value, cepces_xcep_group_t group,
                       int reference, const char *default_name)
{
    cepces_xml_open(buf, "oID");
    cepces_xml_element(buf, "value", value);
    cepces_xml_element_uint(buf, "group", group);
    cepces_xml_element_int(buf, "oIDReferenceID", reference);
    cepces_xml_element(buf, "defaultName", default_name);
    cepces_xml_close(buf, "oID");
}

/* A collection from its rendered items; nil, never empty, when there are none. */
static void
add_collection(cepces_buffer_t *buf, const char *name, bool left_out, cepces_bytes_t items)
{
    if (left_out || items.len == 0) {
        cepces_xml_nil(buf, name);
        return;
    }
    cepces_xml_open(buf, name);
    cepces_buffer_add_bytes(buf, items);
    cepces_xml_close(buf, name);
}

void
cepces_xcep_encode_response(cepces_buffer_t *buf, const cepces_xcep_response_t *response)
{
    cepces_buffer_add_str(buf, "<GetPoliciesResponse xmlns=\"" CEPCES_NS_XCEP "\">");
    cepces_xml_open(buf, "response");
    cepces_xml_element(buf, "policyID", response->policy_id);
    cepces_xml_element_or_nil(buf, "policyFriendlyName", response->friendly_name);
    cepces_xml_element_uint(buf, "nextUpdateHours", response->next_update_hours);
    /* A full answer says nil, as AD CS does, not false. */
    if (response->not_changed) {
        cepces_xml_element_bool(buf, "policiesNotChanged", true);
    } else {
        cepces_xml_nil(buf, "policiesNotChanged");
    }
    add_collection(buf, "policies", response->not_changed, response->policies);
    cepces_xml_close(buf, "response");
    add_collection(buf, "cAs", response->not_changed, response->cas);
    add_collection(buf, "oIDs", response->not_changed, response->oids);
    cepces_xml_close(buf, "GetPoliciesResponse");
}
