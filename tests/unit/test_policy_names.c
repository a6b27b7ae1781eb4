/* The policy room's view of names: their syntax, name patterns, and who an access entry speaks
 * of. */
#include "policy/internal.h"
#include "support/suite.h"

#include <arpa/inet.h>

#include <apr_strings.h>

/* --- Syntax ----------------------------------------------------------------------------------- */

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static const struct {
    const char *text;
    bool valid;
} dns_cases[] = {
    {"host.example.com", true},
    {"host", true},
    {"HOST-1.Example.com", true},
    {"xn--bcher-kva.example", true},
    {"1.example.com", true},
    {LABEL_63 ".com", true},
    {LABEL_63 "." LABEL_63 "." LABEL_63 "." LABEL_63, false}, /* 255 */
    {LABEL_63 "a.com", false},
    {"", false},
    {".", false},
    {"host.", false},
    {".host", false},
    {"a..b", false},
    {"-a.example.com", false},
    {"a-.example.com", false},
    {"a_b.example.com", false},
    {"a b.example.com", false},
    {"*.example.com", false},
    {"b\xc3\xbc"
     "cher.example",
     false},
    {"10.0.0.1", false}, /* an address in disguise */
    {"host/path", false},
};

START_TEST(dns_names_are_letters_digits_and_hyphens)
{
    ck_assert_int_eq(cepces_syntax_dns(dns_cases[_i].text), dns_cases[_i].valid);
}
END_TEST

static const struct {
    const char *text;
    bool valid;
} wildcard_cases[] = {
    {"*.example.com", true},
    {"*.a.example.com", true},
    {"*", false},
    {"*.", false},
    {"*.com", false},
    {"a.*.example.com", false},
    {"*.*.example.com", false},
    {"*a.example.com", false},
    {"example.com", false},
};

START_TEST(a_wildcard_is_the_whole_leftmost_label)
{
    ck_assert_int_eq(cepces_syntax_dns_wildcard(wildcard_cases[_i].text), wildcard_cases[_i].valid);
}
END_TEST

static const struct {
    const char *text;
    bool email, upn;
} mailbox_cases[] = {
    {"alice@example.com", true, true},
    {"a.b+c@example.com", true, true},
    {"j\xc3\xb6rg@example.com", false, true},
    {"alice", false, false},
    {"@example.com", false, false},
    {"alice@", false, false},
    {"a@b@example.com", false, false},
    {"alice@exa mple.com", false, false},
    {"al ice@example.com", false, false},
    {"<alice>@example.com", false, true},
    {"a,b@example.com", false, true},
    {"alice@-example.com", false, false},
    {"alice\n@example.com", false, false},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@example.com", false, true},
};

START_TEST(mailboxes_have_one_at_sign_and_a_dns_name)
{
    ck_assert_int_eq(cepces_syntax_email(mailbox_cases[_i].text), mailbox_cases[_i].email);
    ck_assert_int_eq(cepces_syntax_upn(mailbox_cases[_i].text), mailbox_cases[_i].upn);
}
END_TEST

static const struct {
    const char *text;
    bool valid;
} uri_cases[] = {
    {"https://host.example.com/", true},
    {"https://host.example.com", true},
    {"HTTPS://host.example.com:8443/a?b#c", true},
    {"http://10.0.0.1/x", true},
    {"spiffe://trust.example.com/ns/web", true},
    {"ldap://dc.example.com/DC=example", true},
    {"ftp://host.example.com/", false},
    {"javascript:alert(1)", false},
    {"urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6", false},
    {"https:///path", false},
    {"https://user@host.example.com/", false},
    {"https://host.example.com:port/", false},
    {"https://host.example.com:/", false},
    {"https://host.example.com:123456/", false},
    {"https://host.example.com/a/../b", false},
    {"https://host.example.com/..", false},
    {"https://host.example.com/./b", false},
    {"https://host.example.com/a b", false},
    {"https://host.example.com\\@evil.example/", false},
    {"host.example.com", false},
};

START_TEST(uris_are_of_known_schemes_and_plain_hosts)
{
    cepces_uri_parts_t parts;

    ck_assert_int_eq(cepces_syntax_uri(&parts, uri_cases[_i].text, test_pool), uri_cases[_i].valid);
}
END_TEST

