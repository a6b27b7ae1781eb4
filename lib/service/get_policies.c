/* GetPolicies: which templates this caller sees, put together from rendered blocks
 * ([MS-XCEP] 3.1.4.1). */
#include <apr_strings.h>

#include "base/clock.h"
#include "service/answer.h"

/* The newest version of client and CA that the filter knows: Windows Server 2012 R2 ([MS-XCEP]
 * notes 3 and 5). */
#define NEWEST_VERSION 5u
#define NO_LIMIT 15u /* the largest a flag can hold */

/* From the moment that the database notes for a change until every process of every host serves
 * it. */
#define SETTLING_TIME apr_time_from_sec(1)

/* A group of addresses of one CA: the general one, or one for templates with a CES of their own.
 * Each becomes a <cA>. */
typedef struct {
    const cepces_site_ca_t *ca;
    const cepces_strings_t *templates; /* NULL: all of the CA */
    bool used;
} address_group_t;

typedef struct {
    cepces_call_t *call;
    const cepces_policy_t *policy;
    cepces_xcep_request_t request;
    address_group_t *groups;
    size_t num_groups;
    bool *oid_used;
    unsigned client_version, server_version; /* of the filter, resolved */
    size_t num_shown;
} answer_t;

/* --- The filter ------------------------------------------------------------------------------- */

/* [MS-XCEP] 3.1.4.1.3.22. Nil and 0 mean "no limit", also without a filter: clients that do not
 * tell their version are then shown what they can use instead of nothing. A version newer than the
 * newest we know of is that one. */
static unsigned
resolve_version(cepces_optional_t asked)
{
    if (!asked.present || asked.value == 0) {
        return NO_LIMIT;
    }
    return asked.value < NEWEST_VERSION ? asked.value : NEWEST_VERSION;
}

static bool
passes_filter(const answer_t *a, const cepces_template_t *t)
{
    unsigned client =
        (t->private_key_flags & CEPCES_KEY_CLIENT_VERSION_MASK) >> CEPCES_KEY_CLIENT_VERSION_SHIFT;
    unsigned server =
        (t->private_key_flags & CEPCES_KEY_SERVER_VERSION_MASK) >> CEPCES_KEY_SERVER_VERSION_SHIFT;

    return client <= a->client_version && server <= a->server_version &&
           (a->request.policy_oids.num == 0 || cepces_strings_has(a->request.policy_oids, t->oid));
}

/* --- Addresses -------------------------------------------------------------------------------- */

static bool
same_templates(const cepces_strings_t *group, cepces_strings_t server)
{
    return group == NULL ? server.num == 0 : cepces_strings_equal(*group, server);
}

static void
add_group(answer_t *a, const cepces_site_ca_t *ca, const cepces_strings_t *templates)
{
    for (size_t i = 0; i < a->num_groups; i++) {
        if (a->groups[i].ca == ca &&
            same_templates(a->groups[i].templates,
                           templates != NULL ? *templates : (cepces_strings_t){NULL, 0})) {
            return;
        }
    }
    a->groups[a->num_groups++] = (address_group_t){ca, templates, false};
}

/* One group for each CA of the policy that has an address, the general one first: cepces takes the
 * first. */
static void
group_addresses(answer_t *a)
{
    const cepces_endpoint_t *e = a->call->endpoint;

    a->groups =
        (address_group_t *)apr_pcalloc(a->call->p, (e->servers_num + 1) * sizeof(*a->groups));
    for (int special = 0; special < 2; special++) {
        for (size_t i = 0; i < a->policy->cas.num; i++) {
            const cepces_site_ca_t *ca =
                cepces_snapshot_ca(a->call->snapshot, a->policy->cas.items[i]);

            for (size_t j = 0; ca != NULL && ca->record->enabled && j < e->servers_num; j++) {
                const cepces_enrollment_server_t *s = &e->servers[j];

                if (strcmp(s->ca, ca->record->name) == 0 && (s->templates.num > 0) == special) {
                    add_group(a, ca, special ? &s->templates : NULL);
                }
            }
        }
    }
}

static void
encode_group(cepces_buffer_t *buf, const answer_t *a, const address_group_t *g, int reference)
{
    const cepces_endpoint_t *e = a->call->endpoint;
    cepces_xcep_uri_t *uris =
        (cepces_xcep_uri_t *)apr_pcalloc(a->call->p, (e->servers_num + 1) * sizeof(*uris));
    size_t num = 0;

    for (size_t i = 0; i < e->servers_num; i++) {
        const cepces_enrollment_server_t *s = &e->servers[i];

        if (strcmp(s->ca, g->ca->record->name) == 0 && same_templates(g->templates, s->templates)) {
            uris[num++] =
                (cepces_xcep_uri_t){(unsigned)s->auth, s->uri, s->priority, s->renewal_only};
        }
    }
    cepces_xcep_encode_ca(buf, uris, num, g->ca->generation->certificate, true, reference);
}

/* --- Templates -------------------------------------------------------------------------------- */

/* A CA with access entries of its own admits only whom they name. */
static bool
ca_admits(const answer_t *a, const cepces_site_ca_t *ca)
{
    cepces_access_t access;

    if (ca->num_access == 0) {
        return true;
    }
    cepces_access_evaluate(&access, ca->access, ca->num_access, &a->call->caller, a->call->p);
    return (access.rights & CEPCES_RIGHT_ENROLL) != 0;
}

static bool
publishes(const cepces_site_ca_t *ca, const cepces_site_template_t *t)
{
    for (size_t i = 0; i < ca->num_templates; i++) {
        if (ca->templates[i] == t) {
            return true;
        }
    }
    return false;
}

