/* The table of object identifiers. */
#include "pki/oids.h"

#include <string.h>

#include <apr_strings.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#define CEPCES_OID(name, text, friendly) const char CEPCES_OID_##name[] = text;
#include "pki/oids.def"
#undef CEPCES_OID

typedef struct {
    const char *text;
    const char *friendly;
} oid_row_t;

static const oid_row_t rows[] = {
#define CEPCES_OID(name, text, friendly) {CEPCES_OID_##name, friendly},
#include "pki/oids.def"
#undef CEPCES_OID
};

#define NUM_ROWS (sizeof(rows) / sizeof(rows[0]))

/* Made once, never freed: other threads may be using them until the process ends. */
static ASN1_OBJECT *objects[NUM_ROWS];
static CRYPTO_ONCE objects_once = CRYPTO_ONCE_STATIC_INIT;

static void
make_objects(void)
{
    for (size_t i = 0; i < NUM_ROWS; i++) {
        objects[i] = OBJ_txt2obj(rows[i].text, 1);
    }
}

static const oid_row_t *
find_row(const char *oid)
{
    for (size_t i = 0; i < NUM_ROWS; i++) {
        if (rows[i].text == oid || strcmp(rows[i].text, oid) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *
cepces_oid_name(const char *oid)
{
    const oid_row_t *row = find_row(oid);

    return row != NULL ? row->friendly : NULL;
}

ASN1_OBJECT *
cepces_oid_object(const char *oid)
{
    const oid_row_t *row = find_row(oid);

    if (row == NULL || CRYPTO_THREAD_run_once(&objects_once, make_objects) != 1) {
        return NULL;
    }
    return objects[row - rows];
}

cepces_status_t
cepces_oid_new(ASN1_OBJECT **out, const char *oid, cepces_error_t *err)
{
    /* OpenSSL takes spaces for dots. */
    *out = oid[strspn(oid, "0123456789.")] == '\0' ? OBJ_txt2obj(oid, 1) : NULL;
    if (*out == NULL) {
        ERR_clear_error();
        return cepces_error_set(err, CEPCES_E_INVALID, "\"%s\" is not an object identifier", oid);
    }
    return CEPCES_OK;
}

const char *
cepces_oid_text(const ASN1_OBJECT *object, apr_pool_t *p)
{
    char text[320]; /* 64 octets, the most of rule V16, make at most four characters each */
    int len = OBJ_obj2txt(text, sizeof(text), object, 1);

    return len > 0 && len < (int)sizeof(text) ? apr_pstrdup(p, text) : "";
}

bool
cepces_oid_is(const ASN1_OBJECT *object, const char *oid)
{
    const ASN1_OBJECT *known = cepces_oid_object(oid);

    return known != NULL && object != NULL && OBJ_cmp(object, known) == 0;
}
