#!/usr/bin/env bash
# Builds a preset, or some targets of it, in build/<preset>; configures it when that has not been done or the presets changed.
#
#   scripts/build.sh preset [target...]
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
preset=${1:?usage: $0 preset [target...]}
shift
folder=$root/build/$preset

# Ninja configures anew by itself when a CMakeLists.txt changes; it does not look at the presets.
if [[ ! -f $folder/build.ninja || $root/CMakePresets.json -nt $folder/build.ninja ]]; then
  mkdir -p "$folder"
  if ! (cd "$root" && cmake --preset "$preset") >"$folder/configure.log" 2>&1; then
    cat "$folder/configure.log" >&2
    exit 1
  fi
fi

# Progress on one line for a person, none in a pipe; what a compiler says in both; nothing when there is nothing to do.
show() {
  local line columns
  columns=$(tput cols 2>/dev/null || echo 80)
  while IFS= read -r line; do
    case $line in
      \[[0-9]*/[0-9]*\]*) [[ ! -t 1 ]] || printf '\r\e[K%s' "${line:0:columns-1}" ;;
      'ninja: Entering directory '* | 'ninja: no work to do.' | '-- '*) ;;
      *)
        [[ ! -t 1 ]] || printf '\r\e[K'
        printf '%s\n' "$line"
        ;;
    esac
  done
  [[ ! -t 1 ]] || printf '\r\e[K'
}

ninja -C "$folder" "$@" 2>&1 | show
