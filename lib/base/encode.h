/* Text forms of bytes: strict base64 (RFC 4648, section 4) and hexadecimal, both directions. */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include "base/buffer.h"
#include "base/bytes.h"

/* cepces_base64_decode reads base64 with optional XML white space (space, tab, CR, LF) anywhere
 * between characters. The padding must be right, its unused bits zero, and nothing may follow it
 * (rule V15). Results of more than |max_len| bytes are refused. |out| belongs to |p|. Errors:
 * CEPCES_E_BAD_DATA. */
cepces_status_t cepces_base64_decode(cepces_bytes_t *out, cepces_bytes_t text, size_t max_len,
                                     apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_base64_append writes |data| as base64 without line breaks. */
void cepces_base64_append(cepces_buffer_t *buf, cepces_bytes_t data);

/* cepces_base64 returns |data| as base64 without line breaks. */
const char *cepces_base64(cepces_bytes_t data, apr_pool_t *p);

/* cepces_pem returns |der| in PEM armour with |label| ("CERTIFICATE"), lines of 64 characters. */
const char *cepces_pem(const char *label, cepces_bytes_t der, apr_pool_t *p);

/* cepces_hex returns |data| as lower-case hexadecimal digits. */
const char *cepces_hex(cepces_bytes_t data, apr_pool_t *p);

/* cepces_hex_decode reads an even number of hexadecimal digits of either case. Errors:
 * CEPCES_E_INVALID. */
cepces_status_t cepces_hex_decode(cepces_bytes_t *out, const char *text, apr_pool_t *p,
                                  cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_printable returns |data| with every byte outside printable ASCII, and the backslash,
 * written as \xHH, cut at |max_len| input bytes. For logs. */
const char *cepces_printable(cepces_bytes_t data, size_t max_len, apr_pool_t *p);

/* cepces_utf8_valid tells whether |data| is UTF-8 without overlong forms, surrogates and NUL. */
bool cepces_utf8_valid(cepces_bytes_t data);

#endif