static const struct {
    const char *text;
    bool valid;
} oid_cases[] = {
    {"1.3.6.1.4.1.311.21.8.1234567.1", true},
    {"2.5.29.15", true},
    {"2.999", true},
    {"1.2.2147483647", true},
    {"1.2.2147483648", false}, /* clients truncate it (T25) */
    {"1.2.4294967296", false},
    {"1.40", false},
    {"3.1", false},
    {"1", false},
    {"1.", false},
    {".1.2", false},
    {"1..2", false},
    {"1.2.03", false},
    {"1.2.x", false},
    {"1.2 ", false},
    {"", false},
    {"1.2.2147483647.2147483647.2147483647.2147483647.2147483647.2147483647.2147483647.2147483647."
     "2147483647.2147483647.2147483647.2147483647.2147483647",
     false}, /* 66 octets */
};

START_TEST(oids_have_small_arcs_without_leading_zeros)
{
    ck_assert_int_eq(cepces_syntax_oid(oid_cases[_i].text), oid_cases[_i].valid);
}
END_TEST

static const struct {
    const char *text;
    bool valid;
} sid_cases[] = {
    {"S-1-5-21-1-2-3-1105", true},
    {"S-1-5-18", true},
    {"S-1-", false},
    {"S-1--5", false},
    {"S-1-5-", false},
    {"s-1-5-18", false},
    {"S-1-5-18 ", false},
    {"S-2-5-18", false},
    {"", false},
};

START_TEST(sids_are_numbers_behind_their_prefix)
{
    ck_assert_int_eq(cepces_syntax_sid(sid_cases[_i].text), sid_cases[_i].valid);
}
END_TEST

START_TEST(text_is_counted_in_characters)
{
    ck_assert(cepces_syntax_text("gr\xc3\xbc\xc3\x9f", 4));
    ck_assert(!cepces_syntax_text("gr\xc3\xbc\xc3\x9f", 3));
    ck_assert(!cepces_syntax_text("", 3));
    ck_assert(!cepces_syntax_text("a\tb", 3));
    ck_assert(!cepces_syntax_text("a\x7f", 3));
    ck_assert(!cepces_syntax_text("a\xc2\x85", 3));
    ck_assert(!cepces_syntax_text("\xff", 3));
}
END_TEST

static const struct {
    const char *pattern, *text;
    bool matches;
} glob_cases[] = {
    {"*", "", true},        {"*", "abc", true},         {"a*c", "abbbc", true},
    {"a*c", "ac", true},    {"a*c", "abd", false},      {"*b*", "abc", true},
    {"abc", "abcd", false}, {"abc", "ab", false},       {"", "", true},
    {"", "a", false},       {"a**c", "abc", true},      {"ABC", "abc", true},
    {"*@x", "a@y@x", true}, {"*aab", "aaaaaaab", true}, {"*aab*b", "aaaab", false},
};

START_TEST(a_star_is_any_run_of_characters)
{
    ck_assert_int_eq(cepces_syntax_glob(glob_cases[_i].pattern, glob_cases[_i].text, true),
                     glob_cases[_i].matches);
}
END_TEST

