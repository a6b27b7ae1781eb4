/* Passwords: from the terminal without echo, from a file or from standard input; never from the
 * command line. */
#ifndef TOOLS_PROMPT_H
#define TOOLS_PROMPT_H

#include "cepces/error.h"

/* ctl_read_password reads one line: from |file| ("-": standard input), or, when |file| is NULL,
 * from the terminal with |prompt|, twice when |twice|. The text is wiped with |p|. An empty
 * password is refused. Errors: CEPCES_E_INVALID. */
cepces_status_t ctl_read_password(const char **out, const char *file, const char *prompt,
                                  bool twice, apr_pool_t *p, cepces_error_t *err) CEPCES_MUST_CHECK;

#endif
