#!/usr/bin/env bash
# Makes the recordings that the client is held to: what viewers of the simulator say, are told, and have to hold (docs/SIMULATOR.md).
#
#   clients/client/recordings/record.sh [program]     # default: build/release/bin/starling-sim
#
# Each is of a situation of its own. Nobody says by mistake what no client says, gives a cursor that is not his own, or speaks of what is not
# there.
set -euo pipefail

folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sim=${1:-$folder/../../../build/release/bin/starling-sim}
calm=mistakes,abuse,foreign-cursors,pings,hellos,guests,readers=0

record() {
  local name=$1 seed=$2
  shift 2
  "$sim" --seed "$seed" --frames "$folder/$name.ndjson" --rate "$calm" "$@" | tail -n 1
  gzip --best --no-name --force "$folder/$name.ndjson"
}

record cut_off 1 --steps 400 --viewers 4 --rate cuts=0.08 --rate returns=0.5 --rate storms=0.01
record panning 2 --steps 400 --viewers 3 --rate asks=0.1 --rate pans=0.8 --rate conditions,recent=0.3 --rate unsubscribes=0.02
record slow 3 --steps 400 --viewers 3 --rate stalls,narrow=0.3 --rate tiny=1 --rate asks-again=0.05 --rate bursts=0.1
record events 5 --steps 400 --viewers 3 --rate events=0.5 --rate recent=0.8 --rate cuts,stalls=0.05 --rate tiny=0.8 --rate critical,event-paces=0.5
record restarted 7 --steps 500 --viewers 3 --rate restarts,clean-restarts=0.01 --rate kept-state=0.5 --rate cuts=0.03 --rate returns=0.6
record silent 8 --steps 400 --viewers 3 --rate expiring,silences=1 --rate removals,replaces=0.2 --rate times,retained,placed,lost-places=0.2
# The next two have found mistakes. A simulator that has come to draw otherwise needs other seeds for them: keep these until they are found.
# Snapshots that are given up and begun again, each with gaps of its own.
record given_up 140 --steps 200
# Recent events of who looks elsewhere, older than the newest that he has.
record looked_anew 155 --steps 200
record rights 9 --steps 400 --viewers 3 --rate rights=1 --rate other-rights=0.5 --rate cuts=0.05 --rate returns=0.5 --rate publishes=0.1
