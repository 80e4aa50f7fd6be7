#!/bin/sh
# Write requirements.lock anew from pyproject.toml: every package with its hashes, for all systems we install on.
# LOCK_UPGRADE=1 takes the newest versions; otherwise versions that still fit stay as they are.
set -eu
cd -- "$(dirname -- "$0")/.."
uv=.venv/bin/uv
[ -x "$uv" ] || .venv/bin/python -m pip install --quiet uv ||
    { echo "lock: uv is needed and could not be installed; run 'make setup' and check the network." >&2; exit 1; }
"$uv" pip compile pyproject.toml --extra dev --universal --python-version 3.11 --only-binary :all: \
    --generate-hashes --no-emit-index-url --annotation-style line --quiet \
    --custom-compile-command 'make lock' ${LOCK_UPGRADE:+--upgrade} --output-file requirements.lock
echo "lock: requirements.lock holds $(grep -c '==' requirements.lock) packages"
