/* The decision about names: supplied in the request and bound by patterns, or built from the
 * account. */
#include "test_policy_scene.h"

#include <apr_strings.h>

#include "base/encode.h"

/* --- Supplied names: V43, V44 ----------------------------------------------------------------- */

#define CHARS_64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
many_rdns(scene_t *s)
{
    while (s->request.num_rdns <= CEPCES_REQUEST_MAX_RDNS) {
        add_rdn(s, "OU", "unit");
    }
}

CASE(attribute_unknown, add_rdn(s, "1.2.3.4", "x"); add_pattern(s, "rdn:1.2.3.4=x"))
CASE(attribute_control, add_rdn(s, "O", "a\x01"))
CASE(attribute_empty, add_rdn(s, "O", ""))
CASE(attribute_not_utf8, add_rdn(s, "O", "\xff"))
CASE(attribute_o_64, add_rdn(s, "O", CHARS_64))
CASE(attribute_o_65, add_rdn(s, "O", CHARS_64 "a"))
CASE(attribute_l_65, add_rdn(s, "L", CHARS_64 "a"))
CASE(attribute_l_129, add_rdn(s, "L", CHARS_64 CHARS_64 "a"))
CASE(country_1, add_rdn(s, "C", "D"))
CASE(country_2, add_rdn(s, "C", "DE"))
CASE(country_3, add_rdn(s, "C", "DEU"))
CASE(country_not_ascii, add_rdn(s, "C",
                                "\xc3\x84"
                                "E"))
CASE(space_first, add_rdn(s, "O", " a"))
CASE(space_last, add_rdn(s, "O", "a "))
CASE(space_twice, add_rdn(s, "O", "a  b"))
CASE(nothing_at_all, s->request.num_rdns = s->request.num_sans = 0)
CASE(subject_only, s->request.num_sans = 0)
CASE(sans_only, s->request.num_rdns = 0; s->request.subject_empty = true)

static const case_t subject_cases[] = {
    {attribute_o_64, CEPCES_OK, NULL},
    {attribute_l_65, CEPCES_OK, NULL},
    {country_2, CEPCES_OK, NULL},
    {subject_only, CEPCES_OK, NULL},
    {sans_only, CEPCES_OK, NULL},
    {attribute_unknown, CEPCES_E_BAD_SUBJECT, "V43"},
    {attribute_control, CEPCES_E_BAD_SUBJECT, "V43"},
    {attribute_empty, CEPCES_E_BAD_SUBJECT, "V43"},
    {attribute_not_utf8, CEPCES_E_BAD_SUBJECT, "V43"},
    {attribute_o_65, CEPCES_E_BAD_SUBJECT, "V43"},
    {attribute_l_129, CEPCES_E_BAD_SUBJECT, "V43"},
    {country_1, CEPCES_E_BAD_SUBJECT, "V43"},
    {country_3, CEPCES_E_BAD_SUBJECT, "V43"},
    {country_not_ascii, CEPCES_E_BAD_SUBJECT, "V43"},
    {space_first, CEPCES_E_BAD_SUBJECT, "V43"},
    {space_last, CEPCES_E_BAD_SUBJECT, "V43"},
    {space_twice, CEPCES_E_BAD_SUBJECT, "V43"},
    {many_rdns, CEPCES_E_BAD_SUBJECT, "V43"},
    {nothing_at_all, CEPCES_E_BAD_SUBJECT, "V43"},
};

START_TEST(V43_subjects_hold_known_attributes_within_limits)
{
    run_case(supplied_scene(), &subject_cases[_i]);
}
END_TEST

START_TEST(V43_an_empty_subject_makes_the_names_critical)
{
    static const char *const critical[] = {"2.5.29.17"};
    scene_t *s = supplied_scene();
    const cepces_plan_t *plan = granted(s);

    ck_assert(!plan->san_critical);
    ck_assert_str_eq(plan->subject_text, "CN=host.example.com");
    s->t.critical_extensions = (cepces_strings_t){critical, 1};
    ck_assert(granted(s)->san_critical);
    s->t.critical_extensions = NO_LIST;
    sans_only(s);
    plan = granted(s);
    ck_assert(plan->san_critical);
    ck_assert_str_eq(cepces_hex(plan->subject_der, test_pool), "3000");
}
END_TEST

