/* Adoption by pools, and secrets. */
#include "base/pool.h"

#include <string.h>

typedef struct {
    void *object;
    void (*release)(void *);
} adopted_t;

static apr_status_t
release_adopted(void *data)
{
    adopted_t *a = (adopted_t *)data;

    a->release(a->object);
    return APR_SUCCESS;
}

void
cepces_pool_adopt(apr_pool_t *p, void *object, void (*release)(void *))
{
    adopted_t *a = (adopted_t *)apr_palloc(p, sizeof(*a));

    a->object = object;
    a->release = release;
    apr_pool_cleanup_register(p, a, release_adopted, apr_pool_cleanup_null);
}

void
cepces_wipe(void *data, size_t len)
{
    explicit_bzero(data, len);
}

static void
wipe_secret(void *data)
{
    cepces_secret_t *s = (cepces_secret_t *)data;

    cepces_wipe(s->data, s->len);
}

cepces_secret_t *
cepces_secret_copy(const void *data, size_t len, apr_pool_t *p)
{
    cepces_secret_t *s = (cepces_secret_t *)apr_palloc(p, sizeof(*s));

    s->data = (unsigned char *)apr_palloc(p, len + 1);
    s->len = len;
    if (len > 0) {
        memcpy(s->data, data, len);
    }
    s->data[len] = '\0';
    cepces_pool_adopt(p, s, wipe_secret);
    return s;
}
