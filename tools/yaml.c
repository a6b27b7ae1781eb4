/* libcyaml tells what is wrong by log lines: the problem, then "in mapping field 'size' (line: 3,
 * column: 9)" for every level from the inside to the outside. They are collected here and put
 * together as "web.yaml, line 3: key.size: …". */
#include "yaml.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "files.h"

const cyaml_strval_t ctl_yaml_bools[4] = {{"yes", 1}, {"no", 0}, {"true", 1}, {"false", 0}};

/* What has been heard of one document. */
typedef struct {
    apr_pool_t *p;
    const char *problem;
    const char *path; /* of the field, "key.size", or "" */
    unsigned line;    /* 0: not known */
    bool more_documents;
} listener_t;

/* What libcyaml wrote is shown in these words; the value follows. */
static const struct {
    const char *theirs;
    const char *ours;
} phrases[] = {
    {"Unexpected key: ", "unknown key: "},
    {"Mapping field already seen: ", "given twice: "},
    {"Invalid ENUM value: ", "not one of the accepted words: "},
    {"Unknown flag: ", "not one of the accepted words: "},
    {"Invalid UINT value: ", "not a number in the accepted range: "},
    {"Invalid uint64_t value: ", "not a number: "},
    {"Invalid INT value: ", "not a number in the accepted range: "},
    {"Invalid int64_t value: ", "not a number: "},
    {"libyaml: ", ""},
};

static const char *
rephrase(const char *text, apr_pool_t *p)
{
    char *own;

    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++) {
        size_t len = strlen(phrases[i].theirs);

        if (strncmp(text, phrases[i].theirs, len) == 0) {
            return apr_pstrcat(p, phrases[i].ours, text + len, NULL);
        }
    }
    own = apr_pstrdup(p, text);
    own[0] = (char)tolower((unsigned char)own[0]);
    return own;
}

/* Puts the level that a backtrace line names in front of the path; the first line is the innermost.
 */
static void
hear_place(listener_t *heard, const char *text)
{
    char name[64] = "";
    unsigned line = 0, entry = 0;
    const char *at = strstr(text, "(line: ");

    if (at != NULL && sscanf(at, "(line: %u", &line) == 1 && heard->line == 0) {
        heard->line = line;
    }
    if (sscanf(text, "  in sequence entry '%u'", &entry) == 1) {
        heard->path =
            apr_psprintf(heard->p, "[%u]%s%s", entry, heard->path[0] ? "." : "", heard->path);
    } else if (sscanf(text, "  in mapping field '%63[^']'", name) == 1) {
        const char *dot = heard->path[0] == '\0' || heard->path[0] == '[' ? "" : ".";

        heard->path = apr_pstrcat(heard->p, name, dot, heard->path, NULL);
    }
}

CEPCES_PRINTF(3, 0)
static void
hear(cyaml_log_t level, void *ctx, const char *fmt, va_list args)
{
    listener_t *heard = ctx;
    char line[1024];
    char *text = line;

    (void)vsnprintf(line, sizeof(line), fmt, args);
    text[strcspn(text, "\r\n")] = '\0';
    if (strncmp(text, "Load: ", 6) == 0 || strncmp(text, "Save: ", 6) == 0) {
        text += 6;
    }
    if (strncmp(text, "Ignoring documents", 18) == 0) {
        heard->more_documents = true;
    } else if (strncmp(text, "  in ", 5) == 0) {
        hear_place(heard, text);
    } else if (heard->problem == NULL && level == CYAML_LOG_ERROR &&
               strcmp(text, "Backtrace:") != 0) {
        heard->problem = rephrase(text, heard->p);
    }
}

/* The place libcyaml names for an unknown key is where the value before it ended: look for the key
 * itself. */
static unsigned
find_key(cepces_bytes_t text, const char *problem, unsigned from, apr_pool_t *p)
{
    const char *key = problem + strlen("unknown key: ");
    const char *at = apr_pstrmemdup(p, (const char *)text.data, text.len);

    for (unsigned line = 1; *at != '\0'; line++) {
        const char *word = at + strspn(at, " -{\t");

        if (line >= from && strncmp(word, key, strlen(key)) == 0) {
            return line;
        }
        at += strcspn(at, "\n");
        at += *at == '\n';
    }
    return from;
}

