/* The log sink. */
#include "cepces/log.h"

#include <stdarg.h>
#include <stdio.h>

static cepces_log_fn sink;
static void *sink_payload;

void
cepces_log_set_sink(cepces_log_fn fn, void *payload)
{
    sink = fn;
    sink_payload = payload;
}

void
cepces_log_write(cepces_log_level_t level, int number, const char *fmt, ...)
{
    char text[1024];
    va_list args;

    if (sink == NULL) {
        return;
    }
    va_start(args, fmt);
    vsnprintf(text, sizeof(text), fmt, args);
    va_end(args);
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
    sink(sink_payload, level, number, text);
}
