/* template apply, list, show, export, diff, remove */
#include <stdio.h>
#include <string.h>

#include <apr_strings.h>

#include "cepces/admin.h"
#include "lookup.h"
#include "template_file.h"
#include "template_record.h"
#include "vocabulary.h"

/* What is done with each template of each file; |*failed| counts those it did not work for. */
typedef cepces_status_t (*template_fn)(ctl_context_t *ctx, const ctl_args_t *args,
                                       const cepces_template_t *t);

/* Files and templates do not depend on each other: one that is refused is reported, the others go
 * on. */
static cepces_status_t
for_each_template(ctl_context_t *ctx, const ctl_args_t *args, template_fn fn, const char *verb)
{
    unsigned failed = 0, total = 0;

    for (size_t f = 0; f < args->operands.num; f++) {
        const char *file = args->operands.items[f];
        const cepces_template_t *templates = NULL;
        size_t num = 0;

        if (ctl_template_load(&templates, &num, file, ctx->p, ctx->err) != CEPCES_OK) {
            ctx->hint = "the language of template files is described in cepces_templates(5)";
            ctl_report(ctx, verb);
            failed++;
            total++;
        }
        for (size_t i = 0; i < num; i++) {
            ctx->hint = NULL;
            total++;
            if (fn(ctx, args, &templates[i]) != CEPCES_OK) {
                ctl_report(ctx, apr_psprintf(ctx->p, "%s: %s: template \"%s\"", verb, file,
                                             templates[i].name));
                failed++;
            }
        }
    }
    if (failed == 0) {
        return CEPCES_OK;
    }
    ctx->hint = "what was refused is named above; the others are done";
    ctx->reported = total == 1;
    return cepces_error_set(ctx->err, CEPCES_E_INVALID, "%u of %u refused", failed, total);
}

/* --- apply ------------------------------------------------------------------------------------ */

static const ctl_option_t apply_options[] = {
    CTL_OPT_FLAG("dry-run", "check and compare, store nothing"),
    CTL_OPT_END,
};

/* The library's findings begin with the template's name, which stands in front of them here
 * anyway. */
static const char *
note_text(const cepces_admin_note_t *note, const char *name, apr_pool_t *p)
{
    const char *prefix = apr_psprintf(p, "template \"%s\": ", name);
    size_t len = strlen(prefix);

    return strncmp(note->text, prefix, len) == 0 ? note->text + len : note->text;
}

static void
print_warnings(const cepces_admin_note_t *notes, size_t num, const char *name, apr_pool_t *p)
{
    for (size_t i = 0; i < num; i++) {
        if (!notes[i].refused) {
            printf("  %s: %s\n", notes[i].unoffered ? "not offered" : "warning",
                   note_text(&notes[i], name, p));
        }
    }
}

/* Makes what refuses the template the error. */
static cepces_status_t
refuse_template(const cepces_admin_note_t *notes, size_t num, const char *name, ctl_context_t *ctx)
{
    const char *why = "";

    for (size_t i = 0; i < num; i++) {
        if (notes[i].refused) {
            why = apr_pstrcat(ctx->p, why, *why != '\0' ? "; " : "",
                              note_text(&notes[i], name, ctx->p), NULL);
        }
    }
    if (*why == '\0') {
        return ctx->err->status;
    }
    return cepces_error_set(ctx->err, CEPCES_E_INVALID, "%s", why);
}

static const char *
revision_text(const cepces_template_t *t, apr_pool_t *p)
{
    return apr_psprintf(p, "%u.%u", t->major, t->minor);
}

/* The state in the database, or NULL when there is none. */
static cepces_status_t
find_stored(const cepces_template_t **out, const char *name, ctl_context_t *ctx)
{
    cepces_template_t *stored = apr_pcalloc(ctx->p, sizeof(*stored));
    cepces_status_t st = cepces_store_find_template(stored, ctx->store, name, ctx->p, ctx->err);

    *out = st == CEPCES_OK ? stored : NULL;
    if (st == CEPCES_E_NOT_FOUND) {
        cepces_error_clear(ctx->err);
        return CEPCES_OK;
    }
    return st;
}

