/* A message on its way through the service. */
#ifndef SERVICE_MESSAGE_H
#define SERVICE_MESSAGE_H

#include "cepces/service.h"
#include "soap/soap.h"

struct cepces_message_t {
    cepces_endpoint_kind_t kind;
    cepces_soap_envelope_t envelope;
    const char *id_for_log; /* MessageID, printable, or "-" */
};

#endif