START_TEST(a_glob_of_many_stars_ends_in_time)
{
    char text[20001];

    memset(text, 'a', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    ck_assert(!cepces_syntax_glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", text, false));
}
END_TEST

/* --- Patterns --------------------------------------------------------------------------------- */

static const struct {
    const char *pattern;
    bool valid;
} pattern_cases[] = {
    {"dns:host.example.com", true},
    {"dns:*.example.com", true},
    {"DNS:*.example.com", true},
    {"dns:*", true},
    {"dns:", false},
    {"dns:a.*.example.com", false},
    {"dns:*example.com", false},
    {"dns:*.", false},
    {"cn:*", true},
    {"cn:Printer *", true},
    {"cn:", false},
    {"upn:*@example.com", true},
    {"upn:*", true},
    {"upn:alice", false},
    {"upn:*@*@example.com", false},
    {"email:alice@example.com", true},
    {"email:@example.com", false},
    {"email:alice@", false},
    {"ip:10.0.0.0/8", true},
    {"ip:10.1.2.3", true},
    {"ip:2001:db8::/32", true},
    {"ip:::/0", true},
    {"ip:*", true},
    {"ip:10.0.0.1/8", false}, /* bits behind the prefix */
    {"ip:10.0.0.0/33", false},
    {"ip:10.0.0.0/", false},
    {"ip:10.0.0.0/+8", false},
    {"ip:10.0.0", false},
    {"ip:host", false},
    {"uri:https://host.example.com/*", true},
    {"uri:https://*.example.com/*", true},
    {"uri:https://host.example.com:8443/x", true},
    {"uri:*", true},
    {"uri:https://*/x", false},
    {"uri:*://host/x", false},
    {"uri:host/x", false},
    {"rdn:DC=example", true},
    {"rdn:uid=*", true},
    {"rdn:O=Example*", true},
    {"rdn:2.5.4.5=42", true},
    {"rdn:CN=x", false},           /* has a kind of its own */
    {"rdn:emailAddress=x", false}, /* likewise */
    {"rdn:1.2.3.4=x", false},
    {"rdn:DC=", false},
    {"rdn:DC", false},
    {"host.example.com", false},
    {"", false},
    {"dns:host\n", false},
};

START_TEST(patterns_are_checked_when_they_are_written)
{
    ck_assert_int_eq(cepces_pattern_check(pattern_cases[_i].pattern, &test_error),
                     pattern_cases[_i].valid ? CEPCES_OK : CEPCES_E_INVALID);
}
END_TEST

static const struct {
    const char *pattern, *name;
    bool covered;
} cover_cases[] = {
    {"dns:host.example.com", "dns:host.example.com", true},
    {"dns:HOST.example.com", "dns:host.example.com", true},
    {"dns:host.example.com", "dns:host.example.org", false},
    {"dns:host.example.com", "dns:xhost.example.com", false},
    {"dns:*.example.com", "dns:a.example.com", true},
    {"dns:*.example.com", "dns:a.b.example.com", true},
    {"dns:*.example.com", "dns:example.com", false},
    {"dns:*.example.com", "dns:notexample.com", false},
    {"dns:*.example.com", "dns:a.example.com.evil.org", false},
    {"dns:*.example.com", "dns:*.example.com", true},
    {"dns:*.example.com", "dns:*.a.example.com", true},
    {"dns:*.a.example.com", "dns:*.example.com", false},
    {"dns:a.example.com", "dns:*.example.com", false},
    {"dns:*", "dns:anything.org", true},
    {"cn:*", "dns:a.example.com", false},
    {"upn:*@example.com", "upn:alice@example.com", true},
    {"upn:*@example.com", "upn:alice@EXAMPLE.com", true},
    {"upn:*@example.com", "upn:alice@evil.org", false},
    {"upn:*@example.com", "email:alice@example.com", false},
    {"email:*@example.com", "email:alice@example.com", true},
    {"email:*@example.com", "email:alice@a.example.com", false},
    {"cn:Printer *", "cn:printer 12", true},
    {"cn:Printer *", "cn:Scanner 12", false},
    {"ip:10.0.0.0/8", "ip:10.255.0.1", true},
    {"ip:10.0.0.0/8", "ip:11.0.0.1", false},
    {"ip:10.128.0.0/9", "ip:10.127.255.255", false},
    {"ip:10.1.2.3", "ip:10.1.2.3", true},
    {"ip:10.1.2.3", "ip:10.1.2.4", false},
    {"ip:0.0.0.0/0", "ip:8.8.8.8", true},
    {"ip:0.0.0.0/0", "ip:::1", false},
    {"ip:::/0", "ip:::ffff:10.0.0.1", true},
    {"ip:10.0.0.0/8", "ip:::ffff:10.0.0.1", false},
    {"ip:2001:db8::/32", "ip:2001:db8:1::1", true},
    {"ip:2001:db8::/32", "ip:2001:db9::1", false},
    {"ip:10.0.0.1/8", "ip:10.0.0.1", false}, /* not well formed: covers nothing */
    {"uri:https://host.example.com/*", "uri:https://host.example.com/a/b", true},
    {"uri:https://host.example.com/*", "uri:http://host.example.com/a", false},
    {"uri:https://host.example.com/*", "uri:https://host.example.com:444/a", false},
    {"uri:https://host.example.com/*", "uri:https://host.example.com.evil.org/a", false},
    {"uri:https://*.example.com/*", "uri:https://a.example.com/x", true},
    {"uri:https://*.example.com/*", "uri:https://evil.org/.example.com/x", false},
    {"uri:https://*.example.com/*", "uri:https://example.com/x", false},
    {"uri:https://host.example.com/a*", "uri:https://host.example.com/b", false},
    {"uri:https://host.example.com/a", "uri:https://host.example.com/A", false},
    {"uri:*", "uri:https://host.example.com/", true},
    {"uri:*", "uri:tag:whatever", false},
    {"rdn:DC=example", "rdn:DC=example", true},
    {"rdn:0.9.2342.19200300.100.1.25=example", "rdn:DC=example", true},
    {"rdn:DC=example", "rdn:DC=evil", false},
    {"rdn:UID=*", "rdn:DC=example", false},
};

static bool
covers(cepces_strings_t patterns, const char *name)
{
    const char *text = strchr(name, ':') + 1;
    unsigned char octets[16];

    switch (name[0]) {
    case 'd':
        return cepces_patterns_cover_dns(patterns, text);
    case 'c':
        return cepces_patterns_cover_cn(patterns, text);
    case 'e':
        return cepces_patterns_cover_email(patterns, text);
    case 'i':
        if (inet_pton(AF_INET, text, octets) == 1) {
            return cepces_patterns_cover_ip(patterns, cepces_bytes(octets, 4));
        }
        ck_assert_int_eq(inet_pton(AF_INET6, text, octets), 1);
        return cepces_patterns_cover_ip(patterns, cepces_bytes(octets, 16));
    case 'r':
        return cepces_patterns_cover_rdn(patterns, cepces_attribute_by_name("DC"),
                                         strchr(text, '=') + 1);
    default:
        return strncmp(name, "upn", 3) == 0 ? cepces_patterns_cover_upn(patterns, text)
                                            : cepces_patterns_cover_uri(patterns, text, test_pool);
    }
}

START_TEST(patterns_cover_exactly_what_they_say)
{
    const char *const patterns[] = {"dns:other.example", cover_cases[_i].pattern};

    ck_assert_int_eq(covers((cepces_strings_t){patterns, 2}, cover_cases[_i].name),
                     cover_cases[_i].covered);
    ck_assert(!covers((cepces_strings_t){patterns, 1}, cover_cases[_i].name));
}
END_TEST

/* --- Access ----------------------------------------------------------------------------------- */

static const char *const group_items[] = {"staff", "Admins"};
static const char *const first_patterns[] = {"dns:a.example.com", "dns:b.example.com"};
static const char *const second_patterns[] = {"dns:b.example.com", "cn:*"};

static const cepces_access_entry_t entry_alice = {.template_name = "T",
                                                  .grantee_kind = CEPCES_GRANTEE_ACCOUNT,
                                                  .grantee = "alice",
                                                  .rights = CEPCES_RIGHT_ENROLL,
                                                  .name_patterns = {first_patterns, 2}};
static const cepces_access_entry_t entry_staff = {.template_name = "T",
                                                  .grantee_kind = CEPCES_GRANTEE_GROUP,
                                                  .grantee = "staff",
                                                  .rights = CEPCES_RIGHT_AUTOENROLL,
                                                  .name_patterns = {second_patterns, 2}};
static const cepces_access_entry_t entry_all = {.template_name = "T",
                                                .grantee_kind = CEPCES_GRANTEE_AUTHENTICATED,
                                                .rights = CEPCES_RIGHT_ENROLL};
static const cepces_access_entry_t entry_group_alice = {.template_name = "T",
                                                        .grantee_kind = CEPCES_GRANTEE_GROUP,
                                                        .grantee = "alice",
                                                        .rights = CEPCES_RIGHT_ENROLL};

static const cepces_account_t disabled_account = {.name = "alice", .enabled = false};

static const struct {
    const cepces_access_entry_t *entries[2];
    cepces_caller_t who;
    uint32_t rights;
} access_cases[] = {
    {{&entry_alice}, {"alice", NULL, {NULL, 0}, false}, CEPCES_RIGHT_ENROLL},
    {{&entry_alice}, {"bob", NULL, {NULL, 0}, false}, 0},
    {{&entry_alice}, {"Alice", NULL, {NULL, 0}, false}, 0},
    {{&entry_alice}, {"alice", &disabled_account, {NULL, 0}, false}, 0},
    {{&entry_alice}, {"alice", NULL, {NULL, 0}, true}, 0},
    {{&entry_staff}, {"bob", NULL, {group_items, 2}, false}, CEPCES_RIGHT_AUTOENROLL},
    {{&entry_staff}, {"bob", NULL, {group_items + 1, 1}, false}, 0},
    {{&entry_staff}, {"staff", NULL, {NULL, 0}, false}, 0},
    {{&entry_group_alice}, {"alice", NULL, {group_items, 2}, false}, 0},
    {{&entry_all}, {"bob", NULL, {NULL, 0}, false}, CEPCES_RIGHT_ENROLL},
    {{&entry_all}, {"bob", NULL, {NULL, 0}, true}, 0},
    {{&entry_all}, {NULL, NULL, {NULL, 0}, false}, 0},
    {{&entry_all}, {"", NULL, {NULL, 0}, false}, 0},
    {{NULL}, {"alice", NULL, {NULL, 0}, false}, 0},
    {{&entry_alice, &entry_staff},
     {"alice", NULL, {group_items, 2}, false},
     CEPCES_RIGHT_ENROLL | CEPCES_RIGHT_AUTOENROLL},
};

START_TEST(V32_access_is_denied_unless_an_entry_grants_it)
{
    cepces_access_t access;
    size_t num = access_cases[_i].entries[0] == NULL   ? 0
                 : access_cases[_i].entries[1] == NULL ? 1
                                                       : 2;

    cepces_access_evaluate(&access, access_cases[_i].entries, num, &access_cases[_i].who,
                           test_pool);
    ck_assert_uint_eq(access.rights, access_cases[_i].rights);
    if (access.rights == 0) {
        ck_assert_uint_eq(access.name_patterns.num, 0);
    }
}
END_TEST

START_TEST(patterns_of_all_matching_entries_are_joined)
{
    const cepces_access_entry_t *const entries[] = {&entry_alice, &entry_staff, &entry_group_alice};
    const cepces_caller_t who = {"alice", NULL, {group_items, 2}, false};
    cepces_access_t access;

    cepces_access_evaluate(&access, entries, 3, &who, test_pool);
    ck_assert_str_eq(cepces_strings_join(access.name_patterns, " ", test_pool),
                     "dns:a.example.com dns:b.example.com cn:*");
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("policy: names");

    tcase_add_loop_test(tc, dns_names_are_letters_digits_and_hyphens, 0, LENGTH_OF(dns_cases));
    tcase_add_loop_test(tc, a_wildcard_is_the_whole_leftmost_label, 0, LENGTH_OF(wildcard_cases));
    tcase_add_loop_test(tc, mailboxes_have_one_at_sign_and_a_dns_name, 0, LENGTH_OF(mailbox_cases));
    tcase_add_loop_test(tc, uris_are_of_known_schemes_and_plain_hosts, 0, LENGTH_OF(uri_cases));
    tcase_add_loop_test(tc, oids_have_small_arcs_without_leading_zeros, 0, LENGTH_OF(oid_cases));
    tcase_add_loop_test(tc, sids_are_numbers_behind_their_prefix, 0, LENGTH_OF(sid_cases));
    tcase_add_test(tc, text_is_counted_in_characters);
    tcase_add_loop_test(tc, a_star_is_any_run_of_characters, 0, LENGTH_OF(glob_cases));
    tcase_add_test(tc, a_glob_of_many_stars_ends_in_time);
    tcase_add_loop_test(tc, patterns_are_checked_when_they_are_written, 0,
                        LENGTH_OF(pattern_cases));
    tcase_add_loop_test(tc, patterns_cover_exactly_what_they_say, 0, LENGTH_OF(cover_cases));
    tcase_add_loop_test(tc, V32_access_is_denied_unless_an_entry_grants_it, 0,
                        LENGTH_OF(access_cases));
    tcase_add_test(tc, patterns_of_all_matching_entries_are_joined);
    return test_run(tc);
}
