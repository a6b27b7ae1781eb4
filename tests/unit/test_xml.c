/* The xml room: the pre-scan's ceilings, what the parser refuses, reading and writing. Whole
 * messages that are refused are vectors of the soap room. */
#include <stdio.h>
#include <unistd.h>

#include <apr_strings.h>

#include "support/suite.h"
#include "xml/xml.h"

static xmlDoc *
parse(const char *text)
{
    xmlDoc *doc;
    cepces_status_t st = cepces_xml_parse(&doc, cepces_bytes_str(text), test_pool, &test_error);

    ck_assert_msg(st == CEPCES_OK, "%s: %s", text, cepces_error_line(&test_error, test_pool));
    return doc;
}

static const xmlNode *
root_of(const char *text)
{
    return xmlDocGetRootElement(parse(text));
}

/* |times| copies of |text|. */
static const char *
repeat(const char *text, size_t times)
{
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, 0, 1 << 20, test_pool);
    for (size_t i = 0; i < times; i++) {
        cepces_buffer_add_str(&buf, text);
    }
    return buf.data;
}

static const char *
join(const char *a, const char *b, const char *c)
{
    return apr_pstrcat(test_pool, a, b, c, NULL);
}

static cepces_status_t
scan(const char *text)
{
    return cepces_xml_prescan(cepces_bytes_str(text), CEPCES_XML_MAX_ELEMENTS, &test_error);
}

/* --- The pre-scan ------------------------------------------------------------------------ */

static const struct {
    const char *text;
    cepces_status_t status;
} scan_cases[] = {
    {"<a/>", CEPCES_OK},
    {"\xef\xbb\xbf<a/>", CEPCES_OK},
    {"<?xml version='1.0'?><a/>", CEPCES_OK},
    {"\xef\xbb\xbf<?xml version='1.0'?>\n<a></a>\n", CEPCES_OK},
    {"<a b='>' c=\"'/>\"><d/></a>", CEPCES_OK},
    {"<!-- <?x <!DOCTYPE --><a><![CDATA[ <?x <!y ]]></a>", CEPCES_OK},
    {"", CEPCES_E_MALFORMED_MESSAGE},
    {"<a>\xff</a>", CEPCES_E_MALFORMED_MESSAGE},
    {"<a>\xc0\xbc</a>", CEPCES_E_MALFORMED_MESSAGE},
    {"<a>\xed\xa0\x80</a>", CEPCES_E_MALFORMED_MESSAGE},
    {"<!DOCTYPE a><a/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<a><!DOCTYPE a></a>", CEPCES_E_MALFORMED_MESSAGE},
    {"<!doctype a><a/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<a/><!ENTITY b 'c'>", CEPCES_E_MALFORMED_MESSAGE},
    {"<!-><a/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<!--><a/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<!-- <a/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<![CDATA[]]><a/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<a><![CDATA[ ]] ></a>", CEPCES_E_MALFORMED_MESSAGE},
    {"<a><![cdata[]]></a>", CEPCES_E_MALFORMED_MESSAGE},
    {"<?b?><a/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<?xmlb?><a/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<?xml-stylesheet href=''?><a/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<a><?b?></a>", CEPCES_E_MALFORMED_MESSAGE},
    {" <?xml version='1.0'?><a/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<?xml version='1.0'?><?xml version='1.0'?><a/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<?xml version='1.0'", CEPCES_E_MALFORMED_MESSAGE},
    {"</a>", CEPCES_E_MALFORMED_MESSAGE},
    {"<a></a></a>", CEPCES_E_MALFORMED_MESSAGE},
    {"<", CEPCES_E_MALFORMED_MESSAGE},
    {"<a", CEPCES_E_MALFORMED_MESSAGE},
    {"<a b='", CEPCES_E_MALFORMED_MESSAGE},
    {"<a b='<'/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<a <b/>", CEPCES_E_MALFORMED_MESSAGE},
    {"<a></a", CEPCES_E_MALFORMED_MESSAGE},
};

START_TEST(prescan_lets_only_plain_markup_through)
{
    ck_assert_int_eq(scan(scan_cases[_i].text), scan_cases[_i].status);
    if (scan_cases[_i].status != CEPCES_OK) {
        ck_assert_str_eq(test_error.rule, "V6");
    }
}
END_TEST

START_TEST(prescan_refuses_a_nul_byte)
{
    ck_assert_int_eq(cepces_xml_prescan(cepces_bytes("<a/>\0", 5), 1, &test_error),
                     CEPCES_E_MALFORMED_MESSAGE);
}
END_TEST

