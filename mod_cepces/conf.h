/* What the directives say. Every member's unset value is named, so that merging is "the child's if
 * set, else the parent's"; the functions that read a setting supply the default. */
#ifndef MOD_CEPCES_CONF_H
#define MOD_CEPCES_CONF_H

#include <httpd.h>
#include <http_config.h>
#include <ap_expr.h>
#include <mod_auth.h>

#include "cepces/cepces.h"

/* Which of our handlers SetHandler names. */
typedef enum mc_handler_t {
    MC_HANDLER_UNSET,
    MC_HANDLER_OTHER, /* somebody else's, or none */
    MC_HANDLER_POLICY,
    MC_HANDLER_ENROLL,
    MC_HANDLER_PUBLISH
} mc_handler_t;

/* A flag that may be unset. */
typedef enum mc_flag_t { MC_UNSET = -1, MC_OFF = 0, MC_ON = 1 } mc_flag_t;

/* Ranges and defaults (security.md, section 8). */
#define MC_POOL_SIZE_DEFAULT 8
#define MC_POOL_SIZE_MAX 1000
#define MC_POOL_WAIT_DEFAULT_SECS 2
#define MC_POOL_WAIT_MAX_SECS 15 /* the deadline of a whole request */
#define MC_CREDENTIAL_CACHE_DEFAULT_SECS 60
#define MC_CREDENTIAL_CACHE_MAX_SECS 300
#define MC_HASH_THREADS_MAX 64
#define MC_MAX_BODY_POLICY (64 * 1024)
#define MC_MAX_BODY_ENROLL (1024 * 1024)
#define MC_MAX_BODY_LOWEST (8 * 1024)
#define MC_MAX_BODY_HIGHEST (8 * 1024 * 1024)
#define MC_PRIORITY_DEFAULT 10
#define MC_PRIORITY_MAX 2147483647

/* Settings of the whole server; they are refused inside <VirtualHost>. */
typedef struct mc_server_t {
    const char *database;        /* libpq connection string; NULL: unset */
    int pool_size;               /* connections of a child; 0: unset */
    int pool_wait_secs;          /* -1: unset */
    const char *key_directory;   /* absolute; NULL: unset */
    const char *passphrase_file; /* absolute; NULL: unset */
    const char *cache_directory; /* absolute; NULL: unset */
    int credential_cache_secs;   /* -1: unset */
    int hash_threads;            /* 0: unset, half the processors */

    /* Filled when the configuration is complete: of each server, virtual or not. */
    const apr_array_header_t *endpoints; /* of mc_endpoint_t */
} mc_server_t;

/* A provider named by CepcesAuthProvider. */
typedef struct mc_provider_t {
    const char *name;
    const authn_provider *provider;
} mc_provider_t;

/* Settings of a location. */
typedef struct mc_dir_t {
    const ap_directive_t *where;   /* SetHandler's line; NULL: none of our handlers was set here */
    mc_handler_t handler;
    const char *policy;            /* NULL: unset */
    const char *ca;                /* NULL: unset */
    apr_array_header_t *templates; /* of const char *; NULL: unset, all of the CA */
    apr_array_header_t *servers;   /* of cepces_enrollment_server_t; locations add to what is around them */
    apr_array_header_t *lines;     /* of const ap_directive_t *: where each of |servers| was written */
    apr_array_header_t *providers; /* of mc_provider_t; NULL: unset */
    mc_flag_t anonymous;
    mc_flag_t renewal_only;
    const ap_expr_info_t *groups;  /* expression; NULL: unset */
    const char *groups_file;       /* absolute; NULL: unset; at most one of the two is set */
    apr_off_t max_body;            /* bytes; 0: unset */
} mc_dir_t;

void *mc_server_create(apr_pool_t *p, server_rec *s);
void *mc_server_merge(apr_pool_t *p, void *parent, void *child);
void *mc_dir_create(apr_pool_t *p, char *path);
void *mc_dir_merge(apr_pool_t *p, void *parent, void *child);

/* mc_server_conf and mc_dir_conf return the settings of a server and of a request's place. */
mc_server_t *mc_server_conf(const server_rec *s);
const mc_dir_t *mc_dir_conf(const request_rec *r);

extern const command_rec mc_directives[];

#endif
