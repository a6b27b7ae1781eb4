/* Times of certificates. */
#include "pki/pki.h"

cepces_status_t
cepces_asn1_time_get(apr_time_t *out, const ASN1_TIME *t, cepces_error_t *err)
{
    apr_time_exp_t exploded = {0};
    struct tm tm;

    if (ASN1_TIME_to_tm(t, &tm) != 1) {
        return cepces_pki_error(err, CEPCES_E_BAD_DATA, "a time is not valid");
    }
    exploded.tm_sec = tm.tm_sec;
    exploded.tm_min = tm.tm_min;
    exploded.tm_hour = tm.tm_hour;
    exploded.tm_mday = tm.tm_mday;
    exploded.tm_mon = tm.tm_mon;
    exploded.tm_year = tm.tm_year;
    if (apr_time_exp_gmt_get(out, &exploded) != APR_SUCCESS) {
        return cepces_error_set(err, CEPCES_E_BAD_DATA, "a time is out of range");
    }
    return CEPCES_OK;
}
