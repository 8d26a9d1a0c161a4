#!/usr/bin/env bash
# Resolves what developers install, with hashes and without download addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.tools/bin/uv
options=(--quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --universal)
$uv pip compile "${options[@]}" --no-emit-package openglue-awsglue --all-extras --group dev pyproject.toml -o requirements/dev.txt
echo uv | $uv pip compile "${options[@]}" - -o requirements/uv.txt
