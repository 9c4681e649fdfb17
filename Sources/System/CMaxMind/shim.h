#pragma once
#include <maxminddb.h>
#include <netinet/in.h>

// `MMDB_get_value` is variadic.
static inline int gh_mmdb_value(MMDB_entry_s *entry, MMDB_entry_data_s *data, const char *name) {
    return MMDB_get_value(entry, data, name, NULL);
}
