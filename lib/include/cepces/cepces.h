/* libcepces: Microsoft-compatible certificate enrollment policy (MS-XCEP) and certificate
 * enrollment (MS-WSTEP) services with a certification authority of their own. This header brings in
 * all the others. */
#ifndef CEPCES_CEPCES_H
#define CEPCES_CEPCES_H

#include "cepces/admin.h"
#include "cepces/client.h"
#include "cepces/error.h"
#include "cepces/log.h"
#include "cepces/model.h"
#include "cepces/service.h"
#include "cepces/store.h"
#include "cepces/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* cepces_init prepares the libraries below (libxml2, OpenSSL's tables). It is called once per
 * process, before threads start, and is harmless when repeated. */
CEPCES_API cepces_status_t cepces_init(cepces_error_t *err) CEPCES_MUST_CHECK;

/* cepces_version returns the version of the library as text ("0.1.0"). */
CEPCES_API const char *cepces_version(void);

#ifdef __cplusplus
}
#endif
#endif
