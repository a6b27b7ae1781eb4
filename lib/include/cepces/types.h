/* Small types that every room shares: byte slices, string lists and the initialisation of the
 * library. */
#ifndef CEPCES_TYPES_H
#define CEPCES_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <apr_pools.h>
#include <apr_time.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CEPCES_API __attribute__((visibility("default")))
#define CEPCES_MUST_CHECK __attribute__((warn_unused_result))
#define CEPCES_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* A slice of bytes that somebody else owns; {NULL, 0} is the empty slice. */
typedef struct cepces_bytes_t {
    const unsigned char *data;
    size_t len;
} cepces_bytes_t;

/* A list of strings that somebody else owns; none is NULL. {NULL, 0} is the empty list. */
typedef struct cepces_strings_t {
    const char *const *items;
    size_t num;
} cepces_strings_t;

/* An optional 32-bit number: XCEP's nillable integers and MS-CRTD's optional attributes. */
typedef struct cepces_optional_t {
    bool present;
    uint32_t value;
} cepces_optional_t;

#ifdef __cplusplus
}
#endif
#endif