static void
hundred_names(scene_t *s)
{
    while (s->request.num_sans < CEPCES_REQUEST_MAX_SANS) {
        add_san(s, CEPCES_SAN_DNS,
                apr_psprintf(test_pool, "n%d.example.com", (int)s->request.num_sans));
    }
}

CASE(names_100, hundred_names(s))
CASE(names_101, hundred_names(s); add_san(s, CEPCES_SAN_DNS, "more.example.com"))
CASE(dns_deep, add_san(s, CEPCES_SAN_DNS, "a.b.c.example.com"))
CASE(dns_other, add_san(s, CEPCES_SAN_DNS, "host.example.org"))
CASE(dns_apex, add_san(s, CEPCES_SAN_DNS, "example.com"))
CASE(dns_twice, add_san(s, CEPCES_SAN_DNS, "HOST.example.com"))
CASE(dns_address, add_san(s, CEPCES_SAN_DNS, "10.0.0.1"); add_pattern(s, "dns:*"))
CASE(dns_underscore, add_san(s, CEPCES_SAN_DNS, "a_b.example.com"))
CASE(no_pattern, s->access.name_patterns = NO_LIST)
CASE(wildcard_disallowed, add_san(s, CEPCES_SAN_DNS, "*.example.com"); add_pattern(s, "dns:*"))
CASE(wildcard_allowed, s->t.allow_wildcards = true; add_san(s, CEPCES_SAN_DNS, "*.example.com"))
CASE(wildcard_uncovered, s->t.allow_wildcards = true; add_san(s, CEPCES_SAN_DNS, "*.example.org"))
CASE(wildcard_inside, s->t.allow_wildcards = true; add_san(s, CEPCES_SAN_DNS, "a.*.example.com"))
CASE(wildcard_partial, s->t.allow_wildcards = true; add_san(s, CEPCES_SAN_DNS, "a*.example.com"))
CASE(wildcard_top, s->t.allow_wildcards = true; add_san(s, CEPCES_SAN_DNS, "*.com");
     add_pattern(s, "dns:*"))
CASE(email_good, add_san(s, CEPCES_SAN_EMAIL, "bob@example.com");
     add_pattern(s, "email:*@example.com"))
CASE(email_other, add_san(s, CEPCES_SAN_EMAIL, "bob@example.org");
     add_pattern(s, "email:*@example.com"))
CASE(email_two_ats, add_san(s, CEPCES_SAN_EMAIL, "bob@x@example.com");
     add_pattern(s, "email:*@example.com"))
CASE(email_unbound, add_san(s, CEPCES_SAN_EMAIL, "bob@host.example.com"))
CASE(upn_good, add_san(s, CEPCES_SAN_UPN, "bob@example.com"); add_pattern(s, "upn:*@example.com"))
CASE(upn_unbound, add_san(s, CEPCES_SAN_UPN, "bob@example.com");
     add_pattern(s, "email:*@example.com"))
CASE(upn_no_domain, add_san(s, CEPCES_SAN_UPN, "bob"); add_pattern(s, "upn:*"))
CASE(ip_good, add_ip(s, "10.1.2.3", "\x0a\x01\x02\x03", 4); add_pattern(s, "ip:10.0.0.0/8"))
CASE(ip_other, add_ip(s, "11.1.2.3", "\x0b\x01\x02\x03", 4); add_pattern(s, "ip:10.0.0.0/8"))
CASE(ip_length, add_ip(s, "10.1.2", "\x0a\x01\x02", 3); add_pattern(s, "ip:*"))
CASE(uri_good, add_san(s, CEPCES_SAN_URI, "https://h.example.com/a");
     add_pattern(s, "uri:https://h.example.com/*"))
CASE(uri_other, add_san(s, CEPCES_SAN_URI, "https://x.example.com/a");
     add_pattern(s, "uri:https://h.example.com/*"))
