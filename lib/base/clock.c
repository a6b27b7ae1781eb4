/* The system's clock and ISO 8601. */
#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <apr_strings.h>

apr_time_t
cepces_clock_system(void *payload)
{
    (void)payload;
    return apr_time_now();
}

const char *
cepces_time_iso8601(apr_time_t t, apr_pool_t *p)
{
    apr_time_exp_t x;

    apr_time_exp_gmt(&x, t);
    return apr_psprintf(p, "%04d-%02d-%02dT%02d:%02d:%02dZ", x.tm_year + 1900, x.tm_mon + 1,
                        x.tm_mday, x.tm_hour, x.tm_min, x.tm_sec);
}

apr_time_t
cepces_clock_steady(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return apr_time_from_sec(t.tv_sec) + t.tv_nsec / 1000;
}

/* Days from 1970-01-01 to a date of the proleptic Gregorian calendar. */
static int64_t
days_from_civil(int64_t year, unsigned month, unsigned day)
{
    int64_t era;
    unsigned year_of_era, day_of_year, day_of_era;

    year -= month <= 2;
    era = (year >= 0 ? year : year - 399) / 400;
    year_of_era = (unsigned)(year - era * 400);
    day_of_year = (153 * (month + (month > 2 ? -3u : 9u)) + 2) / 5 + day - 1;
    day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + (int64_t)day_of_era - 719468;
}

/* Reads |digits| decimal digits at *s and moves past them. */
static bool
take_number(const char **s, unsigned digits, unsigned *value)
{
    *value = 0;
    for (; digits > 0; digits--, (*s)++) {
        if (!isdigit((unsigned char)**s)) {
            return false;
        }
        *value = *value * 10 + (unsigned)(**s - '0');
    }
    return true;
}

static bool
take_char(const char **s, char c)
{
    if (**s != c) {
        return false;
    }
    (*s)++;
    return true;
}

/* A fraction of a second; digits past the sixth are dropped. */
static bool
take_fraction(const char **s, int64_t *micros)
{
    int64_t unit = 100000;

    *micros = 0;
    if (**s != '.') {
        return true;
    }
    (*s)++;
    if (!isdigit((unsigned char)**s)) {
        return false;
    }
    for (; isdigit((unsigned char)**s); (*s)++, unit /= 10) {
        *micros += unit * (**s - '0');
    }
    return true;
}

static bool
take_zone(const char **s, int64_t *offset_secs)
{
    unsigned hours, minutes;
    int sign;

    *offset_secs = 0;
    if (**s == '\0' || take_char(s, 'Z')) {
        return true;
    }
    sign = **s == '-' ? -1 : 1;
    if ((**s != '+' && **s != '-') || ((*s)++, !take_number(s, 2, &hours)) || !take_char(s, ':') ||
        !take_number(s, 2, &minutes) || hours > 14 || minutes > 59) {
        return false;
    }
    *offset_secs = sign * (int64_t)(hours * 3600 + minutes * 60);
    return true;
}

cepces_status_t
cepces_time_parse_iso8601(apr_time_t *out, const char *text, cepces_error_t *err)
{
    const char *s = text;
    unsigned year, month, day, hour, minute, second;
    int64_t micros, offset_secs, seconds;

    if (!take_number(&s, 4, &year) || !take_char(&s, '-') || !take_number(&s, 2, &month) ||
        !take_char(&s, '-') || !take_number(&s, 2, &day) || !take_char(&s, 'T') ||
        !take_number(&s, 2, &hour) || !take_char(&s, ':') || !take_number(&s, 2, &minute) ||
        !take_char(&s, ':') || !take_number(&s, 2, &second) || !take_fraction(&s, &micros) ||
        !take_zone(&s, &offset_secs) || *s != '\0' || year < 1 || month < 1 || month > 12 ||
        day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) {
        return cepces_error_set(err, CEPCES_E_INVALID, "not a date and time of ISO 8601");
    }
    seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
    *out = (seconds - offset_secs) * APR_USEC_PER_SEC + micros;
    return CEPCES_OK;
}
