/* The plain records of the system: what PostgreSQL stores, what an administrator manages and what
 * the policy rooms decide from. One struct stands for one fact in every room; there are no
 * conversions between layers.
 *
 * Records own nothing: their strings, lists and bytes live in the pool of the call that returned
 * them. Ids are the database's; 0 means "not stored yet". Times are apr_time_t, 0 meaning "never"
 * or "not set". */
#ifndef CEPCES_MODEL_H
#define CEPCES_MODEL_H

#include "cepces/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --- Certificate templates: [MS-CRTD] --------------------------------------------------------- */

/* generalFlags: [MS-CRTD] 2.4 */
#define CEPCES_GENERAL_AUTO_ENROLLMENT 0x00000020u
#define CEPCES_GENERAL_MACHINE_TYPE 0x00000040u
#define CEPCES_GENERAL_IS_CA 0x00000080u
#define CEPCES_GENERAL_ADD_TEMPLATE_NAME 0x00000200u
#define CEPCES_GENERAL_IS_CROSS_CA 0x00000800u
#define CEPCES_GENERAL_DONOTPERSISTINDB 0x00001000u
#define CEPCES_GENERAL_IS_DEFAULT 0x00010000u
#define CEPCES_GENERAL_IS_MODIFIED 0x00020000u

/* msPKI-Enrollment-Flag: [MS-CRTD] 2.26 */
#define CEPCES_ENROLL_INCLUDE_SYMMETRIC_ALGORITHMS 0x00000001u
#define CEPCES_ENROLL_PEND_ALL_REQUESTS 0x00000002u
#define CEPCES_ENROLL_PUBLISH_TO_KRA_CONTAINER 0x00000004u
#define CEPCES_ENROLL_PUBLISH_TO_DS 0x00000008u
#define CEPCES_ENROLL_AUTO_ENROLLMENT_CHECK_USER_DS_CERTIFICATE 0x00000010u
#define CEPCES_ENROLL_AUTO_ENROLLMENT 0x00000020u
#define CEPCES_ENROLL_PREVIOUS_APPROVAL_VALIDATE_REENROLLMENT 0x00000040u
#define CEPCES_ENROLL_USER_INTERACTION_REQUIRED 0x00000100u
#define CEPCES_ENROLL_REMOVE_INVALID_CERTIFICATE_FROM_PERSONAL_STORE 0x00000400u
#define CEPCES_ENROLL_ALLOW_ENROLL_ON_BEHALF_OF 0x00000800u
#define CEPCES_ENROLL_ADD_OCSP_NOCHECK 0x00001000u
#define CEPCES_ENROLL_ENABLE_KEY_REUSE_ON_NT_TOKEN_KEYSET_STORAGE_FULL 0x00002000u
#define CEPCES_ENROLL_NOREVOCATIONINFOINISSUEDCERTS 0x00004000u
#define CEPCES_ENROLL_INCLUDE_BASIC_CONSTRAINTS_FOR_EE_CERTS 0x00008000u
#define CEPCES_ENROLL_ALLOW_KEYBASEDRENEWAL 0x00010000u
#define CEPCES_ENROLL_ISSUANCE_POLICIES_FROM_REQUEST 0x00020000u
#define CEPCES_ENROLL_SKIP_AUTO_RENEWAL 0x00040000u
#define CEPCES_ENROLL_NO_SECURITY_EXTENSION 0x00080000u

/* msPKI-Private-Key-Flag: [MS-CRTD] 2.27 */
#define CEPCES_KEY_REQUIRE_PRIVATE_KEY_ARCHIVAL 0x00000001u
#define CEPCES_KEY_EXPORTABLE 0x00000010u
#define CEPCES_KEY_STRONG_PROTECTION_REQUIRED 0x00000020u
#define CEPCES_KEY_REQUIRE_ALTERNATE_SIGNATURE_ALGORITHM 0x00000040u
#define CEPCES_KEY_REQUIRE_SAME_KEY_RENEWAL 0x00000080u
#define CEPCES_KEY_USE_LEGACY_PROVIDER 0x00000100u
#define CEPCES_KEY_EK_TRUST_ON_USE 0x00000200u
#define CEPCES_KEY_EK_VALIDATE_CERT 0x00000400u
#define CEPCES_KEY_EK_VALIDATE_KEY 0x00000800u
#define CEPCES_KEY_ATTEST_PREFERRED 0x00001000u
#define CEPCES_KEY_ATTEST_REQUIRED 0x00002000u
#define CEPCES_KEY_ATTESTATION_WITHOUT_POLICY 0x00004000u
#define CEPCES_KEY_SERVER_VERSION_MASK 0x000f0000u
#define CEPCES_KEY_SERVER_VERSION_SHIFT 16
#define CEPCES_KEY_HELLO_LOGON_KEY 0x00200000u
#define CEPCES_KEY_CLIENT_VERSION_MASK 0x0f000000u
#define CEPCES_KEY_CLIENT_VERSION_SHIFT 24

