/* The attribute types a subject may hold (rule V43): their limits (X.520 upper bounds),
 * and who decides their value when the requester supplies the subject (rule V44). */
#include "policy/internal.h"

#include <strings.h>

/* What describes an organisation is free; whatever a relying party may take for an identity is
 * bound. */
static const cepces_attribute_t attributes[] = {
    {"2.5.4.3", "CN", 64, false, CEPCES_ATTRIBUTE_NAME},
    {"2.5.4.10", "O", 64, false, CEPCES_ATTRIBUTE_FREE},
    {"2.5.4.11", "OU", 64, false, CEPCES_ATTRIBUTE_FREE},
    {"2.5.4.6", "C", 2, true, CEPCES_ATTRIBUTE_FREE},
    {"2.5.4.8", "ST", 128, false, CEPCES_ATTRIBUTE_FREE},
    {"2.5.4.7", "L", 128, false, CEPCES_ATTRIBUTE_FREE},
    {"2.5.4.9", "street", 128, false, CEPCES_ATTRIBUTE_FREE},
    {"2.5.4.17", "postalCode", 128, false, CEPCES_ATTRIBUTE_FREE},
    {"1.2.840.113549.1.9.1", "emailAddress", 128, true, CEPCES_ATTRIBUTE_EMAIL},
    {"0.9.2342.19200300.100.1.25", "DC", 128, true, CEPCES_ATTRIBUTE_BOUND},
    {"0.9.2342.19200300.100.1.1", "UID", 128, false, CEPCES_ATTRIBUTE_BOUND},
    {"2.5.4.5", "serialNumber", 64, true, CEPCES_ATTRIBUTE_BOUND},
    {"2.5.4.4", "SN", 64, false, CEPCES_ATTRIBUTE_BOUND},
    {"2.5.4.42", "GN", 64, false, CEPCES_ATTRIBUTE_BOUND},
    {"2.5.4.43", "initials", 64, false, CEPCES_ATTRIBUTE_BOUND},
    {"2.5.4.44", "generationQualifier", 64, false, CEPCES_ATTRIBUTE_BOUND},
    {"2.5.4.12", "title", 64, false, CEPCES_ATTRIBUTE_BOUND},
    {"2.5.4.13", "description", 128, false, CEPCES_ATTRIBUTE_BOUND},
    {"2.5.4.41", "name", 128, false, CEPCES_ATTRIBUTE_BOUND},
    {"2.5.4.46", "dnQualifier", 64, true, CEPCES_ATTRIBUTE_BOUND},
    {"2.5.4.65", "pseudonym", 128, false, CEPCES_ATTRIBUTE_BOUND},
    {"2.5.4.97", "organizationIdentifier", 128, false, CEPCES_ATTRIBUTE_BOUND},
    {"2.5.4.15", "businessCategory", 128, false, CEPCES_ATTRIBUTE_BOUND},
    {"1.2.840.113549.1.9.2", "unstructuredName", 128, false, CEPCES_ATTRIBUTE_BOUND},
};

#define NUM_ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

const cepces_attribute_t *
cepces_attribute_by_oid(const char *oid)
{
    for (size_t i = 0; i < NUM_ATTRIBUTES; i++) {
        if (strcmp(attributes[i].oid, oid) == 0) {
            return &attributes[i];
        }
    }
    return NULL;
}

const cepces_attribute_t *
cepces_attribute_by_name(const char *name)
{
    for (size_t i = 0; i < NUM_ATTRIBUTES; i++) {
        if (strcasecmp(attributes[i].name, name) == 0) {
            return &attributes[i];
        }
    }
    return cepces_attribute_by_oid(name);
}