START_TEST(prescan_stays_within_bytes_that_do_not_end_in_nul)
{
    static const char text[] = "<a><![CDATA[]]></a>";

    for (size_t len = 0; len < sizeof(text); len++) {
        char *exact = (char *)malloc(len + 1); /* one byte more, so that len 0 is an object too */

        memcpy(exact + 1, text, len);
        ck_assert_int_eq(cepces_xml_prescan(cepces_bytes(exact + 1, len), 1, &test_error),
                         len == 3 || len == 15 || len == 19 ? CEPCES_OK
                                                            : CEPCES_E_MALFORMED_MESSAGE);
        free(exact);
    }
}
END_TEST

START_TEST(prescan_counts_levels)
{
    ck_assert_int_eq(scan(repeat("<a>", CEPCES_XML_MAX_DEPTH)), CEPCES_OK);
    ck_assert_int_eq(scan(join(repeat("<a>", CEPCES_XML_MAX_DEPTH - 1), "<b/><b/>", "")),
                     CEPCES_OK);
    ck_assert_int_eq(scan(repeat("<a>", CEPCES_XML_MAX_DEPTH + 1)), CEPCES_E_MESSAGE_LIMIT);
    ck_assert_int_eq(scan(join(repeat("<a>", CEPCES_XML_MAX_DEPTH), "<b/>", "")),
                     CEPCES_E_MESSAGE_LIMIT);
    ck_assert_int_eq(scan(repeat("<a>x</a>", 100)), CEPCES_OK);
    ck_assert_int_eq(scan(join("<a>", repeat("<b c='/'>", CEPCES_XML_MAX_DEPTH), "")),
                     CEPCES_E_MESSAGE_LIMIT);
}
END_TEST

START_TEST(prescan_counts_elements)
{
    ck_assert_int_eq(scan(repeat("<a/>", CEPCES_XML_MAX_ELEMENTS)), CEPCES_OK);
    ck_assert_int_eq(scan(repeat("<a/>", CEPCES_XML_MAX_ELEMENTS + 1)), CEPCES_E_MESSAGE_LIMIT);
    ck_assert_int_eq(scan(join("<a>", repeat("<!-- <b/> --><![CDATA[<b/>]]>", 3000), "</a>")),
                     CEPCES_OK);
}
END_TEST

START_TEST(prescan_counts_attributes_and_namespace_declarations_of_each_tag)
{
    const char *most = repeat(" b = '>'", CEPCES_XML_MAX_ATTRIBUTES);

    ck_assert_int_eq(scan(join("<a", most, "/>")), CEPCES_OK);
    ck_assert_int_eq(scan(repeat(join("<a", most, "/>"), 10)), CEPCES_OK);
    ck_assert_int_eq(scan(join("<a", most, " xmlns:n='urn:n'/>")), CEPCES_E_MESSAGE_LIMIT);
    ck_assert_int_eq(
        scan(join("<a b='======'", repeat(" b='='", CEPCES_XML_MAX_ATTRIBUTES - 1), "/>")),
        CEPCES_OK);
    /* No white space between them, which the parser refuses only after it has seen them. */
    ck_assert_int_eq(scan(join("<a ", repeat("b=''", CEPCES_XML_MAX_ATTRIBUTES + 1), "/>")),
                     CEPCES_E_MESSAGE_LIMIT);
}
END_TEST

START_TEST(prescan_measures_names)
{
    const char *name = repeat("n", CEPCES_XML_MAX_NAME_LEN);

    ck_assert_int_eq(scan(join("<", name, "/>")), CEPCES_OK);
    ck_assert_int_eq(scan(join("<n", name, "/>")), CEPCES_E_MESSAGE_LIMIT);
    ck_assert_int_eq(scan(join("<a ", name, "=''/>")), CEPCES_OK);
    ck_assert_int_eq(scan(join("<a n", name, "=''/>")), CEPCES_E_MESSAGE_LIMIT);
    ck_assert_int_eq(scan(join("<a b='n", name, "'/>")), CEPCES_OK);
}
END_TEST

/* --- The parser -------------------------------------------------------------------------- */