static const char *
applied_text(cepces_apply_t result, bool dry_run, const cepces_template_t *before,
             const cepces_template_t *after, apr_pool_t *p)
{
    switch (result) {
    case CEPCES_APPLIED_ADDED:
        return dry_run ? "would be added" : apr_psprintf(p, "added %s", revision_text(after, p));
    case CEPCES_APPLIED_CHANGED:
        return dry_run ? "would be changed"
                       : apr_psprintf(p, "changed %s -> %s", revision_text(before, p),
                                      revision_text(after, p));
    case CEPCES_APPLIED_NOTHING:
    default:
        return "unchanged";
    }
}

static cepces_status_t
apply_one(ctl_context_t *ctx, const ctl_args_t *args, const cepces_template_t *t)
{
    bool dry_run = ctl_given(args, "dry-run");
    const cepces_template_t *before = NULL, *after = NULL;
    const cepces_admin_note_t *notes = NULL;
    size_t num_notes = 0;
    cepces_apply_t result;
    cepces_status_t st = find_stored(&before, t->name, ctx);

    if (st != CEPCES_OK) {
        return st;
    }
    st = cepces_admin_apply_template(&result, &notes, &num_notes, ctx->store, t, dry_run, ctx->p,
                                     ctx->err);
    if (st == CEPCES_OK && !dry_run) {
        st = find_stored(&after, t->name, ctx);
    }
    if (st != CEPCES_OK) {
        return refuse_template(notes, num_notes, t->name, ctx);
    }
    ctl_say("%s: %s", t->name, applied_text(result, dry_run, before, after, ctx->p));
    print_warnings(notes, num_notes, t->name, ctx->p);
    return CEPCES_OK;
}

static cepces_status_t
template_apply(ctl_context_t *ctx, const ctl_args_t *args)
{
    return for_each_template(ctx, args, apply_one, "template apply");
}

/* --- diff ------------------------------------------------------------------------------------- */

static cepces_status_t
diff_one(ctl_context_t *ctx, const ctl_args_t *args, const cepces_template_t *t)
{
    const cepces_template_t *stored;
    cepces_status_t st = find_stored(&stored, t->name, ctx);

    if (st != CEPCES_OK) {
        return st;
    }
    if (stored == NULL) {
        ctl_say("%s: not stored yet", t->name);
        return CEPCES_OK;
    }
    ctl_say("%s %s:", t->name, revision_text(stored, ctx->p));
    if (ctl_template_diff(stored, t, ctx->p) == 0) {
        ctl_say("  no difference");
    }
    return CEPCES_OK;
}

static cepces_status_t
template_diff(ctl_context_t *ctx, const ctl_args_t *args)
{
    return for_each_template(ctx, args, diff_one, "template diff");
}

/* --- list, show, export, remove --------------------------------------------------------------- */

static cepces_status_t
template_list(ctl_context_t *ctx, const ctl_args_t *args)
{
    static const ctl_column_t columns[] = {
        {"name", "NAME"},         {"display_name", "DISPLAY NAME"}, {"schema", "SCHEMA"},
        {"revision", "REVISION"}, {"context", "CONTEXT"},           {"key_algorithm", "KEY"},
        {"enabled", "ENABLED"},   {"published_at", "PUBLISHED AT"}, {NULL, NULL},
    };
    cepces_catalogue_t catalogue;
    json_t *rows;
    cepces_status_t st = cepces_store_load_catalogue(&catalogue, ctx->store, ctx->p, ctx->err);

    if (st != CEPCES_OK) {
        return st;
    }
    rows = json_array();
    for (size_t i = 0; i < catalogue.num_templates; i++) {
        const cepces_template_t *t = &catalogue.templates[i];
        json_t *row = ctl_template_record(t, ctx->p);

        ctl_set_list(row, "published_at", ctl_publishers(&catalogue, t->name, ctx->p));
        json_array_append_new(rows, row);
    }
    ctl_print_rows(rows, columns, ctx->json);
    return CEPCES_OK;
}

static bool
has_access(const cepces_catalogue_t *catalogue, const char *name)
{
    for (size_t i = 0; i < catalogue->num_access; i++) {
        const char *on = catalogue->access[i].template_name;

        if (on != NULL && strcmp(on, name) == 0) {
            return true;
        }
    }
    return false;
}

