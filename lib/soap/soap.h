/* SOAP 1.2 with WS-Addressing 1.0 and the UsernameToken of WS-Security. The room reads the envelope
 * and writes the envelope; what a body means is not its business. */
#ifndef SOAP_SOAP_H
#define SOAP_SOAP_H

#include "base/pool.h"
#include "xml/xml.h"

#define CEPCES_SOAP_MAX_HEADERS 16
#define CEPCES_SOAP_MAX_MESSAGE_ID_LEN 512
#define CEPCES_SOAP_MAX_TO_LEN 2048
#define CEPCES_SOAP_MAX_USERNAME_LEN 256
#define CEPCES_SOAP_MAX_PASSWORD_LEN 1024

#define CEPCES_SOAP_CONTENT_TYPE "application/soap+xml; charset=utf-8"

/* Actions: [MS-XCEP] 3.1.4.1, [MS-WSTEP] 3.1.4.2. */
#define CEPCES_ACTION_GET_POLICIES CEPCES_NS_XCEP "/IPolicy/GetPolicies"
#define CEPCES_ACTION_GET_POLICIES_RESPONSE CEPCES_NS_XCEP "/IPolicy/GetPoliciesResponse"
#define CEPCES_ACTION_RST CEPCES_NS_WSTEP "/RST/wstep"
#define CEPCES_ACTION_RSTRC CEPCES_NS_WSTEP "/RSTRC/wstep"
#define CEPCES_ACTION_RST_KET CEPCES_NS_WST "/RST/KET"
#define CEPCES_ACTION_RSTR_KET_FINAL CEPCES_NS_WST "/RSTR/KETFinal"
#define CEPCES_ACTION_DETAIL_FAULT \
    CEPCES_NS_WSTEP "/RequestSecurityTokenCertificateEnrollmentWSDetailFault"
#define CEPCES_ACTION_ADDRESSING_FAULT CEPCES_NS_ADDRESSING "/soap/fault"
#define CEPCES_ACTION_WCF_FAULT CEPCES_NS_WCF_DISPATCHER "/fault"

/* A decoded envelope. Pointers are NULL where the message has nothing; strings are trimmed. */
typedef struct cepces_soap_envelope_t {
    const char *action;
    const char *message_id;
    const char *to;
    const xmlNode *body;             /* the only child of s:Body */
    bool has_token;                  /* a UsernameToken with a plain password was there */
    const char *username;            /* as sent */
    const cepces_secret_t *password;
    cepces_strings_t not_understood; /* "{namespace}name" of headers for a MustUnderstand fault */
} cepces_soap_envelope_t;

/* cepces_soap_decode parses |bytes| and reads the envelope (rules V7 to V9): SOAP 1.2, one Body
 * with one child, no encodingStyle, every mustUnderstand header known, Action, MessageID, To and
 * Security at most once, Action present, ReplyTo and FaultTo anonymous when present, at most one
 * UsernameToken, with a plain-text password. Timestamp and nonce are tolerated. |*out| is filled as
 * far as the message could be read, also on failure. Errors: those of cepces_xml_parse;
 * CEPCES_E_VERSION_MISMATCH, NOT_UNDERSTOOD, HEADER_REQUIRED, HEADER_INVALID, REPLY_ADDRESS,
 * INVALID_SECURITY, MALFORMED_BODY, MESSAGE_LIMIT. A message without any token is not an error
 * here. */
cepces_status_t cepces_soap_decode(cepces_soap_envelope_t *out, cepces_bytes_t bytes, apr_pool_t *p,
                                   cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_soap_begin writes the envelope up to and including <s:Body>: Action (mustUnderstand),
 * RelatesTo when |relates_to| is not NULL. The prefixes s, a and xsi are declared. cepces_soap_end
 * closes it. */
void cepces_soap_begin(cepces_buffer_t *buf, const char *action, const char *relates_to);
void cepces_soap_end(cepces_buffer_t *buf);

/* What a fault says. */
typedef struct cepces_soap_fault_t {
    cepces_status_t status;          /* code, subcode, action and reason come from its row */
    const char *relates_to;          /* or NULL */
    const char *reason;              /* instead of the row's text, or NULL */
    cepces_strings_t not_understood; /* for MUST_UNDERSTAND */
    const char *detail;              /* markup for s:Detail, already encoded, or NULL */
} cepces_soap_fault_t;

/* cepces_soap_encode_fault writes a complete fault envelope as section 11 of docs/security.md says
 * for the fault shape of the status; it never echoes input other than RelatesTo. */
void cepces_soap_encode_fault(cepces_buffer_t *buf, const cepces_soap_fault_t *fault);

#endif
