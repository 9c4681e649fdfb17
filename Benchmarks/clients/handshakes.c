// Full TLS 1.3 handshakes, one after the other in a number of slots: connect, handshake without
// resumption, one GET, reset. Prints one line of JSON in the same words as load.lua.
//
//   handshakes PORT SLOTS SECONDS PATH
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS_MAX = 256, SAMPLES_MAX = 1 << 20 };

enum step { CONNECTING, SHAKING, ASKING, READING };

struct slot {
    int socket;
    SSL *tls;
    enum step step;
    double began;
};

static SSL_CTX *context;
static struct sockaddr_in address;
static char request[512];
static double samples[SAMPLES_MAX];
static long done, failed;
static int poll_set;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void watch(struct slot *slot, int operation, unsigned events) {
    struct epoll_event event = {.events = events, .data.ptr = slot};
    epoll_ctl(poll_set, operation, slot->socket, &event);
}

static void begin(struct slot *slot) {
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    int on = 1;
    slot->began = now();
    slot->step = CONNECTING;
    slot->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(slot->socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    setsockopt(slot->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    slot->tls = SSL_new(context);
    SSL_set_fd(slot->tls, slot->socket);
    SSL_set_tlsext_host_name(slot->tls, "api.example.com");
    connect(slot->socket, (struct sockaddr *)&address, sizeof address);
    watch(slot, EPOLL_CTL_ADD, EPOLLOUT);
}

static void end(struct slot *slot, int worked) {
    if (worked) {
        if (done < SAMPLES_MAX) samples[done] = (now() - slot->began) * 1e6;
        done++;
    } else {
        failed++;
    }
    SSL_free(slot->tls);
    close(slot->socket);
    begin(slot);
}

// 1: go on with the next step; 0: wait for the socket; -1: it failed.
static int outcome(struct slot *slot, int result) {
    if (result > 0) return 1;
    switch (SSL_get_error(slot->tls, result)) {
    case SSL_ERROR_WANT_READ: watch(slot, EPOLL_CTL_MOD, EPOLLIN); return 0;
    case SSL_ERROR_WANT_WRITE: watch(slot, EPOLL_CTL_MOD, EPOLLOUT); return 0;
    default: return -1;
    }
}

static void advance(struct slot *slot) {
    char answer[8192];
    int result = 1, count;
    while (result == 1) {
        switch (slot->step) {
        case CONNECTING: slot->step = SHAKING; break;
        case SHAKING:
            result = outcome(slot, SSL_connect(slot->tls));
            if (result == 1 && (SSL_version(slot->tls) != TLS1_3_VERSION ||
                                SSL_session_reused(slot->tls)))
                result = -1;
            if (result == 1) slot->step = ASKING;
            break;
        case ASKING:
            result = outcome(slot, SSL_write(slot->tls, request, (int)strlen(request)));
            if (result == 1) slot->step = READING;
            break;
        case READING:
            count = SSL_read(slot->tls, answer, sizeof answer);
            result = outcome(slot, count);
            if (result != 1) break;
            end(slot, count > 12 && memcmp(answer + 9, "200", 3) == 0);
            return;
        }
    }
    if (result < 0) end(slot, 0);
}

static int ascending(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

int main(int count, char **arguments) {
    static struct slot slots[SLOTS_MAX];
    struct epoll_event events[SLOTS_MAX];
    if (count != 5 || atoi(arguments[2]) < 1 || atoi(arguments[2]) > SLOTS_MAX) {
        fprintf(stderr, "usage: handshakes PORT SLOTS SECONDS PATH\n");
        return 2;
    }
    address = (struct sockaddr_in){.sin_family = AF_INET,
                                   .sin_port = htons((unsigned short)atoi(arguments[1])),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: api.example.com\r\n\r\n",
             arguments[4]);
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    poll_set = epoll_create1(0);
    double start = now(), seconds = atof(arguments[3]);
    for (int index = 0; index < atoi(arguments[2]); index++) begin(&slots[index]);
    while (now() - start < seconds) {
        int ready = epoll_wait(poll_set, events, SLOTS_MAX, 100);
        for (int index = 0; index < ready; index++) advance(events[index].data.ptr);
    }
    double elapsed = now() - start;
    long kept = done < SAMPLES_MAX ? done : SAMPLES_MAX;
    qsort(samples, (size_t)kept, sizeof samples[0], ascending);
    printf("RESULT {\"requests\":%ld,\"microseconds\":%.0f,\"bytes\":0,\"refused\":0,"
           "\"errors\":%ld,\"p50\":%.1f,\"p99\":%.1f}\n",
           done, elapsed * 1e6, failed, kept ? samples[kept / 2] : 0,
           kept ? samples[kept * 99 / 100] : 0);
}
