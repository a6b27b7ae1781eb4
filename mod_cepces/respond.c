/* Answers. Whatever an enrollment endpoint says goes through here: no error page of httpd, no 401,
 * no WWW-Authenticate (except Kerberos' own), nothing that a cache may keep. */
#include "private.h"

/* httpd puts the output filters in and starts them before it calls a handler. An answer that comes
 * earlier does the same: mod_headers works, and mod_filter, which keeps its state in what it made
 * when it was started, does not fail. */
static void
insert_filters(request_rec *r)
{
    ap_run_insert_filter(r);
    for (ap_filter_t *f = r->output_filters; f != NULL; f = f->next) {
        if (f->frec->filter_init_func != NULL) {
            (void)f->frec->filter_init_func(f);
        }
    }
}

static void
send_body(request_rec *r, int status, const char *type, const void *data, size_t len)
{
    const mc_request_t *q = mc_request(r);

    r->status = status;
    ap_set_content_type(r, type);
    ap_set_content_length(r, (apr_off_t)len);
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    if (q == NULL || !q->handling) {
        insert_filters(r);
    }
    if (!r->header_only && len > 0) {
        ap_rwrite(data, (int)len, r);
    }
}

/* A client with a message in hand stops at a challenge; the fault says more. */
static void
drop_challenge(request_rec *r)
{
    const char *type = ap_auth_type(r);

    if (type == NULL || mc_auth_kind(type) != CEPCES_AUTH_KERBEROS) {
        apr_table_unset(r->headers_out, "WWW-Authenticate");
        apr_table_unset(r->err_headers_out, "WWW-Authenticate");
    }
}

void
mc_send_reply(request_rec *r, const cepces_reply_t *reply)
{
    if (reply->log != NULL) {
        ap_log_rerror(APLOG_MARK, mc_log_level(reply->level), 0, r, CEPLOGNO(0020) "%s",
                      reply->log);
    }
    if (reply->retry_after_secs > 0) {
        apr_table_setn(r->headers_out, "Retry-After", apr_itoa(r->pool, reply->retry_after_secs));
    }
    drop_challenge(r);
    send_body(r, reply->http_status, "application/soap+xml; charset=utf-8", reply->body.data,
              reply->body.len);
}

void
mc_send_fault(request_rec *r, const cepces_message_t *message, const cepces_error_t *err)
{
    cepces_reply_t reply;

    cepces_service_fault(&reply, message, err, r->pool);
    mc_send_reply(r, &reply);
}

void
mc_send_plain(request_rec *r, int status, const char *text)
{
    if (text == NULL) {
        send_body(r, status, "text/html", "", 0);
        return;
    }
    ap_log_rerror(APLOG_MARK, APLOG_INFO, 0, r, CEPLOGNO(0021) "%s \"%s\" answered with %d: %.*s",
                  r->method, r->uri, status, (int)strcspn(text, "\n"), text);
    r->connection->keepalive = AP_CONN_CLOSE;
    send_body(r, status, "text/plain; charset=utf-8", text, strlen(text));
}
