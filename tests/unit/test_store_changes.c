/* The store room: what every change does besides: it moves a counter that other processes watch,
 * and leaves an event in the audit trail. */
#include "support/database.h"

static cepces_store_t *store;
static int64_t revision;

static void
fill(void)
{
    store = test_fresh_store(2);
    revision = test_fill(store);
}

static cepces_status_t
set_credential(const char *account, const char *hash, const cepces_scope_t *scopes, size_t num)
{
    cepces_credential_t c = {.account = account, .hash = hash, .scopes = scopes, .scopes_num = num};

    return cepces_store_save_credential(store, &c, test_pool, &test_error);
}

static cepces_status_t
change_template(void)
{
    cepces_template_t t = test_template_record("WebServer", 1);

    t.minor = 50;
    return cepces_store_save_template(store, &t, revision, test_pool, &test_error);
}

static cepces_status_t
new_template(void)
{
    cepces_template_t t = test_template_record("User", 7);

    return cepces_store_save_template(store, &t, 0, test_pool, &test_error);
}

static cepces_status_t
drop_template(void)
{
    bool kept;

    return cepces_store_remove_template(&kept, store, "User", test_pool, &test_error);
}

static cepces_status_t
withdraw(void)
{
    return cepces_store_publish_template(store, "issuing", "WebServer", false, test_pool,
                                         &test_error);
}

static cepces_status_t
publish_again(void)
{
    return cepces_store_publish_template(store, "issuing", "WebServer", true, test_pool,
                                         &test_error);
}

static cepces_status_t
new_ca(void)
{
    cepces_ca_t ca = test_ca_record("second");

    return cepces_store_add_ca(store, &ca, NULL, test_pool, &test_error);
}

static cepces_status_t
change_ca(void)
{
    cepces_ca_t ca = test_ca_record("second");

    return cepces_store_update_ca(store, &ca, test_pool, &test_error);
}

static const cepces_access_entry_t everybody_enrolls = {
    .ca_name = "issuing", .grantee_kind = CEPCES_GRANTEE_AUTHENTICATED, .rights = 1};

static cepces_status_t
grant_access(void)
{
    return cepces_store_grant(store, &everybody_enrolls, test_pool, &test_error);
}

static cepces_status_t
revoke_access(void)
{
    return cepces_store_revoke(store, &everybody_enrolls, test_pool, &test_error);
}

static cepces_status_t
save_policy_with(int64_t id)
{
    cepces_policy_t policy = {.id = id,
                              .name = "fabrikam",
                              .guid = "{00000000-0000-0000-0000-000000000001}",
                              .friendly_name = "Fabrikam",
                              .next_update_hours = 8};

    return cepces_store_save_policy(store, &policy, test_pool, &test_error);
}

static cepces_status_t
new_policy(void)
{
    return save_policy_with(0);
}

static cepces_status_t
change_policy(void)
{
    return save_policy_with(2);
}

static cepces_status_t
new_account(void)
{
    cepces_account_t account = {.name = "bob", .enabled = true};

    return cepces_store_save_account(store, &account, test_pool, &test_error);
}

static cepces_status_t
change_account(void)
{
    cepces_account_t account = {.id = 1, .name = "alice"};

    return cepces_store_save_account(store, &account, test_pool, &test_error);
}

static cepces_status_t
new_password(void)
{
    return set_credential("bob", "$2b$12$x", NULL, 0);
}

static cepces_status_t
new_scopes(void)
{
    cepces_scope_t scope = {CEPCES_SCOPE_SAME_AS_CEP, NULL};

    return set_credential("bob", NULL, &scope, 1);
}

static cepces_status_t
drop_credential(void)
{
    return cepces_store_remove_credential(store, "bob", test_pool, &test_error);
}

static cepces_status_t
enroll(void)
{
    test_enrolment_t e = test_enrolment(revision, 1, test_pool);
    int64_t id;

    return cepces_store_add_request(&id, store, &e.request, &e.certificate, &e.event, test_pool,
                                    &test_error);
}

static cepces_status_t
revoke_certificate(void)
{
    return cepces_store_revoke_certificate(
        store, "issuing", test_enrolment(revision, 1, test_pool).certificate.serial, 1,
        apr_time_now(), test_pool, &test_error);
}

