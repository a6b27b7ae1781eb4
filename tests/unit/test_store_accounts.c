/* The store room: accounts, credentials and access entries. */
#include "support/database.h"

static cepces_store_t *store;

static void
fill(void)
{
    store = test_fresh_store(2);
    (void)test_fill(store);
}

static void
assert_strings(cepces_strings_t a, cepces_strings_t b)
{
    ck_assert_str_eq(cepces_strings_join(a, "|", test_pool),
                     cepces_strings_join(b, "|", test_pool));
    ck_assert_uint_eq(a.num, b.num);
}

static void
assert_account(const cepces_account_t *a, const cepces_account_t *b)
{
    ck_assert_str_eq(a->name, b->name);
    ck_assert_int_eq(a->kind, b->kind);
    ck_assert_int_eq(a->enabled, b->enabled);
    ck_assert_pstr_eq(a->common_name, b->common_name);
    assert_strings(a->dns_names, b->dns_names);
    ck_assert_pstr_eq(a->upn, b->upn);
    ck_assert_pstr_eq(a->email, b->email);
    ck_assert_pstr_eq(a->directory_name, b->directory_name);
    ck_assert_pstr_eq(a->guid, b->guid);
    ck_assert_pstr_eq(a->sid, b->sid);
}

START_TEST(an_account_is_read_as_it_was_stored_and_changed)
{
    cepces_account_t alice = test_account_record("alice"), found;

    fill();
    test_ok(cepces_store_find_account(&found, store, "alice", test_pool, &test_error));
    assert_account(&found, &alice);
    alice.id = found.id;
    alice.kind = CEPCES_ACCOUNT_SERVICE;
    alice.enabled = false;
    alice.common_name = alice.upn = alice.email = alice.directory_name = NULL;
    alice.dns_names.num = 0;
    alice.guid = "01234567-89ab-cdef-0123-456789abcdef";
    alice.sid = "S-1-5-21-1-2-3-1104";
    test_ok(cepces_store_save_account(store, &alice, test_pool, &test_error));
    test_ok(cepces_store_find_account(&found, store, "alice", test_pool, &test_error));
    assert_account(&found, &alice);
}
END_TEST