static cepces_status_t
refuse(const listener_t *heard, cyaml_err_t result, const char *file, cepces_bytes_t text,
       cepces_error_t *err)
{
    const char *problem = heard->problem != NULL ? heard->problem : cyaml_strerror(result);
    unsigned line = heard->line;
    const char *where = "line";

    if (result == CYAML_ERR_INVALID_KEY && heard->problem != NULL) {
        line = find_key(text, problem, line, heard->p);
    } else if (result == CYAML_ERR_LIBYAML_PARSER) {
        where = "in or after line"; /* the place is that of the last piece understood */
    }
    if (line == 0) {
        return cepces_error_set(err, CEPCES_E_INVALID, "%s: %s", file, problem);
    }
    if (heard->path[0] == '\0' || result == CYAML_ERR_LIBYAML_PARSER) {
        return cepces_error_set(err, CEPCES_E_INVALID, "%s, %s %u: %s", file, where, line, problem);
    }
    return cepces_error_set(err, CEPCES_E_INVALID, "%s, %s %u: %s: %s", file, where, line,
                            heard->path, problem);
}

/* What frees a loaded document with its pool. */
typedef struct {
    const cyaml_schema_value_t *schema;
    void *data;
} document_t;

static apr_status_t
free_document(void *payload)
{
    document_t *doc = payload;
    cyaml_config_t config = {.mem_fn = cyaml_mem, .log_level = CYAML_LOG_ERROR};

    (void)cyaml_free(&config, doc->schema, doc->data, 0);
    return APR_SUCCESS;
}

cepces_status_t
ctl_yaml_parse(void **out, const cyaml_schema_value_t *schema, const char *file,
               cepces_bytes_t text, apr_pool_t *p, cepces_error_t *err)
{
    listener_t heard = {.p = p, .path = ""};
    document_t *doc = apr_pcalloc(p, sizeof(*doc));
    cyaml_config_t config = {
        .log_fn = hear,
        .log_ctx = &heard,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_WARNING,
        .flags = CYAML_CFG_NO_ALIAS,
    };
    cyaml_err_t result;

    doc->schema = schema;
    result = cyaml_load_data(text.data, text.len, &config, schema, &doc->data, NULL);
    if (result != CYAML_OK) {
        return refuse(&heard, result, file, text, err);
    }
    if (doc->data != NULL) {
        apr_pool_cleanup_register(p, doc, free_document, apr_pool_cleanup_null);
    }
    if (heard.more_documents) {
        return cepces_error_set(err, CEPCES_E_INVALID, "%s: holds more than one YAML document",
                                file);
    }
    *out = doc->data;
    return CEPCES_OK;
}

cepces_status_t
ctl_yaml_load(void **out, const cyaml_schema_value_t *schema, const char *file, apr_pool_t *p,
              cepces_error_t *err)
{
    cepces_bytes_t text;
    cepces_status_t st = ctl_read_file(&text, file, CTL_YAML_MAX_BYTES, p, err);

    return st == CEPCES_OK ? ctl_yaml_parse(out, schema, file, text, p, err) : st;
}

cepces_status_t
ctl_yaml_print(const char **out, const cyaml_schema_value_t *schema, const void *data,
               apr_pool_t *p, cepces_error_t *err)
{
    listener_t heard = {.p = p, .path = ""};
    cyaml_config_t config = {
        .log_fn = hear,
        .log_ctx = &heard,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_WARNING,
        .flags = CYAML_CFG_STYLE_BLOCK,
    };
    char *text = NULL;
    size_t len = 0;
    cyaml_err_t result = cyaml_save_data(&text, &len, &config, schema, data, 0);

    if (result != CYAML_OK) {
        return cepces_error_set(err, CEPCES_E_INTERNAL, "writing YAML: %s: %s", heard.path,
                                heard.problem != NULL ? heard.problem : cyaml_strerror(result));
    }
    *out = apr_pstrmemdup(p, text, len);
    config.mem_fn(NULL, text, 0);
    return CEPCES_OK;
}