/* The groups that take requests for |t|: those with a CES of its own where there is one, else the
 * general ones. */
static size_t
groups_for(int *references, const answer_t *a, const cepces_site_template_t *t)
{
    size_t num = 0;

    for (int special = 1; special >= 0 && num == 0; special--) {
        for (size_t i = 0; i < a->num_groups; i++) {
            const address_group_t *g = &a->groups[i];

            if ((g->templates != NULL) == special && publishes(g->ca, t) && ca_admits(a, g->ca) &&
                (!special || cepces_strings_has(*g->templates, t->record->name))) {
                references[num++] = (int)i;
            }
        }
    }
    return num;
}

static void
show_template(cepces_buffer_t *buf, answer_t *a, const cepces_site_template_t *t,
              const cepces_access_t *access)
{
    int *references = (int *)apr_palloc(a->call->p, (a->num_groups + 1) * sizeof(*references));
    size_t num = groups_for(references, a, t);

    if (num == 0) {
        return; /* without a CA a client can only show it as unavailable */
    }
    for (size_t i = 0; i < num; i++) {
        a->groups[references[i]].used = true;
    }
    for (size_t i = 0; i < t->num_references; i++) {
        a->oid_used[t->references[i]] = true;
    }
    cepces_xcep_encode_policy(buf, t->oid_reference, (cepces_xcep_references_t){references, num},
                              t->attributes_head, t->attributes_tail, true,
                              (access->rights & CEPCES_RIGHT_AUTOENROLL) != 0);
    a->num_shown++;
}

static cepces_bytes_t
encode_policies(answer_t *a)
{
    const cepces_snapshot_t *s = a->call->snapshot;
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, 16384, CEPCES_REPLY_MAX_LEN, a->call->p);
    for (size_t i = 0; i < s->num_templates; i++) {
        const cepces_site_template_t *t = &s->templates[i];
        cepces_access_t access;

        if (t->unoffered != NULL || !passes_filter(a, t->record)) {
            continue;
        }
        cepces_access_evaluate(&access, t->access, t->num_access, &a->call->caller, a->call->p);
        if ((access.rights & CEPCES_RIGHT_ENROLL) != 0) {
            show_template(&buf, a, t, &access);
        }
    }
    return cepces_buffer_bytes(&buf);
}

static cepces_bytes_t
encode_cas(const answer_t *a)
{
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, 4096, CEPCES_REPLY_MAX_LEN, a->call->p);
    for (size_t i = 0; i < a->num_groups; i++) {
        if (a->groups[i].used) {
            encode_group(&buf, a, &a->groups[i], (int)i);
        }
    }
    return cepces_buffer_bytes(&buf);
}

static cepces_bytes_t
encode_oids(const answer_t *a)
{
    const cepces_snapshot_t *s = a->call->snapshot;
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, 4096, CEPCES_REPLY_MAX_LEN, a->call->p);
    for (size_t i = 0; i < s->num_oids; i++) {
        if (a->oid_used[i]) {
            cepces_buffer_add_bytes(&buf, s->oids[i].block);
        }
    }
    return cepces_buffer_bytes(&buf);
}

/* --- The answer ------------------------------------------------------------------------------- */

/* Whether the client's copy is still good. What the addresses say is httpd's configuration, which
 * can only change when this process starts; group membership changes unseen, so whoever has groups
 * gets the full answer. A copy from just after the change may show the state before it. */
static bool
not_changed(const answer_t *a)
{
    apr_time_t changed = a->policy->changed_at > a->call->service->opened_at
                             ? a->policy->changed_at
                             : a->call->service->opened_at;

    return a->call->caller.groups.num == 0 && a->request.last_update != 0 &&
           a->request.last_update >= changed + SETTLING_TIME;
}

static void
encode_answer(answer_t *a)
{
    cepces_call_t *call = a->call;
    cepces_xcep_response_t response = {
        .policy_id = a->policy->guid,
        .friendly_name = a->policy->friendly_name,
        .next_update_hours = a->policy->next_update_hours,
        .not_changed = not_changed(a),
    };

    if (!response.not_changed) {
        response.policies = encode_policies(a);
        response.cas = encode_cas(a);
        response.oids = encode_oids(a);
    }
    cepces_soap_begin(&call->body, CEPCES_ACTION_GET_POLICIES_RESPONSE,
                      call->message->envelope.message_id);
    cepces_xcep_encode_response(&call->body, &response);
    cepces_soap_end(&call->body);
    call->log = response.not_changed
                    ? apr_psprintf(call->p, "policy \"%s\" not changed", a->policy->name)
                    : apr_psprintf(call->p, "policy \"%s\" with %" APR_SIZE_T_FMT " templates",
                                   a->policy->name, a->num_shown);
}

cepces_status_t
cepces_call_get_policies(cepces_call_t *call, cepces_error_t *err)
{
    answer_t a = {.call = call};
    cepces_status_t st =
        cepces_xcep_decode_request(&a.request, call->message->envelope.body, call->p, err);

    if (st != CEPCES_OK) {
        return st;
    }
    a.policy = cepces_snapshot_policy(call->snapshot, call->endpoint->policy);
    if (a.policy == NULL) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "policy \"%s\" is not in the database",
                                call->endpoint->policy);
    }
    a.client_version = resolve_version(a.request.client_version);
    a.server_version = resolve_version(a.request.server_version);
    a.oid_used = (bool *)apr_pcalloc(call->p, (call->snapshot->num_oids + 1) * sizeof(bool));
    group_addresses(&a);
    encode_answer(&a);
    return CEPCES_OK;
}
