/* A short memory for what is expensive to find out: a fixed number of slots, each found directly by
 * a digest, so that it cannot grow and needs no eviction. Two busy keys in one slot take turns,
 * which is only slower. Threads share it; the slots carry locks of their own. */
#ifndef SERVICE_MEMORY_H
#define SERVICE_MEMORY_H

#include "cepces/error.h"

#define CEPCES_MEMORY_KEY_LEN 32

typedef struct cepces_memory_t cepces_memory_t;

/* Copies a remembered value into |p|. */
typedef void *(*cepces_memory_copy_fn)(const void *value, apr_pool_t *p);

/* cepces_memory_create makes a memory whose values are copied in and out by |copy| and kept for
 * |keep|; 0 keeps nothing. */
cepces_status_t cepces_memory_create(cepces_memory_t **out, apr_interval_time_t keep,
                                     cepces_memory_copy_fn copy, apr_pool_t *p,
                                     cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_memory_epoch names the present; it is read before the value is looked up elsewhere. */
apr_uint32_t cepces_memory_epoch(cepces_memory_t *memory);

/* cepces_memory_forget ends the present epoch: everything remembered so far is gone, and what was
 * looked up in the old epoch will not be remembered. */
void cepces_memory_forget(cepces_memory_t *memory);

/* cepces_memory_recall returns a copy of the value under |key| (CEPCES_MEMORY_KEY_LEN bytes,
 * compared in constant time), or NULL. */
void *cepces_memory_recall(cepces_memory_t *memory, const unsigned char *key, apr_pool_t *p);

/* cepces_memory_keep remembers a copy of |value|, which was looked up in |epoch|. */
void cepces_memory_keep(cepces_memory_t *memory, const unsigned char *key, apr_uint32_t epoch,
                        const void *value);

#endif