/* msPKI-Certificate-Name-Flag: [MS-CRTD] 2.28 */
#define CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT 0x00000001u
#define CEPCES_NAME_OLD_CERT_SUPPLIES_SUBJECT_AND_ALT_NAME 0x00000008u
#define CEPCES_NAME_ENROLLEE_SUPPLIES_SUBJECT_ALT_NAME 0x00010000u
#define CEPCES_NAME_SUBJECT_ALT_REQUIRE_DOMAIN_DNS 0x00400000u
#define CEPCES_NAME_SUBJECT_ALT_REQUIRE_SPN 0x00800000u
#define CEPCES_NAME_SUBJECT_ALT_REQUIRE_DIRECTORY_GUID 0x01000000u
#define CEPCES_NAME_SUBJECT_ALT_REQUIRE_UPN 0x02000000u
#define CEPCES_NAME_SUBJECT_ALT_REQUIRE_EMAIL 0x04000000u
#define CEPCES_NAME_SUBJECT_ALT_REQUIRE_DNS 0x08000000u
#define CEPCES_NAME_SUBJECT_REQUIRE_DNS_AS_CN 0x10000000u
#define CEPCES_NAME_SUBJECT_REQUIRE_EMAIL 0x20000000u
#define CEPCES_NAME_SUBJECT_REQUIRE_COMMON_NAME 0x40000000u
#define CEPCES_NAME_SUBJECT_REQUIRE_DIRECTORY_PATH 0x80000000u

/* Key usage bits in the order of RFC 5280, 4.2.1.3: bit 0 (digitalSignature) is the highest of
 * 16. */
#define CEPCES_KU_DIGITAL_SIGNATURE 0x8000u
#define CEPCES_KU_NON_REPUDIATION 0x4000u
#define CEPCES_KU_KEY_ENCIPHERMENT 0x2000u
#define CEPCES_KU_DATA_ENCIPHERMENT 0x1000u
#define CEPCES_KU_KEY_AGREEMENT 0x0800u
#define CEPCES_KU_KEY_CERT_SIGN 0x0400u
#define CEPCES_KU_CRL_SIGN 0x0200u
#define CEPCES_KU_ENCIPHER_ONLY 0x0100u
#define CEPCES_KU_DECIPHER_ONLY 0x0080u

/* Whether SHA-1 in the signature of a PKCS#10 is accepted as proof of possession. */
typedef enum cepces_sha1_t {
    CEPCES_SHA1_BY_SCHEMA, /* accepted for schema 1 and 2, refused for 3 and 4 */
    CEPCES_SHA1_ACCEPT,
    CEPCES_SHA1_REFUSE
} cepces_sha1_t;

typedef struct cepces_template_t {
    int64_t id;
    int64_t revision_id;         /* of the stored revision; pinned in every request */
    const char *name;            /* cn: ASCII without white space, at most 64 characters */
    const char *oid;             /* dotted decimal, every arc below 2^31 */
    const char *display_name;    /* UTF-8 */
    unsigned schema_version;     /* 1 to 4 */
    unsigned major, minor;       /* revision; major >= 1 */
    uint32_t general_flags;
    uint32_t enrollment_flags;
    uint32_t private_key_flags;
    uint32_t subject_name_flags;
    cepces_optional_t key_spec;           /* 1 exchange, 2 signature; absent with a KSP */
    cepces_optional_t key_usage_property; /* msPKI-Key-Usage */
    const char *key_permissions;          /* SDDL, or NULL */
    const char *key_algorithm;            /* RSA, ECDSA_P256, ECDSA_P384, ECDSA_P521, ECDH_P256, …, Ed25519 */
    unsigned minimal_key_length;          /* bits; for EC the size of the curve */
    const char *hash_algorithm;           /* SHA256, SHA384, SHA512, or NULL: none named */
    cepces_strings_t crypto_providers;    /* CSP or KSP names, best first */
    int64_t validity_secs;
    int64_t renewal_secs;
    cepces_strings_t ekus;                   /* OIDs */
    cepces_strings_t application_policies;   /* OIDs; equal to |ekus| (rule T15) */
    cepces_strings_t issuance_policies;      /* OIDs of certificate policies */
    uint16_t key_usage;                      /* CEPCES_KU_… */
    cepces_strings_t critical_extensions;    /* OIDs; 2.5.29.15 by default */
    cepces_strings_t superseded;             /* names of templates */
    unsigned ra_signatures;
    cepces_strings_t ra_application_policies; /* OIDs */
    cepces_strings_t ra_issuance_policies;    /* OIDs */
    const char *archival_algorithm;           /* 3DES, AES128, AES192, AES256, or NULL */
    unsigned archival_key_length;             /* bits */
    cepces_sha1_t sha1_requests;
    bool allow_wildcards;    /* names like *.example.com where the requester supplies names */
    bool strict_extensions;  /* refuse, instead of dropping, requested extensions the template does not give */
    bool enabled;
    apr_time_t changed_at;   /* when this revision was stored */
} cepces_template_t;

