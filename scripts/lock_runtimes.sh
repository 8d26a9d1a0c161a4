#!/usr/bin/env bash
# Resolves what the runtimes install, for Linux and macOS on x86-64 and arm64, with hashes and without download
# addresses. The first line of a lock names its contents: an installed runtime is found by it, without reading the rest.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.tools/bin/uv
locks=src/openglue/runtimes/locks
options=(--quiet --generate-hashes --no-header --no-emit-index-url --no-annotate --universal --python-version 3.11)
for source in requirements/runtimes/*.in; do
  name=$(basename "$source" .in)
  body=$(mktemp)
  trap 'rm -f "$body"' EXIT
  # The present lock is the preference: only what must move does.
  [ ! -f "$locks/$name.txt" ] || tail -n +2 "$locks/$name.txt" >"$body"
  $uv pip compile "${options[@]}" "$@" "$source" -o "$body" >/dev/null
  { echo "# sha256 $(sha256sum <"$body" | cut -d ' ' -f 1)"; cat "$body"; } >"$locks/$name.txt"
  rm -f "$body"
done
