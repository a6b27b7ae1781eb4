/* Enumerators as words. */
#include "store/words.h"

const char *const cepces_store_sha1_words[] = {"by-schema", "accept", "refuse", NULL};
const char *const cepces_store_account_kinds[] = {"user", "computer", "service", NULL};
const char *const cepces_store_scope_kinds[] = {"policy", "ca", "template", "same-as-cep", NULL};
const char *const cepces_store_grantee_kinds[] = {"account", "group", "authenticated", NULL};
const char *const cepces_store_request_states[] = {"issued", "pending", "denied", "failed", NULL};
const char *const cepces_store_certificate_states[] = {"issued", "revoked", NULL};

void
cepces_store_put_word(cepces_params_t *a, const char *const *words, int value)
{
    for (int i = 0; words[i] != NULL; i++) {
        if (i == value) {
            cepces_store_put_text(a, words[i]);
            return;
        }
    }
    cepces_store_put_text(a, NULL);
}
