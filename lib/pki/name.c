/* Distinguished names: DER, RFC 4514 text and attributes. */
#include <string.h>
#include <strings.h>

#include <apr_strings.h>
#include <openssl/err.h>

#include "base/encode.h"
#include "pki/pki.h"

typedef struct {
    const char *oid;
    const char *short_name;
    size_t max_chars;
} attribute_row_t;

#define DEFAULT_MAX_CHARS 128

/* The attributes we know; several keywords for one OID are allowed in text, the first is the one we
 * write. */
static const attribute_row_t attributes[] = {
    {CEPCES_OID_COMMON_NAME, "CN", 64},
    {CEPCES_OID_ORGANIZATION, "O", 64},
    {CEPCES_OID_ORGANIZATIONAL_UNIT, "OU", 64},
    {CEPCES_OID_COUNTRY, "C", 2},
    {CEPCES_OID_LOCALITY, "L", DEFAULT_MAX_CHARS},
    {CEPCES_OID_STATE, "ST", DEFAULT_MAX_CHARS},
    {CEPCES_OID_STATE, "S", DEFAULT_MAX_CHARS}, /* as Windows writes it */
    {CEPCES_OID_DOMAIN_COMPONENT, "DC", DEFAULT_MAX_CHARS},
    {CEPCES_OID_EMAIL_ADDRESS, "E", DEFAULT_MAX_CHARS},
    {CEPCES_OID_EMAIL_ADDRESS, "emailAddress", DEFAULT_MAX_CHARS},
    {CEPCES_OID_USER_ID, "UID", DEFAULT_MAX_CHARS},
    {CEPCES_OID_STREET, "STREET", DEFAULT_MAX_CHARS},
    {CEPCES_OID_POSTAL_CODE, "postalCode", DEFAULT_MAX_CHARS},
    {CEPCES_OID_SURNAME, "SN", DEFAULT_MAX_CHARS},
    {CEPCES_OID_GIVEN_NAME, "G", DEFAULT_MAX_CHARS},
    {CEPCES_OID_GIVEN_NAME, "GN", DEFAULT_MAX_CHARS},
    {CEPCES_OID_INITIALS, "I", DEFAULT_MAX_CHARS},
    {CEPCES_OID_TITLE, "T", DEFAULT_MAX_CHARS},
    {CEPCES_OID_TITLE, "title", DEFAULT_MAX_CHARS},
    {CEPCES_OID_SERIAL_NUMBER, "serialNumber", DEFAULT_MAX_CHARS},
    {CEPCES_OID_DESCRIPTION, "description", DEFAULT_MAX_CHARS},
    {CEPCES_OID_UNSTRUCTURED_NAME, "unstructuredName", DEFAULT_MAX_CHARS},
};

#define NUM_ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

static const attribute_row_t *
find_by_oid(const char *oid)
{
    for (size_t i = 0; i < NUM_ATTRIBUTES; i++) {
        if (strcmp(attributes[i].oid, oid) == 0) {
            return &attributes[i];
        }
    }
    return NULL;
}

static const attribute_row_t *
find_by_keyword(const char *keyword)
{
    for (size_t i = 0; i < NUM_ATTRIBUTES; i++) {
        if (strcasecmp(attributes[i].short_name, keyword) == 0) {
            return &attributes[i];
        }
    }
    return NULL;
}

/* --- DER -------------------------------------------------------------------------------------- */

cepces_status_t
cepces_name_from_der(X509_NAME **out, cepces_bytes_t der, cepces_error_t *err)
{
    void *name;
    cepces_status_t st = cepces_pki_decode(&name, der, ASN1_ITEM_rptr(X509_NAME), err);

    if (st == CEPCES_OK) {
        *out = (X509_NAME *)name;
    }
    return st;
}

cepces_status_t
cepces_name_der(cepces_bytes_t *out, const X509_NAME *name, apr_pool_t *p, cepces_error_t *err)
{
    return cepces_pki_encode(out, name, ASN1_ITEM_rptr(X509_NAME), p, err);
}

/* --- Attributes ------------------------------------------------------------------------------- */

static size_t
count_chars(const char *utf8)
{
    size_t num = 0;

    for (; *utf8 != '\0'; utf8++) {
        num += ((unsigned char)*utf8 & 0xc0) != 0x80;
    }
    return num;
}

static cepces_status_t
check_value(const cepces_rdn_t *rdn, cepces_error_t *err)
{
    const attribute_row_t *row = find_by_oid(rdn->oid);
    size_t max = row != NULL ? row->max_chars : DEFAULT_MAX_CHARS;
    size_t num = count_chars(rdn->value);

    if (num == 0 || num > max) {
        return cepces_error_rule(err, CEPCES_E_BAD_SUBJECT, "V43",
                                 "%s of the subject has %zu characters; 1 to %zu are allowed",
                                 rdn->short_name, num, max);
    }
    return CEPCES_OK;
}

