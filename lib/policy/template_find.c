/* Which template a request asks for (rule V30; [MS-WCCE] 3.2.2.6.2.1.4). It is never guessed. */
#include "policy/internal.h"

#include <strings.h>

#include <apr_tables.h>

static const cepces_template_t *
find_by_oid(cepces_templates_t candidates, const char *oid)
{
    for (size_t i = 0; i < candidates.num; i++) {
        if (candidates.items[i]->oid != NULL && strcmp(candidates.items[i]->oid, oid) == 0) {
            return candidates.items[i];
        }
    }
    return NULL;
}

/* Names come from directories that ignore case, and people type them; OIDs are exact. */
static const cepces_template_t *
find_by_name(cepces_templates_t candidates, const char *name)
{
    for (size_t i = 0; i < candidates.num; i++) {
        if (strcasecmp(candidates.items[i]->name, name) == 0) {
            return candidates.items[i];
        }
    }
    return NULL;
}

/* Lets one identifier speak: |*chosen| becomes the template it names. */
static cepces_status_t
agree(const cepces_template_t **chosen, const cepces_template_t *named, const char *where,
      const char *identifier, cepces_error_t *err)
{
    if (named == NULL) {
        return cepces_error_rule(err, CEPCES_E_UNSUPPORTED_TEMPLATE, "V30",
                                 "%s names template \"%s\", which is not offered here", where,
                                 identifier);
    }
    if (*chosen != NULL && *chosen != named) {
        return cepces_error_rule(err, CEPCES_E_TEMPLATE_CONFLICT, "V30",
                                 "%s names template \"%s\", another part of the request \"%s\"",
                                 where, named->name, (*chosen)->name);
    }
    *chosen = named;
    return CEPCES_OK;
}

typedef struct identifier_t {
    const char *where;
    const char *text;
    bool oid;
} identifier_t;

static void
push(apr_array_header_t *list, const char *where, const char *text, bool oid)
{
    if (text != NULL) {
        APR_ARRAY_PUSH(list, identifier_t) = (identifier_t){where, text, oid};
    }
}

cepces_status_t
cepces_template_find(const cepces_template_t **out, const cepces_request_t *request,
                     const char *hint, cepces_templates_t candidates, apr_pool_t *p,
                     cepces_error_t *err)
{
    apr_array_header_t *list = apr_array_make(p, 4, sizeof(identifier_t));
    const cepces_template_t *chosen = NULL;

    push(list, "the template information extension", request->template_oid, true);
    push(list, "the template name extension", request->template_name, false);
    for (size_t i = 0; i < request->template_attributes.num; i++) {
        push(list, "the attribute CertificateTemplate", request->template_attributes.items[i],
             false);
    }
    push(list, "the context item CertificateTemplate", hint, false);
    if (list->nelts == 0) {
        return cepces_error_rule(err, CEPCES_E_NO_TEMPLATE, "V30", "the request names no template");
    }
    for (int i = 0; i < list->nelts; i++) {
        const identifier_t *id = &APR_ARRAY_IDX(list, i, identifier_t);
        const cepces_template_t *named =
            id->oid ? find_by_oid(candidates, id->text) : find_by_name(candidates, id->text);
        cepces_status_t st = agree(&chosen, named, id->where, id->text, err);

        if (st != CEPCES_OK) {
            return st;
        }
    }
    *out = chosen;
    return CEPCES_OK;
}
