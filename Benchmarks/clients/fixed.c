// Answers every request with the same bytes: the upstream behind the proxies, and as a peer the
// ceiling that this machine's kernel sets. One thread, one epoll, no allocation per request.
//
//   fixed PORT BYTES     BYTES of response in all, head included
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { INPUT = 16384, OUTPUT = 65536, RESPONSE = 8192, EVENTS = 128 };

struct connection {
    int socket;
    size_t filled;
    char input[INPUT];
};

static char response[RESPONSE];
static size_t response_length;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

static void build_response(size_t total) {
    char head[256];
    size_t body = total;
    int length = 0;
    // The head's length depends on the digits of the body's: twice settles it.
    for (int round = 0; round < 3; round++) {
        length = snprintf(head, sizeof head,
                          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                          "Content-Length: %zu\r\n\r\n",
                          body);
        if ((size_t)length + 2 > total || total > RESPONSE) {
            fprintf(stderr, "fixed: %zu bytes are too few or too many\n", total);
            exit(2);
        }
        body = total - (size_t)length;
    }
    memcpy(response, head, (size_t)length);
    memset(response + length, ' ', body);
    response[length] = '{';
    response[total - 1] = '}';
    response_length = total;
}

static size_t body_length(const char *head, const char *end) {
    static const char name[] = "\r\ncontent-length:";
    for (const char *at = head; at + sizeof name < end; at++)
        if (*at == '\r' && strncasecmp(at, name, sizeof name - 1) == 0)
            return strtoul(at + sizeof name - 1, NULL, 10);
    return 0;
}

static int send_all(int socket, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = send(socket, bytes, count, MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return -1;
        if (sent > 0) bytes += sent, count -= (size_t)sent;
    }
    return 0;
}

// Answers all whole requests in the input with one write; -1 closes the connection.
static int serve(struct connection *connection) {
    static char output[OUTPUT];
    ssize_t got = read(connection->socket, connection->input + connection->filled,
                       INPUT - connection->filled);
    if (got < 0) return errno == EAGAIN ? 0 : -1;
    if (got == 0) return -1;
    connection->filled += (size_t)got;
    char *at = connection->input, *end = at + connection->filled;
    size_t ready = 0;
    for (;;) {
        char *head_end = memmem(at, (size_t)(end - at), "\r\n\r\n", 4);
        if (!head_end) break;
        head_end += 4;
        size_t body = *at == 'G' ? 0 : body_length(at, head_end);
        if ((size_t)(end - head_end) < body) break;
        if (ready + response_length > OUTPUT) {
            if (send_all(connection->socket, output, ready) < 0) return -1;
            ready = 0;
        }
        memcpy(output + ready, response, response_length);
        ready += response_length;
        at = head_end + body;
    }
    if (ready && send_all(connection->socket, output, ready) < 0) return -1;
    connection->filled = (size_t)(end - at);
    if (connection->filled == INPUT) return -1;
    memmove(connection->input, at, connection->filled);
    return 0;
}

static int listen_on(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((unsigned short)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
    if (listen(listener, 1024) < 0) fail("listen");
    return listener;
}

static void accept_all(int listener, int poll) {
    for (;;) {
        int socket = accept4(listener, NULL, NULL, SOCK_NONBLOCK), on = 1;
        if (socket < 0) return;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct connection *connection = malloc(sizeof *connection);
        if (!connection) fail("malloc");
        connection->socket = socket;
        connection->filled = 0;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
        epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
    }
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: fixed PORT BYTES\n");
        return 2;
    }
    build_response(strtoul(arguments[2], NULL, 10));
    int listener = listen_on(atoi(arguments[1])), poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL}, events[EVENTS];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, EVENTS, -1);
        for (int index = 0; index < ready; index++) {
            struct connection *connection = events[index].data.ptr;
            if (!connection) {
                accept_all(listener, poll);
            } else if (serve(connection) < 0) {
                close(connection->socket);
                free(connection);
            }
        }
    }
}
