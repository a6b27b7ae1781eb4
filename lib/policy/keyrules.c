/* Whether the key and the signature of a request satisfy a template (rules V20 to V22), and which
 * key usages such a key can have (V52). */
#include "policy/internal.h"

#include <openssl/obj_mac.h>

#define MIN_RSA_BITS 2048 /* rule T21: whatever a template says */
#define MAX_RSA_BITS 8192 /* verification of anything larger takes 100 ms and more */

static const cepces_key_algorithm_t algorithms[] = {
    {"RSA", CEPCES_KEY_RSA, 0, false, true},
    {"ECDSA_P256", CEPCES_KEY_P256, 256, false, true},
    {"ECDSA_P384", CEPCES_KEY_P384, 384, false, true},
    {"ECDSA_P521", CEPCES_KEY_P521, 521, false, true},
    {"ECDH_P256", CEPCES_KEY_P256, 256, true, true},
    {"ECDH_P384", CEPCES_KEY_P384, 384, true, true},
    {"ECDH_P521", CEPCES_KEY_P521, 521, true, true},
    {"Ed25519", CEPCES_KEY_ED25519, 256, false, false},
};

const cepces_key_algorithm_t *
cepces_key_algorithm_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof(algorithms) / sizeof(algorithms[0]); i++) {
        if (strcmp(algorithms[i].name, name) == 0) {
            return &algorithms[i];
        }
    }
    return NULL;
}

static cepces_status_t
check_rsa_size(const cepces_template_t *t, const cepces_key_t *key, cepces_error_t *err)
{
    unsigned least = t->minimal_key_length > MIN_RSA_BITS ? t->minimal_key_length : MIN_RSA_BITS;

    if (key->bits < least) {
        return cepces_error_rule(err, CEPCES_E_KEY_LENGTH, "V20",
                                 "the RSA key has %u bits, template \"%s\" demands %u", key->bits,
                                 t->name, least);
    }
    if (key->bits > MAX_RSA_BITS) {
        return cepces_error_rule(err, CEPCES_E_BAD_KEY, "V20",
                                 "the RSA key has %u bits, at most %d are accepted", key->bits,
                                 MAX_RSA_BITS);
    }
    return CEPCES_OK;
}

/* The PKCS#10 signature is mere proof of possession, and clients of schema 1 and 2 templates know
 * no hash to use other than SHA-1 ([MS-WCCE], note 53), so the schema decides unless the template
 * says otherwise. */
static bool
sha1_accepted(const cepces_template_t *t)
{
    switch (t->sha1_requests) {
    case CEPCES_SHA1_ACCEPT:
        return true;
    case CEPCES_SHA1_REFUSE:
        return false;
    case CEPCES_SHA1_BY_SCHEMA:
        break;
    }
    return t->schema_version <= 2;
}

static cepces_status_t
check_digest(const cepces_template_t *t, int digest, cepces_error_t *err)
{
    switch (digest) {
    case NID_undef: /* Ed25519 has none of its own choice; a CMC signer was judged while decoding */
    case NID_sha256:
    case NID_sha384:
    case NID_sha512:
        return CEPCES_OK;
    case NID_sha1:
        if (sha1_accepted(t)) {
            return CEPCES_OK;
        }
        return cepces_error_rule(err, CEPCES_E_WEAK_KEY, "V21",
                                 "the request is signed with SHA-1, which template \"%s\" refuses",
                                 t->name);
    default:
        return cepces_error_rule(
            err, CEPCES_E_WEAK_KEY, "V21",
            "the request is signed with a digest (NID %d) that is not accepted", digest);
    }
}

cepces_status_t
cepces_keyrules_check(const cepces_template_t *t, const cepces_request_t *request,
                      cepces_error_t *err)
{
    const cepces_key_algorithm_t *algorithm = cepces_key_algorithm_find(t->key_algorithm);

    if (algorithm == NULL) {
        return cepces_error_set(err, CEPCES_E_INTERNAL,
                                "template \"%s\" names no known key algorithm", t->name);
    }
    if (request->key.type != algorithm->type) {
        return cepces_error_rule(err, CEPCES_E_BAD_ALGORITHM, "V20",
                                 "the key is %s, template \"%s\" demands %s",
                                 cepces_key_type_name(request->key.type), t->name, algorithm->name);
    }
    if (algorithm->type == CEPCES_KEY_RSA) {
        cepces_status_t st = check_rsa_size(t, &request->key, err);

        if (st != CEPCES_OK) {
            return st;
        }
    }
    return check_digest(t, request->signature_digest, err);
}

uint16_t
cepces_template_key_usage(const cepces_template_t *t)
{
    const cepces_key_algorithm_t *algorithm = cepces_key_algorithm_find(t->key_algorithm);
    unsigned impossible = CEPCES_KU_KEY_CERT_SIGN | CEPCES_KU_CRL_SIGN; /* T17 */
    unsigned usage = t->key_usage;

    if (algorithm == NULL || algorithm->type == CEPCES_KEY_RSA) {
        impossible |= CEPCES_KU_KEY_AGREEMENT;
    } else {
        impossible |= CEPCES_KU_KEY_ENCIPHERMENT | CEPCES_KU_DATA_ENCIPHERMENT;
    }
    if (algorithm != NULL && algorithm->type == CEPCES_KEY_ED25519) {
        impossible |= CEPCES_KU_KEY_AGREEMENT;
    }
    if (algorithm != NULL && algorithm->agreement) {
        usage |= CEPCES_KU_KEY_AGREEMENT;
    }
    usage &= ~impossible;
    if ((usage & CEPCES_KU_KEY_AGREEMENT) == 0) {
        usage &=
            ~(CEPCES_KU_ENCIPHER_ONLY | CEPCES_KU_DECIPHER_ONLY); /* RFC 5280: undefined alone */
    }
    return (uint16_t)(usage == 0 ? CEPCES_KU_DIGITAL_SIGNATURE : usage);
}
