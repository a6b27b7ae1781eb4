/* One SOAP message out, one reply in, over HTTPS by libcurl. */
#include <stdlib.h>

#include <apr_strings.h>
#include <curl/curl.h>
#include <openssl/rand.h>

#include "base/encode.h"
#include "client/client.h"
#include "soap/soap.h"

#define MAX_REPLY_LEN (64 * 1024 * 1024)
#define USERNAME_TOKEN_PROFILE \
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0"

/* --- The message ------------------------------------------------------------------------------ */

static cepces_status_t
new_message_id(const char **out, apr_pool_t *p, cepces_error_t *err)
{
    unsigned char r[16];
    const char *h;

    if (RAND_bytes(r, sizeof(r)) != 1) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "no random bytes");
    }
    r[6] = (unsigned char)((r[6] & 0x0f) | 0x40); /* RFC 4122: version 4 */
    r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
    h = cepces_hex(cepces_bytes(r, sizeof(r)), p);
    *out = apr_psprintf(p, "urn:uuid:%.8s-%.4s-%.4s-%.4s-%s", h, h + 8, h + 12, h + 16, h + 20);
    return CEPCES_OK;
}

static void
add_header(cepces_buffer_t *buf, const char *start_tag, const char *name, const char *value)
{
    cepces_buffer_add_str(buf, start_tag);
    cepces_xml_add_text(buf, value);
    cepces_xml_close(buf, name);
}

static void
add_token(cepces_buffer_t *buf, const cepces_client_options_t *options)
{
    cepces_buffer_add_str(buf, "<o:Security s:mustUnderstand=\"1\" xmlns:o=\"" CEPCES_NS_WSSE
                               "\"><o:UsernameToken>");
    cepces_xml_element(buf, "o:Username", options->username);
    add_header(buf, "<o:Password Type=\"" USERNAME_TOKEN_PROFILE "#PasswordText\">", "o:Password",
               options->password);
    cepces_buffer_add_str(buf, "</o:UsernameToken></o:Security>");
}

static void
build(cepces_buffer_t *buf, const cepces_client_options_t *options, const char *url,
      const char *action, const char *message_id, cepces_bytes_t body)
{
    cepces_buffer_add_str(buf, "<s:Envelope xmlns:a=\"" CEPCES_NS_ADDRESSING
                               "\" xmlns:s=\"" CEPCES_NS_SOAP "\"><s:Header>");
    add_header(buf, "<a:Action s:mustUnderstand=\"1\">", "a:Action", action);
    cepces_xml_element(buf, "a:MessageID", message_id);
    add_header(buf, "<a:To s:mustUnderstand=\"1\">", "a:To", url);
    if (options->username != NULL) {
        add_token(buf, options);
    }
    cepces_buffer_add_str(buf, "</s:Header><s:Body>");
    cepces_buffer_add_bytes(buf, body);
    cepces_buffer_add_str(buf, "</s:Body></s:Envelope>");
}

/* --- HTTP ------------------------------------------------------------------------------------- */

typedef struct {
    cepces_buffer_t body;
    long status;
    const char *content_type;
} http_reply_t;

static size_t
receive(char *data, size_t size, size_t num, void *payload)
{
    cepces_buffer_t *buf = (cepces_buffer_t *)payload;

    cepces_buffer_add(buf, data, size * num);
    return buf->overflow ? 0 : size * num;
}

/* What to do about the failures that beginners meet. */
static const char *
advice(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "; is the host name of the URL right, and known to this machine (DNS, /etc/hosts)?";
    case CURLE_COULDNT_CONNECT:
        return "; is the server running, and is the port open in every firewall between?";
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return "; name the file with the root certificate with --ca-file, and use the host name "
               "that "
               "stands in the server's certificate";
    case CURLE_OPERATION_TIMEDOUT:
        return "; the server did not answer in time";
    default:
        return "";
    }
}

static struct curl_slist *
make_headers(void)
{
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: " CEPCES_SOAP_CONTENT_TYPE);

    return curl_slist_append(headers, "Expect:"); /* no waiting for 100 Continue */
}

/* The lists that one exchange lends to libcurl. */
typedef struct {
    struct curl_slist *headers;
    struct curl_slist *resolve; /* or NULL */
} lists_t;

static void
set_options(CURL *curl, const cepces_client_options_t *options, const char *url,
            const cepces_buffer_t *message, const lists_t *lists, http_reply_t *reply)
{
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, message->data);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)message->len);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, lists->headers);
    curl_easy_setopt(curl, CURLOPT_RESOLVE, lists->resolve);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "cepcesctl");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT,
                     options->timeout_secs > 0 ? options->timeout_secs : 60L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply->body);
    if (options->ca_file != NULL) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca_file);
    }
}

static cepces_status_t
post(http_reply_t *reply, const cepces_client_options_t *options, const char *url,
     const cepces_buffer_t *message, apr_pool_t *p, cepces_error_t *err)
{
    CURL *curl = curl_easy_init();
    lists_t lists = {make_headers(), NULL};
    char text[CURL_ERROR_SIZE] = "";
    const char *type = NULL;
    cepces_status_t st = CEPCES_OK;
    CURLcode code;

    cepces_buffer_init(&reply->body, 65536, MAX_REPLY_LEN, p);
    if (options->resolve != NULL) {
        lists.resolve = curl_slist_append(NULL, options->resolve);
    }
    if (curl == NULL || lists.headers == NULL) {
        st = cepces_error_set(err, CEPCES_E_INTERNAL, "libcurl could not be set up");
        goto out;
    }
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
    set_options(curl, options, url, message, &lists, reply);
    code = curl_easy_perform(curl);
    if (code != CURLE_OK) {
        st = cepces_error_set(err, CEPCES_E_REMOTE, "%s: %s%s", url,
                              text[0] != '\0' ? text : curl_easy_strerror(code), advice(code));
        goto out;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply->status);
    curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &type);
    reply->content_type = type != NULL ? apr_pstrdup(p, type) : "";

