#pragma once
#include <mongoc/mongoc.h>

// Callers of libmongoc give it a `bson_t` of their own for its reply; the type asks for an alignment
// that Swift cannot give. One on the heap that libmongoc may initialise again:
static inline bson_t *gh_bson_reply_new(void) {
    bson_t *reply = bson_new();
    bson_init(reply);
    return reply;
}

static inline void gh_bson_reply_free(bson_t *reply) {
    bson_destroy(reply);
    bson_free(reply);
}
