/* Folders of test vectors. */
#include "support/vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <apr_file_info.h>
#include <apr_general.h>
#include <apr_strings.h>
#include <apr_tables.h>

static void
add_files(apr_array_header_t *list, const char *folder, const char *status, apr_pool_t *p)
{
    apr_finfo_t entry;
    apr_dir_t *dir;

    if (apr_dir_open(&dir, apr_pstrcat(p, VECTORS, "/", folder, NULL), p) != APR_SUCCESS) {
        fprintf(stderr, "cannot open the vectors %s\n", folder);
        exit(EXIT_FAILURE);
    }
    while (apr_dir_read(&entry, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        const char *dot = strrchr(entry.name, '.');
        test_file_t *file;

        if (dot != NULL && strcmp(dot, ".der") == 0) {
            file = (test_file_t *)apr_array_push(list);
            file->path = apr_pstrcat(p, folder, "/", entry.name, NULL);
            file->what = apr_pstrmemdup(p, entry.name, (apr_size_t)(dot - entry.name));
            file->status = status;
        }
    }
    apr_dir_close(dir);
}

test_files_t
test_files(const char *folder, bool valid)
{
    apr_array_header_t *list;
    apr_pool_t *p;

    apr_pool_create(&p, NULL);
    list = apr_array_make(p, 64, sizeof(test_file_t));
    if (valid) {
        add_files(list, apr_pstrcat(p, folder, "/valid", NULL), "OK", p);
    }
    for (int i = 1; !valid && i < CEPCES_STATUS_COUNT; i++) {
        const char *status = cepces_status_name((cepces_status_t)i);
        const char *below = apr_pstrcat(p, folder, "/invalid/", status, NULL);
        apr_finfo_t info;

        if (apr_stat(&info, apr_pstrcat(p, VECTORS, "/", below, NULL), APR_FINFO_TYPE, p) ==
            APR_SUCCESS) {
            add_files(list, below, status, p);
        }
    }
    return (test_files_t){(const test_file_t *)list->elts, list->nelts};
}
