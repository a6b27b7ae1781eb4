/* Object identifiers by name. Rooms pass OIDs around as dotted text and compare them with strcmp;
 * objects for OpenSSL are made once per process. */
#ifndef PKI_OIDS_H
#define PKI_OIDS_H

#include <openssl/objects.h>

#include "cepces/error.h"

/* CEPCES_OID_CLIENT_AUTHENTICATION is "1.3.6.1.5.5.7.3.2", and so on: one constant for each row of
 * oids.def. */
#define CEPCES_OID(name, text, friendly) extern const char CEPCES_OID_##name[];
#include "pki/oids.def"
#undef CEPCES_OID

/* cepces_oid_name returns the friendly name of an OID as Windows shows it ("Client
 * Authentication"), or NULL. */
const char *cepces_oid_name(const char *oid);

/* cepces_oid_object lends the object of an OID listed in oids.def, which lives as long as the
 * process; NULL for others. Nothing is added to OpenSSL's own table, which other modules share. Any
 * thread may call it. */
ASN1_OBJECT *cepces_oid_object(const char *oid);

/* cepces_oid_new makes an object of any dotted OID; the caller frees it with ASN1_OBJECT_free.
 * Names are not understood. Errors: CEPCES_E_INVALID. */
cepces_status_t cepces_oid_new(ASN1_OBJECT **out, const char *oid, cepces_error_t *err)
    CEPCES_MUST_CHECK;

/* cepces_oid_text returns the dotted decimal text of an object; "" when it has none that fits. */
const char *cepces_oid_text(const ASN1_OBJECT *object, apr_pool_t *p);

/* cepces_oid_is tells whether an object is the OID |oid| of oids.def. */
bool cepces_oid_is(const ASN1_OBJECT *object, const char *oid);

#endif
