#!/usr/bin/env bash
# One step of ./test, by name. What it prints last is its runner's own summary; ./test reads it there.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scripts=$root/scripts
cores=$(nproc)

# Runs node's test files; STARLING_BIN is the program they start.
node_tests() {
  local preset=$1
  shift
  STARLING_BIN=$root/build/$preset/bin/starling node --test --test-reporter=spec "$@"
}

# Each fuzz target on its own for some seconds; what it finds new stays in the build folder.
fuzz_targets() {
  local seconds=$1 passed=0 failed=0 target name
  for target in "$root"/build/fuzz/bin/fuzz_*; do
    [[ -f $target && -x $target ]] || continue
    name=${target##*/}
    mkdir -p "$root/build/fuzz/found/$name"
    if (cd "$root/build/fuzz/found" &&
      "$target" -max_total_time="$seconds" -timeout=10 -verbosity=0 -artifact_prefix="$name-" \
        "$name" "$root/fuzz/corpus/${name#fuzz_}"); then
      passed=$((passed + 1))
    else
      failed=$((failed + 1))
      echo "fuzz: $name failed; the input is in build/fuzz/found/"
    fi
  done
  # Whether they would find anything: a planted fault must be found.
  if ctest --test-dir "$root/build/fuzz" --output-on-failure --no-tests=error; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
  fi
  echo "fuzz: $passed passed, $failed failed"
  [[ $failed -eq 0 ]]
}

# Seeds nobody has run before: a failure prints the line that repeats it. Those that are kept are tests of the step `unit`.
fresh_seeds() {
  "$root/build/release/bin/starling-sim" --seeds "$(date +%s%N).." --cpu-seconds "$1"
}

case "${1:-}" in
  install)
    "$scripts/install-packages.sh" test
    "$scripts/install-node-modules.sh" "$root/clients"
    "$scripts/install-node-modules.sh" "$root/tests/e2e"
    "$scripts/install-node-modules.sh" "$root/dashboard"
    ;;
  build-dev) "$scripts/build.sh" dev ;;
  dashboard)
    cd "$root/dashboard"
    npm run --silent check && npm run --silent test
    ;;
  unit) ctest --test-dir "$root/build/dev" --output-on-failure --no-tests=error -j"$cores" ;;
  checks) node_tests dev "$root"/tests/checks/*.test.mjs ;;
  clients)
    cd "$root/clients"
    npm test --silent
    ;;
  e2e)
    # Pages of the tests have the packages as they are built.
    npm run --silent --prefix "$root/clients" build
    cd "$root/tests/e2e"
    node_tests dev
    ;;
  build-release) "$scripts/build.sh" release ;;
  load)
    # One file at a time. Node 18 does not know the option; on two cores it runs one at a time by itself.
    one_at_a_time=()
    if node --help | grep -q -- --test-concurrency; then one_at_a_time=(--test-concurrency=1); fi
    node_tests release "${one_at_a_time[@]}" "$root"/tests/load/*.mjs
    ;;
  seeds) fresh_seeds 60 ;;

  abuse) STARLING_ABUSE=full node_tests release "$root"/tests/load/abuse.test.mjs ;;
  abuse-*) STARLING_ABUSE=sanitized node_tests "${1#abuse-}" "$root"/tests/load/abuse.test.mjs ;;
  quickstart) node_tests dev "$root"/tests/quickstart/*.test.mjs ;;
  soak) "$root/build/release/bin/starling-soak" ;;

  install-long) "$scripts/install-packages.sh" long ;;
  build-tsan) "$scripts/build.sh" tsan ;;
  tsan) ctest --test-dir "$root/build/tsan" --output-on-failure --no-tests=error -j"$cores" ;;
  build-fuzz) "$scripts/build.sh" fuzz fuzz/all ;;
  fuzz) fuzz_targets 300 ;;
  seeds-long) fresh_seeds 1800 ;;
  *)
    echo "usage: $0 step" >&2
    exit 2
    ;;
esac
