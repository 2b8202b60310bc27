/// @file
/// From what the operator wrote to what the parts are given.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "starling/server/config/config.hpp"
#include "starling/server/server.hpp"

namespace starling {

struct WiringOptions {
  std::string server_name = "starling";  ///< told to viewers: "starling/0.1.0"
  std::string files_folder = {};         ///< what relative names of TLS files are relative to; empty: where the process is
  sources::Log log = {};
};

[[nodiscard]] ServerOptions server_options_of(const config::Config& config, const WiringOptions& wiring);

/// What the channels and the space of a Meshtastic network are, where the configuration does not say: messages are events, of which the last 50 are
/// kept; what came as it came (mesh:raw) are hidden events that nobody keeps; and a node that is silent for two hours is offline.
void declare_mesh(ServerOptions& options);
/// The channels of Heimdall SDR, where the configuration does not say: `services:health` and `websdrs:status` of state, `signals:detected` and `localizations:updated`
/// of events, none of which is kept for those who ask for recent ones.
void declare_heimdall(ServerOptions& options);
/// Those of these channels that nobody declared are of events.
void declare_events(ServerOptions& options, const std::set<std::string>& channels);

/// Makes every source of the configuration, that of its probes among them. Fails with everything that is wrong with them; `file_name` is for the
/// messages.
[[nodiscard]] Result<void, std::vector<config::ConfigError>> add_sources(Server& server, const config::Config& config,
                                                                         const std::string& file_name,
                                                                         const WiringOptions& wiring);

}  // namespace starling
