/// @file
/// The client's side of a conversation, with no I/O: messages in, messages out, and a replica of each subscription.
///
/// It remembers how far each subscription got, so that after any interruption `resubscribe` asks for exactly the rest. `starling watch`
/// and `starling publish` are built on it, and it is the model viewer of the tests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "starling/core/base/result.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/core/session/replica.hpp"

namespace starling::session {

class ClientSession {
 public:
  struct Welcomed {
    std::string epoch;
    std::int64_t timeout_ms = 0;
  };
  struct Subscribed {
    std::uint32_t id = 0;
    bool resumed = false;
    std::string reason;
    std::string view;
    std::uint64_t seq = 0;
    std::vector<Replica::Gap> gaps;  ///< events that went with the server's log (`expired`)
  };
  struct Stepped {
    std::uint32_t id = 0;
    Replica::Step step;
  };
  struct Accepted {
    std::string ref;  ///< JSON text, empty if there was none
    std::uint64_t seq = 0;
  };
  struct Refused {
    std::string code, message, field, ref;
    std::optional<std::uint32_t> id;
  };
  struct Other {
    std::string type;
  };
  using Notice = std::variant<Welcomed, Subscribed, Stepped, Accepted, Refused, Other>;

  /// Subscribes, or replaces the query of an id in use; returns the message to send.
  [[nodiscard]] std::string subscribe(std::uint32_t id, view::Query query, std::optional<double> rate = std::nullopt, bool snapshot = true,
                                      std::uint32_t recent = 0);
  [[nodiscard]] std::string unsubscribe(std::uint32_t id);
  /// After a new connection: the messages that take every subscription up where it was.
  [[nodiscard]] std::vector<std::string> resubscribe();

  /// A text message of the server. Nullopt: nothing to tell yet (a part). Fails on what no server sends.
  [[nodiscard]] Result<std::optional<Notice>, std::string> receive(std::string_view text);

  /// What is held of a subscription; null if there is none of this id.
  [[nodiscard]] const Replica* replica(std::uint32_t id) const;
  /// Up to which seq it is complete; nullopt before the first snapshot.
  [[nodiscard]] std::optional<std::uint64_t> position(std::uint32_t id) const;

 private:
  struct Subscription {
    protocol::Subscribe asked;
    Replica replica;
    std::optional<protocol::Since> cursor;  ///< how far it is complete, by which view
    std::string view;                       ///< of the last `subscribed`; counts from the next complete seq
  };
  [[nodiscard]] Result<std::optional<Notice>, std::string> receive_subscribed(std::string_view message);
  [[nodiscard]] Result<std::optional<Notice>, std::string> receive_state(std::string_view message);
  void receive_progress(std::string_view message);
  [[nodiscard]] Subscription* find(std::string_view message);

  std::string epoch_;
  std::map<std::uint32_t, Subscription> subscriptions_;
};

}  // namespace starling::session
