/* The handler cepces-publish: CA certificates and CRLs, for anybody, over plain HTTP: the addresses
 * stand in every certificate, and clients fetch them before they trust anything. */
#include "private.h"

#define RETRY_AFTER_SECS "5"

static void
set_cache_headers(request_rec *r, const cepces_published_t *file)
{
    apr_time_t left = file->expires - r->request_time;
    char *date = apr_palloc(r->pool, APR_RFC822_DATE_LEN);

    apr_table_setn(r->headers_out, "ETag", file->etag);
    r->mtime = file->last_modified;
    ap_set_last_modified(r);
    if (file->expires == 0) {
        return;
    }
    apr_rfc822_date(date, file->expires);
    apr_table_setn(r->headers_out, "Expires", date);
    apr_table_setn(r->headers_out, "Cache-Control",
                   apr_psprintf(r->pool, "public, max-age=%" APR_TIME_T_FMT,
                                left > 0 ? apr_time_sec(left) : 0));
}

static int
send_file(request_rec *r, const cepces_published_t *file)
{
    int status;

    set_cache_headers(r, file);
    status = ap_meets_conditions(r);
    if (status != OK) {
        return status;
    }
    ap_set_content_type(r, file->content_type);
    ap_set_content_length(r, (apr_off_t)file->body.len);
    if (!r->header_only) {
        ap_rwrite(file->body.data, (int)file->body.len, r);
    }
    return OK;
}

/* 503 with the time after which asking again makes sense. */
static int
unavailable(request_rec *r, const char *why)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r, CEPLOGNO(0040) "\"%s\" cannot be published: %s",
                  r->uri, why);
    apr_table_setn(r->err_headers_out, "Retry-After", RETRY_AFTER_SECS);
    return HTTP_SERVICE_UNAVAILABLE;
}

int
mc_handle_publish(request_rec *r)
{
    cepces_error_t err = CEPCES_ERROR_INIT(r->pool);
    cepces_published_t file;
    const char *name;
    cepces_status_t st;

    if (r->handler == NULL || mc_handler_named(r->handler) != MC_HANDLER_PUBLISH) {
        return DECLINED;
    }
    if (r->method_number != M_GET) {
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    if (mc_service() == NULL) {
        return unavailable(r, "the service of this process did not start");
    }
    name = strrchr(r->uri, '/');
    if (name == NULL || name[1] == '\0') {
        return HTTP_NOT_FOUND;
    }
    st = cepces_service_publish(&file, mc_service(), name + 1, r->pool, &err);
    if (st == CEPCES_E_NOT_FOUND) {
        return HTTP_NOT_FOUND;
    }
    return st == CEPCES_OK ? send_file(r, &file)
                           : unavailable(r, cepces_error_line(&err, r->pool));
}
