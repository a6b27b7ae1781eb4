/* The message vectors that vectors/make_wire.py makes, as lists for loop tests. */
#ifndef UNIT_WIRE_VECTORS_H
#define UNIT_WIRE_VECTORS_H

#include "soap/soap.h"
#include "support/suite.h"

typedef struct wire_vector_t {
    const char *path;   /* below tests/vectors */
    const char *name;   /* of the file, without ".xml" */
    const char *status; /* row of status.def, "OK" for a valid one */
} wire_vector_t;

typedef struct wire_vectors_t {
    const wire_vector_t *items;
    int num;
} wire_vectors_t;

/* wire_vectors_load lists the messages of |room|, valid ones and refusals, by path. Called from
 * main, after test_case. */
wire_vectors_t wire_vectors_load(const char *room);

/* wire_envelope decodes the file |path|, which is an envelope without fault. */
cepces_soap_envelope_t wire_envelope(const char *path);

/* wire_document parses what an encoder wrote. */
const xmlNode *wire_document(const cepces_buffer_t *buf);

/* wire_descend finds the descendant along |path| of local names ("Body/Fault"), the first of each
 * name; the test fails when there is none. */
const xmlNode *wire_descend(const xmlNode *node, const char *path);

#endif
