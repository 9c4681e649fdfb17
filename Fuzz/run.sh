#!/bin/sh
# Fuzzes a parser: Fuzz/run.sh TARGET [SECONDS], where TARGET is a folder beside this script.
#
# A target is TARGET/main.swift with `LLVMFuzzerTestOneInput`, TARGET/modules with the source folders
# that it needs (lowest first), and TARGET/Seeds. It sees package declarations, since all of it is
# compiled here under the package's name. Findings and the grown corpus stay in .build/fuzz/TARGET.
set -eu

target=${1:?usage: Fuzz/run.sh TARGET [SECONDS]}
seconds=${2:-60}
root=$(cd "$(dirname "$0")/.." && pwd)
source="$root/Fuzz/$target"
[ -f "$source/main.swift" ] || {
    echo "no target '$target'; there are: $(cd "$root/Fuzz" && echo */)" >&2
    exit 2
}
work="$root/.build/fuzz/$target"
mkdir -p "$work/corpus" "$work/findings"
cd "$root"

flags="-O -g -swift-version 6 -package-name gatehouse -strict-memory-safety
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
    -enable-upcoming-feature MemberImportVisibility
    -enable-upcoming-feature NonisolatedNonsendingByDefault
    -enable-experimental-feature Lifetimes -parse-as-library -wmo -I $work
    -sanitize=address -sanitize-coverage=edge,inline-8bit-counters,pc-table,indirect-calls,trace-cmp"

# Where the C libraries' module maps and headers are.
for folder in Sources/System/*; do flags="$flags -I $folder"; done
flags="$flags -Xcc -I/usr/include/postgresql -Xcc -I/usr/include/libmongoc-1.0
    -Xcc -I/usr/include/libbson-1.0"

objects=
extras=
while read -r folder module extra; do
    echo "compiling $module"
    files=$(find "$root/Sources/$folder" -name '*.swift')
    # shellcheck disable=SC2086
    swiftc $flags $extra -module-name "$module" -emit-module \
        -emit-module-path "$work/$module.swiftmodule" -c $files -o "$work/$module.o"
    objects="$objects $work/$module.o"
    extras="$extra"
done <"$source/modules"

echo "linking $target"
# shellcheck disable=SC2086
swiftc $flags $extras -module-name Fuzz -c "$source/main.swift" -o "$work/main.o"
links=$([ -f "$source/links" ] && cat "$source/links" || true)
# shellcheck disable=SC2086
swiftc -sanitize=fuzzer,address $objects "$work/main.o" $links -o "$work/fuzz"

# What a target asks of its sanitizers; Tokens keeps keys in enums, whose pointers the leak
# detector does not see.
settings=$([ -f "$source/environment" ] && cat "$source/environment" || true)
cd "$work"
# shellcheck disable=SC2086
exec env SWIFT_BACKTRACE=enable=no $settings ./fuzz -max_total_time="$seconds" -max_len=4096 -timeout=5 \
    -print_final_stats=1 -artifact_prefix=findings/ corpus "$source/Seeds"
