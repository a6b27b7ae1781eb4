/* Certificates as people want to see them. */
#ifndef TOOLS_CERTIFICATE_H
#define TOOLS_CERTIFICATE_H

#include <jansson.h>

#include "cepces/model.h"

/* ctl_certificate_facts adds subject, issuer, serial, validity, key, signature algorithm and
 * fingerprints of the DER certificate to |record|; with |extensions| also its extensions as text.
 */
void ctl_certificate_facts(json_t *record, cepces_bytes_t der, bool extensions, apr_pool_t *p);

/* ctl_certificate_pem returns the DER certificate in PEM armour. */
const char *ctl_certificate_pem(cepces_bytes_t der, apr_pool_t *p);

/* ctl_chain_pem returns the certificate of a CA's generation and those above it in PEM armour,
 * nearest first. */
const char *ctl_chain_pem(const cepces_ca_generation_t *generation, apr_pool_t *p);

/* ctl_current_generation returns the generation of a CA that signs, or NULL. */
const cepces_ca_generation_t *ctl_current_generation(const cepces_ca_t *ca);

#endif
