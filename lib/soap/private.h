/* What the files of the soap room share. */
#ifndef SOAP_PRIVATE_H
#define SOAP_PRIVATE_H

#include "soap/soap.h"

/* cepces_soap_read_header reads the header blocks of s:Header into |out| (rule V8). */
cepces_status_t cepces_soap_read_header(cepces_soap_envelope_t *out, const xmlNode *header,
                                        apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_soap_read_security reads the UsernameToken of wsse:Security into |out| (rule V9). */
cepces_status_t cepces_soap_read_security(cepces_soap_envelope_t *out, xmlNode *security,
                                          apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_soap_begin_header writes the envelope up to and including Action and RelatesTo; more
 * header blocks may follow. cepces_soap_begin_body closes the header and opens the body. */
void cepces_soap_begin_header(cepces_buffer_t *buf, const char *action, const char *relates_to);
void cepces_soap_begin_body(cepces_buffer_t *buf);

#endif
