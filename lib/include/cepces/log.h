/* Where the library's messages go. libcepces never writes to a file or a terminal itself: the
 * module sends its messages to httpd's error log, the command-line tool to stderr. A function that
 * returns an error does not log it too; only what happens outside a request (pollers, publishers)
 * or deserves a line of its own is logged here. */
#ifndef CEPCES_LOG_H
#define CEPCES_LOG_H

#include "cepces/types.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum cepces_log_level_t {
    CEPCES_LOG_ERROR,   /* we failed somebody through no fault of theirs */
    CEPCES_LOG_WARNING, /* served, but something needs an administrator */
    CEPCES_LOG_NOTICE,  /* lifecycle */
    CEPCES_LOG_INFO,    /* one line per decision */
    CEPCES_LOG_DEBUG    /* why a decision came out as it did */
} cepces_log_level_t;

/* |number| is the message's stable number (docs/logging.md), |text| one line of printable text. */
typedef void (*cepces_log_fn)(void *payload, cepces_log_level_t level, int number, const char *text);

/* cepces_log_set_sink names the function that takes the messages of this process; NULL drops them.
 * It is called once, before threads start. */
CEPCES_API void cepces_log_set_sink(cepces_log_fn fn, void *payload);

/* cepces_log formats a message and hands it to the sink. Control characters are escaped, the text
 * is cut at 1024 bytes. */
CEPCES_API void cepces_log_write(cepces_log_level_t level, int number, const char *fmt, ...)
    CEPCES_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