static cepces_status_t
decode_entry(cepces_rdn_t *rdn, const X509_NAME_ENTRY *entry, apr_pool_t *p, cepces_error_t *err)
{
    const attribute_row_t *row;

    rdn->oid = cepces_oid_text(X509_NAME_ENTRY_get_object(entry), p);
    row = find_by_oid(rdn->oid);
    rdn->short_name = row != NULL ? row->short_name : rdn->oid;
    rdn->set = (size_t)X509_NAME_ENTRY_set(entry);
    if (cepces_pki_string(&rdn->value, X509_NAME_ENTRY_get_data(entry), p, err) != CEPCES_OK) {
        return cepces_error_wrap(err, CEPCES_E_BAD_SUBJECT, "%s of the subject", rdn->short_name);
    }
    return check_value(rdn, err);
}

cepces_status_t
cepces_name_decode(const cepces_rdn_t **out, size_t *num, const X509_NAME *name, size_t max,
                   apr_pool_t *p, cepces_error_t *err)
{
    int count = X509_NAME_entry_count(name);
    cepces_rdn_t *list;
    cepces_status_t st;

    if (count < 0 || (size_t)count > max) {
        return cepces_error_rule(err, CEPCES_E_BAD_SUBJECT, "V43",
                                 "%d attributes in the subject; at most %zu are allowed", count,
                                 max);
    }
    list = (cepces_rdn_t *)apr_pcalloc(p, ((size_t)count + 1) * sizeof(*list));
    for (int i = 0; i < count; i++) {
        if ((st = decode_entry(&list[i], X509_NAME_get_entry(name, i), p, err)) != CEPCES_OK) {
            return st;
        }
    }
    *out = list;
    *num = (size_t)count;
    return CEPCES_OK;
}

/* |same_set| joins the attribute to the RDN of the one before it. */
static cepces_status_t
add_entry(X509_NAME *name, const char *oid, const char *value, bool same_set, cepces_error_t *err)
{
    ASN1_OBJECT *object;

    if (cepces_oid_new(&object, oid, err) != CEPCES_OK) {
        return cepces_error_wrap(err, CEPCES_E_BAD_SUBJECT, "an attribute of the name");
    }
    /* Makes UTF8String unless the attribute's type is narrower, and checks the upper bounds of
     * X.520. */
    if (X509_NAME_add_entry_by_OBJ(name, object, MBSTRING_UTF8, (const unsigned char *)value,
                                   (int)strlen(value), -1, same_set ? -1 : 0) != 1) {
        ASN1_OBJECT_free(object);
        ERR_clear_error();
        return cepces_error_rule(err, CEPCES_E_BAD_SUBJECT, "V43", "the name cannot hold %s=%s",
                                 oid, value);
    }
    ASN1_OBJECT_free(object);
    return CEPCES_OK;
}

static cepces_status_t
build_name(X509_NAME **out, const cepces_rdn_t *rdns, size_t num, cepces_error_t *err)
{
    X509_NAME *name = X509_NAME_new();
    cepces_status_t st = CEPCES_OK;

    if (name == NULL) {
        return cepces_pki_error(err, CEPCES_E_INTERNAL, "no memory");
    }
    for (size_t i = 0; i < num && st == CEPCES_OK; i++) {
        bool same_set = i > 0 && rdns[i].set == rdns[i - 1].set;

        if ((st = check_value(&rdns[i], err)) == CEPCES_OK) {
            st = add_entry(name, rdns[i].oid, rdns[i].value, same_set, err);
        }
    }
    if (st != CEPCES_OK) {
        X509_NAME_free(name);
        return st;
    }
    *out = name;
    return CEPCES_OK;
}

cepces_status_t
cepces_name_encode(cepces_bytes_t *out, const cepces_rdn_t *rdns, size_t num, apr_pool_t *p,
                   cepces_error_t *err)
{
    X509_NAME *name;
    cepces_status_t st = build_name(&name, rdns, num, err);

    if (st == CEPCES_OK) {
        st = cepces_name_der(out, name, p, err);
        X509_NAME_free(name);
    }
    return st;
}

/* --- Text ------------------------------------------------------------------------------------- */

const char *
cepces_name_text(const X509_NAME *name, apr_pool_t *p)
{
    /* RFC 2253 in OpenSSL's words; without ESC_MSB, UTF-8 stays as it is, which RFC 4514 allows. */
    const unsigned long flags = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    BIO *bio = BIO_new(BIO_s_mem());
    cepces_bytes_t der;
    const char *text = NULL;
    char *data;
    long len;

    if (bio != NULL && X509_NAME_print_ex(bio, name, 0, flags) >= 0) {
        len = BIO_get_mem_data(bio, &data);
        text = apr_pstrmemdup(p, len > 0 ? data : "", len > 0 ? (size_t)len : 0);
    } else if (cepces_name_der(&der, name, p, NULL) == CEPCES_OK) {
        text = apr_pstrcat(p, "#", cepces_hex(der, p), NULL); /* a value that is no text */
    }
    ERR_clear_error();
    BIO_free(bio);
    return text != NULL ? text : "";
}