static cepces_status_t
sign(cepces_crl_record_t *crl, const cepces_revocation_t *rows, size_t num, void *payload,
     apr_pool_t *p, cepces_error_t *err)
{
    (void)rows, (void)num, (void)payload, (void)p, (void)err;
    crl->der = cepces_bytes_str("CRL");
    crl->this_update = apr_time_now();
    crl->next_update = crl->this_update + apr_time_from_sec(3600);
    return CEPCES_OK;
}

static cepces_status_t
new_crl(void)
{
    bool made;

    return cepces_store_make_crl(&made, store, "issuing", 0, true, apr_time_now(), sign, NULL,
                                 test_pool, &test_error);
}

/* In this order. What depends on a template goes with it, credentials' scopes too. */
static const struct {
    cepces_status_t (*change)(void);
    const char *topic, *event;
} changes[] = {
    {change_template, "catalogue", "template.changed"},
    {new_template, "catalogue", "template.added"},
    {drop_template, "catalogue, accounts", "template.removed"},
    {withdraw, "catalogue", "template.withdrawn"},
    {publish_again, "catalogue", "template.published"},
    {new_ca, "catalogue", "ca.added"},
    {change_ca, "catalogue", "ca.changed"},
    {grant_access, "catalogue", "access.granted"},
    {revoke_access, "catalogue", "access.revoked"},
    {new_policy, "catalogue", "policy.added"},
    {change_policy, "catalogue", "policy.changed"},
    {new_account, "accounts", "account.added"},
    {change_account, "accounts", "account.changed"},
    {new_password, "accounts", "credential.set"},
    {new_scopes, "accounts", "credential.scopes-changed"},
    {drop_credential, "accounts", "credential.removed"},
    {enroll, "", "cert.issued"},
    {revoke_certificate, "crls", "cert.revoked"},
    {new_crl, "crls", "crl.published"},
};

static bool
names(const char *topics, const char *topic)
{
    return strstr(topics, topic) != NULL;
}

static apr_time_t
policy_changed_at(void)
{
    cepces_catalogue_t c;

    test_ok(cepces_store_load_catalogue(&c, store, test_pool, &test_error));
    return c.policies[0].changed_at;
}

START_TEST(every_change_moves_its_counter_and_leaves_an_event)
{
    fill();
    for (size_t i = 0; i < LENGTH_OF(changes); i++) {
        const char *topic = changes[i].topic, *event = changes[i].event;
        long long events = test_number("SELECT count(*) FROM audit_event");
        cepces_store_versions_t before, after;
        apr_time_t dated = policy_changed_at();

        test_ok(cepces_store_versions(&before, store, test_pool, &test_error));
        ck_assert_msg(changes[i].change() == CEPCES_OK, "%s: %s", event,
                      cepces_error_line(&test_error, test_pool));
        test_ok(cepces_store_versions(&after, store, test_pool, &test_error));
        ck_assert_msg((after.catalogue > before.catalogue) == names(topic, "catalogue"), "%s",
                      event);
        ck_assert_msg((after.accounts > before.accounts) == names(topic, "accounts"), "%s", event);
        ck_assert_msg((after.crls > before.crls) == names(topic, "crls"), "%s", event);
        ck_assert_msg((policy_changed_at() > dated) ==
                          (names(topic, "catalogue") || names(topic, "accounts")),
                      "%s", event);
        ck_assert_int_eq(test_number("SELECT count(*) FROM audit_event"), events + 1);
        ck_assert_str_eq(test_value("SELECT event FROM audit_event ORDER BY id DESC LIMIT 1"),
                         event);
        if (strcmp(event, "cert.issued") != 0) {
            ck_assert_str_eq(
                test_value("SELECT principal FROM audit_event ORDER BY id DESC LIMIT 1"), "tester");
        }
    }
}
END_TEST

/* A change that fails leaves no event either. */
START_TEST(what_did_not_happen_is_not_in_the_audit_trail)
{
    long long events;

    fill();
    events = test_number("SELECT count(*) FROM audit_event");
    ck_assert_int_eq(change_policy(), CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(revoke_access(), CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(drop_template(), CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(revoke_certificate(), CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(test_number("SELECT count(*) FROM audit_event"), events);
}
END_TEST

int
main(int argc, char *argv[])
{
    TCase *tc = test_case("store: changes");

    (void)argc;
    test_need_database(argv);
    tcase_add_test(tc, every_change_moves_its_counter_and_leaves_an_event);
    tcase_add_test(tc, what_did_not_happen_is_not_in_the_audit_trail);
    return test_run(tc);
}