typedef struct cepces_templates_t {
    const cepces_template_t *const *items;
    size_t num;
} cepces_templates_t;

/* --- Certification authorities ---------------------------------------------------------------- */

/* One certificate generation of a CA; rollover adds another. */
typedef struct cepces_ca_generation_t {
    int64_t id;
    int number;                    /* 0 for the first: [MS-WCCE] CA version */
    cepces_bytes_t certificate;    /* DER */
    cepces_bytes_t key_sha256;     /* SHA-256 of the SubjectPublicKeyInfo, 32 bytes: which key signs */
    const cepces_bytes_t *chain;   /* DER of the issuers, nearest first, the root last; empty for a root */
    size_t chain_num;
    apr_time_t not_before, not_after;
    bool current;                  /* the one that signs new certificates */
} cepces_ca_generation_t;

typedef struct cepces_ca_t {
    int64_t id;
    const char *name;              /* ASCII without white space; part of URLs */
    bool enabled;
    bool issues_to_clients;        /* false for a root that only signs other CAs */
    cepces_strings_t cdp_urls;     /* http URLs for the CRL distribution point extension */
    cepces_strings_t aia_urls;     /* http URLs for caIssuers */
    int64_t crl_validity_secs;
    int64_t crl_overlap_secs;      /* how long before nextUpdate the next CRL is signed */
    int64_t backdate_secs;         /* notBefore is this much before now */
    const cepces_ca_generation_t *generations;
    size_t generations_num;
    cepces_strings_t templates;    /* names of published templates */
} cepces_ca_t;

/* --- Policies --------------------------------------------------------------------------------- */

typedef struct cepces_policy_t {
    int64_t id;
    const char *name;          /* ASCII without white space */
    const char *guid;          /* "{UPPER-CASE-GUID}": the policy ID, stable forever */
    const char *friendly_name; /* UTF-8; what the MMC lists */
    unsigned next_update_hours;
    cepces_strings_t cas;      /* names */
    apr_time_t changed_at;     /* of anything the policy's answer is made from */
} cepces_policy_t;

/* --- Accounts, credentials, access ------------------------------------------------------------ */

typedef enum cepces_account_kind_t {
    CEPCES_ACCOUNT_USER,
    CEPCES_ACCOUNT_COMPUTER,
    CEPCES_ACCOUNT_SERVICE
} cepces_account_kind_t;

/* Somebody who may ask, with the attributes that certificates are built from. */
typedef struct cepces_account_t {
    int64_t id;
    const char *name;            /* canonical: lower case, without domain or realm */
    cepces_account_kind_t kind;
    bool enabled;
    const char *common_name;     /* UTF-8, or NULL: the name itself */
    cepces_strings_t dns_names;  /* the first is the dNSHostName */
    const char *upn;             /* or NULL */
    const char *email;           /* or NULL */
    const char *directory_name;  /* distinguished name as LDAP text (RFC 4514), or NULL */
    const char *guid;            /* objectGUID as text without braces, or NULL */
    const char *sid;             /* "S-1-5-21-…", or NULL */
    apr_time_t changed_at;
} cepces_account_t;

typedef enum cepces_scope_kind_t {
    CEPCES_SCOPE_POLICY,
    CEPCES_SCOPE_CA,
    CEPCES_SCOPE_TEMPLATE,
    CEPCES_SCOPE_SAME_AS_CEP /* whoever may read the policy may also enroll at its CAs */
} cepces_scope_kind_t;

typedef struct cepces_scope_t {
    cepces_scope_kind_t kind;
    const char *name; /* of the policy, CA or template; NULL for SAME_AS_CEP */
} cepces_scope_t;

/* A password of an account and where it opens. */
typedef struct cepces_credential_t {
    int64_t id;
    const char *account; /* its name */
    const char *hash;    /* crypt(3) form, "$2b$…" */
    const cepces_scope_t *scopes;
    size_t scopes_num;
    apr_time_t changed_at;
} cepces_credential_t;

