#!/usr/bin/env bash
# Resolves what developers install, and the environments of the foreign clients that `make long` runs, with hashes and
# without download addresses.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=.tools/bin/uv
options=(--quiet --generate-hashes --no-header --no-emit-index-url --python-version 3.11 --universal)
$uv pip compile "${options[@]}" --no-emit-package openglue-awsglue --all-extras --group dev pyproject.toml -o requirements/dev.txt
echo uv | $uv pip compile "${options[@]}" - -o requirements/uv.txt
for client in \
  'airflow: apache-airflow>=3.3 apache-airflow-providers-amazon[aiobotocore]>=9.39' \
  'dagster: dagster>=1.13 dagster-aws>=0.29' \
  'faketime: libfaketime>=3.0'; do
  printf '%s\n' ${client#*: } | $uv pip compile "${options[@]}" --no-annotate - -o "requirements/${client%%:*}.txt"
done
