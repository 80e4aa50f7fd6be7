#!/bin/sh
# The whole road on samples/: scans in the hot folder become searchable PDFs, linked to records, counted against a plan.
# Each call starts from nothing in a home of its own, demo/ (removed and made again; only if an earlier demo made it).
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd -- "$root"
home=demo
mark=$home/.made-by-make-demo
year=$(date +%Y)

say() { printf 'demo: %s\n' "$1"; }
fail() { printf 'demo: %s\n' "$1" >&2; exit 1; }

shown() { # words as one would type them
    for word in "$@"; do
        case $word in *[!A-Za-z0-9_./=-]*) printf ' "%s"' "$word" ;; *) printf ' %s' "$word" ;; esac
    done
}

digitize() { # show the command, then run it
    printf '\n$ digitize --home %s%s\n' "$home" "$(shown "$@")"
    .venv/bin/python -m digitize --home "$home" "$@" ||
        fail "'digitize $1' ended with exit code $?; its own words stand above, $root/$home is left for a look."
}

[ -x .venv/bin/python ] || fail "run 'make setup' first."
# The caller's own settings are not part of the demonstration.
for name in $(env | sed -n 's/^\(DIGITIZE_[A-Z_]*\)=.*/\1/p'); do unset "$name"; done
export DIGITIZE_SETTLE_SECONDS=0.5  # the samples are already whole when they are copied

if [ -e "$home" ]; then
    [ -e "$mark" ] || fail "$root/$home was not made by an earlier demo; move it away, then try again."
    rm -rf "$home"
fi
say "a fresh home in $root/$home"
printf '\n$ digitize init %s\n' "$home"
.venv/bin/python -m digitize init "$home" || fail "'digitize init' failed; its own words stand above."
: >"$mark"

printf '\n$ cp -R samples/items/. %s/share/1_SKANERDAN\n' "$home"
cp -R samples/items/. "$home/share/1_SKANERDAN"
# The sample plan is for 2026; the pages are counted today, so the plan is moved to this year.
sed -e "s/2025-yil/$((year - 1))-yil/g" -e "s/2026-yil/$year-yil/g" samples/reja-2026.csv >"$home/reja-$year.csv"

digitize catalog import samples/catalog.mrc
digitize plan import "$home/reja-$year.csv"
digitize run
digitize link
digitize catalog export -o "$home/catalog.mrc"
digitize status
digitize search "o'quvchi" --limit 3

set -- "$home"/share/2_TAYYOR/*.pdf
[ -e "$1" ] || fail "no PDF was made; see 'digitize --home $home status'."
printf '\nSearchable PDFs:\n'
for pdf in "$@"; do printf '  %s\n' "$root/$pdf"; done
printf 'Catalogue with links: %s\nHome: %s\n\n' "$root/$home/catalog.mrc" "$root/$home"
say "the whole road worked: $# searchable PDFs, linked to their records, pages counted against the plan of $year."