out:
    curl_slist_free_all(lists.headers);
    curl_slist_free_all(lists.resolve);
    curl_easy_cleanup(curl);
    return st;
}

/* --- The reply -------------------------------------------------------------------------------- */

/* The first descendant of |node| with this name; replies are small and their shape is known. */
static const xmlNode *
find(const xmlNode *node, const char *ns, const char *name)
{
    for (const xmlNode *c = cepces_xml_first(node); c != NULL; c = cepces_xml_next(c)) {
        const xmlNode *deeper = cepces_xml_is(c, ns, name) ? c : find(c, ns, name);

        if (deeper != NULL) {
            return deeper;
        }
    }
    return NULL;
}

static cepces_status_t
explain_fault(const xmlNode *fault, const char *url, long status, apr_pool_t *p,
              cepces_error_t *err)
{
    const xmlNode *text = find(fault, CEPCES_NS_SOAP, "Text");
    const xmlNode *error_code = find(fault, CEPCES_NS_WSTEP, "ErrorCode");
    const xmlNode *request_id = find(fault, CEPCES_NS_WSTEP, "RequestID");
    const xmlNode *subcode = find(fault, CEPCES_NS_SOAP, "Subcode");
    const char *reason = text != NULL ? cepces_xml_trimmed(text, p) : "no reason given";
    const char *id = request_id != NULL ? cepces_xml_trimmed(request_id, p) : "";
    uint32_t code = error_code != NULL && !cepces_xml_is_nil(error_code)
                        ? (uint32_t)strtol(cepces_xml_trimmed(error_code, p), NULL, 10)
                        : 0;
    const char *sentence = cepces_client_explain_code(code);

    if (subcode != NULL && strstr(cepces_xml_trimmed(subcode, p), "FailedAuthentication") != NULL) {
        sentence = "user name or password is wrong, or the account is disabled";
    }
    return cepces_error_set(
        err, CEPCES_E_REMOTE, "%s: refused (HTTP %ld): %s%s%s%s%s", url, status,
        cepces_printable(cepces_bytes_str(reason), 500, p),
        code != 0 ? apr_psprintf(p, " [0x%08x]", code) : "", sentence != NULL ? ": " : "",
        sentence != NULL ? sentence : "",
        id[0] != '\0'
            ? apr_psprintf(p, " (request %s)", cepces_printable(cepces_bytes_str(id), 20, p))
            : "");
}

static cepces_status_t
read_reply(const xmlNode **out, const http_reply_t *reply, const char *url,
           const char *reply_action, const char *message_id, apr_pool_t *p, cepces_error_t *err)
{
    const xmlNode *root, *body, *action, *relates_to;
    xmlDoc *doc;

    if (strncmp(reply->content_type, "application/soap+xml", 20) != 0) {
        return cepces_error_set(
            err, CEPCES_E_REMOTE,
            "%s: HTTP %ld with content type \"%s\" instead of SOAP; is this the URL of "
            "an enrollment service?",
            url, reply->status, cepces_printable(cepces_bytes_str(reply->content_type), 80, p));
    }
    if (cepces_xml_parse_reply(&doc, cepces_buffer_bytes(&reply->body), p, err) != CEPCES_OK) {
        return cepces_error_wrap(err, CEPCES_E_REMOTE, "%s: the reply is not XML", url);
    }
    root = xmlDocGetRootElement(doc);
    if (root == NULL || !cepces_xml_is(root, CEPCES_NS_SOAP, "Envelope") ||
        (body = find(root, CEPCES_NS_SOAP, "Body")) == NULL || cepces_xml_first(body) == NULL) {
        return cepces_error_set(err, CEPCES_E_REMOTE, "%s: the reply is not a SOAP 1.2 envelope",
                                url);
    }
    body = cepces_xml_first(body);
    if (cepces_xml_is(body, CEPCES_NS_SOAP, "Fault")) {
        return explain_fault(body, url, reply->status, p, err);
    }
    action = find(root, CEPCES_NS_ADDRESSING, "Action");
    relates_to = find(root, CEPCES_NS_ADDRESSING, "RelatesTo");
    if (action == NULL || strcmp(cepces_xml_trimmed(action, p), reply_action) != 0 ||
        relates_to == NULL || strcmp(cepces_xml_trimmed(relates_to, p), message_id) != 0) {
        return cepces_error_set(
            err, CEPCES_E_REMOTE,
            "%s: the reply does not belong to the request (Action or RelatesTo)", url);
    }
    *out = body;
    return CEPCES_OK;
}

cepces_status_t
cepces_client_exchange(const xmlNode **out, const cepces_client_options_t *options, const char *url,
                       const char *action, const char *reply_action, cepces_bytes_t body,
                       apr_pool_t *p, cepces_error_t *err)
{
    cepces_buffer_t message;
    http_reply_t reply = {.status = 0};
    const char *message_id = NULL;
    cepces_status_t st = new_message_id(&message_id, p, err);

    *out = NULL;
    if (st != CEPCES_OK) {
        return st;
    }
    cepces_buffer_init(&message, body.len + 2048, MAX_REPLY_LEN, p);
    build(&message, options, url, action, message_id, body);
    st = post(&reply, options, url, &message, p, err);
    cepces_wipe(message.data, message.len); /* it held the password */
    return st == CEPCES_OK ? read_reply(out, &reply, url, reply_action, message_id, p, err) : st;
}
