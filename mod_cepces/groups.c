/* CepcesGroups: where the group names of a caller come from. An expression yields a list with
 * commas or spaces between the names; a file has the form of AuthGroupFile, "group: user user". */
#include "private.h"

#include <util_varbuf.h>

#define GROUP_LINE_MAX (1024 * 1024) /* one line of the file: a group with tens of thousands of members */
#define GROUP_SEPARATORS ", \t\r\n"

static cepces_strings_t
strings_of(const apr_array_header_t *list)
{
    return (cepces_strings_t){(const char *const *)list->elts, (size_t)list->nelts};
}

static void
split(apr_array_header_t *groups, const char *text, apr_pool_t *p)
{
    char *state;

    for (char *name = apr_strtok(apr_pstrdup(p, text), GROUP_SEPARATORS, &state); name != NULL;
         name = apr_strtok(NULL, GROUP_SEPARATORS, &state)) {
        APR_ARRAY_PUSH(groups, const char *) = name;
    }
}

static bool
lists_user(const char *members, const char *user, apr_pool_t *p)
{
    while (*members != '\0') {
        if (ap_cstr_casecmp(ap_getword_conf(p, &members), user) == 0) {
            return true;
        }
    }
    return false;
}

static cepces_status_t
read_file(apr_array_header_t *groups, const char *path, const char *user, apr_pool_t *p,
          cepces_error_t *err)
{
    ap_configfile_t *file;
    struct ap_varbuf line;
    apr_pool_t *ptemp;
    apr_status_t rv = ap_pcfg_openfile(&file, p, path);

    if (rv != APR_SUCCESS) {
        return cepces_error_apr(err, CEPCES_E_INTERNAL, rv, apr_pstrcat(p, "opening ", path, NULL));
    }
    apr_pool_create(&ptemp, p);
    ap_varbuf_init(p, &line, 256);
    while ((rv = ap_varbuf_cfg_getline(&line, file, GROUP_LINE_MAX)) == APR_SUCCESS) {
        const char *members = line.buf;
        const char *group;

        apr_pool_clear(ptemp);
        if (*members == '#' || *members == '\0') {
            continue;
        }
        group = ap_getword(ptemp, &members, ':');
        if (lists_user(members, user, ptemp)) {
            APR_ARRAY_PUSH(groups, const char *) = apr_pstrdup(p, group);
        }
    }
    ap_varbuf_free(&line);
    ap_cfg_closefile(file);
    apr_pool_destroy(ptemp);
    if (rv != APR_EOF) {
        return cepces_error_apr(err, CEPCES_E_INTERNAL, rv, apr_pstrcat(p, "reading ", path, NULL));
    }
    return CEPCES_OK;
}

cepces_status_t
mc_groups(cepces_strings_t *out, request_rec *r, const mc_dir_t *dir, const char *user,
          cepces_error_t *err)
{
    apr_array_header_t *groups = apr_array_make(r->pool, 4, sizeof(const char *));
    cepces_status_t st = CEPCES_OK;

    if (dir->groups != NULL) {
        const char *trouble = NULL;
        const char *text = ap_expr_str_exec(r, dir->groups, &trouble);

        if (trouble != NULL) {
            return cepces_error_set(err, CEPCES_E_INTERNAL,
                                    "the expression of CepcesGroups failed: %s", trouble);
        }
        split(groups, text, r->pool);
    } else if (dir->groups_file != NULL) {
        st = read_file(groups, dir->groups_file, user, r->pool, err);
    }
    if (st == CEPCES_OK) {
        *out = strings_of(groups);
    }
    return st;
}
