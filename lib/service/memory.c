/* The short memory. */
#include "service/memory.h"

#include <string.h>

#include <apr_atomic.h>
#include <apr_thread_mutex.h>

#include "base/bytes.h"
#include "base/clock.h"

#define NUM_SLOTS 4096u
#define NUM_LOCKS 16u

typedef struct {
    unsigned char key[CEPCES_MEMORY_KEY_LEN];
    apr_time_t expires; /* by the steady clock; 0: empty */
    apr_uint32_t epoch;
    apr_pool_t *p; /* of |value| */
    const void *value;
} slot_t;

struct cepces_memory_t {
    apr_interval_time_t keep;
    cepces_memory_copy_fn copy;
    volatile apr_uint32_t epoch;
    apr_thread_mutex_t *locks[NUM_LOCKS];
    slot_t slots[NUM_SLOTS];
};

/* The slots' pools are not below any other, so that no lock of a parent pool is shared; they go
 * with the memory. */
static apr_status_t
destroy_slots(void *data)
{
    cepces_memory_t *memory = (cepces_memory_t *)data;

    for (unsigned i = 0; i < NUM_SLOTS; i++) {
        if (memory->slots[i].p != NULL) {
            apr_pool_destroy(memory->slots[i].p);
            memory->slots[i].p = NULL;
        }
    }
    return APR_SUCCESS;
}

cepces_status_t
cepces_memory_create(cepces_memory_t **out, apr_interval_time_t keep, cepces_memory_copy_fn copy,
                     apr_pool_t *p, cepces_error_t *err)
{
    cepces_memory_t *memory = (cepces_memory_t *)apr_pcalloc(p, sizeof(*memory));

    *out = NULL;
    memory->keep = keep;
    memory->copy = copy;
    for (unsigned i = 0; i < NUM_LOCKS; i++) {
        apr_status_t rv = apr_thread_mutex_create(&memory->locks[i], APR_THREAD_MUTEX_DEFAULT, p);

        if (rv != APR_SUCCESS) {
            return cepces_error_apr(err, CEPCES_E_INTERNAL, rv, "lock of a memory");
        }
    }
    apr_pool_cleanup_register(p, memory, destroy_slots, apr_pool_cleanup_null);
    *out = memory;
    return CEPCES_OK;
}

apr_uint32_t
cepces_memory_epoch(cepces_memory_t *memory)
{
    return apr_atomic_read32(&memory->epoch);
}

void
cepces_memory_forget(cepces_memory_t *memory)
{
    apr_atomic_inc32(&memory->epoch);
}

static slot_t *
slot_of(cepces_memory_t *memory, const unsigned char *key, apr_thread_mutex_t **lock)
{
    unsigned i = ((unsigned)key[0] << 8 | key[1]) % NUM_SLOTS;

    *lock = memory->locks[i % NUM_LOCKS];
    return &memory->slots[i];
}

void *
cepces_memory_recall(cepces_memory_t *memory, const unsigned char *key, apr_pool_t *p)
{
    void *found = NULL;
    apr_thread_mutex_t *lock;
    slot_t *slot = slot_of(memory, key, &lock);

    apr_thread_mutex_lock(lock);
    if (slot->expires > cepces_clock_steady() && slot->epoch == cepces_memory_epoch(memory) &&
        cepces_bytes_equal_secret(cepces_bytes(slot->key, CEPCES_MEMORY_KEY_LEN),
                                  cepces_bytes(key, CEPCES_MEMORY_KEY_LEN))) {
        found = memory->copy(slot->value, p);
    }
    apr_thread_mutex_unlock(lock);
    return found;
}

void
cepces_memory_keep(cepces_memory_t *memory, const unsigned char *key, apr_uint32_t epoch,
                   const void *value)
{
    apr_thread_mutex_t *lock;
    slot_t *slot = slot_of(memory, key, &lock);

    if (memory->keep <= 0) {
        return;
    }
    apr_thread_mutex_lock(lock);
    slot->expires = 0;
    if (slot->p != NULL) {
        apr_pool_clear(slot->p);
    } else if (apr_pool_create_unmanaged_ex(&slot->p, NULL, NULL) != APR_SUCCESS) {
        slot->p = NULL;
    }
    if (slot->p != NULL) {
        slot->value = memory->copy(value, slot->p);
        memcpy(slot->key, key, CEPCES_MEMORY_KEY_LEN);
        slot->epoch = epoch;
        slot->expires = cepces_clock_steady() + memory->keep;
    }
    apr_thread_mutex_unlock(lock);
}