CASE(uri_scheme, add_san(s, CEPCES_SAN_URI, "file:///etc/passwd"); add_pattern(s, "uri:*"))
CASE(guid_supplied, add_san(s, CEPCES_SAN_GUID, "f81d4fae-7dec-11d0-a765-00a0c91e6bf6"))
CASE(other_supplied, add_san(s, CEPCES_SAN_OTHER, "1.2.3.4"))
CASE(cn_uncovered, add_rdn(s, "CN", "Administrator"))
CASE(cn_other_host, add_rdn(s, "CN", "host.example.org"))
CASE(cn_by_dns, add_rdn(s, "CN", "other.example.com"))
CASE(cn_by_cn, add_rdn(s, "CN", "Printer 12"); add_pattern(s, "cn:Printer *"))
CASE(cn_by_upn, add_rdn(s, "CN", "bob@example.com"); add_pattern(s, "upn:*@example.com"))
CASE(cn_by_email, add_rdn(s, "CN", "bob@example.com"); add_pattern(s, "email:*@example.com"))
CASE(cn_two_ats, add_rdn(s, "CN", "bob@x@example.com"); add_pattern(s, "upn:*@example.com"))
CASE(cn_is_a_name, add_pattern(s, "ip:10.0.0.0/8"); add_ip(s, "10.1.2.3", "\x0a\x01\x02\x03", 4);
     add_rdn(s, "CN", "10.1.2.3"))
CASE(cn_wildcard, add_rdn(s, "CN", "*.example.com"); add_pattern(s, "cn:*"))
CASE(cn_wildcard_allowed, s->t.allow_wildcards = true; add_rdn(s, "CN", "*.example.com"))
CASE(cn_star, s->t.allow_wildcards = true; add_rdn(s, "CN", "a*b"); add_pattern(s, "cn:*"))
CASE(mail_good, add_rdn(s, "emailAddress", "bob@example.com");
     add_pattern(s, "email:*@example.com"))
CASE(mail_unbound, add_rdn(s, "emailAddress", "bob@example.com"))
CASE(mail_malformed, add_rdn(s, "emailAddress", "bob"); add_pattern(s, "email:*"))
CASE(dc_good, add_rdn(s, "DC", "example"); add_pattern(s, "rdn:DC=example"))
CASE(dc_other, add_rdn(s, "DC", "evil"); add_pattern(s, "rdn:DC=example"))
CASE(dc_unbound, add_rdn(s, "DC", "example"))
CASE(uid_unbound, add_rdn(s, "UID", "root"))
CASE(serial_unbound, add_rdn(s, "serialNumber", "42"))
CASE(o_free, add_rdn(s, "O", "Example"))
CASE(o_bound, add_rdn(s, "O", "Example"); add_pattern(s, "rdn:O=Example"))
CASE(o_bound_other, add_rdn(s, "O", "Evil"); add_pattern(s, "rdn:O=Example"))

static const case_t name_cases[] = {
    {names_100, CEPCES_OK, NULL},
    {dns_deep, CEPCES_OK, NULL},
    {wildcard_allowed, CEPCES_OK, NULL},
    {email_good, CEPCES_OK, NULL},
    {upn_good, CEPCES_OK, NULL},
    {ip_good, CEPCES_OK, NULL},
    {uri_good, CEPCES_OK, NULL},
    {cn_by_dns, CEPCES_OK, NULL},
    {cn_by_cn, CEPCES_OK, NULL},
    {cn_by_upn, CEPCES_OK, NULL},
    {cn_by_email, CEPCES_OK, NULL},
    {cn_is_a_name, CEPCES_OK, NULL},
    {cn_wildcard_allowed, CEPCES_OK, NULL},
    {mail_good, CEPCES_OK, NULL},
    {dc_good, CEPCES_OK, NULL},
    {o_free, CEPCES_OK, NULL},
    {o_bound, CEPCES_OK, NULL},
    {names_101, CEPCES_E_BAD_SUBJECT, "V44"},
    {no_pattern, CEPCES_E_NAME_DENIED, "V44"},
    {dns_other, CEPCES_E_NAME_DENIED, "V44"},
    {dns_apex, CEPCES_E_NAME_DENIED, "V44"},
    {dns_twice, CEPCES_E_BAD_SUBJECT, "V44"},
    {dns_address, CEPCES_E_BAD_SUBJECT, "V44"},
    {dns_underscore, CEPCES_E_BAD_SUBJECT, "V44"},
    {wildcard_disallowed, CEPCES_E_NAME_DENIED, "V44"},
    {wildcard_uncovered, CEPCES_E_NAME_DENIED, "V44"},
    {wildcard_inside, CEPCES_E_BAD_SUBJECT, "V44"},
    {wildcard_partial, CEPCES_E_BAD_SUBJECT, "V44"},
    {wildcard_top, CEPCES_E_BAD_SUBJECT, "V44"},
    {email_other, CEPCES_E_NAME_DENIED, "V44"},
    {email_two_ats, CEPCES_E_BAD_SUBJECT, "V44"},
    {email_unbound, CEPCES_E_NAME_DENIED, "V44"},
    {upn_unbound, CEPCES_E_NAME_DENIED, "V44"},
    {upn_no_domain, CEPCES_E_BAD_SUBJECT, "V44"},
    {ip_other, CEPCES_E_NAME_DENIED, "V44"},
    {ip_length, CEPCES_E_BAD_SUBJECT, "V44"},
    {uri_other, CEPCES_E_NAME_DENIED, "V44"},
    {uri_scheme, CEPCES_E_BAD_SUBJECT, "V44"},
    {guid_supplied, CEPCES_E_NAME_DENIED, "V44"},
    {other_supplied, CEPCES_E_NAME_DENIED, "V44"},
    {cn_uncovered, CEPCES_E_NAME_DENIED, "V44"},
    {cn_other_host, CEPCES_E_NAME_DENIED, "V44"},
    {cn_two_ats, CEPCES_E_NAME_DENIED, "V44"},
    {cn_wildcard, CEPCES_E_NAME_DENIED, "V44"},
    {cn_star, CEPCES_E_BAD_SUBJECT, "V44"},
    {mail_unbound, CEPCES_E_NAME_DENIED, "V44"},
    {mail_malformed, CEPCES_E_BAD_SUBJECT, "V44"},
    {dc_other, CEPCES_E_NAME_DENIED, "V44"},
    {dc_unbound, CEPCES_E_NAME_DENIED, "V44"},
    {uid_unbound, CEPCES_E_NAME_DENIED, "V44"},
    {serial_unbound, CEPCES_E_NAME_DENIED, "V44"},
    {o_bound_other, CEPCES_E_NAME_DENIED, "V44"},
};

