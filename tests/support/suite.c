/* The frame of the unit tests. */
#include "support/suite.h"

#include <stdio.h>
#include <stdlib.h>

#include <apr_general.h>
#include <apr_strings.h>

#include "cepces/cepces.h"

apr_pool_t *test_pool;
cepces_error_t test_error;

static Suite *suite;

static void
setup(void)
{
    apr_pool_create(&test_pool, NULL);
    test_error = (cepces_error_t)CEPCES_ERROR_INIT(test_pool);
}

static void
teardown(void)
{
    apr_pool_destroy(test_pool);
}

TCase *
test_case(const char *name)
{
    TCase *tc = tcase_create(name);

    suite = suite_create(name);
    apr_initialize();
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    return tc;
}

int
test_run(TCase *tc)
{
    SRunner *runner;
    int failed;

    suite_add_tcase(suite, tc);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    apr_terminate();
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

cepces_bytes_t
test_vector(const char *path)
{
    const char *full = apr_pstrcat(test_pool, VECTORS, "/", path, NULL);
    FILE *f = fopen(full, "rb");
    unsigned char *data = (unsigned char *)apr_palloc(test_pool, 2 << 20);
    size_t len;

    ck_assert_msg(f != NULL, "cannot open %s", full);
    len = fread(data, 1, 2 << 20, f);
    ck_assert_msg(feof(f), "%s is larger than 2 MiB", full);
    fclose(f);
    return cepces_bytes(data, len);
}
