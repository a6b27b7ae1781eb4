/* The terminal is /dev/tty, so that a password can be asked for while standard input is a file. */
#include "prompt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <apr_strings.h>

#include "files.h"

#define MAX_PASSWORD 1024

static volatile sig_atomic_t interrupted;

static void
note_signal(int number)
{
    interrupted = number;
}

static void
say(int terminal, const char *text)
{
    ssize_t written = write(terminal, text, strlen(text));

    (void)written; /* a terminal that takes no prompt will not give a password either */
}

/* Reads up to the end of the line; a signal ends it. */
static bool
read_line(int terminal, char *line, size_t size)
{
    size_t len = 0;
    char c;

    while (len < size - 1 && interrupted == 0 && read(terminal, &c, 1) == 1) {
        if (c == '\n') {
            line[len] = '\0';
            return true;
        }
        line[len++] = c;
    }
    line[len] = '\0';
    return false;
}

/* Echo is switched on again before an interrupting signal does its work. */
static bool
ask(int terminal, const char *prompt, char *line, size_t size)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP};
    struct sigaction action = {.sa_handler = note_signal}, before[4];
    struct termios shown, hidden;
    bool complete;

    if (tcgetattr(terminal, &shown) != 0) {
        return false;
    }
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    interrupted = 0;
    for (int i = 0; i < 4; i++) {
        sigaction(signals[i], &action, &before[i]); /* without SA_RESTART: read() returns */
    }
    tcsetattr(terminal, TCSAFLUSH, &hidden);
    say(terminal, prompt);
    complete = read_line(terminal, line, size);
    say(terminal, "\n");
    tcsetattr(terminal, TCSAFLUSH, &shown);
    for (int i = 0; i < 4; i++) {
        sigaction(signals[i], &before[i], NULL);
    }
    if (interrupted != 0) {
        raise(interrupted);
    }
    return complete;
}

static apr_status_t
wipe(void *text)
{
    explicit_bzero(text, strlen(text));
    return APR_SUCCESS;
}

/* Copies the first line of |text| into |p|, where it is wiped. */
static cepces_status_t
keep(const char **out, const char *text, apr_pool_t *p, cepces_error_t *err)
{
    size_t len = strcspn(text, "\r\n");
    char *own;

    if (len == 0) {
        return cepces_error_set(err, CEPCES_E_INVALID, "the password is empty");
    }
    own = apr_pstrmemdup(p, text, len);
    apr_pool_cleanup_register(p, own, wipe, apr_pool_cleanup_null);
    *out = own;
    return CEPCES_OK;
}

static cepces_status_t
from_terminal(const char **out, const char *prompt, bool twice, apr_pool_t *p, cepces_error_t *err)
{
    char first[MAX_PASSWORD], second[MAX_PASSWORD];
    int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    cepces_status_t st = CEPCES_OK;

    if (terminal < 0) {
        return cepces_error_set(err, CEPCES_E_INVALID,
                                "no terminal to ask for the password: give --password-file");
    }
    if (!ask(terminal, apr_psprintf(p, "%s: ", prompt), first, sizeof(first)) ||
        (twice &&
         !ask(terminal, apr_psprintf(p, "%s, once more: ", prompt), second, sizeof(second)))) {
        st = cepces_error_set(err, CEPCES_E_INVALID, "no password was typed");
    } else if (twice && strcmp(first, second) != 0) {
        st = cepces_error_set(err, CEPCES_E_INVALID, "the two passwords differ");
    } else {
        st = keep(out, first, p, err);
    }
    explicit_bzero(first, sizeof(first));
    explicit_bzero(second, sizeof(second));
    close(terminal);
    return st;
}

cepces_status_t
ctl_read_password(const char **out, const char *file, const char *prompt, bool twice, apr_pool_t *p,
                  cepces_error_t *err)
{
    cepces_bytes_t content;
    cepces_status_t st;

    if (file == NULL) {
        return from_terminal(out, prompt, twice, p, err);
    }
    st = ctl_read_file(&content, file, MAX_PASSWORD, p, err);
    if (st != CEPCES_OK) {
        return st;
    }
    st = keep(out, (const char *)content.data, p, err);
    explicit_bzero((char *)(uintptr_t)content.data, content.len);
    return st;
}
