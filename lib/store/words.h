/* The words that stand in the database for the enumerations of cepces/model.h, in their order. */
#ifndef STORE_WORDS_H
#define STORE_WORDS_H

#include "store/store.h"

extern const char *const cepces_store_sha1_words[];
extern const char *const cepces_store_account_kinds[];
extern const char *const cepces_store_scope_kinds[];
extern const char *const cepces_store_grantee_kinds[];
extern const char *const cepces_store_request_states[];
extern const char *const cepces_store_certificate_states[];

/* cepces_store_put_word puts the word for an enumerator; one that is out of range becomes a null,
 * which the table refuses. */
void cepces_store_put_word(cepces_params_t *a, const char *const *words, int value);

#endif
