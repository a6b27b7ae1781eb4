/* Issuing by hand, under the rules of the endpoints. */
#include <apr_strings.h>
#include <openssl/pem.h>

#include "cepces/admin.h"
#include "service/issue.h"
#include "service/site.h"

/* DER is taken as it is; PEM is unwrapped. */
static cepces_status_t
unwrap(cepces_bytes_t *out, cepces_bytes_t request, apr_pool_t *p, cepces_error_t *err)
{
    BIO *bio;
    char *name = NULL, *header = NULL;
    unsigned char *data = NULL;
    long len = 0;

    if (request.len > 0 && request.data[0] == 0x30) {
        *out = request;
        return CEPCES_OK;
    }
    bio = BIO_new_mem_buf(request.data, (int)request.len);
    if (bio == NULL || PEM_read_bio(bio, &name, &header, &data, &len) != 1 || len <= 0) {
        BIO_free(bio);
        return cepces_pki_error(err, CEPCES_E_INVALID, "the request is neither DER nor PEM");
    }
    *out = cepces_bytes_dup(cepces_bytes(data, (size_t)len), p);
    BIO_free(bio);
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_free(data);
    return CEPCES_OK;
}

static cepces_status_t
find_enabled_account(cepces_account_t *out, cepces_store_t *s, const char *name, apr_pool_t *p,
                     cepces_error_t *err)
{
    cepces_status_t st = cepces_store_find_account(out, s, name, p, err);

    if (st == CEPCES_E_NOT_FOUND) {
        return cepces_error_set(err, CEPCES_E_NOT_FOUND, "account \"%s\" does not exist", name);
    }
    if (st == CEPCES_OK && !out->enabled) {
        return cepces_error_rule(err, CEPCES_E_INVALID, "V14", "account \"%s\" is disabled", name);
    }
    return st;
}

static void
fill_record(cepces_certificate_record_t *out, const cepces_submission_t *s)
{
    *out = (cepces_certificate_record_t){
        .ca = s->ca->record->name,
        .generation = s->ca->generation->number,
        .serial = s->issued.serial,
        .request_id = s->request_id,
        .template_name = s->plan->tmpl->name,
        .template_revision_id = s->plan->tmpl->revision_id,
        .principal = s->who->name,
        .subject = s->plan->subject_text,
        .der = s->issued.der,
        .sha256 = s->issued.sha256,
        .not_before = s->plan->not_before,
        .not_after = s->plan->not_after,
        .state = CEPCES_CERTIFICATE_ISSUED,
    };
}

cepces_status_t
cepces_admin_issue(cepces_certificate_record_t *out, cepces_store_t *store,
                   const cepces_keyring_t *keys, const char *ca, const char *template_name,
                   const char *account, cepces_bytes_t request, apr_pool_t *p, cepces_error_t *err)
{
    cepces_account_t found;
    cepces_caller_t who = {.name = account, .account = &found};
    cepces_submission_t s = {
        .store = store, .who = &who, .template_hint = template_name, .now = apr_time_now(), .p = p};
    const cepces_snapshot_t *snapshot;
    cepces_status_t st = find_enabled_account(&found, store, account, p, err);

    if (st == CEPCES_OK) {
        st = cepces_site_load(&snapshot, store, keys, p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_site_signing_ca(&s.ca, snapshot, ca, err);
    }
    if (st == CEPCES_OK) {
        st = unwrap(&s.token, request, p, err);
    }
    if (st == CEPCES_OK) {
        st = cepces_submit(&s, err);
    }
    if (st == CEPCES_OK) {
        fill_record(out, &s);
    }
    return st;
}
