#!/usr/bin/env bash
# Installs what `node bench/run.mjs` measures beside Starling: Debian packages and npm modules. What cannot be had here is said and left
# out; run.mjs then leaves that peer out too, and says so. Needs root or sudo for the packages.
#
# Where systemd runs, Debian starts mosquitto, nginx and nats-server as services. run.mjs starts its own, so these may be disabled again.
set -uo pipefail

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scripts=$bench/../scripts

"$scripts/install-packages.sh" bench || exit 1

# Debian's package of Centrifuge does not ask for all that it needs.
centrifuge=(golang-go golang-github-centrifugal-centrifuge-dev golang-github-centrifugal-protocol-dev golang-github-fzambia-eagle-dev
  golang-github-igm-sockjs-go-dev golang-github-mna-redisc-dev)

# Each by itself: a mirror that lacks one has the others.
failed=()
for packages in "util-linux" "nginx libnginx-mod-nchan" "mosquitto" "nats-server" "${centrifuge[*]}"; do
  # shellcheck disable=SC2086 # several packages
  "$scripts/install-packages.sh" these $packages || failed+=("$packages")
done

for folder in peers viewport; do
  [[ $bench/$folder/node_modules/.package-lock.json -nt $bench/$folder/package.json ]] && continue
  echo "npm install in bench/$folder"
  (cd "$bench/$folder" && npm install --no-audit --no-fund --no-package-lock --silent) || failed+=("npm modules of bench/$folder")
done

[[ ${#failed[@]} -eq 0 ]] || printf 'bench/install.sh: could not be had here: %s\n' "${failed[@]}" >&2
[[ ${#failed[@]} -eq 0 ]]