START_TEST(V44_every_supplied_name_needs_a_pattern)
{
    run_case(supplied_scene(), &name_cases[_i]);
}
END_TEST

#define NUM_NAMES 7

/* Seven good names; then each of them in turn is replaced by a bad one. */
START_TEST(V44_one_bad_name_among_many_refuses_wherever_it_stands)
{
    scene_t *s = supplied_scene();

    s->request.num_sans = 0;
    for (int i = 0; i < NUM_NAMES; i++) {
        add_san(s, CEPCES_SAN_DNS, apr_psprintf(test_pool, "n%d.example.com", i));
    }
    if (_i < NUM_NAMES) {
        s->sans[_i].text = "n.example.com.evil.org";
        refused(s, CEPCES_E_NAME_DENIED, "V44");
    } else {
        ck_assert_uint_eq(granted(s)->num_sans, NUM_NAMES);
    }
}
END_TEST

START_TEST(V44_one_bad_attribute_among_many_refuses_wherever_it_stands)
{
    scene_t *s = supplied_scene();

    s->request.num_rdns = 0;
    for (int i = 0; i < NUM_NAMES; i++) {
        add_rdn(s, "CN", apr_psprintf(test_pool, "n%d.example.com", i));
    }
    if (_i < NUM_NAMES) {
        s->rdns[_i].value = "Administrator";
        refused(s, CEPCES_E_NAME_DENIED, "V44");
    } else {
        (void)granted(s);
    }
}
END_TEST

START_TEST(supplied_names_stand_in_the_plan_as_granted)
{
    scene_t *s = scene();
    const cepces_plan_t *plan;

    add_rdn(s, "C", "DE");
    add_rdn(s, "O", "Example, Inc.");
    add_rdn(s, "CN", "Host.example.com");
    add_san(s, CEPCES_SAN_DNS, "Host.Example.com");
    add_ip(s, "10.1.2.3", "\x0a\x01\x02\x03", 4);
    add_pattern(s, "dns:*.example.com");
    add_pattern(s, "ip:10.1.2.3");
    plan = granted(s);
    ck_assert_str_eq(plan->subject_text, "CN=Host.example.com,O=Example\\, Inc.,C=DE");
    ck_assert_str_eq(sans_text(plan), "dns:host.example.com ip:10.1.2.3");
    ck_assert_uint_eq(plan->sans[1].octets.len, 4);
    ck_assert_str_eq(dropped_text(plan), "");
}
END_TEST

/* --- SID: V51, T16 ---------------------------------------------------------------------------- */

