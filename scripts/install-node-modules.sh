#!/usr/bin/env bash
# Installs what a folder's package-lock.json names, if that is newer than what is there.
#
#   scripts/install-node-modules.sh tests/e2e
set -euo pipefail

folder=${1:?usage: $0 folder}
lock=$folder/package-lock.json
# npm writes this file last, so a broken install is done again.
stamp=$folder/node_modules/.package-lock.json

[[ -f $lock ]] || exit 0
[[ ! -f $stamp || $lock -nt $stamp ]] || exit 0
echo "installing the npm packages of ${folder##*/}"
(cd "$folder" && npm ci --no-audit --no-fund --loglevel=error)
touch "$stamp"
