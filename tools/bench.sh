#!/bin/sh
# Install what only 'make bench' needs, beside the product: OCRmyPDF (pinned, hashed) in .bench and its programs.
#
#   tools/bench.sh            install what is missing; a second call finds everything
#   tools/bench.sh --lock     write bench/requirements.txt anew
set -eu
cd -- "$(dirname -- "$0")/.."
venv=.bench
stamp=$venv/.digitize-bench
packages='ghostscript unpaper pngquant qpdf poppler-utils tesseract-ocr-eng tesseract-ocr-fra tesseract-ocr-lat'
optional='jbig2enc' # not in Debian 12; OCRmyPDF's smallest files need it
ocrmypdf=17.13.0

fail() { printf 'bench: %s\n' "$1" >&2; exit 1; }
absent() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" != installed ]; }
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

if [ "${1:-}" = --lock ]; then
    uv=.venv/bin/uv
    [ -x "$uv" ] || .venv/bin/python -m pip install --quiet uv || fail "uv could not be installed; check the network."
    printf 'ocrmypdf==%s\n' "$ocrmypdf" | "$uv" pip compile - --universal --python-version 3.11 --only-binary :all: \
        --generate-hashes --no-emit-index-url --annotation-style line --quiet \
        --custom-compile-command 'tools/bench.sh --lock' --output-file bench/requirements.txt
    exit 0
fi

if command -v dpkg-query >/dev/null; then
    missing=$(for package in $packages; do ! absent "$package" || printf '%s ' "$package"; done)
    for package in $optional; do
        if absent "$package" && apt-cache show "$package" >/dev/null 2>&1; then missing="$missing$package "; fi
    done
    if [ -n "$missing" ]; then
        echo "bench: installing Debian packages: $missing"
        # shellcheck disable=SC2086  # a list of package names is meant to fall apart into words
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
            fail "apt-get could not install: $missing; run 'apt-get update' and check the network, then try again."
    fi
fi
if [ ! -f "$stamp" ] || [ "$(cat "$stamp")" != "$(sha256sum bench/requirements.txt)" ]; then
    echo "bench: installing OCRmyPDF $ocrmypdf into $venv"
    .venv/bin/python -m venv --clear "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --require-hashes \
        --only-binary :all: -r bench/requirements.txt || fail "pip could not install OCRmyPDF; check the network."
    sha256sum bench/requirements.txt >"$stamp"
fi
