/* Reading messages and spelling names. */
#include "service/message.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include "base/bytes.h"
#include "base/encode.h"

cepces_status_t
cepces_message_read(cepces_message_t **out, cepces_bytes_t body, cepces_endpoint_kind_t kind,
                    apr_pool_t *p, cepces_error_t *err)
{
    cepces_message_t *m = (cepces_message_t *)apr_pcalloc(p, sizeof(*m));
    cepces_status_t st = cepces_soap_decode(&m->envelope, body, p, err);

    m->kind = kind;
    m->id_for_log = m->envelope.message_id != NULL
                        ? cepces_printable(cepces_bytes_str(m->envelope.message_id),
                                           CEPCES_SOAP_MAX_MESSAGE_ID_LEN, p)
                        : "-";
    *out = m;
    return st;
}

const char *
cepces_message_username(const cepces_message_t *message)
{
    return message->envelope.has_token ? message->envelope.username : NULL;
}

const char *
cepces_message_password(const cepces_message_t *message)
{
    return message->envelope.has_token ? (const char *)message->envelope.password->data : NULL;
}

const char *
cepces_message_id(const cepces_message_t *message)
{
    return message->id_for_log;
}

cepces_status_t
cepces_message_canonical_name(const char **out, const char *name, apr_pool_t *p,
                              cepces_error_t *err)
{
    const char *domain_end = strrchr(name, '\\');
    const char *start = domain_end != NULL ? domain_end + 1 : name;
    char *canonical = apr_pstrdup(p, start);
    char *realm = strchr(canonical, '@');

    *out = NULL;
    if (realm != NULL) {
        *realm = '\0';
    }
    if (canonical[0] == '\0' || strlen(name) > CEPCES_SOAP_MAX_USERNAME_LEN ||
        !cepces_utf8_valid(cepces_bytes_str(name))) {
        return cepces_error_rule(err, CEPCES_E_FAILED_AUTHENTICATION, "V9", "not a user name");
    }
    for (char *c = canonical; *c != '\0'; c++) {
        if (apr_iscntrl(*c) || *c == '/' || *c == ':') {
            return cepces_error_rule(err, CEPCES_E_FAILED_AUTHENTICATION, "V9",
                                     "a user name may not hold byte 0x%02x", (unsigned char)*c);
        }
        *c = (char)((unsigned char)*c < 0x80 ? apr_tolower(*c) : *c);
    }
    *out = canonical;
    return CEPCES_OK;
}
