#!/bin/sh
# Makes .venv in the current folder with the first Python that will do; keeps one that is there and works.
#   sh shop/environment.sh PYTHON ...       names or paths of interpreters, best first
set -eu

right='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

if .venv/bin/python -c "import pip; $right" >/dev/null 2>&1; then
  exit 0
fi

bare=
for python in "$@"; do
  "$python" -c "$right" >/dev/null 2>&1 || continue
  if "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    echo "Making .venv with $("$python" -V)"
    exec "$python" -m venv --clear .venv
  fi
  bare=$python
done

if [ -n "$bare" ]; then
  echo "$bare cannot make environments. Install its venv module (Debian: apt-get install python3-venv), then run this again." >&2
else
  echo "There is no Python 3.11, 3.12 or 3.13 here (tried: $*). Install one, or name it: make read PYTHON=/path/to/python3.13" >&2
fi
exit 1