static void
append_note(json_t *list, const char *kind, const char *text, apr_pool_t *p)
{
    json_array_append_new(list, json_string(apr_pstrcat(p, kind, text, NULL)));
}

/* Why nobody gets the template, and what else deserves attention. */
static json_t *
notes_of(const cepces_template_t *t, const cepces_catalogue_t *catalogue, apr_pool_t *p)
{
    const cepces_admin_note_t *notes = NULL;
    size_t num = 0;
    json_t *list = json_array();

    cepces_admin_template_notes(&notes, &num, t, p);
    for (size_t i = 0; i < num; i++) {
        append_note(list, notes[i].unoffered ? "not offered: " : "warning: ",
                    note_text(&notes[i], t->name, p), p);
    }
    if (!t->enabled) {
        append_note(list, "not offered: ", "it is not enabled", p);
    }
    if (ctl_publishers(catalogue, t->name, p).num == 0) {
        append_note(list, "not offered: ", "no CA publishes it (cepcesctl ca publish)", p);
    }
    if (!has_access(catalogue, t->name)) {
        append_note(list, "not offered: ", "nobody may enroll it (cepcesctl access grant)", p);
    }
    return list;
}

/* Notes are sentences: a line each for people, under one key in JSON. */
static void
print_template(json_t *record, json_t *notes, ctl_context_t *ctx)
{
    size_t i;
    json_t *note;

    if (ctx->json) {
        json_object_set_new(record, "notes", notes);
        ctl_print_record(record, true);
        return;
    }
    ctl_print_record(record, false);
    json_array_foreach(notes, i, note)
    {
        printf("%s\n", ctl_value_text(note, ctx->p));
    }
    json_decref(notes);
}

static cepces_status_t
template_show(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_template_t t;
    cepces_catalogue_t catalogue;
    json_t *record;
    cepces_status_t st =
        cepces_store_find_template(&t, ctx->store, args->operands.items[0], ctx->p, ctx->err);

    if (st == CEPCES_OK) {
        st = cepces_store_load_catalogue(&catalogue, ctx->store, ctx->p, ctx->err);
    }
    if (st != CEPCES_OK) {
        return st;
    }
    record = ctl_template_record(&t, ctx->p);
    ctl_set_time(record, "changed_at", t.changed_at);
    ctl_set_list(record, "published_at", ctl_publishers(&catalogue, t.name, ctx->p));
    print_template(record, notes_of(&t, &catalogue, ctx->p), ctx);
    return CEPCES_OK;
}

static cepces_status_t
template_export(ctl_context_t *ctx, const ctl_args_t *args)
{
    cepces_template_t t;
    const char *text = NULL;
    cepces_status_t st =
        cepces_store_find_template(&t, ctx->store, args->operands.items[0], ctx->p, ctx->err);

    if (st == CEPCES_OK) {
        st = ctl_template_print(&text, &t, ctx->p, ctx->err);
    }
    if (st == CEPCES_OK) {
        fputs(text, stdout);
    }
    return st;
}

static cepces_status_t
template_remove(ctl_context_t *ctx, const ctl_args_t *args)
{
    const char *name = args->operands.items[0];
    bool kept = false;
    cepces_status_t st = cepces_store_remove_template(&kept, ctx->store, name, ctx->p, ctx->err);

    if (st == CEPCES_OK && kept) {
        ctl_say(
            "template \"%s\" withdrawn and disabled; it stays stored because requests refer to it",
            name);
    } else if (st == CEPCES_OK) {
        ctl_say("template \"%s\" removed", name);
    }
    return st;
}

const ctl_command_t ctl_template_commands[] = {
    {"template apply", NEEDS_STORE, template_apply, "FILE...", apply_options,
     "make the templates in files the current ones"},
    {"template list", NEEDS_STORE, template_list, "", NULL, "list the templates"},
    {"template show", NEEDS_STORE, template_show, "NAME", NULL,
     "show a template, and why it is not offered"},
    {"template export", NEEDS_STORE, template_export, "NAME", NULL, "write a template as a file"},
    {"template diff", NEEDS_STORE, template_diff, "FILE...", NULL,
     "compare files with what is stored"},
    {"template remove", NEEDS_STORE, template_remove, "NAME", NULL,
     "withdraw and remove a template"},
    {.name = NULL},
};