START_TEST(T16_a_supplied_subject_never_gets_a_sid)
{
    scene_t *s = supplied_scene();
    const cepces_plan_t *plan;

    s->account.sid = s->request.sid = "S-1-5-21-1-2-3-500";
    add_extension(s, "1.3.6.1.4.1.311.25.2", "3000");
    add_san(s, CEPCES_SAN_URI, "tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-500");
    plan = granted(s);
    ck_assert_ptr_null(plan->sid);
    ck_assert_str_eq(sans_text(plan), "dns:host.example.com");
    ck_assert_str_eq(dropped_text(plan), "tag:microsoft.com,2022-09-14:sid:S-1-5-21-1-2-3-500 "
                                         "1.3.6.1.4.1.311.25.2");
}
END_TEST

static const struct {
    const char *account, *requested;
    uint32_t flags;
    const char *sid, *dropped;
} sid_cases[] = {
    {"S-1-5-21-1-2-3-1105", NULL, 0, "S-1-5-21-1-2-3-1105", ""},
    {"S-1-5-21-1-2-3-1105", "S-1-5-21-1-2-3-1105", 0, "S-1-5-21-1-2-3-1105", ""},
    {"S-1-5-21-1-2-3-1105", "S-1-5-21-1-2-3-500", 0, "S-1-5-21-1-2-3-1105", "1.3.6.1.4.1.311.25.2"},
    {"S-1-5-21-1-2-3-1105", NULL, CEPCES_ENROLL_NO_SECURITY_EXTENSION, NULL, ""},
    {NULL, NULL, 0, NULL, ""},
    {NULL, "S-1-5-21-1-2-3-500", 0, NULL, "1.3.6.1.4.1.311.25.2"},
};

START_TEST(V51_the_sid_is_the_accounts)
{
    scene_t *s = built_scene();
    const cepces_plan_t *plan;

    s->account.sid = sid_cases[_i].account;
    s->request.sid = sid_cases[_i].requested;
    s->t.enrollment_flags = sid_cases[_i].flags;
    if (s->request.sid != NULL) {
        add_extension(s, "1.3.6.1.4.1.311.25.2", "3000");
    }
    plan = granted(s);
    if (sid_cases[_i].sid == NULL) {
        ck_assert_ptr_null(plan->sid);
    } else {
        ck_assert_str_eq(plan->sid, sid_cases[_i].sid);
    }
    ck_assert_str_eq(dropped_text(plan), sid_cases[_i].dropped);
}
END_TEST

START_TEST(V51_a_broken_sid_of_the_account_refuses)
{
    scene_t *s = built_scene();

    s->account.sid = "S-1-5-21-x";
    refused(s, CEPCES_E_BAD_SUBJECT, "V51");
}
END_TEST

/* --- Built names: V45, V50 -------------------------------------------------------------------- */

static const struct {
    cepces_account_kind_t kind;
    uint32_t flags;
    const char *subject, *sans;
} built_cases[] = {
    {CEPCES_ACCOUNT_USER, 0x40000000, "CN=Alice Example", ""},
    {CEPCES_ACCOUNT_USER, 0x10000000, "CN=Alice Example", ""},
    {CEPCES_ACCOUNT_COMPUTER, 0x40000000, "CN=ws1.Example.com", ""},
    {CEPCES_ACCOUNT_COMPUTER, 0x18000000, "CN=ws1.Example.com",
     "dns:ws1.example.com dns:ws1-alt.example.com"},
    {CEPCES_ACCOUNT_USER, 0x80000000, "CN=alice,CN=Users,DC=example,DC=com", ""},
    {CEPCES_ACCOUNT_COMPUTER, 0xc0000000, "CN=alice,CN=Users,DC=example,DC=com", ""},
    {CEPCES_ACCOUNT_USER, 0xa6000000,
     "emailAddress=Alice.Example@example.com,CN=alice,CN=Users,DC=example,DC=com",
     "upn:alice@example.com email:Alice.Example@example.com"},
    {CEPCES_ACCOUNT_USER, 0x20000000, "emailAddress=Alice.Example@example.com", ""},
    {CEPCES_ACCOUNT_COMPUTER, 0x08000000, "", "dns:ws1.example.com dns:ws1-alt.example.com"},
    {CEPCES_ACCOUNT_COMPUTER, 0x08400000, "",
     "dns:ws1.example.com dns:ws1-alt.example.com dns:example.com"},
    {CEPCES_ACCOUNT_USER, 0x02000000, "", "upn:alice@example.com"},
    {CEPCES_ACCOUNT_USER, 0x00800000, "", "upn:alice@example.com"},
    {CEPCES_ACCOUNT_USER, 0x02800000, "", "upn:alice@example.com"},
    {CEPCES_ACCOUNT_USER, 0x01000000, "", "guid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"},
    {CEPCES_ACCOUNT_SERVICE, 0x40000000, "CN=Alice Example", ""},
};