static const char *const refused[] = {
    "<a>",
    "<a></b>",
    "<a/><b/>",
    "<a/>text",
    "<a>&b;</a>",
    "<a>&#0;</a>",
    "<a>&#xFFFE;</a>",
    "<a>\x02</a>",
    "<a b='1' b='2'/>",
    "<b:a/>",
    "<a b:c=''/>",
    "<a xmlns:b='urn:b' xmlns:c='urn:b' b:d='' c:d=''/>",
    "<a xmlns:b='urn:b' xmlns:b='urn:c'/>",
    "<a xmlns:b=''/>",
    "<a xmlns:xml='urn:b'/>",
    "<a b=c/>",
    "<a b='c'd='e'/>",
    "< a/>",
    "<a/ >",
    "<!-- -- --><a/>",
    "<?xml version='1.0' encoding='UTF-16'?><a>",
    "<a>]]></a>",
};

START_TEST(parser_gives_no_document_for_anything_irregular)
{
    xmlDoc *doc = (xmlDoc *)&doc;

    ck_assert_int_eq(cepces_xml_parse(&doc, cepces_bytes_str(refused[_i]), test_pool, &test_error),
                     CEPCES_E_MALFORMED_MESSAGE);
    ck_assert_ptr_null(doc);
    ck_assert_str_eq(test_error.rule, "L2");
}
END_TEST

START_TEST(a_reply_may_have_more_elements_than_a_request)
{
    const char *text = join("<a>", repeat("<b/>", CEPCES_XML_MAX_ELEMENTS), "</a>");
    xmlDoc *doc;

    ck_assert_int_eq(cepces_xml_parse(&doc, cepces_bytes_str(text), test_pool, &test_error),
                     CEPCES_E_MESSAGE_LIMIT);
    ck_assert_int_eq(cepces_xml_parse_reply(&doc, cepces_bytes_str(text), test_pool, &test_error),
                     CEPCES_OK);
}
END_TEST

START_TEST(parser_reads_utf8_whatever_the_declaration_says)
{
    const xmlNode *root = root_of("<?xml version='1.0' encoding='ISO-8859-1'?><a>\xc3\xa9</a>");

    ck_assert_str_eq(cepces_xml_text(root, test_pool), "\xc3\xa9");
}
END_TEST

/* Runs |text| through the parser with stderr in a file, and returns how much was written there. */
static long
noise_of(const char *text)
{
    FILE *capture = tmpfile();
    int saved = dup(STDERR_FILENO);
    xmlDoc *doc;
    cepces_status_t st;
    long size;

    fflush(stderr);
    dup2(fileno(capture), STDERR_FILENO);
    st = cepces_xml_parse(&doc, cepces_bytes_str(text), test_pool, &test_error);
    fflush(stderr);
    dup2(saved, STDERR_FILENO);
    close(saved);
    size = (long)lseek(fileno(capture), 0, SEEK_END);
    fclose(capture);
    ck_assert_int_eq(st, test_error.status);
    return size;
}

START_TEST(parser_writes_nothing_to_stderr)
{
    ck_assert_int_eq(noise_of("<a><b xml:id='c'/><b xml:id='c'/></a>"), 0);
    ck_assert_int_eq(noise_of("<a xml:space='x' xml:lang='?' xmlns:r='relative'/>"), 0);
    ck_assert_int_eq(noise_of("<a xml:id='1 2'/>"), 0);
    ck_assert_int_eq(noise_of("<a><b:c></a>"), 0);
}
END_TEST

START_TEST(document_lives_as_long_as_its_pool)
{
    apr_pool_t *sub;
    xmlDoc *doc;

    apr_pool_create(&sub, test_pool);
    ck_assert_int_eq(cepces_xml_parse(&doc, cepces_bytes_str("<a>b</a>"), sub, &test_error),
                     CEPCES_OK);
    ck_assert_str_eq(cepces_xml_text(xmlDocGetRootElement(doc), sub), "b");
    apr_pool_destroy(sub); /* LeakSanitizer sees a document that stays behind */
}
END_TEST

/* --- Reading ----------------------------------------------------------------------------- */

START_TEST(elements_are_found_by_namespace_not_by_prefix)
{
    const xmlNode *root = root_of(
        "<a xmlns='urn:1' xmlns:p='urn:2'><p:b/><b/>text<!-- b --><b xmlns='urn:3'/><c/></a>");
    const xmlNode *child;

    ck_assert(cepces_xml_is(root, "urn:1", "a"));
    ck_assert(!cepces_xml_is(root, "urn:2", "a"));
    ck_assert(!cepces_xml_is(root, "urn:1", "A"));
    ck_assert(!cepces_xml_is(NULL, "urn:1", "a"));
    ck_assert(!cepces_xml_is(root_of("<a/>"), "urn:1", "a"));

    ck_assert_int_eq(cepces_xml_child(&child, root, "urn:2", "b", CEPCES_E_INVALID, &test_error),
                     CEPCES_OK);
    ck_assert_ptr_eq(child, cepces_xml_first(root));
    ck_assert_int_eq(cepces_xml_child(&child, root, "urn:4", "b", CEPCES_E_INVALID, &test_error),
                     CEPCES_OK);
    ck_assert_ptr_null(child);
}
END_TEST

