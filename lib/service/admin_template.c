/* Applying templates: revisions and OIDs. */
#include <apr_strings.h>
#include <openssl/rand.h>

#include "cepces/admin.h"
#include "policy/policy.h"

/* The first revision of a template that names none, as AD CS begins. */
#define FIRST_MAJOR 100u

/* AD CS keeps its template OIDs here, followed by random arcs; clients cut the list at an arc of
 * 2^32 or more. */
#define TEMPLATE_OID_BASE "1.3.6.1.4.1.311.21.8"
#define NUM_RANDOM_ARCS 6

static cepces_status_t
new_oid(const char **out, apr_pool_t *p, cepces_error_t *err)
{
    unsigned char random[NUM_RANDOM_ARCS * 3];
    const char *oid = TEMPLATE_OID_BASE;

    if (RAND_bytes(random, sizeof(random)) != 1) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "no random bytes");
    }
    for (size_t i = 0; i < sizeof(random); i += 3) {
        unsigned arc = (unsigned)random[i] << 16 | (unsigned)random[i + 1] << 8 | random[i + 2];

        oid = apr_psprintf(p, "%s.%u", oid, arc);
    }
    *out = oid;
    return CEPCES_OK;
}

static bool
is_newer(const cepces_template_t *a, const cepces_template_t *b)
{
    return a->major > b->major || (a->major == b->major && a->minor > b->minor);
}

static void
collect_notes(const cepces_admin_note_t **notes, size_t *num_notes, const cepces_template_t *t,
              bool *refused, apr_pool_t *p)
{
    const cepces_finding_t *findings;
    size_t num;
    cepces_admin_note_t *list;
    const char *unoffered = cepces_template_unoffered(t);

    cepces_template_check(&findings, &num, t, p);
    list = (cepces_admin_note_t *)apr_pcalloc(p, (num + 1) * sizeof(*list));
    *refused = false;
    for (size_t i = 0; i < num; i++) {
        list[i] = (cepces_admin_note_t){.refused = findings[i].refuse, .text = findings[i].text};
        *refused |= findings[i].refuse;
    }
    if (unoffered != NULL) {
        list[num++] = (cepces_admin_note_t){.unoffered = true, .text = unoffered};
    }
    *notes = list;
    *num_notes = num;
}

void
cepces_admin_template_notes(const cepces_admin_note_t **notes, size_t *num_notes,
                            const cepces_template_t *t, apr_pool_t *p)
{
    bool refused;

    collect_notes(notes, num_notes, t, &refused, p);
}

/* Fills in what |t| leaves to us: OID and revision. |stored| is NULL for a new template. */
static cepces_status_t
complete(cepces_template_t *t, const cepces_template_t *stored, apr_pool_t *p, cepces_error_t *err)
{
    if (t->oid == NULL && stored != NULL) {
        t->oid = stored->oid;
    } else if (t->oid == NULL) {
        cepces_status_t st = new_oid(&t->oid, p, err);

        if (st != CEPCES_OK) {
            return st;
        }
    }
    if (stored == NULL) {
        t->major = t->major == 0 ? FIRST_MAJOR : t->major;
    } else if (!is_newer(t, stored)) {
        t->major = stored->major;
        t->minor = stored->minor + 1;
    }
    return CEPCES_OK;
}

static cepces_status_t
check_oid_kept(const cepces_template_t *t, const cepces_template_t *stored, cepces_error_t *err)
{
    return stored == NULL || strcmp(t->oid, stored->oid) == 0
               ? CEPCES_OK
               : cepces_error_set(err, CEPCES_E_INVALID,
                                  "template \"%s\": the OID is %s and cannot change to %s", t->name,
                                  stored->oid, t->oid);
}

/* Whether applying |t| would change nothing: the same to clients and issuance, and no higher
 * revision named. */
static bool
is_unchanged(const cepces_template_t *t, const cepces_template_t *stored)
{
    return stored != NULL && cepces_template_same(t, stored) && !is_newer(t, stored);
}

cepces_status_t
cepces_admin_apply_template(cepces_apply_t *out, const cepces_admin_note_t **notes,
                            size_t *num_notes, cepces_store_t *s, const cepces_template_t *t,
                            bool dry_run, apr_pool_t *p, cepces_error_t *err)
{
    cepces_template_t found, fresh = *t;
    const cepces_template_t *stored = &found;
    bool refused;
    cepces_status_t st = cepces_store_find_template(&found, s, t->name, p, err);

    *notes = NULL;
    *num_notes = 0;
    if (st == CEPCES_E_NOT_FOUND) {
        cepces_error_clear(err);
        stored = NULL;
    } else if (st != CEPCES_OK) {
        return st;
    }
    if (fresh.oid == NULL && stored != NULL) {
        fresh.oid = stored->oid;
    }
    if (is_unchanged(&fresh, stored)) {
        cepces_admin_template_notes(notes, num_notes, stored, p);
        *out = CEPCES_APPLIED_NOTHING;
        return CEPCES_OK;
    }
    if ((st = complete(&fresh, stored, p, err)) != CEPCES_OK ||
        (st = check_oid_kept(&fresh, stored, err)) != CEPCES_OK) {
        return st;
    }
    collect_notes(notes, num_notes, &fresh, &refused, p);
    if (refused) {
        return cepces_error_set(err, CEPCES_E_INVALID, "template \"%s\" is not acceptable",
                                t->name);
    }
    *out = stored != NULL ? CEPCES_APPLIED_CHANGED : CEPCES_APPLIED_ADDED;
    return dry_run ? CEPCES_OK
                   : cepces_store_save_template(s, &fresh, stored != NULL ? stored->revision_id : 0,
                                                p, err);
}

cepces_status_t
cepces_admin_check_pattern(const char *pattern, cepces_error_t *err)
{
    return cepces_pattern_check(pattern, err);
}