typedef struct {
    const char *at;
    apr_pool_t *p;
    cepces_error_t *err;
} text_t;

static cepces_status_t
refuse_text(text_t *t, const char *why)
{
    return cepces_error_set(t->err, CEPCES_E_BAD_SUBJECT, "%s at \"%s\"", why, t->at);
}

static void
skip_spaces(text_t *t)
{
    while (*t->at == ' ') {
        t->at++;
    }
}

/* An attribute type up to '=': a keyword or a dotted OID. */
static cepces_status_t
read_type(cepces_rdn_t *rdn, text_t *t)
{
    const attribute_row_t *row;
    const char *type;
    size_t len, kept;

    skip_spaces(t);
    len = strcspn(t->at, "=,+\\\"");
    if (t->at[len] != '=') {
        return refuse_text(t, "an attribute without '='");
    }
    for (kept = len; kept > 0 && t->at[kept - 1] == ' '; kept--) {
    }
    type = apr_pstrmemdup(t->p, t->at, kept);
    row = find_by_keyword(type);
    rdn->oid = row != NULL ? row->oid : type;
    row = find_by_oid(rdn->oid);
    rdn->short_name = row != NULL ? row->short_name : type;
    if (row == NULL && (*type < '0' || *type > '2')) {
        return refuse_text(t, "an attribute nobody knows");
    }
    t->at += len + 1;
    return CEPCES_OK;
}

static int
hex_digit(char c)
{
    const char *digits = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;

    return at != NULL ? (int)(at - digits) : -1;
}

/* A character after a backslash: itself, or a byte as two hexadecimal digits. */
static cepces_status_t
read_escape(char *out, text_t *t)
{
    int high = hex_digit(t->at[0]), low = high >= 0 ? hex_digit(t->at[1]) : -1;

    if (low >= 0) {
        *out = (char)(high << 4 | low);
        t->at += 2;
    } else if (*t->at != '\0' && strchr(" \"#+,;<=>\\", *t->at) != NULL) {
        *out = *t->at++;
    } else {
        return refuse_text(t, "an escape that is none");
    }
    return CEPCES_OK;
}

/* An attribute value up to ',' or '+'; unescaped spaces around it do not count. */
static cepces_status_t
read_value(cepces_rdn_t *rdn, text_t *t)
{
    cepces_status_t st;
    char *value;
    size_t len = 0, kept = 0;

    skip_spaces(t);
    if (*t->at == '#' || *t->at == '"') {
        return refuse_text(t, "a value in a form that is not supported");
    }
    value = (char *)apr_palloc(t->p, strlen(t->at) + 1);
    while (*t->at != '\0' && *t->at != ',' && *t->at != '+') {
        if (strchr("\";<>", *t->at) != NULL) {
            return refuse_text(t, "a character that must be escaped");
        }
        if (*t->at != '\\') {
            value[len++] = *t->at++;
            kept = value[len - 1] != ' ' ? len : kept;
            continue;
        }
        t->at++;
        if ((st = read_escape(&value[len], t)) != CEPCES_OK) {
            return st;
        }
        kept = ++len;
    }
    value[kept] = '\0';
    if (!cepces_utf8_valid(cepces_bytes(value, kept))) {
        return refuse_text(t, "a value that is not UTF-8");
    }
    for (size_t i = 0; i < kept; i++) {
        if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f) {
            return refuse_text(t, "a value with control characters");
        }
    }
    rdn->value = value;
    return CEPCES_OK;
}

/* Every attribute takes at least two characters, which bounds the list. */
static cepces_status_t
read_rdns(cepces_rdn_t *rdns, size_t *num, text_t *t)
{
    cepces_status_t st;
    size_t set = 0;

    for (*num = 0;; t->at++) {
        cepces_rdn_t *rdn = &rdns[*num];

        if ((st = read_type(rdn, t)) != CEPCES_OK || (st = read_value(rdn, t)) != CEPCES_OK) {
            return st;
        }
        rdn->set = set;
        ++*num;
        if (*t->at == '\0') {
            return CEPCES_OK;
        }
        set += *t->at == ',';
    }
}

cepces_status_t
cepces_name_parse_ldap(X509_NAME **out, const char *text, apr_pool_t *p, cepces_error_t *err)
{
    text_t t = {text, p, err};
    size_t num = 0, capacity = strlen(text) / 2 + 1;
    cepces_rdn_t *rdns = (cepces_rdn_t *)apr_pcalloc(p, capacity * sizeof(*rdns));
    cepces_status_t st;

    skip_spaces(&t);
    if (*t.at != '\0' && (st = read_rdns(rdns, &num, &t)) != CEPCES_OK) {
        return st;
    }
    for (size_t i = 0; i < num / 2; i++) { /* root first */
        cepces_rdn_t other = rdns[i];

        rdns[i] = rdns[num - 1 - i];
        rdns[num - 1 - i] = other;
    }
    return build_name(out, rdns, num, err);
}
