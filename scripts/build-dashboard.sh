#!/usr/bin/env bash
# Builds the dashboard in a folder, and makes of it the source file that puts it into the program: folder/assets.cpp.
#
#   scripts/build-dashboard.sh build/release/apps/starling/dashboard
set -euo pipefail

folder=${1:?usage: $0 folder}
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# One preset at a time: what npm installs, and what is made before Vite runs, is in the tree.
exec 9<"$root/dashboard"
flock 9

"$root/scripts/install-node-modules.sh" "$root/dashboard"
npm --prefix "$root/dashboard" --silent run build -- --outDir "$folder/dist" --emptyOutDir --logLevel warn
node "$root/dashboard/embed.mjs" "$folder/dist" "$folder/assets.cpp"
