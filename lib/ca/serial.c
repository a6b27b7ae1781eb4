/* Serial numbers (rule S2). */
#include "ca/internal.h"

#include <apr_pools.h>
#include <openssl/err.h>
#include <openssl/rand.h>

cepces_status_t
cepces_ca_serial(cepces_bytes_t *out, apr_pool_t *p, cepces_error_t *err)
{
    unsigned char *octets = (unsigned char *)apr_palloc(p, CEPCES_CA_SERIAL_LEN);

    /* A first octet of 0 would be dropped by DER and make the number shorter; a set top bit would
     * lengthen it. */
    do {
        if (RAND_bytes(octets, CEPCES_CA_SERIAL_LEN) != 1) {
            ERR_clear_error();
            return cepces_error_rule(err, CEPCES_E_CA_SUSPENDED, "S13",
                                     "no serial number: the random generator failed");
        }
        octets[0] &= 0x7f;
    } while (octets[0] == 0);
    *out = cepces_bytes(octets, CEPCES_CA_SERIAL_LEN);
    return CEPCES_OK;
}
