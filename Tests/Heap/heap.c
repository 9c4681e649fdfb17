// Counts what OpenSSL allocates. Libraries touch OpenSSL while they are loaded, and it takes other
// functions for memory before its first allocation alone: this runs before any library's start.
#include "heap.h"
#include <malloc.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdlib.h>

static atomic_long live, made;

static void *allocate(size_t count, const char *file, int line) {
    void *block = malloc(count);
    if (block) {
        atomic_fetch_add_explicit(&live, (long)malloc_usable_size(block), memory_order_relaxed);
        atomic_fetch_add_explicit(&made, 1, memory_order_relaxed);
    }
    return block;
}

static void release(void *block, const char *file, int line) {
    if (!block) return;
    atomic_fetch_sub_explicit(&live, (long)malloc_usable_size(block), memory_order_relaxed);
    free(block);
}

static void *reallocate(void *block, size_t count, const char *file, int line) {
    if (block)
        atomic_fetch_sub_explicit(&live, (long)malloc_usable_size(block), memory_order_relaxed);
    void *fresh = realloc(block, count);
    if (fresh) {
        atomic_fetch_add_explicit(&live, (long)malloc_usable_size(fresh), memory_order_relaxed);
        atomic_fetch_add_explicit(&made, 1, memory_order_relaxed);
    }
    return fresh;
}

static int isWatched;

static void watch(int count, char **arguments, char **environment) {
    isWatched = CRYPTO_set_mem_functions(allocate, reallocate, release);
}

__attribute__((section(".preinit_array"), used))
static void (*const start)(int, char **, char **) = watch;

long gh_heap_bytes(void) { return atomic_load_explicit(&live, memory_order_relaxed); }
long gh_heap_allocations(void) { return atomic_load_explicit(&made, memory_order_relaxed); }
int gh_heap_is_watched(void) { return isWatched; }
