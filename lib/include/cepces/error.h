/* Outcomes. Every fallible function returns a cepces_status_t, CEPCES_OK being 0, and fills the
 * caller's error object, which remembers what failed, where it was decided and what the layer below
 * said.
 *
 * The statuses are one list, status.def; the enum, the texts, the SOAP faults, the log levels and
 * docs/errors.md come from it. Code branches on the class, seldom on a single status. What a client
 * may see is the row's fixed text and result code; particulars stay in |detail| and go to the
 * log. */
#ifndef CEPCES_ERROR_H
#define CEPCES_ERROR_H

#include "cepces/log.h"
#include "cepces/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cepces_status_t {
    CEPCES_OK = 0,
#define CEPCES_STATUS(name, class, fault, code, level, text) CEPCES_E_##name,
#include "cepces/status.def"
#undef CEPCES_STATUS
    CEPCES_STATUS_COUNT
} cepces_status_t;

/* Whose fault it is, and so what should happen next. */
typedef enum cepces_class_t {
    CEPCES_CLASS_OK,
    CEPCES_CLASS_SENDER,    /* the message cannot be understood */
    CEPCES_CLASS_IDENTITY,  /* the caller did not prove who they are */
    CEPCES_CLASS_POLICY,    /* understood and refused: final, recorded */
    CEPCES_CLASS_TEMPORARY, /* ask again later: 503 and Retry-After */
    CEPCES_CLASS_INTERNAL,  /* our own failure */
    CEPCES_CLASS_LOCAL      /* an administrator's command could not be carried out; never sent over the wire */
} cepces_class_t;

/* The shape of the SOAP fault (docs/errors.md describes each). */
typedef enum cepces_fault_t {
    CEPCES_FAULT_NONE,
    CEPCES_FAULT_SENDER,                /* s:Sender */
    CEPCES_FAULT_VERSION_MISMATCH,      /* s:VersionMismatch with an Upgrade header */
    CEPCES_FAULT_MUST_UNDERSTAND,       /* s:MustUnderstand with NotUnderstood headers */
    CEPCES_FAULT_HEADER_REQUIRED,       /* s:Sender / a:MessageAddressingHeaderRequired */
    CEPCES_FAULT_HEADER_INVALID,        /* s:Sender / a:InvalidAddressingHeader */
    CEPCES_FAULT_ACTION_NOT_SUPPORTED,  /* s:Sender / a:ActionNotSupported */
    CEPCES_FAULT_ONLY_ANONYMOUS,        /* s:Sender / a:OnlyAnonymousAddressSupported */
    CEPCES_FAULT_DESERIALIZATION,       /* s:Sender / dispatcher a:DeserializationFailed */
    CEPCES_FAULT_INVALID_REQUEST,       /* s:Sender / wst:InvalidRequest with WSDetail, InvalidRequest false */
    CEPCES_FAULT_INVALID_SECURITY,      /* s:Sender / wsse:InvalidSecurity */
    CEPCES_FAULT_FAILED_AUTHENTICATION, /* s:Sender / wsse:FailedAuthentication */
    CEPCES_FAULT_REFUSED,               /* s:Receiver with WSDetail, InvalidRequest true */
    CEPCES_FAULT_UNAVAILABLE,           /* s:Receiver with WSDetail, InvalidRequest false, at HTTP 503 */
    CEPCES_FAULT_STATUS,                /* s:Receiver with WSDetail, InvalidRequest false */
    CEPCES_FAULT_INTERNAL               /* s:Receiver / dispatcher a:InternalServiceFault */
} cepces_fault_t;

typedef struct cepces_error_t {
    apr_pool_t *p;                /* texts and causes live here */
    cepces_status_t status;
    const char *detail;           /* for the log only: values, SQLSTATE, OpenSSL's reason */
    const char *rule;             /* the rule that decided, as in docs/security.md ("V21"), or NULL */
    const char *file;             /* where the status was decided */
    int line;
    struct cepces_error_t *cause; /* what the layer below said, or NULL */
} cepces_error_t;

/* CEPCES_ERROR_INIT makes an error object without an error; its texts will be allocated from
 * |pool|. */
#define CEPCES_ERROR_INIT(pool) {(pool), CEPCES_OK, NULL, NULL, NULL, 0, NULL}

/* cepces_error_set starts an error: it records |status|, where it was decided, and a printf-style
 * detail, and returns |status|, so that it fits in a return. An earlier error in |err| is replaced.
 * |err| may be NULL. */
#define cepces_error_set(err, status, ...) \
    cepces_error_set_at((err), (status), NULL, __FILE__, __LINE__, __VA_ARGS__)

/* cepces_error_rule is cepces_error_set for a refusal that a numbered rule demands. */
#define cepces_error_rule(err, status, rule, ...) \
    cepces_error_set_at((err), (status), (rule), __FILE__, __LINE__, __VA_ARGS__)

/* cepces_error_wrap adds what the caller was trying to do: the error in |err| becomes the cause of
 * a new one with |status|; the rule is kept. */
#define cepces_error_wrap(err, status, ...) \
    cepces_error_wrap_at((err), (status), __FILE__, __LINE__, __VA_ARGS__)

CEPCES_API cepces_status_t cepces_error_set_at(cepces_error_t *err, cepces_status_t status,
                                               const char *rule, const char *file, int line,
                                               const char *fmt, ...) CEPCES_PRINTF(6, 7);
CEPCES_API cepces_status_t cepces_error_wrap_at(cepces_error_t *err, cepces_status_t status,
                                                const char *file, int line, const char *fmt, ...)
    CEPCES_PRINTF(5, 6);

/* cepces_error_apr makes an error with |status| of the APR result |rv|; the detail is |doing| and
 * APR's text. */
CEPCES_API cepces_status_t cepces_error_apr(cepces_error_t *err, cepces_status_t status,
                                            apr_status_t rv, const char *doing);

/* cepces_error_line renders the whole chain on one line of printable ASCII for the log or a
 * terminal: the outermost detail first, causes after ": ". Bytes outside printable ASCII are
 * escaped as \xHH. The text belongs to |p|. */
CEPCES_API const char *cepces_error_line(const cepces_error_t *err, apr_pool_t *p);

/* cepces_error_clear empties |err| for another attempt; its pool stays. */
CEPCES_API void cepces_error_clear(cepces_error_t *err);

/* What the list says of a status. The name is that of the row ("KEY_LENGTH"), the text is what a
 * client may see, the code is the HRESULT of [MS-ERREF] as 32 bits or 0. */
CEPCES_API const char *cepces_status_name(cepces_status_t status);
CEPCES_API const char *cepces_status_text(cepces_status_t status);
CEPCES_API uint32_t cepces_status_code(cepces_status_t status);
CEPCES_API cepces_class_t cepces_status_class(cepces_status_t status);
CEPCES_API cepces_fault_t cepces_status_fault(cepces_status_t status);
CEPCES_API cepces_log_level_t cepces_status_level(cepces_status_t status);

#ifdef __cplusplus
}
#endif
#endif
