/* Who may do what (rule V32): the access entries of a template or a CA, added up for one caller. */
#include "policy/internal.h"

/* A name in an account entry and a name in a group entry are different things even when they are
 * spelled alike. */
static bool
entry_matches(const cepces_access_entry_t *entry, const cepces_caller_t *who)
{
    switch (entry->grantee_kind) {
    case CEPCES_GRANTEE_ACCOUNT:
        return entry->grantee != NULL && who->name != NULL &&
               strcmp(entry->grantee, who->name) == 0;
    case CEPCES_GRANTEE_GROUP:
        return entry->grantee != NULL && cepces_strings_has(who->groups, entry->grantee);
    case CEPCES_GRANTEE_AUTHENTICATED:
        return true;
    }
    return false;
}

/* An anonymous caller proved nothing, and a disabled account is nobody: no entry speaks of
 * either. */
static bool
is_somebody(const cepces_caller_t *who)
{
    return !who->anonymous && who->name != NULL && who->name[0] != '\0' &&
           (who->account == NULL || who->account->enabled);
}

void
cepces_access_evaluate(cepces_access_t *out, const cepces_access_entry_t *const *entries,
                       size_t num, const cepces_caller_t *who, apr_pool_t *p)
{
    uint32_t rights = 0;
    cepces_strings_t patterns = {NULL, 0};

    for (size_t i = 0; is_somebody(who) && i < num; i++) {
        if (!entry_matches(entries[i], who)) {
            continue;
        }
        rights |= entries[i]->rights & (CEPCES_RIGHT_ENROLL | CEPCES_RIGHT_AUTOENROLL);
        for (size_t k = 0; k < entries[i]->name_patterns.num; k++) {
            if (!cepces_strings_has(patterns, entries[i]->name_patterns.items[k])) {
                patterns = cepces_strings_add(patterns, entries[i]->name_patterns.items[k], p);
            }
        }
    }
    *out = (cepces_access_t){rights, patterns};
}
