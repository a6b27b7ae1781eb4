/* Writing DER. A value is begun with its tag, filled, and ended, in the order it appears in the
 * message; lengths are put in when a value ends. The first failure sticks, so that encoders read
 * like the ASN.1 they write and ask once, at the end, whether all went well. */
#ifndef PKI_WRITE_H
#define PKI_WRITE_H

#include "base/buffer.h"
#include "base/bytes.h"

#define CEPCES_DER_BOOLEAN 0x01
#define CEPCES_DER_INTEGER 0x02
#define CEPCES_DER_BIT_STRING 0x03
#define CEPCES_DER_OCTET_STRING 0x04
#define CEPCES_DER_NULL 0x05
#define CEPCES_DER_OID 0x06
#define CEPCES_DER_ENUMERATED 0x0a
#define CEPCES_DER_UTF8_STRING 0x0c
#define CEPCES_DER_IA5_STRING 0x16
#define CEPCES_DER_UTC_TIME 0x17
#define CEPCES_DER_GENERALIZED_TIME 0x18
#define CEPCES_DER_SEQUENCE 0x30
#define CEPCES_DER_SET 0x31
#define CEPCES_DER_CONTEXT(n) (0x80 | (n))             /* [n] IMPLICIT, primitive */
#define CEPCES_DER_CONTEXT_CONSTRUCTED(n) (0xa0 | (n)) /* [n] EXPLICIT, or IMPLICIT of a SEQUENCE or SET */

typedef struct cepces_der_t {
    cepces_buffer_t buf;
    const char *failure; /* a value that cannot be encoded, or NULL */
} cepces_der_t;

/* cepces_der_init makes an empty writer whose output may reach |ceiling| bytes. */
void cepces_der_init(cepces_der_t *der, size_t expected, size_t ceiling, apr_pool_t *p);

/* cepces_der_begin opens a value; what it returns closes the same value in cepces_der_end. */
size_t cepces_der_begin(cepces_der_t *der, unsigned char tag);
void cepces_der_end(cepces_der_t *der, size_t mark);

/* cepces_der_add writes a value with the given content; cepces_der_add_raw takes complete values as
 * they are. */
void cepces_der_add(cepces_der_t *der, unsigned char tag, cepces_bytes_t content);
void cepces_der_add_raw(cepces_der_t *der, cepces_bytes_t values);

/* cepces_der_add_oid writes an object identifier given as dotted decimal. */
void cepces_der_add_oid(cepces_der_t *der, const char *dotted);

/* cepces_der_add_uint writes an INTEGER; cepces_der_add_magnitude writes a non-negative INTEGER
 * from big-endian octets. */
void cepces_der_add_uint(cepces_der_t *der, uint64_t value);
void cepces_der_add_magnitude(cepces_der_t *der, cepces_bytes_t magnitude);

/* cepces_der_add_time writes whole seconds as UTCTime until 2049 and as GeneralizedTime from 2050
 * on (RFC 5280, 4.1.2.5); cepces_der_add_generalized_time always writes the latter. */
void cepces_der_add_time(cepces_der_t *der, apr_time_t t);
void cepces_der_add_generalized_time(cepces_der_t *der, apr_time_t t);

/* cepces_der_begin_extension opens an Extension up to the content of extnValue;
 * cepces_der_end_extension closes it. */
typedef struct cepces_der_extension_t {
    size_t sequence, value;
} cepces_der_extension_t;
cepces_der_extension_t cepces_der_begin_extension(cepces_der_t *der, const char *oid, bool critical);
void cepces_der_end_extension(cepces_der_t *der, cepces_der_extension_t ext);

/* cepces_der_finish lends what has been written. Errors: CEPCES_E_INTERNAL when something could not
 * be encoded or the ceiling was reached. */
cepces_status_t cepces_der_finish(cepces_bytes_t *out, const cepces_der_t *der, cepces_error_t *err)
    CEPCES_MUST_CHECK;

#endif
