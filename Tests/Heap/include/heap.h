#pragma once

/// Bytes that OpenSSL holds.
long gh_heap_bytes(void);
/// Blocks that OpenSSL asked for so far.
long gh_heap_allocations(void);
/// Whether OpenSSL let itself be watched.
int gh_heap_is_watched(void);