START_TEST(V50_names_are_built_from_the_account)
{
    scene_t *s = built_scene();
    const cepces_plan_t *plan;

    s->account.kind = built_cases[_i].kind;
    s->t.subject_name_flags = built_cases[_i].flags;
    plan = granted(s);
    ck_assert_str_eq(plan->subject_text, built_cases[_i].subject);
    ck_assert_str_eq(sans_text(plan), built_cases[_i].sans);
    ck_assert_int_eq(plan->san_critical, built_cases[_i].subject[0] == '\0');
}
END_TEST

START_TEST(V50_a_user_without_common_name_is_called_by_the_accounts_name)
{
    scene_t *s = built_scene();

    s->account.common_name = NULL;
    ck_assert_str_eq(granted(s)->subject_text, "CN=alice");
}
END_TEST

START_TEST(the_directory_name_is_written_root_first)
{
    scene_t *s = built_scene();

    s->t.subject_name_flags = CEPCES_NAME_SUBJECT_REQUIRE_DIRECTORY_PATH;
    s->account.directory_name = "CN=a,DC=b";
    ck_assert_str_eq(cepces_hex(granted(s)->subject_der, test_pool),
                     "301f"
                     "3111300f060a0992268993f22c640119160162"
                     "310a300806035504030c0161");
}
END_TEST

static const char *const hosts[] = {"ws1", "ws1.example.com"};
static const char *const wildcards[] = {"*.example.com", "*.example.org"};

CASE(dns_missing, s->t.subject_name_flags = 0x08000000; s->account.dns_names = NO_LIST)
CASE(dns_cn_missing, s->t.subject_name_flags = 0x10000000;
     s->account.kind = CEPCES_ACCOUNT_COMPUTER; s->account.dns_names = NO_LIST)
CASE(machine_template_dns_missing, s->t.general_flags = CEPCES_GENERAL_MACHINE_TYPE;
     s->account.dns_names = NO_LIST)
CASE(domain_missing, s->t.subject_name_flags = 0x00400000; s->account.dns_names.items = hosts)
CASE(upn_missing, s->account.upn = NULL)
CASE(spn_missing, s->t.subject_name_flags = 0x00800000; s->account.upn = NULL)
CASE(email_missing, s->t.subject_name_flags = 0x20000000; s->account.email = NULL)
CASE(email_san_missing, s->t.subject_name_flags = 0x04000000; s->account.email = NULL)
CASE(guid_missing, s->t.subject_name_flags = 0x01000000; s->account.guid = NULL)
CASE(path_missing, s->t.subject_name_flags = 0x80000000; s->account.directory_name = NULL)
CASE(dns_unusable, s->t.subject_name_flags = 0x08000000; s->account.dns_names.items = wildcards)
CASE(dns_cn_unusable, s->t.subject_name_flags = 0x10000000;
     s->account.kind = CEPCES_ACCOUNT_COMPUTER; s->account.dns_names.items = wildcards)
CASE(upn_unusable, s->account.upn = "alice")
CASE(email_unusable, s->t.subject_name_flags = 0x04000000; s->account.email = "alice")
CASE(guid_unusable, s->t.subject_name_flags = 0x01000000; s->account.guid = "no guid")
CASE(cn_unusable, s->account.common_name = CHARS_64 "a")
CASE(nothing_built, s->t.subject_name_flags = 0)
CASE(stranger_cn, s->who.account = NULL)
CASE(stranger_dns, s->who.account = NULL; s->t.subject_name_flags = 0x18000000;
     s->t.general_flags = CEPCES_GENERAL_MACHINE_TYPE)
CASE(stranger_upn, s->who.account = NULL; s->t.subject_name_flags = 0x02000000)

