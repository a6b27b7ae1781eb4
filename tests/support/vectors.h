/* Folders of test vectors: valid/<what>.der and invalid/<STATUS>/<what>.der. */
#ifndef SUPPORT_VECTORS_H
#define SUPPORT_VECTORS_H

#include "support/suite.h"

typedef struct test_file_t {
    const char *path;   /* below tests/vectors */
    const char *what;   /* file name without suffix */
    const char *status; /* the folder: name of the status expected; "OK" for valid ones */
} test_file_t;

typedef struct test_files_t {
    const test_file_t *items;
    int num;
} test_files_t;

/* test_files lists the .der files of |folder|, valid or invalid ones. They live until the process
 * ends. To be called from main, after test_case. */
test_files_t test_files(const char *folder, bool valid);

#endif
