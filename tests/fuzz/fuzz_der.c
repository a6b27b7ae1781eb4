/* Any bytes as each of the values the pki room reads by themselves, without a signature that has to
 * fit: keys, names, subject alternative names, extensions, certificates. What is read and can be
 * written is read the same again. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "pki/msext.h"

static void
read_key(cepces_bytes_t der, apr_pool_t *p, cepces_error_t *err)
{
    cepces_key_t key;

    if (cepces_key_decode(&key, der, p, err) == CEPCES_OK) {
        fuzz_check(key.type != CEPCES_KEY_UNKNOWN && key.pkey != NULL && key.bits >= 256);
        fuzz_check(cepces_bytes_equal(key.spki, der) && key.ski.len == 20);
    }
}

static void
read_name(cepces_bytes_t der, apr_pool_t *p, cepces_error_t *err)
{
    const cepces_rdn_t *rdns;
    cepces_bytes_t again;
    X509_NAME *name;
    size_t num;

    if (cepces_name_from_der(&name, der, err) != CEPCES_OK) {
        return;
    }
    fuzz_check(cepces_name_text(name, p) != NULL);
    fuzz_check(cepces_name_der(&again, name, p, err) == CEPCES_OK &&
               cepces_bytes_equal(again, der));
    if (cepces_name_decode(&rdns, &num, name, 32, p, err) == CEPCES_OK) {
        fuzz_check(num <= 32);
    }
    X509_NAME_free(name);
}

static void
read_alt_names(cepces_bytes_t der, apr_pool_t *p, cepces_error_t *err)
{
    const cepces_san_t *sans, *again;
    size_t num, num_again;
    cepces_bytes_t written;

    if (cepces_san_decode(&sans, &num, der, 100, p, err) != CEPCES_OK ||
        cepces_san_encode(&written, sans, num, p, err) != CEPCES_OK) {
        return;
    }
    fuzz_check(cepces_san_decode(&again, &num_again, written, 100, p, err) == CEPCES_OK);
    fuzz_check(num == num_again);
    for (size_t i = 0; i < num; i++) {
        fuzz_check(sans[i].kind == again[i].kind && strcmp(sans[i].text, again[i].text) == 0);
        fuzz_check(cepces_bytes_equal(sans[i].octets, again[i].octets));
    }
}

static void
read_template(cepces_bytes_t der, apr_pool_t *p, cepces_error_t *err)
{
    cepces_optional_t major, minor;
    const char *text;

    if (cepces_msext_read_template_info(&text, &major, &minor, der, p, err) == CEPCES_OK) {
        fuzz_check(*text != '\0');
    }
    if (cepces_msext_read_template_name(&text, der, p, err) == CEPCES_OK) {
        fuzz_check(strlen(text) <= der.len * 2);
    }
}

static void
read_others(cepces_bytes_t der, apr_pool_t *p, cepces_error_t *err)
{
    cepces_strings_t oids;
    const char *text;
    X509 *x;

    if (cepces_msext_read_sid(&text, der, p, err) == CEPCES_OK) {
        fuzz_check(strncmp(text, "S-1-", 4) == 0);
    }
    if (cepces_msext_read_policies(&oids, der, p, err) == CEPCES_OK) {
        fuzz_check(oids.num < CEPCES_DER_MAX_VALUES);
    }
    if (cepces_msext_read_client_info(&text, der, p, err) == CEPCES_OK) {
        fuzz_check(strncmp(text, "clientId=", 9) == 0);
    }
    if (cepces_x509_decode(&x, der, p, err) == CEPCES_OK) {
        fuzz_check(x != NULL);
    }
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t len)
{
    apr_pool_t *p = fuzz_pool();
    cepces_error_t err = CEPCES_ERROR_INIT(p);
    cepces_bytes_t der = cepces_bytes(data, len);

    read_key(der, p, &err);
    read_name(der, p, &err);
    read_alt_names(der, p, &err);
    read_template(der, p, &err);
    read_others(der, p, &err);
    apr_pool_destroy(p);
    return 0;
}
