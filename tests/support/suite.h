/* What every unit test shares: a fresh pool and error object for each test, and the run itself. */
#ifndef SUPPORT_SUITE_H
#define SUPPORT_SUITE_H

#include <check.h>

#include "base/bytes.h"
#include "cepces/error.h"

#define LENGTH_OF(table) (sizeof(table) / sizeof((table)[0]))

extern apr_pool_t *test_pool;     /* new for each test */
extern cepces_error_t test_error; /* empty at the start of each test */

/* test_case makes a test case whose tests get their pool and error object. */
TCase *test_case(const char *name);

/* test_run runs one suite with one test case and returns main's exit status. */
int test_run(TCase *tc);

/* test_vector reads the file |path| below tests/vectors; the test fails when it cannot be read. */
cepces_bytes_t test_vector(const char *path);

#endif