typedef enum cepces_grantee_kind_t {
    CEPCES_GRANTEE_ACCOUNT,
    CEPCES_GRANTEE_GROUP,
    CEPCES_GRANTEE_AUTHENTICATED /* everybody who proved who they are */
} cepces_grantee_kind_t;

#define CEPCES_RIGHT_ENROLL 1u
#define CEPCES_RIGHT_AUTOENROLL 2u

/* One row of access: who may do what on a template or a CA, and which names they may ask for. A CA
 * without any entry is open to whoever its templates admit; a template without any entry is open to
 * nobody. */
typedef struct cepces_access_entry_t {
    int64_t id;
    const char *template_name; /* exactly one of these two is not NULL */
    const char *ca_name;
    cepces_grantee_kind_t grantee_kind;
    const char *grantee;       /* account or group name; NULL for AUTHENTICATED */
    uint32_t rights;           /* CEPCES_RIGHT_… */
    cepces_strings_t name_patterns; /* "dns:*.example.com", "cn:…", "upn:…", "email:…", "ip:10.0.0.0/8", "uri:…" */
} cepces_access_entry_t;

/* --- Requests, certificates, CRLs, audit ------------------------------------------------------ */

typedef enum cepces_auth_kind_t { /* the values of XCEP's clientAuthentication */
    CEPCES_AUTH_NONE = 0,
    CEPCES_AUTH_ANONYMOUS = 1,
    CEPCES_AUTH_KERBEROS = 2,
    CEPCES_AUTH_USERNAME = 4,
    CEPCES_AUTH_CERTIFICATE = 8
} cepces_auth_kind_t;

typedef enum cepces_request_state_t {
    CEPCES_REQUEST_ISSUED,
    CEPCES_REQUEST_PENDING,
    CEPCES_REQUEST_DENIED,
    CEPCES_REQUEST_FAILED
} cepces_request_state_t;

/* One submission, kept with its raw bytes. */
typedef struct cepces_request_record_t {
    int64_t id;                  /* the RequestID: 1 … 2^31-1 */
    const char *ca;              /* names */
    const char *template_name;   /* NULL when the request named none we know */
    int64_t template_revision_id; /* 0 with it */
    const char *principal;       /* canonical name of who asked */
    cepces_auth_kind_t auth;
    const char *client_address;
    const char *message_id;      /* of the SOAP message */
    const char *format;          /* "pkcs10", "cmc", "pkcs7", or "unknown" */
    cepces_bytes_t raw;          /* the decoded token */
    cepces_request_state_t state;
    uint32_t result_code;        /* HRESULT, 0 when issued */
    const char *rule;            /* the rule that refused, or NULL */
    const char *reason;          /* for administrators, or NULL */
    const char *client_info;     /* what the request says of its program: unproven, or NULL */
    apr_time_t submitted_at, resolved_at;
} cepces_request_record_t;

typedef enum cepces_certificate_state_t {
    CEPCES_CERTIFICATE_ISSUED,
    CEPCES_CERTIFICATE_REVOKED
} cepces_certificate_state_t;

typedef struct cepces_certificate_record_t {
    int64_t id;
    const char *ca;
    int generation;              /* number of the CA's generation that signed it */
    cepces_bytes_t serial;       /* 16 octets, big-endian, as in the certificate */
    int64_t request_id;          /* 0 for certificates made by an administrator */
    const char *template_name;   /* or NULL */
    int64_t template_revision_id;
    const char *principal;       /* owner */
    const char *subject;         /* RFC 4514 text, for people */
    cepces_bytes_t der;
    cepces_bytes_t sha256;       /* of |der| */
    apr_time_t not_before, not_after;
    cepces_certificate_state_t state;
    apr_time_t revoked_at;
    int reason;                  /* CRLReason of RFC 5280, 5.3.1; 0 is unspecified */
} cepces_certificate_record_t;

typedef struct cepces_crl_record_t {
    int64_t id;
    const char *ca;
    int generation;
    int64_t number;
    cepces_bytes_t der;
    apr_time_t this_update, next_update;
} cepces_crl_record_t;

/* A fact for the audit trail, stored in the transaction of what it describes. */
typedef struct cepces_audit_event_t {
    int64_t id;
    apr_time_t at;
    const char *event;     /* "cert.issued", … (docs/logging.md) */
    const char *outcome;   /* "success", "denied", "failed" */
    const char *principal; /* or NULL */
    const char *ca;        /* or NULL */
    const char *template_name; /* or NULL */
    int64_t request_id;    /* or 0 */
    const char *details;   /* a JSON object as text, or NULL */
} cepces_audit_event_t;

#ifdef __cplusplus
}
#endif
#endif
