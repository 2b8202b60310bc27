/// @file
/// What a run is to be: which scenario, against whom, how much of it. Numbers that cannot be are refused by name.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "starling/client/url.hpp"
#include "starling/load/broker_line.hpp"

namespace starling::load {

enum class Scenario : std::uint8_t { fan_out, latency, viewport, pan, ingest, idle, connect };
[[nodiscard]] std::string_view to_text(Scenario scenario) noexcept;

/// What a scenario has no use for is not looked at.
struct LoadOptions {
  Scenario scenario = Scenario::fan_out;
  client::Url url;
  std::string ca_file;    ///< whom to believe under TLS; empty: whom the system trusts
  bool anywhere = false;  ///< also servers that are not on this machine
  bool deflate = false;   ///< viewers offer permessage-deflate

  std::size_t viewers = 100;  ///< connections that view; of `connect` how many at a time
  double seconds = 10;        ///< that are measured
  double warmup = 1;          ///< seconds before them
  std::string channel;        ///< empty: `default_channel`
  std::optional<std::int64_t> server_pid = {};  ///< whose processor time and memory are told
  std::uint64_t seed = 1;

  // fan-out, latency
  std::size_t burst = 32;      ///< updates published at once, each burst delivered before the next
  double rate = 0;             ///< updates a second instead of bursts; of viewport frames a second, 0: every tick
  std::size_t data_bytes = 207;  ///< of an update's data

  // viewport, pan, ingest
  std::size_t nodes = 10'000;
  double share = 0.05;      ///< of the map that a viewer sees
  double moves = 1;         ///< of each node in a second
  double pans = 10;         ///< of each viewer in a second
  std::size_t sample = 16;  ///< viewers whose records are compared with the truth in the end
  std::size_t connections = 2;
  std::size_t lines = 500;  ///< of a body
  std::size_t fields = 4;   ///< of an update
  std::optional<BrokerAddress> broker = {};  ///< ingest: updates go by this MQTT broker instead of HTTP
  std::string topic = "bench";               ///< that of key nN is `topic`/nN
  std::size_t outstanding = 800;             ///< messages that the server has not applied; mosquitto drops what is over 1,000
};

/// Of the bench's own: "bench:…".
[[nodiscard]] std::string_view default_channel(Scenario scenario) noexcept;
/// The scenario's numbers where it has others than `LoadOptions` says.
[[nodiscard]] LoadOptions defaults_of(Scenario scenario);
/// What cannot be, with the option's name and what can; empty if nothing is wrong.
[[nodiscard]] std::string fault_of(const LoadOptions& options);

}  // namespace starling::load
