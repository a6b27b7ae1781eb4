/* Listing and reading the message vectors. */
#include "wire_vectors.h"

#include <stdlib.h>

#include <apr_file_info.h>
#include <apr_strings.h>
#include <apr_tables.h>

static void
list_messages(apr_array_header_t *vectors, const char *folder, const char *status)
{
    apr_pool_t *p = vectors->pool;
    apr_dir_t *dir;
    apr_finfo_t entry;

    if (apr_dir_open(&dir, apr_pstrcat(p, VECTORS, "/", folder, NULL), p) != APR_SUCCESS) {
        abort();
    }
    while (apr_dir_read(&entry, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        const char *dot = strstr(entry.name, ".xml");

        if (dot != NULL) {
            wire_vector_t *v = (wire_vector_t *)apr_array_push(vectors);

            v->path = apr_pstrcat(p, folder, "/", entry.name, NULL);
            v->name = apr_pstrmemdup(p, entry.name, (apr_size_t)(dot - entry.name));
            v->status = status;
        }
    }
    apr_dir_close(dir);
}

static void
list_refusals(apr_array_header_t *vectors, const char *folder)
{
    apr_pool_t *p = vectors->pool;
    apr_dir_t *dir;
    apr_finfo_t entry;

    if (apr_dir_open(&dir, apr_pstrcat(p, VECTORS, "/", folder, NULL), p) != APR_SUCCESS) {
        abort();
    }
    while (apr_dir_read(&entry, APR_FINFO_NAME, dir) == APR_SUCCESS) {
        if (entry.name[0] != '.') {
            list_messages(vectors, apr_pstrcat(p, folder, "/", entry.name, NULL),
                          apr_pstrdup(p, entry.name));
        }
    }
    apr_dir_close(dir);
}

static int
by_path(const void *a, const void *b)
{
    return strcmp(((const wire_vector_t *)a)->path, ((const wire_vector_t *)b)->path);
}

wire_vectors_t
wire_vectors_load(const char *room)
{
    static apr_pool_t *p;
    apr_array_header_t *vectors;

    apr_pool_create(&p, NULL);
    vectors = apr_array_make(p, 128, sizeof(wire_vector_t));
    list_messages(vectors, apr_pstrcat(p, room, "/valid", NULL), "OK");
    list_refusals(vectors, apr_pstrcat(p, room, "/invalid", NULL));
    qsort(vectors->elts, (size_t)vectors->nelts, sizeof(wire_vector_t), by_path);
    return (wire_vectors_t){(const wire_vector_t *)vectors->elts, vectors->nelts};
}

cepces_soap_envelope_t
wire_envelope(const char *path)
{
    cepces_soap_envelope_t envelope;
    cepces_status_t st = cepces_soap_decode(&envelope, test_vector(path), test_pool, &test_error);

    ck_assert_msg(st == CEPCES_OK, "%s: %s", path, cepces_error_line(&test_error, test_pool));
    return envelope;
}

const xmlNode *
wire_document(const cepces_buffer_t *buf)
{
    xmlDoc *doc;
    cepces_status_t st;

    ck_assert_int_eq(cepces_buffer_status(buf, &test_error), CEPCES_OK);
    st = cepces_xml_parse(&doc, cepces_buffer_bytes(buf), test_pool, &test_error);
    ck_assert_msg(st == CEPCES_OK, "%s in: %s", cepces_error_line(&test_error, test_pool),
                  buf->data);
    return xmlDocGetRootElement(doc);
}

const xmlNode *
wire_descend(const xmlNode *node, const char *path)
{
    char *state;
    char *steps = apr_pstrdup(test_pool, path);

    for (const char *step = apr_strtok(steps, "/", &state); step != NULL;
         step = apr_strtok(NULL, "/", &state)) {
        for (node = cepces_xml_first(node); node != NULL; node = cepces_xml_next(node)) {
            if (strcmp((const char *)node->name, step) == 0) {
                break;
            }
        }
        ck_assert_msg(node != NULL, "no %s in %s", step, path);
    }
    return node;
}
