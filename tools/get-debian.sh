#!/usr/bin/env bash
# Fetches programs of Debian's packages for the tests, without installing them.
#
#   tools/get-debian.sh FOLDER "PROGRAM ..." "PACKAGE ..." [SUITE ...]
#
# Prints the folder that holds the programs; when they are there already, it does nothing else. The packages are taken from the mirror
# that this machine's own apt is configured with, of the first suite that has them, checked against the SHA-256 of its index, and
# unpacked into FOLDER. SUITES are tried before the machine's own.
set -euo pipefail

folder=$1
read -ra names <<< "$2"
read -ra packages <<< "$3"
shift 3
programs=$folder/usr/bin

fail() { echo "get-debian: $*" >&2; exit 1; }

complete() { for name in "${names[@]}"; do [ -x "$programs/$name" ] || return 1; done; }

if complete; then echo "$programs"; exit 0; fi

for tool in curl dpkg dpkg-deb xz sha256sum awk; do
  command -v "$tool" >/dev/null || fail "this needs the program $tool"
done

# Every line of both of apt's formats names its archive as an http(s) address; the first that ends in /debian is the mirror.
# Its suites stand beside it in the same files.
sources() {
  cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null | sed 's/#.*//' || true
}
mirror=$(sources | tr ' \t' '\n\n' | sed -n 's#^\(https\{0,1\}://.*/debian\)/\{0,1\}$#\1#p' | head -n 1)
[ -n "$mirror" ] || fail "apt's configuration names no Debian mirror"
own_suites=$(sources | awk '
  $1 == "Suites:" { for (i = 2; i <= NF; i++) print $i }
  $1 == "deb"     { for (i = 2; i < NF; i++) if ($i ~ /^https?:/) { print $(i + 1); break } }' | sort -u)
architecture=$(dpkg --print-architecture)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Writes "path sha256" of a package, as the index says; fails where the index does not have it.
entry_of() {
  awk -v wanted="$1" '
    $1 == "Package:"  { here = ($2 == wanted) }
    here && $1 == "Filename:" { path = $2 }
    here && $1 == "SHA256:"   { sum = $2 }
    END { if (path == "" || sum == "") exit 1; print path, sum }' "$work/index"
}

take_from() {
  local suite=$1 package entry
  curl -fsS --retry 2 -o "$work/index.xz" "$mirror/dists/$suite/main/binary-$architecture/Packages.xz" || return 1
  xz -dc "$work/index.xz" > "$work/index" || return 1
  rm -rf "$work/tree"
  mkdir -p "$work/tree"
  for package in "${packages[@]}"; do
    entry=$(entry_of "$package") || return 1
    curl -fsS --retry 2 -o "$work/$package.deb" "$mirror/${entry% *}" || return 1
    echo "${entry#* }  $work/$package.deb" | sha256sum --check --quiet - >&2 || fail "the checksum of $package is wrong"
    dpkg-deb -x "$work/$package.deb" "$work/tree" || return 1
  done
}

for suite in "$@" $own_suites; do
  if take_from "$suite"; then
    mkdir -p "$folder"
    cp -a "$work/tree/." "$folder/"
    complete || { echo "get-debian: the packages of $suite lack one of the programs" >&2; continue; }
    echo "$programs"
    exit 0
  fi
  echo "get-debian: nothing usable in suite $suite" >&2
done
fail "no suite of $mirror has ${packages[*]} for $architecture"
