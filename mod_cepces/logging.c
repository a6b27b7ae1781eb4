/* The library's messages in httpd's error log. */
#include "private.h"

static const int levels[] = {
    [CEPCES_LOG_ERROR] = APLOG_ERR,       [CEPCES_LOG_WARNING] = APLOG_WARNING,
    [CEPCES_LOG_NOTICE] = APLOG_NOTICE,   [CEPCES_LOG_INFO] = APLOG_INFO,
    [CEPCES_LOG_DEBUG] = APLOG_DEBUG,
};

int
mc_log_level(cepces_log_level_t level)
{
    return levels[level];
}

void
mc_log_sink(void *payload, cepces_log_level_t level, int number, const char *text)
{
    ap_log_error(APLOG_MARK, mc_log_level(level), 0, (const server_rec *)payload, "CEP%04d: %s",
                 number, text);
}