START_TEST(a_second_child_is_the_error_that_the_caller_names)
{
    const xmlNode *root = root_of("<a xmlns='urn:1'><b/><c/><b/></a>"), *child = root;

    ck_assert_int_eq(
        cepces_xml_child(&child, root, "urn:1", "b", CEPCES_E_HEADER_INVALID, &test_error),
        CEPCES_E_HEADER_INVALID);
    ck_assert_ptr_null(child);
}
END_TEST

START_TEST(text_is_put_together_from_all_its_parts)
{
    const xmlNode *root =
        root_of("<a> \r\n one&amp;<![CDATA[<two>]]><!-- no -->&#x74;hree\t<b/></a>");

    ck_assert_str_eq(cepces_xml_text(root, test_pool), " \n one&<two>three\t");
    ck_assert_str_eq(cepces_xml_trimmed(root, test_pool), "one&<two>three");
    ck_assert_str_eq(cepces_xml_trimmed(root_of("<a> \n </a>"), test_pool), "");
    ck_assert_str_eq(cepces_xml_text(root_of("<a/>"), test_pool), "");
}
END_TEST

START_TEST(comments_and_sections_make_no_nodes)
{
    const xmlNode *root = root_of("<a>one<!-- --><![CDATA[two]]><!-- -->three</a>");

    ck_assert_int_eq(root->children->type, XML_TEXT_NODE);
    ck_assert_ptr_null(root->children->next);
    ck_assert_str_eq(cepces_xml_text(root, test_pool), "onetwothree");
}
END_TEST

START_TEST(attributes_are_found_by_namespace)
{
    const xmlNode *root = root_of("<a xmlns:p='urn:1' b='plain' p:b='qualified &lt;&quot;'/>");

    ck_assert_str_eq(cepces_xml_attribute(root, NULL, "b", test_pool), "plain");
    ck_assert_str_eq(cepces_xml_attribute(root, "urn:1", "b", test_pool), "qualified <\"");
    ck_assert_ptr_null(cepces_xml_attribute(root, "urn:2", "b", test_pool));
    ck_assert_ptr_null(cepces_xml_attribute(root, NULL, "c", test_pool));
    ck_assert_ptr_null(
        cepces_xml_attribute(root_of("<a xmlns:p='urn:1' p:b=''/>"), NULL, "b", test_pool));
}
END_TEST

static const struct {
    const char *attribute;
    bool nil;
} nil_cases[] = {
    {"xsi:nil='true'", true}, {"xsi:nil='1'", true},     {"xsi:nil='false'", false},
    {"xsi:nil='0'", false},   {"xsi:nil='TRUE'", false}, {"xsi:nil=''", false},
    {"nil='true'", false},    {"q:nil='true'", false},   {"", false},
};

START_TEST(nil_is_the_attribute_of_the_schema_instance_namespace)
{
    const char *text =
        apr_psprintf(test_pool, "<a xmlns:xsi='" CEPCES_NS_XSI "' xmlns:q='urn:q' %s/>",
                     nil_cases[_i].attribute);

    ck_assert_int_eq(cepces_xml_is_nil(root_of(text)), nil_cases[_i].nil);
}
END_TEST

/* --- Writing ----------------------------------------------------------------------------- */

