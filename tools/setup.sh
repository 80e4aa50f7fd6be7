#!/bin/sh
# Make this machine ready for digitize: Debian packages, a virtual environment, the locked Python packages.
#
#   tools/setup.sh            install what is missing; a second call finds everything and changes nothing
#   tools/setup.sh --faults   the same, and the programs with which 'make test-faults' breaks things, where that is possible
#
# PYTHON=/path/to/python3 chooses the interpreter (3.11 or newer). Everything it does is said; where it cannot go on it
# says one sentence and ends with exit code 1.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd -- "$root"
venv=.venv
stamp=$venv/.digitize-setup
log=$venv/.digitize-setup.log

# What the product runs on: the recogniser with its models, a font with қ ғ ҳ ў.
product='tesseract-ocr tesseract-ocr-uzb tesseract-ocr-uzb-cyrl tesseract-ocr-rus tesseract-ocr-ara
tesseract-ocr-script-arab tesseract-ocr-script-cyrl fonts-dejavu-core'
# What only the tests, the samples and the Makefile use: pdftotext and qpdf as second opinions, make.
development='poppler-utils qpdf make'
# With what 'make test-faults' breaks things: traces and kills, disks in a file, a false clock.
breaking='strace e2fsprogs util-linux faketime'
models='uzb uzb_cyrl rus ara'

say() { printf 'setup: %s\n' "$1"; }
fail() { printf 'setup: %s\n' "$1" >&2; exit 1; }

# --- Debian packages ---------------------------------------------------------------------------------------------

absent() { # the packages of the list that are not installed
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s ' "$package"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

install_packages() {
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        fail "these Debian packages are missing and there is no sudo: $1; install them as root, then try again."
    say "installing Debian packages: $1"
    output=$(mktemp)
    # shellcheck disable=SC2086  # a list of package names is meant to fall apart into words
    if ! { as_root apt-get update -qq && as_root apt-get install -y -qq --no-install-recommends $1; } >"$output" 2>&1; then
        tail -n 5 "$output" >&2
        rm -f "$output"
        fail "apt-get could not install: $1; check the network, the package sources and your rights, then try again."
    fi
    rm -f "$output"
}

need_packages() { # nothing to do, or installed, or a sentence
    missing=$(absent "$@")
    [ -z "$missing" ] || install_packages "${missing% }"
}

need_programs() { # on systems without dpkg we install nothing, we only look
    for program in tesseract pdftotext; do
        command -v "$program" >/dev/null || fail "$program is missing and this is not Debian; install it, then try again."
    done
    known=$(tesseract --list-langs 2>/dev/null || true)
    for model in $models; do
        printf '%s\n' "$known" | grep -qx "$model" ||
            fail "Tesseract's model '$model' is missing and this is not Debian; install it, then try again."
    done
}

# --- Python ------------------------------------------------------------------------------------------------------

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
makes_environments() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

find_python() { # prints the first interpreter that is new enough
    for name in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        path=$(command -v "$name" 2>/dev/null) && recent "$path" && printf '%s\n' "$path" && return
    done
    return 1
}

choose_python() { # sets $python
    if ! python=$(find_python); then
        command -v dpkg-query >/dev/null && need_packages python3 python3-venv
        python=$(find_python) || fail "no Python 3.11 or newer found; install one or name it with PYTHON=, then try again."
    fi
    if ! makes_environments "$python" && command -v dpkg-query >/dev/null; then
        # Debian keeps ensurepip in a package of its own, one for each minor version.
        need_packages python3-venv
    fi
    makes_environments "$python" || fail "$python has no 'venv' and 'ensurepip'; install them, then try again."
}

fingerprint() { # changes whenever the environment has to be made anew
    { cat requirements.lock tools/setup.sh; pwd; } | sha256sum | cut -d' ' -f1
}

ready() {
    [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(fingerprint)" ] && "$venv/bin/python" -c '' 2>/dev/null
}

pip_install() {
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input "$@" >>"$log" 2>&1 || {
        grep -i error "$log" | tail -n 3 >&2
        fail "pip could not install the Python packages (log: $root/$log); check the network, then try again."
    }
}

make_environment() {
    choose_python
    say "making the virtual environment $venv with $("$python" -V) ($python)"
    # Always from nothing: what an older lock had installed must not stay, and scripts know the folder they were made in.
    "$python" -m venv --clear "$venv" || fail "$python could not make $root/$venv; look at the lines above."
    : >"$log"
    say "installing the locked Python packages (some 150 MB the first time)"
    pip_install --require-hashes --only-binary :all: -r requirements.lock
    # The build tool is in the lock too, so nothing unlocked is fetched for our own package.
    pip_install --no-deps --no-build-isolation --editable .
    fingerprint >"$stamp"
}

want_breaking() { # the fault suite skips what cannot be tried and says so; nothing here may end the setup
    command -v dpkg-query >/dev/null || return 0
    # shellcheck disable=SC2086
    missing=$(absent $breaking)
    [ -z "$missing" ] || (install_packages "${missing% }") ||
        say "going on without: ${missing% }; the rows of the fault matrix that need them will be skipped"
    # Not installed unasked: Debian starts a server with it.
    [ -d /usr/lib/postgresql ] || say "no PostgreSQL server here; row 26 will be skipped (apt-get install postgresql)"
}

# --- the road ----------------------------------------------------------------------------------------------------

if command -v dpkg-query >/dev/null; then
    # shellcheck disable=SC2086
    need_packages $product $development
else
    need_programs
fi
[ "${1:-}" != --faults ] || want_breaking
if ready; then
    say "everything is here"
else
    make_environment
    say "done: $("$venv/bin/digitize" --version)"
fi
