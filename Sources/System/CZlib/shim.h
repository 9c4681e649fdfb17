#pragma once
#include <zlib.h>

// `inflateInit2` is a macro.
static inline int gh_inflate_init(z_stream *stream, int windowBits) {
    return inflateInit2(stream, windowBits);
}