static const struct {
    const char *text;
    const char *written;
} escape_cases[] = {
    {"", ""},
    {"plain", "plain"},
    {"<a b=\"c\" d='e'>&amp;</a>", "&lt;a b=&quot;c&quot; d='e'&gt;&amp;amp;&lt;/a&gt;"},
    {"]]>", "]]&gt;"},
    {"tab\tline\nreturn\r", "tab\tline\nreturn&#xD;"},
    {"\x01\x1f!", "\xef\xbf\xbd\xef\xbf\xbd!"},
    {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x91",
     "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x94\x91"},
    {"\xff", "\xef\xbf\xbd"},   /* not UTF-8 */
    {"a\xc3", "a\xef\xbf\xbd"}, /* cut short */
    {"\xc3(", "\xef\xbf\xbd("},
    {"\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd"},                 /* an overlong "<" */
    {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* a surrogate */
    {"\xef\xbf\xbe\xef\xbf\xbf",
     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xef\xbf\xbd", "\xef\xbf\xbd"},
};

START_TEST(writer_escapes_markup_and_replaces_what_xml_forbids)
{
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, 0, 1000, test_pool);
    cepces_xml_add_text(&buf, escape_cases[_i].text);
    ck_assert_str_eq(buf.data, escape_cases[_i].written);
}
END_TEST

START_TEST(every_byte_can_be_written_and_read_back)
{
    for (int c = 1; c < 256; c++) {
        char text[] = {'a', (char)c, 'b', '\0'};
        cepces_buffer_t buf;
        const char *read;

        cepces_buffer_init(&buf, 0, 1000, test_pool);
        cepces_xml_element(&buf, "e", text);
        read = cepces_xml_text(root_of(buf.data), test_pool);
        ck_assert_str_eq(read, (c >= 0x20 && c < 0x80) || c == '\t' || c == '\n' || c == '\r'
                                   ? text
                                   : "a\xef\xbf\xbd"
                                     "b");
    }
}
END_TEST

START_TEST(writer_makes_each_form_of_element)
{
    cepces_buffer_t buf;

    cepces_buffer_init(&buf, 0, 1000, test_pool);
    cepces_xml_open(&buf, "s:a");
    cepces_xml_empty(&buf, "b");
    cepces_xml_nil(&buf, "c");
    cepces_xml_element(&buf, "d", "<");
    cepces_xml_element_uint(&buf, "e", UINT64_MAX);
    cepces_xml_element_int(&buf, "f", -2146875385);
    cepces_xml_element_bool(&buf, "g", true);
    cepces_xml_element_bool(&buf, "g", false);
    cepces_xml_element_base64(&buf, "h", cepces_bytes_str("foob"));
    cepces_xml_element_or_nil(&buf, "i", "");
    cepces_xml_element_or_nil(&buf, "i", NULL);
    cepces_xml_element_optional(&buf, "j", (cepces_optional_t){true, 0xffffffff});
    cepces_xml_element_optional(&buf, "j", (cepces_optional_t){false, 7});
    cepces_xml_close(&buf, "s:a");
    ck_assert_str_eq(buf.data,
                     "<s:a><b/><c xsi:nil=\"true\"/><d>&lt;</d><e>18446744073709551615</e>"
                     "<f>-2146875385</f><g>true</g><g>false</g><h>Zm9vYg==</h><i></i>"
                     "<i xsi:nil=\"true\"/><j>4294967295</j><j xsi:nil=\"true\"/></s:a>");
}
END_TEST

int
main(void)
{
    TCase *tc = test_case("xml");

    tcase_add_loop_test(tc, prescan_lets_only_plain_markup_through, 0, LENGTH_OF(scan_cases));
    tcase_add_test(tc, prescan_refuses_a_nul_byte);
    tcase_add_test(tc, prescan_stays_within_bytes_that_do_not_end_in_nul);
    tcase_add_test(tc, prescan_counts_levels);
    tcase_add_test(tc, prescan_counts_elements);
    tcase_add_test(tc, prescan_counts_attributes_and_namespace_declarations_of_each_tag);
    tcase_add_test(tc, prescan_measures_names);
    tcase_add_loop_test(tc, parser_gives_no_document_for_anything_irregular, 0, LENGTH_OF(refused));
    tcase_add_test(tc, a_reply_may_have_more_elements_than_a_request);
    tcase_add_test(tc, parser_reads_utf8_whatever_the_declaration_says);
    tcase_add_test(tc, parser_writes_nothing_to_stderr);
    tcase_add_test(tc, document_lives_as_long_as_its_pool);
    tcase_add_test(tc, elements_are_found_by_namespace_not_by_prefix);
    tcase_add_test(tc, a_second_child_is_the_error_that_the_caller_names);
    tcase_add_test(tc, text_is_put_together_from_all_its_parts);
    tcase_add_test(tc, comments_and_sections_make_no_nodes);
    tcase_add_test(tc, attributes_are_found_by_namespace);
    tcase_add_loop_test(tc, nil_is_the_attribute_of_the_schema_instance_namespace, 0,
                        LENGTH_OF(nil_cases));
    tcase_add_loop_test(tc, writer_escapes_markup_and_replaces_what_xml_forbids, 0,
                        LENGTH_OF(escape_cases));
    tcase_add_test(tc, every_byte_can_be_written_and_read_back);
    tcase_add_test(tc, writer_makes_each_form_of_element);
    return test_run(tc);
}
