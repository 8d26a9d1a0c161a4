#!/usr/bin/env bash
# Makes a checkout ready: uv, a virtual environment, the pinned dependencies, both distributions in editable form,
# Java and the runtimes that tests and the demo use. Does nothing that was done before; safe to interrupt.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\033[2m· %s\033[0m\n' "$*"; }
apt_install() {
  say "installing $* from Debian's packages"
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "please install: $*" >&2
    exit 1
  fi
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

python=""
for candidate in python3.11 python3; do
  if "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    python=$("$candidate" -c 'import sys; print(sys.executable)')
    break
  fi
done
[ -n "$python" ] || { echo "Python 3.11 is needed and was not found" >&2; exit 1; }

if [ ! -x .tools/bin/uv ]; then
  say "installing uv"
  "$python" -m venv .tools 2>/dev/null || { rm -rf .tools; apt_install python3-venv; "$python" -m venv .tools; }
  .tools/bin/python -m pip install -q --require-hashes -r requirements/uv.txt
fi

stamp=.venv/openglue.stamp
wanted=$(cat requirements/dev.txt pyproject.toml libs/awsglue/pyproject.toml | sha256sum)
if [ ! -f $stamp ] || [ "$(cat $stamp)" != "$wanted" ]; then
  say "installing the development environment (once)"
  [ -x .venv/bin/python ] || .tools/bin/uv venv -q --python "$python" .venv
  .tools/bin/uv pip install -q --python .venv/bin/python --require-hashes -r requirements/dev.txt
  .tools/bin/uv pip install -q --python .venv/bin/python --no-deps -e libs/awsglue -e .
  echo "$wanted" >$stamp
fi


# A server for tests of JDBC; the programs alone, which no service starts. The rest of the project does without it, so
# that where it cannot be installed, its tests fail and say so.
if ! { command -v mariadbd || [ -x /usr/sbin/mariadbd ]; } >/dev/null || ! command -v my_print_defaults >/dev/null; then
  (apt_install mariadb-server-core mariadb-client-core) || say "without MariaDB, its tests will fail"
fi

# What gives a run a PID namespace where it can have no cgroup. Users do well without it; its tests fail and say so.
command -v bwrap >/dev/null || (apt_install bubblewrap) || say "without bubblewrap, its tests will fail"

# What the tests and the demo run jobs with; Java comes along where the machine has none.
.venv/bin/openglue runtime install glue-5.1 pythonshell pythonshell-none
