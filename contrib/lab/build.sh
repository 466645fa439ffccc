#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Builds a copy of this source tree: build.sh DIR [configure options]
#
# The tree itself stays as it is. DIR/source is the copy, built in place;
# DIR/log what the compiler and the others said.
set -euo pipefail
HERE=$(cd "$(dirname "$0")/../.." && pwd)
D=${1:?usage: build.sh DIR [configure options]}
shift
mkdir -p "$D/source"
exec 3>&1 >"$D/log" 2>&1
trap '[ $? = 0 ] || { tail -25 "$D/log" >&3; echo "the whole log: $D/log" >&3; }' EXIT

# What git knows and what is new; from a release, all of it but its results.
files() {
    if [ -e "$HERE/.git" ] && command -v git >/dev/null; then
        # A clone belongs to whoever made it; root only reads it.
        git -c safe.directory="$HERE" -C "$HERE" ls-files -z -co --exclude-standard
    else
        find "$HERE" \( -name .deps -o -name autom4te.cache \) -prune -o -type f \
            ! -name '*.o' ! -name '*.a' ! -name Makefile ! -name 'config.*' \
            -printf '%P\0'
        printf 'configure.ac\0'
    fi
}

files | (cd "$HERE" && xargs -0 ls -d 2>/dev/null || :) |
    tar -C "$HERE" -cf - --no-recursion -T - | tar -C "$D/source" -xf -

cd "$D/source"
autoreconf -fi
./configure "$@"
make -j"$(nproc)"
