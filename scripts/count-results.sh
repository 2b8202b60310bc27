#!/usr/bin/env bash
# Reads what a test runner printed and prints "passed failed".
#
#   scripts/count-results.sh ctest|node|seeds|soak|fuzz|nothing log exit-status
#
# A runner that ended badly without saying so, or that said nothing at all, counts as one failure.
set -euo pipefail

kind=$1 log=$2 status=$3
plain() { sed -E 's/\x1b\[[0-9;]*[A-Za-z]//g' "$log"; }
# The number in the last line that matches, or nothing.
last_number() { plain | sed -nE "s/$1/\1/p" | tail -n 1; }

passed='' failed=''
case $kind in
  ctest)
    failed=$(last_number '^[0-9]+% tests passed, ([0-9]+) tests? failed out of [0-9]+$')
    all=$(last_number '^[0-9]+% tests passed, [0-9]+ tests? failed out of ([0-9]+)$')
    [[ -z $all ]] || passed=$((all - failed))
    ;;
  node)
    # "ℹ pass 3" or "# pass 3", by reporter. A skipped test is one that does not hold.
    passed=$(last_number '^[^ ]+ pass ([0-9]+)$')
    failed=$(last_number '^[^ ]+ fail ([0-9]+)$')
    for unheld in cancelled skipped todo; do
      number=$(last_number "^[^ ]+ $unheld ([0-9]+)\$")
      failed=$((${failed:-0} + ${number:-0}))
    done
    ;;
  seeds)
    failed=$(last_number '^starling-sim: [0-9]+ seeds, ([0-9]+) failed$')
    if [[ -n $failed ]]; then
      passed=$((failed == 0))
      failed=$((failed > 0))
    fi
    ;;
  soak)
    failed=$(last_number '^starling-soak: ([0-9]+) broken$')
    [[ -z $failed ]] || passed=$((failed == 0))
    ;;
  fuzz)
    passed=$(last_number '^fuzz: ([0-9]+) passed, [0-9]+ failed$')
    failed=$(last_number '^fuzz: [0-9]+ passed, ([0-9]+) failed$')
    ;;
  nothing) # a step that only prepares: silent when it works
    passed=0 failed=0
    ;;
esac

passed=${passed:-0} failed=${failed:-0}
[[ $status -eq 0 || $failed -gt 0 ]] || failed=1
[[ $kind == nothing || $((passed + failed)) -gt 0 ]] || failed=1
echo "$passed $failed"
