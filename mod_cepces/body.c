/* Reading a body: bounded, counted, with a deadline (L31). mod_reqtimeout watches the rate; the
 * deadline here holds also where it is not configured. */
#include "private.h"

#define READ_DEADLINE_SECS 30
#define CHUNKED_FIRST 16384 /* bytes; most messages are smaller */

typedef struct sink_t {
    unsigned char *data;
    size_t len, room;
    apr_off_t limit;
} sink_t;

apr_off_t
mc_body_limit(const mc_dir_t *dir)
{
    if (dir->max_body != 0) {
        return dir->max_body;
    }
    return dir->handler == MC_HANDLER_POLICY ? MC_MAX_BODY_POLICY : MC_MAX_BODY_ENROLL;
}

/* The announced length, or -1 for a chunked body. dispatch.c has seen to it that it is a number
 * within the limit. */
static apr_off_t
announced_length(const request_rec *r)
{
    const char *text = apr_table_get(r->headers_in, "Content-Length");
    apr_off_t length = 0;
    char *end;

    if (apr_table_get(r->headers_in, "Transfer-Encoding") != NULL) {
        return -1;
    }
    return text != NULL && apr_strtoff(&length, text, &end, 10) == APR_SUCCESS ? length : 0;
}

static int
append(sink_t *sink, const char *data, size_t len, apr_pool_t *p)
{
    if ((apr_off_t)len > sink->limit - (apr_off_t)sink->len) {
        return HTTP_REQUEST_ENTITY_TOO_LARGE;
    }
    if (len > sink->room - sink->len) {
        size_t room = sink->room;
        unsigned char *larger;

        while (len > room - sink->len) {
            room *= 2; /* at most twice the limit, 16 MiB */
        }
        larger = apr_palloc(p, room);
        memcpy(larger, sink->data, sink->len);
        sink->data = larger;
        sink->room = room;
    }
    memcpy(sink->data + sink->len, data, len);
    sink->len += len;
    return OK;
}

/* Takes what is in |bb|; |*eos| tells whether the body ended. */
static int
take_brigade(sink_t *sink, apr_bucket_brigade *bb, bool *eos, apr_pool_t *p)
{
    for (apr_bucket *b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        const char *data;
        apr_size_t len;
        int status;

        if (APR_BUCKET_IS_EOS(b)) {
            *eos = true;
            return OK;
        }
        if (APR_BUCKET_IS_METADATA(b)) {
            continue;
        }
        if (apr_bucket_read(b, &data, &len, APR_BLOCK_READ) != APR_SUCCESS) {
            return HTTP_BAD_REQUEST;
        }
        status = append(sink, data, len, p);
        if (status != OK) {
            return status;
        }
    }
    return OK;
}

static int
read_all(sink_t *sink, request_rec *r)
{
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    apr_time_t deadline = apr_time_now() + apr_time_from_sec(READ_DEADLINE_SECS);
    bool eos = false;
    int status = OK;

    while (!eos && status == OK) {
        apr_status_t rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES, APR_BLOCK_READ,
                                         HUGE_STRING_LEN);

        if (rv != APR_SUCCESS) {
            return APR_STATUS_IS_TIMEUP(rv) ? HTTP_REQUEST_TIME_OUT
                                            : ap_map_http_request_error(rv, HTTP_BAD_REQUEST);
        }
        status = take_brigade(sink, bb, &eos, r->pool);
        apr_brigade_cleanup(bb);
        if (status == OK && !eos && apr_time_now() > deadline) {
            return HTTP_REQUEST_TIME_OUT;
        }
    }
    return status;
}

int
mc_read_body(cepces_bytes_t *out, request_rec *r, apr_off_t limit)
{
    apr_off_t length = announced_length(r);
    sink_t sink = {.limit = limit};
    int status;

    sink.room = length > 0 ? (size_t)length : CHUNKED_FIRST;
    sink.data = apr_palloc(r->pool, sink.room);
    status = read_all(&sink, r);
    if (status == OK && length >= 0 && (apr_off_t)sink.len != length) {
        status = HTTP_BAD_REQUEST;
    }
    if (status == OK) {
        *out = (cepces_bytes_t){sink.data, sink.len};
    }
    return status;
}