static const case_t missing_cases[] = {
    {dns_missing, CEPCES_E_DNS_REQUIRED, "V50"},
    {dns_cn_missing, CEPCES_E_DNS_REQUIRED, "V50"},
    {machine_template_dns_missing, CEPCES_E_DNS_REQUIRED, "V50"},
    {domain_missing, CEPCES_E_DNS_REQUIRED, "V50"},
    {upn_missing, CEPCES_E_UPN_REQUIRED, "V50"},
    {spn_missing, CEPCES_E_UPN_REQUIRED, "V50"},
    {email_missing, CEPCES_E_EMAIL_REQUIRED, "V50"},
    {email_san_missing, CEPCES_E_EMAIL_REQUIRED, "V50"},
    {guid_missing, CEPCES_E_GUID_REQUIRED, "V50"},
    {path_missing, CEPCES_E_BAD_SUBJECT, "V50"},
    {dns_unusable, CEPCES_E_BAD_SUBJECT, "V50"},
    {dns_cn_unusable, CEPCES_E_BAD_SUBJECT, "V50"},
    {upn_unusable, CEPCES_E_BAD_SUBJECT, "V50"},
    {email_unusable, CEPCES_E_BAD_SUBJECT, "V50"},
    {guid_unusable, CEPCES_E_BAD_SUBJECT, "V50"},
    {cn_unusable, CEPCES_E_BAD_SUBJECT, "V50"},
    {nothing_built, CEPCES_E_BAD_SUBJECT, "V43"},
    {stranger_cn, CEPCES_E_BAD_SUBJECT, "V50"},
    {stranger_dns, CEPCES_E_DNS_REQUIRED, "V50"},
    {stranger_upn, CEPCES_E_UPN_REQUIRED, "V50"},
};

START_TEST(V50_a_missing_attribute_refuses)
{
    run_case(built_scene(), &missing_cases[_i]);
}
END_TEST

START_TEST(V45_names_in_the_request_never_reach_a_built_certificate)
{
    scene_t *s = built_scene();
    const cepces_plan_t *plan;

    add_rdn(s, "CN", "Administrator");
    add_san(s, CEPCES_SAN_UPN, "administrator@example.com");
    add_san(s, CEPCES_SAN_DNS, "dc1.example.com");
    add_extension(s, "2.5.29.17", "3000");
    add_pattern(s, "upn:*");
    add_pattern(s, "cn:*");
    s->t.subject_name_flags |= CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME; /* ignored by CAs */
    plan = granted(s);
    ck_assert_str_eq(plan->subject_text, "CN=Alice Example");
    ck_assert_str_eq(sans_text(plan), "upn:alice@example.com");
    ck_assert_str_eq(dropped_text(plan), "CN=Administrator upn:administrator@example.com "
                                         "dns:dc1.example.com 2.5.29.17");
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("policy: decision about names");

    tcase_add_loop_test(tc, V43_subjects_hold_known_attributes_within_limits, 0,
                        LENGTH_OF(subject_cases));
    tcase_add_test(tc, V43_an_empty_subject_makes_the_names_critical);
    tcase_add_loop_test(tc, V44_every_supplied_name_needs_a_pattern, 0, LENGTH_OF(name_cases));
    tcase_add_loop_test(tc, V44_one_bad_name_among_many_refuses_wherever_it_stands, 0,
                        NUM_NAMES + 1);
    tcase_add_loop_test(tc, V44_one_bad_attribute_among_many_refuses_wherever_it_stands, 0,
                        NUM_NAMES + 1);
    tcase_add_test(tc, supplied_names_stand_in_the_plan_as_granted);
    tcase_add_test(tc, T16_a_supplied_subject_never_gets_a_sid);
    tcase_add_loop_test(tc, V51_the_sid_is_the_accounts, 0, LENGTH_OF(sid_cases));
    tcase_add_test(tc, V51_a_broken_sid_of_the_account_refuses);
    tcase_add_loop_test(tc, V50_names_are_built_from_the_account, 0, LENGTH_OF(built_cases));
    tcase_add_test(tc, V50_a_user_without_common_name_is_called_by_the_accounts_name);
    tcase_add_test(tc, the_directory_name_is_written_root_first);
    tcase_add_loop_test(tc, V50_a_missing_attribute_refuses, 0, LENGTH_OF(missing_cases));
    tcase_add_test(tc, V45_names_in_the_request_never_reach_a_built_certificate);
    return test_run(tc);
}
