// Whatever a client sends is read or refused by name, and what was read can be written and read again.
#include <cstdlib>
#include <string_view>

#include "starling/core/protocol/client_message.hpp"
#include "starling/core/protocol/server_message.hpp"

namespace {

using namespace starling;

void require(bool fact) {
  if (!fact) std::abort();
}

/// Reading what was written gives the same text again: nothing is lost on the way.
template <class Message>
void check_round_trip(const Message& message) {
  const std::string text = protocol::write(message);
  const auto again = protocol::read_client_message(text);
  require(again.has_value());
  require(std::holds_alternative<Message>(*again));
  require(protocol::write(std::get<Message>(*again)) == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(bytes), size};
  const auto message = protocol::read_client_message(text);
  if (!message) {
    // The refusal itself is sent as JSON.
    require(protocol::read_object(protocol::write(message.error())).has_value());
    return 0;
  }
  if (const auto* subscribe = std::get_if<protocol::Subscribe>(&*message)) check_round_trip(*subscribe);
  if (const auto* unsubscribe = std::get_if<protocol::Unsubscribe>(&*message)) check_round_trip(*unsubscribe);
  if (const auto* snapshot = std::get_if<protocol::SnapshotAgain>(&*message)) check_round_trip(*snapshot);
  if (const auto* publish = std::get_if<protocol::Publish>(&*message)) check_round_trip(*publish);
  if (const auto* ping = std::get_if<protocol::Ping>(&*message)) check_round_trip(*ping);
  return 0;
}
