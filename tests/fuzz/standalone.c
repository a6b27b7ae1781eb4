/* A main for the fuzz targets without libFuzzer: feeds every file below the paths given, by default
 * those of the target's own corpus, to the target once. CORPUS and TARGET come from the build. */
#include <stdio.h>
#include <stdlib.h>

#include <apr_file_info.h>
#include <apr_file_io.h>
#include <apr_general.h>
#include <apr_strings.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t len);

static unsigned num_files;

static void
fail(const char *path, apr_status_t rv)
{
    char text[160];

    fprintf(stderr, "%s: %s\n", path, apr_strerror(rv, text, sizeof(text)));
    exit(EXIT_FAILURE);
}

/* The input is copied to a block of exactly its size, so that the sanitizers see a read past its
 * end. */
static void
replay_file(const char *path, apr_size_t size, apr_pool_t *p)
{
    unsigned char *data = (unsigned char *)malloc(size > 0 ? size : 1);
    apr_file_t *file;
    apr_status_t rv = apr_file_open(&file, path, APR_FOPEN_READ | APR_FOPEN_BINARY, 0, p);

    if (rv == APR_SUCCESS && size > 0) {
        rv = apr_file_read_full(file, data, size, NULL);
    }
    if (rv != APR_SUCCESS) {
        fail(path, rv);
    }
    LLVMFuzzerTestOneInput(data, size);
    num_files++;
    free(data);
}

static void replay(const char *path, apr_pool_t *p);

static void
replay_directory(const char *path, apr_pool_t *p)
{
    apr_dir_t *dir;
    apr_finfo_t entry;
    apr_status_t rv = apr_dir_open(&dir, path, p);

    if (rv != APR_SUCCESS) {
        fail(path, rv);
    }
    while (apr_dir_read(&entry, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        if (entry.name[0] != '.') {
            replay(apr_pstrcat(p, path, "/", entry.name, NULL), p);
        }
    }
    apr_dir_close(dir);
}

static void
replay(const char *path, apr_pool_t *p)
{
    apr_finfo_t info;
    apr_pool_t *sub;
    apr_status_t rv;

    apr_pool_create(&sub, p);
    rv = apr_stat(&info, path, APR_FINFO_TYPE | APR_FINFO_SIZE, sub);
    if (rv != APR_SUCCESS) {
        fail(path, rv);
    }
    if (info.filetype == APR_DIR) {
        replay_directory(path, sub);
    } else {
        replay_file(path, (apr_size_t)info.size, sub);
    }
    apr_pool_destroy(sub);
}

int
main(int argc, char **argv)
{
    apr_pool_t *p;

    apr_initialize();
    atexit(apr_terminate);
    apr_pool_create(&p, NULL);
    for (int i = 1; i < argc; i++) {
        replay(argv[i], p);
    }
    if (argc == 1) {
        replay(CORPUS "/" TARGET, p);
    }
    printf("%u inputs\n", num_files);
    return num_files > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
