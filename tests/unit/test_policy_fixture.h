/* A web server template as the tests of the policy room vary it, and the helpers they share. */
#ifndef UNIT_TEST_POLICY_FIXTURE_H
#define UNIT_TEST_POLICY_FIXTURE_H

#include "policy/internal.h"
#include "support/suite.h"

#define SECS_PER_DAY INT64_C(86400)

#define NO_LIST ((cepces_strings_t){NULL, 0})

static const char *const fixture_ekus[] = {"1.3.6.1.5.5.7.3.1"};
static const char *const fixture_critical[] = {"2.5.29.15"};
static const char *const fixture_providers[] = {"Microsoft Software Key Storage Provider"};

/* Nothing about it is worth a finding. */
static inline cepces_template_t
fixture_template(void)
{
    return (cepces_template_t){
        .id = 7,
        .name = "WebServer",
        .oid = "1.3.6.1.4.1.311.21.8.1.2.3",
        .display_name = "Web Server",
        .schema_version = 3,
        .major = 100,
        .minor = 4,
        .general_flags = CEPCES_GENERAL_MACHINE_TYPE,
        .subject_name_flags = CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT,
        .key_algorithm = "RSA",
        .minimal_key_length = 2048,
        .hash_algorithm = "SHA256",
        .crypto_providers = {fixture_providers, 1},
        .validity_secs = 365 * SECS_PER_DAY,
        .renewal_secs = 42 * SECS_PER_DAY,
        .ekus = {fixture_ekus, 1},
        .application_policies = {fixture_ekus, 1},
        .key_usage = CEPCES_KU_DIGITAL_SIGNATURE | CEPCES_KU_KEY_ENCIPHERMENT,
        .critical_extensions = {fixture_critical, 1},
        .enabled = true,
    };
}

#endif
