/* What is decided before and around authentication: transport, method, media type and size of a
 * message, and what becomes of a refusal by Require. The checks are those of V1 to V3, cheap before
 * expensive, and all of them come before the first byte of the body is read. */
#include <http_ssl.h>

#include "private.h"

/* --- The message's outside -------------------------------------------------------------------- */

/* Skips white space as HTTP has it. */
static const char *
skip_space(const char *s)
{
    while (*s == ' ' || *s == '\t') {
        s++;
    }
    return s;
}

/* The end of a parameter: a semicolon outside quotes, or the end of the header. */
static const char *
end_of_parameter(const char *s)
{
    bool quoted = false;

    for (; *s != '\0' && (quoted || *s != ';'); s++) {
        if (quoted && *s == '\\' && s[1] != '\0') {
            s++;
        } else if (*s == '"') {
            quoted = !quoted;
        }
    }
    return s;
}

/* Whether a parameter of the media type is an acceptable one: any, but a charset must be UTF-8. */
static bool
parameter_is_fine(const char *s, const char *end)
{
    static const char name[] = "charset=";
    size_t name_len = sizeof(name) - 1;

    if ((size_t)(end - s) < name_len || ap_cstr_casecmpn(s, name, name_len) != 0) {
        return true;
    }
    s += name_len;
    while (end > s && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    if (end - s >= 2 && *s == '"' && end[-1] == '"') {
        s++;
        end--;
    }
    return end - s == 5 && ap_cstr_casecmpn(s, "utf-8", 5) == 0;
}

/* V3: application/soap+xml; the charset is absent or UTF-8. cepces sends no action parameter, zeep
 * does. */
static bool
is_soap_type(const char *type)
{
    static const char soap[] = "application/soap+xml";
    const char *rest;

    if (type == NULL || ap_cstr_casecmpn(type, soap, sizeof(soap) - 1) != 0) {
        return false;
    }
    rest = skip_space(type + sizeof(soap) - 1);
    while (*rest == ';') {
        const char *end;

        rest = skip_space(rest + 1);
        end = end_of_parameter(rest);
        if (!parameter_is_fine(rest, end)) {
            return false;
        }
        rest = end;
    }
    return *rest == '\0';
}

static bool
has_content_encoding(const request_rec *r)
{
    const char *encoding = apr_table_get(r->headers_in, "Content-Encoding");

    return encoding != NULL && ap_cstr_casecmp(encoding, "identity") != 0;
}

static bool
is_announced_too_large(const request_rec *r, apr_off_t limit)
{
    const char *text = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t length;
    char *end;

    if (text == NULL) {
        return false;
    }
    return apr_strtoff(&length, text, &end, 10) != APR_SUCCESS || *end != '\0' || length > limit;
}

/* Sends |status| with |text| and ends the request. */
static int
answered(request_rec *r, int status, const char *text)
{
    mc_send_plain(r, status, text);
    return DONE;
}

/* Everything about a message that can be judged from its header: DONE when it was answered, else
 * DECLINED. */
static int
judge_header(request_rec *r)
{
    if (!ap_ssl_conn_is_ssl(r->connection)) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, CEPLOGNO(0010)
                      "enrollment endpoint \"%s\" was asked without TLS: move its <Location> to a "
                      "<VirtualHost> with \"SSLEngine on\"", r->uri);
        return answered(r, HTTP_FORBIDDEN, "This address is served over https only.\n");
    }
    if (r->method_number == M_GET) {
        return answered(r, HTTP_OK, NULL);
    }
    if (r->method_number != M_POST) {
        apr_table_setn(r->headers_out, "Allow", "GET, HEAD, POST");
        return answered(r, HTTP_METHOD_NOT_ALLOWED, "This address takes POST, GET and HEAD.\n");
    }
    if (r->proto_num != HTTP_VERSION(1, 1)) {
        return answered(r, HTTP_VERSION_NOT_SUPPORTED, "This address speaks HTTP/1.1.\n");
    }
    if (!is_soap_type(apr_table_get(r->headers_in, "Content-Type")) || has_content_encoding(r)) {
        return answered(r, HTTP_UNSUPPORTED_MEDIA_TYPE,
                        "This address takes application/soap+xml; charset=utf-8, "
                        "not compressed.\n");
    }
    if (is_announced_too_large(r, mc_body_limit(mc_dir_conf(r)))) {
        return answered(r, HTTP_REQUEST_ENTITY_TOO_LARGE, "The message is too large.\n");
    }
    return DECLINED;
}

/* --- Hooks ------------------------------------------------------------------------------------ */

/* Turns what the remaining access checkers said into a fault, unless they agreed or want to know
 * the user first: httpd's own answer would be a 401 or an error page, which Windows takes for the
 * end of the endpoint. */
static int
judge_access(request_rec *r, mc_request_t *q, int status)
{
    cepces_error_t err = CEPCES_ERROR_INIT(r->pool);

    if (status == OK || status == DONE) {
        return status;
    }
    if (mc_read_message(r, q) != OK) {
        return DONE;
    }
    if (status == HTTP_UNAUTHORIZED || status == HTTP_FORBIDDEN) {
        (void)cepces_error_set(&err, CEPCES_E_CA_DENIED, "%s is refused by Require at %s",
                               q->user == NULL ? "the caller" : q->user, q->endpoint->path);
    } else {
        (void)cepces_error_set(&err, CEPCES_E_INTERNAL,
                               "the access check at %s failed with status %d", q->endpoint->path,
                               status);
    }
    mc_send_fault(r, q->message, &err);
    return DONE;
}

int
mc_dispatch_access(request_rec *r)
{
    mc_request_t *q = mc_request(r);
    int status;

    if (!mc_is_soap(mc_dir_conf(r)->handler) || (q != NULL && q->inside)) {
        return DECLINED;
    }
    if (q == NULL) {
        return answered(r, HTTP_NOT_FOUND, "There is no service at this address.\n");
    }
    if (judge_header(r) == DONE) {
        return DONE;
    }
    q->inside = true;
    status = ap_run_access_checker_ex(r);
    q->inside = false;
    return status == DECLINED ? DECLINED : judge_access(r, q, status);
}

int
mc_dispatch_authz(request_rec *r)
{
    mc_request_t *q = mc_request(r);
    int status;

    if (q == NULL || q->inside || !mc_is_soap(mc_dir_conf(r)->handler)) {
        return DECLINED;
    }
    q->inside = true;
    status = ap_run_auth_checker(r);
    q->inside = false;
    return judge_access(r, q, status);
}
