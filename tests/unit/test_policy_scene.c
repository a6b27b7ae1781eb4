#include "test_policy_scene.h"

#include <apr_strings.h>

#include <openssl/obj_mac.h>

#include "base/encode.h"

void
add_rdn(scene_t *s, const char *type, const char *value)
{
    const cepces_attribute_t *attribute = cepces_attribute_by_name(type);

    s->rdns[s->request.num_rdns] =
        (cepces_rdn_t){attribute == NULL ? type : attribute->oid, type, value, s->request.num_rdns};
    s->request.num_rdns++;
    s->request.subject_empty = false;
}

void
add_san(scene_t *s, cepces_san_kind_t kind, const char *text)
{
    s->sans[s->request.num_sans++] = (cepces_san_t){kind, text, CEPCES_NO_BYTES};
}

void
add_ip(scene_t *s, const char *text, const char *octets, size_t len)
{
    s->sans[s->request.num_sans++] = (cepces_san_t){CEPCES_SAN_IP, text, cepces_bytes(octets, len)};
}

void
add_extension(scene_t *s, const char *oid, const char *hex)
{
    cepces_bytes_t value;

    ck_assert_int_eq(cepces_hex_decode(&value, hex, test_pool, &test_error), CEPCES_OK);
    s->extensions[s->request.num_extensions++] = (cepces_requested_extension_t){oid, false, value};
}

void
add_pattern(scene_t *s, const char *pattern)
{
    s->access.name_patterns = cepces_strings_add(s->access.name_patterns, pattern, test_pool);
}

scene_t *
scene(void)
{
    scene_t *s = (scene_t *)apr_pcalloc(test_pool, sizeof(*s));

    s->t = fixture_template();
    s->request.key.type = CEPCES_KEY_RSA;
    s->request.key.bits = 2048;
    s->request.signature_digest = NID_sha256;
    s->request.subject_empty = true;
    s->request.rdns = s->rdns;
    s->request.sans = s->sans;
    s->request.extensions = s->extensions;
    s->account = (cepces_account_t){.name = "alice", .kind = CEPCES_ACCOUNT_USER, .enabled = true};
    s->who = (cepces_caller_t){"alice", &s->account, NO_LIST, false};
    s->access.rights = CEPCES_RIGHT_ENROLL;
    s->in = (cepces_decision_input_t){
        &s->t, &s->request, &s->who, &s->access, NOW, NOW + apr_time_from_sec(3650 * SECS_PER_DAY),
        600};
    return s;
}

scene_t *
supplied_scene(void)
{
    scene_t *s = scene();

    add_rdn(s, "CN", "host.example.com");
    add_san(s, CEPCES_SAN_DNS, "host.example.com");
    add_pattern(s, "dns:*.example.com");
    return s;
}

scene_t *
built_scene(void)
{
    static const char *const names[] = {"ws1.Example.com", "ws1-alt.example.com"};
    scene_t *s = scene();

    s->t.general_flags = 0;
    s->t.subject_name_flags =
        CEPCES_NAME_SUBJECT_REQUIRE_COMMON_NAME | CEPCES_NAME_SUBJECT_ALT_REQUIRE_UPN;
    s->account.common_name = "Alice Example";
    s->account.dns_names = (cepces_strings_t){names, 2};
    s->account.upn = "alice@example.com";
    s->account.email = "Alice.Example@example.com";
    s->account.directory_name = "CN=alice,CN=Users,DC=example,DC=com";
    s->account.guid = "f81d4fae-7dec-11d0-a765-00a0c91e6bf6";
    s->account.sid = "S-1-5-21-1-2-3-1105";
    return s;
}

const cepces_plan_t *
granted(scene_t *s)
{
    const cepces_plan_t *plan = NULL;
    cepces_status_t st = cepces_policy_decide(&plan, &s->in, test_pool, &test_error);

    ck_assert_msg(st == CEPCES_OK, "%s", cepces_error_line(&test_error, test_pool));
    ck_assert_ptr_eq(plan->tmpl, &s->t);
    ck_assert_ptr_eq(plan->key, &s->request.key);
    return plan;
}

void
refused(scene_t *s, cepces_status_t status, const char *rule)
{
    const cepces_plan_t *plan = NULL;
    cepces_status_t st = cepces_policy_decide(&plan, &s->in, test_pool, &test_error);

    ck_assert_msg(st == status, "%s instead of %s", cepces_status_name(st),
                  cepces_status_name(status));
    ck_assert_ptr_null(plan);
    ck_assert_ptr_nonnull(test_error.rule);
    ck_assert_str_eq(test_error.rule, rule);
}

const char *
sans_text(const cepces_plan_t *plan)
{
    static const char *const kinds[] = {"dns", "email", "upn", "ip", "uri", "guid", "other"};
    cepces_strings_t list = NO_LIST;

    for (size_t i = 0; i < plan->num_sans; i++) {
        list = cepces_strings_add(
            list, apr_psprintf(test_pool, "%s:%s", kinds[plan->sans[i].kind], plan->sans[i].text),
            test_pool);
    }
    return cepces_strings_join(list, " ", test_pool);
}

const char *
dropped_text(const cepces_plan_t *plan)
{
    return cepces_strings_join(plan->dropped, " ", test_pool);
}

cepces_bytes_t
extension_of(const cepces_plan_t *plan, const char *oid)
{
    for (size_t i = 0; i < plan->num_extensions; i++) {
        if (strcmp(plan->extensions[i].oid, oid) == 0) {
            return plan->extensions[i].value;
        }
    }
    return CEPCES_NO_BYTES;
}

void
run_case(scene_t *s, const case_t *c)
{
    c->change(s);
    if (c->status == CEPCES_OK) {
        (void)granted(s);
    } else {
        refused(s, c->status, c->rule);
    }
}
