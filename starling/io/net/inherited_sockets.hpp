/// @file
/// Sockets that listen already, handed over by whoever started this process: systemd's socket activation (sd_listen_fds(3)).
#pragma once

#include <vector>

#include "starling/io/net/descriptor.hpp"

namespace starling::net {

/// Those that LISTEN_PID and LISTEN_FDS say are for this process, non-blocking and close-on-exec; none if there are none. The variables are
/// unset: neither a second call nor a child takes them again. To be called before there are other threads.
[[nodiscard]] std::vector<Descriptor> take_inherited_sockets();

}  // namespace starling::net
