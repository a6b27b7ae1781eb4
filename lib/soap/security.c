/* The UsernameToken of WS-Security (UsernameToken Profile 1.0): one token with a plain password
 * (rule V9). Timestamp, Nonce and Created are tolerated and not looked at; clients send local time
 * marked as UTC. */
#include "soap/private.h"

#include <string.h>

#define PASSWORD_TEXT \
    "http://docs.oasis-open.org/wss/2004/01/" \
    "oasis-200401-wss-username-token-profile-1.0#PasswordText"

static cepces_status_t
invalid(cepces_error_t *err, const char *what)
{
    return cepces_error_rule(err, CEPCES_E_INVALID_SECURITY, "V9", "UsernameToken: %s", what);
}

/* Password/@Type, when there is one, says PasswordText. The openSUSE client qualifies it with the
 * namespace of the element, so that an attribute of that name counts in any namespace. */
static cepces_status_t
require_plain(const xmlNode *password, cepces_error_t *err)
{
    for (const xmlAttr *a = password->properties; a != NULL; a = a->next) {
        xmlChar *value;
        bool plain;

        if (strcmp((const char *)a->name, "Type") != 0) {
            continue;
        }
        value = xmlNodeListGetString(password->doc, a->children, 1);
        plain = value != NULL && strcmp((const char *)value, PASSWORD_TEXT) == 0;
        xmlFree(value);
        if (!plain) {
            return invalid(err, "the type of the password is not PasswordText");
        }
    }
    return CEPCES_OK;
}

/* Overwrites the text below |node|. What the dictionary owns may be shared with names of the
 * document and stays; that is only ever white space. */
static void
wipe_text(xmlNode *node)
{
    for (xmlNode *n = node->children; n != NULL; n = n->next) {
        if (n->type == XML_TEXT_NODE && n->content != NULL &&
            !xmlDictOwns(n->doc->dict, n->content)) {
            cepces_wipe(n->content, strlen((const char *)n->content));
        }
    }
}

/* The password, character for character. Empty ones are refused: a directory takes them for an
 * anonymous bind. */
static cepces_status_t
read_password(const cepces_secret_t **out, xmlNode *node, apr_pool_t *p, cepces_error_t *err)
{
    cepces_status_t st = require_plain(node, err);
    xmlChar *text;
    size_t len;

    if (st != CEPCES_OK) {
        return st;
    }
    text = xmlNodeGetContent(node);
    wipe_text(node);
    len = text != NULL ? strlen((const char *)text) : 0;
    if (len == 0) {
        st = invalid(err, "the password is empty");
    } else if (len > CEPCES_SOAP_MAX_PASSWORD_LEN) {
        st = cepces_error_rule(err, CEPCES_E_MESSAGE_LIMIT, "V9",
                               "the password has more than %d bytes", CEPCES_SOAP_MAX_PASSWORD_LEN);
    } else {
        *out = cepces_secret_copy(text, len, p);
    }
    if (text != NULL) {
        cepces_wipe(text, len);
        xmlFree(text);
    }
    return st;
}

static cepces_status_t
read_username(const char **out, const xmlNode *node, apr_pool_t *p, cepces_error_t *err)
{
    const char *text = cepces_xml_trimmed(node, p);

    if (*text == '\0') {
        return invalid(err, "the user name is empty");
    }
    if (strlen(text) > CEPCES_SOAP_MAX_USERNAME_LEN) {
        return cepces_error_rule(err, CEPCES_E_MESSAGE_LIMIT, "V9",
                                 "the user name has more than %d bytes",
                                 CEPCES_SOAP_MAX_USERNAME_LEN);
    }
    *out = text;
    return CEPCES_OK;
}

static cepces_status_t
find(const xmlNode **out, const xmlNode *parent, const char *name, cepces_error_t *err)
{
    return cepces_xml_child(out, parent, CEPCES_NS_WSSE, name, CEPCES_E_INVALID_SECURITY, err);
}

cepces_status_t
cepces_soap_read_security(cepces_soap_envelope_t *out, xmlNode *security, apr_pool_t *p,
                          cepces_error_t *err)
{
    const xmlNode *token, *username, *password;
    const char *name = NULL;
    const cepces_secret_t *secret = NULL;
    cepces_status_t st = find(&token, security, "UsernameToken", err);

    if (st != CEPCES_OK || token == NULL) {
        return st;
    }
    st = find(&username, token, "Username", err);
    if (st == CEPCES_OK) {
        st = find(&password, token, "Password", err);
    }
    if (st == CEPCES_OK && (username == NULL || password == NULL)) {
        st = invalid(err, "the user name or the password is missing");
    }
    if (st == CEPCES_OK) {
        st = read_username(&name, username, p, err);
    }
    if (st == CEPCES_OK) {
        st = read_password(&secret, (xmlNode *)password, p, err);
    }
    if (st == CEPCES_OK) {
        out->username = name;
        out->password = secret;
        out->has_token = true;
    }
    return st;
}
