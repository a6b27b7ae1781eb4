/* What the fuzz targets share: a pool for one input, and a check that the fuzzer notices. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdlib.h>

#include <apr_general.h>

#include "base/bytes.h"
#include "cepces/error.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

/* fuzz_pool returns a pool for one input; the caller destroys it. */
static inline apr_pool_t *
fuzz_pool(void)
{
    apr_pool_t *p;

    apr_initialize();
    apr_pool_create(&p, NULL);
    return p;
}

static inline void
fuzz_check(bool holds)
{
    if (!holds) {
        abort();
    }
}

#endif
