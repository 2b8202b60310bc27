#!/usr/bin/env bash
# Installs the Debian packages that are missing. Says nothing when none is.
#
#   scripts/install-packages.sh run|test|long     each includes the one before
#   scripts/install-packages.sh bench             run, and what STARLING_BENCH needs
#   scripts/install-packages.sh these NAME...     these
set -euo pipefail

for_run=(g++ cmake ninja-build ccache pkg-config libboost1.81-dev libfmt-dev libspdlog-dev libssl-dev libmosquitto-dev libcurl4-openssl-dev zlib1g-dev
  libtomlplusplus-dev libcli11-dev libjemalloc-dev liburing-dev libsqlite3-dev libpq-dev)
for_test=(libsimdjson-dev libvalijson-dev rapidjson-dev doctest-dev mosquitto mosquitto-clients nginx openssl curl python3 python3-websockets postgresql-15)
for_long=(clang-14 libclang-rt-14-dev)
for_bench=(libbenchmark-dev)

case "${1:-}" in
  run) wanted=("${for_run[@]}") ;;
  test) wanted=("${for_run[@]}" "${for_test[@]}") ;;
  long) wanted=("${for_run[@]}" "${for_test[@]}" "${for_long[@]}") ;;
  bench) wanted=("${for_run[@]}" "${for_bench[@]}") ;;
  these) wanted=("${@:2}") ;;
  *)
    echo "usage: $0 run|test|long|bench|these NAME..." >&2
    exit 2
    ;;
esac

# Node, npm and Chromium may have come from elsewhere; any will do that is new enough.
if [[ $1 != these ]]; then
  node_major=$(node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/' || true)
  [[ ${node_major:-0} -ge 18 ]] || wanted+=(nodejs)
  command -v npm >/dev/null || wanted+=(npm)
fi
if [[ $1 == test || $1 == long ]]; then
  command -v chromium >/dev/null || wanted+=(chromium)
fi

if ! command -v dpkg-query >/dev/null; then
  echo "install-packages: no dpkg here, so nothing is installed; what this builds with on Debian 12: ${wanted[*]}" >&2
  exit 0
fi

installed=$(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null || true)
missing=()
for package in "${wanted[@]}"; do
  grep -qxF "installed $package" <<<"$installed" || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "install-packages: missing: ${missing[*]}; as root, run: apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" >>"$log" 2>&1; }

# Our tests start a PostgreSQL of their own. Where it is new, Debian's packages are not to make and start another, now; later ones may.
if [[ " ${missing[*]} " == *" postgresql-"* ]] && ! dpkg-query -W -f='${db:Status-Status}' postgresql-common 2>/dev/null | grep -qx installed; then
  no_cluster=/etc/postgresql-common/createcluster.d/starling-install.conf
  "${as_root[@]}" mkdir -p "${no_cluster%/*}"
  echo 'create_main_cluster = false' | "${as_root[@]}" tee "$no_cluster" >/dev/null
  trap 'rm -f "$log"; "${as_root[@]}" rm -f "$no_cluster"' EXIT
fi

echo "installing ${#missing[@]} Debian packages: ${missing[*]}"
# The lists may be absent (a fresh container) or too old to name a file that is still there.
if ! apt_get install --no-install-recommends "${missing[@]}"; then
  if ! { apt_get update && apt_get install --no-install-recommends "${missing[@]}"; }; then
    cat "$log" >&2
    echo "install-packages: apt-get could not install: ${missing[*]}" >&2
    exit 1
  fi
fi
