/* A request that would be granted, and ways to change it and to judge the decision. */
#ifndef UNIT_TEST_POLICY_SCENE_H
#define UNIT_TEST_POLICY_SCENE_H

#include "test_policy_fixture.h"

#define NOW (INT64_C(1795230995) * APR_USEC_PER_SEC + 123456) /* 2026-11-21T03:16:35.123456Z */

typedef struct scene_t {
    cepces_template_t t;
    cepces_request_t request;
    cepces_account_t account;
    cepces_caller_t who;
    cepces_access_t access;
    cepces_decision_input_t in;
    cepces_rdn_t rdns[40];
    cepces_san_t sans[110];
    cepces_requested_extension_t extensions[8];
} scene_t;

void add_rdn(scene_t *s, const char *type, const char *value);
void add_san(scene_t *s, cepces_san_kind_t kind, const char *text);
void add_ip(scene_t *s, const char *text, const char *octets, size_t len);
void add_extension(scene_t *s, const char *oid, const char *hex);
void add_pattern(scene_t *s, const char *pattern);

/* alice may enroll, with an RSA key of 2048 bits and a request that asks for nothing yet. */
scene_t *scene(void);

/* The requester supplies host.example.com, and may. */
scene_t *supplied_scene(void);

/* A user whose account has everything, and a template that wants the UPN. */
scene_t *built_scene(void);

/* The decision is made and has to be this one. */
const cepces_plan_t *granted(scene_t *s);
void refused(scene_t *s, cepces_status_t status, const char *rule);

/* Parts of a plan, for comparison. */
const char *sans_text(const cepces_plan_t *plan);
const char *dropped_text(const cepces_plan_t *plan);
cepces_bytes_t extension_of(const cepces_plan_t *plan, const char *oid);

/* Cases are functions that change a scene; the table says what comes of it. */
typedef struct case_t {
    void (*change)(scene_t *s);
    cepces_status_t status; /* CEPCES_OK: granted */
    const char *rule;
} case_t;

#define CASE(name, ...) \
    static void name(scene_t *s) \
    { \
        __VA_ARGS__; \
    }

void run_case(scene_t *s, const case_t *c);

#endif