START_TEST(accounts_that_clash_are_refused)
{
    cepces_account_t again = {.name = "alice"}, capital = {.name = "Bob"},
                     same_upn = {.name = "bob"}, unknown = {.id = 77, .name = "bob"},
                     renamed = {.id = 1, .name = "bob"};

    fill();
    same_upn.upn = "Alice@Example.com";
    ck_assert_int_eq(cepces_store_save_account(store, &again, test_pool, &test_error),
                     CEPCES_E_EXISTS);
    ck_assert_int_eq(cepces_store_save_account(store, &capital, test_pool, &test_error),
                     CEPCES_E_INVALID);
    ck_assert_int_eq(cepces_store_save_account(store, &same_upn, test_pool, &test_error),
                     CEPCES_E_EXISTS);
    ck_assert_ptr_nonnull(strstr(test_error.detail, "UPN"));
    ck_assert_int_eq(cepces_store_save_account(store, &unknown, test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(cepces_store_save_account(store, &renamed, test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(test_number("SELECT count(*) FROM account"), 1);
}
END_TEST

START_TEST(accounts_are_listed_by_name)
{
    cepces_account_t aaron = {.name = "aaron", .kind = CEPCES_ACCOUNT_USER, .enabled = true};
    const cepces_account_t *list;
    size_t num;

    fill();
    test_ok(cepces_store_save_account(store, &aaron, test_pool, &test_error));
    test_ok(cepces_store_list_accounts(&list, &num, store, test_pool, &test_error));
    ck_assert_uint_eq(num, 2);
    assert_account(&list[0], &aaron);
    ck_assert_str_eq(list[1].name, "alice");
    ck_assert_int_eq(cepces_store_find_account(&aaron, store, "ALICE", test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
}
END_TEST

static cepces_status_t
set_credential(const char *account, const char *hash, const cepces_scope_t *scopes, size_t num)
{
    cepces_credential_t c = {.account = account, .hash = hash, .scopes = scopes, .scopes_num = num};

    return cepces_store_save_credential(store, &c, test_pool, &test_error);
}

START_TEST(a_credential_has_a_hash_and_scopes)
{
    cepces_scope_t scopes[] = {{CEPCES_SCOPE_TEMPLATE, "WebServer"},
                               {CEPCES_SCOPE_CA, "issuing"},
                               {CEPCES_SCOPE_SAME_AS_CEP, NULL},
                               {CEPCES_SCOPE_POLICY, "contoso"},
                               {CEPCES_SCOPE_CA, "issuing"}};
    const cepces_credential_t *list;
    cepces_credential_t found;
    size_t num;
    bool enabled = false;

    fill();
    test_ok(set_credential("alice", "$2b$12$first", scopes, 5));
    test_ok(cepces_store_find_credential(&found, &enabled, store, "alice", test_pool, &test_error));
    ck_assert(enabled);
    ck_assert_str_eq(found.account, "alice");
    ck_assert_str_eq(found.hash, "$2b$12$first");
    ck_assert_uint_eq(found.scopes_num, 4); /* one was named twice */
    ck_assert_int_eq(found.scopes[0].kind, CEPCES_SCOPE_CA);
    ck_assert_str_eq(found.scopes[0].name, "issuing");
    ck_assert_int_eq(found.scopes[2].kind, CEPCES_SCOPE_SAME_AS_CEP);
    ck_assert_ptr_null(found.scopes[2].name);
    ck_assert_str_eq(found.scopes[3].name, "WebServer");
    test_ok(set_credential("alice", "$2b$12$second", NULL, 0));
    test_ok(set_credential("alice", NULL, scopes, 1));
    test_ok(cepces_store_list_credentials(&list, &num, store, test_pool, &test_error));
    ck_assert_uint_eq(num, 1);
    ck_assert_str_eq(list[0].hash, "$2b$12$second");
    ck_assert_uint_eq(list[0].scopes_num, 1);
    ck_assert_int_gt(list[0].changed_at, found.changed_at);
}
END_TEST

START_TEST(a_credential_without_scopes_opens_nothing_and_is_found)
{
    cepces_credential_t found;
    bool enabled;

    fill();
    test_ok(set_credential("alice", "$2b$12$x", NULL, 0));
    test_ok(cepces_store_find_credential(&found, &enabled, store, "alice", test_pool, &test_error));
    ck_assert_uint_eq(found.scopes_num, 0);
}
END_TEST

START_TEST(the_credential_of_a_disabled_account_says_so)
{
    cepces_account_t alice;
    cepces_credential_t found;
    bool enabled = true;

    fill();
    test_ok(set_credential("alice", "$2b$12$x", NULL, 0));
    test_ok(cepces_store_find_account(&alice, store, "alice", test_pool, &test_error));
    alice.enabled = false;
    test_ok(cepces_store_save_account(store, &alice, test_pool, &test_error));
    test_ok(cepces_store_find_credential(&found, &enabled, store, "alice", test_pool, &test_error));
    ck_assert(!enabled);
}
END_TEST

START_TEST(credentials_of_nobody_or_for_nothing_are_refused)
{
    cepces_scope_t unknown = {CEPCES_SCOPE_TEMPLATE, "User"};
    cepces_credential_t found;
    bool enabled;

    fill();
    ck_assert_int_eq(set_credential("bob", "$2b$12$x", NULL, 0), CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(set_credential("alice", NULL, NULL, 0), CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(set_credential("alice", "$2b$12$x", &unknown, 1), CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(set_credential("alice", "plain text", NULL, 0), CEPCES_E_INVALID);
    ck_assert_int_eq(
        cepces_store_find_credential(&found, &enabled, store, "alice", test_pool, &test_error),
        CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(cepces_store_remove_credential(store, "alice", test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    test_ok(set_credential("alice", "$2b$12$x", NULL, 0));
    test_ok(cepces_store_remove_credential(store, "alice", test_pool, &test_error));
    ck_assert_int_eq(test_number("SELECT count(*) FROM credential"), 0);
}
END_TEST

static cepces_status_t
grant(const cepces_access_entry_t *e)
{
    return cepces_store_grant(store, e, test_pool, &test_error);
}

START_TEST(access_is_granted_replaced_and_revoked)
{
    const char *patterns[] = {"dns:*.example.com", "cn:*"};
    cepces_access_entry_t alice = {.template_name = "WebServer",
                                   .grantee_kind = CEPCES_GRANTEE_ACCOUNT,
                                   .grantee = "alice",
                                   .rights = CEPCES_RIGHT_ENROLL,
                                   .name_patterns = {patterns, 2}},
                          group = {.ca_name = "issuing",
                                   .grantee_kind = CEPCES_GRANTEE_GROUP,
                                   .grantee = "Domain Computers",
                                   .rights = CEPCES_RIGHT_ENROLL | CEPCES_RIGHT_AUTOENROLL},
                          everybody = {.template_name = "WebServer",
                                       .grantee_kind = CEPCES_GRANTEE_AUTHENTICATED,
                                       .rights = CEPCES_RIGHT_AUTOENROLL};
    cepces_catalogue_t c;

    fill();
    test_ok(grant(&alice));
    test_ok(grant(&group));
    test_ok(grant(&everybody));
    everybody.rights = CEPCES_RIGHT_ENROLL;
    test_ok(grant(&everybody));
    test_ok(cepces_store_load_catalogue(&c, store, test_pool, &test_error));
    ck_assert_uint_eq(c.num_access, 3);
    ck_assert_str_eq(c.access[0].template_name, "WebServer");
    ck_assert_ptr_null(c.access[0].ca_name);
    ck_assert_str_eq(c.access[0].grantee, "alice");
    assert_strings(c.access[0].name_patterns, alice.name_patterns);
    ck_assert_str_eq(c.access[1].ca_name, "issuing");
    ck_assert_int_eq(c.access[1].grantee_kind, CEPCES_GRANTEE_GROUP);
    ck_assert_uint_eq(c.access[1].rights, 3);
    ck_assert_ptr_null(c.access[2].grantee);
    ck_assert_uint_eq(c.access[2].rights, CEPCES_RIGHT_ENROLL);
    test_ok(cepces_store_revoke(store, &everybody, test_pool, &test_error));
    test_ok(cepces_store_revoke(store, &group, test_pool, &test_error));
    test_ok(cepces_store_revoke(store, &alice, test_pool, &test_error));
    ck_assert_int_eq(cepces_store_revoke(store, &alice, test_pool, &test_error),
                     CEPCES_E_NOT_FOUND);
    ck_assert_int_eq(test_number("SELECT count(*) FROM access_entry"), 0);
}
END_TEST

static const struct {
    cepces_access_entry_t entry;
    cepces_status_t status;
} bad_entries[] = {
    {{.template_name = "User", .grantee_kind = CEPCES_GRANTEE_AUTHENTICATED, .rights = 1},
     CEPCES_E_NOT_FOUND},
    {{.ca_name = "elsewhere", .grantee_kind = CEPCES_GRANTEE_AUTHENTICATED, .rights = 1},
     CEPCES_E_NOT_FOUND},
    {{.ca_name = "issuing", .grantee_kind = CEPCES_GRANTEE_ACCOUNT, .grantee = "bob", .rights = 1},
     CEPCES_E_NOT_FOUND},
    {{.ca_name = "issuing", .grantee_kind = CEPCES_GRANTEE_ACCOUNT, .rights = 1},
     CEPCES_E_NOT_FOUND},
    {{.ca_name = "issuing", .grantee_kind = CEPCES_GRANTEE_GROUP, .rights = 1}, CEPCES_E_INVALID},
    {{.ca_name = "issuing", .grantee_kind = CEPCES_GRANTEE_AUTHENTICATED, .rights = 0},
     CEPCES_E_INVALID},
    {{.ca_name = "issuing", .grantee_kind = CEPCES_GRANTEE_AUTHENTICATED, .rights = 4},
     CEPCES_E_INVALID},
    {{.ca_name = "issuing", .grantee_kind = (cepces_grantee_kind_t)9, .rights = 1},
     CEPCES_E_INVALID},
    {{.grantee_kind = CEPCES_GRANTEE_AUTHENTICATED, .rights = 1}, CEPCES_E_INVALID},
    {{.ca_name = "issuing",
      .template_name = "WebServer",
      .grantee_kind = CEPCES_GRANTEE_AUTHENTICATED,
      .rights = 1},
     CEPCES_E_INVALID},
};

START_TEST(access_that_means_nothing_is_refused)
{
    fill();
    for (size_t i = 0; i < LENGTH_OF(bad_entries); i++) {
        ck_assert_msg(grant(&bad_entries[i].entry) == bad_entries[i].status, "entry %zu: %s", i,
                      cepces_error_line(&test_error, test_pool));
    }
    ck_assert_int_eq(test_number("SELECT count(*) FROM access_entry"), 0);
}
END_TEST

int
main(int argc, char *argv[])
{
    TCase *tc = test_case("store: accounts");

    (void)argc;
    test_need_database(argv);
    tcase_add_test(tc, an_account_is_read_as_it_was_stored_and_changed);
    tcase_add_test(tc, accounts_that_clash_are_refused);
    tcase_add_test(tc, accounts_are_listed_by_name);
    tcase_add_test(tc, a_credential_has_a_hash_and_scopes);
    tcase_add_test(tc, a_credential_without_scopes_opens_nothing_and_is_found);
    tcase_add_test(tc, the_credential_of_a_disabled_account_says_so);
    tcase_add_test(tc, credentials_of_nobody_or_for_nothing_are_refused);
    tcase_add_test(tc, access_is_granted_replaced_and_revoked);
    tcase_add_test(tc, access_that_means_nothing_is_refused);
    return test_run(tc);
}
