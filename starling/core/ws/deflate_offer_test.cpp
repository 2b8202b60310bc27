#include "starling/core/ws/deflate_offer.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace starling::ws {
namespace {

constexpr std::string_view kPlain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
constexpr std::string_view kNamingOurs = "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15";

/// "declined", "malformed", or the answer.
std::string answer(const std::vector<std::string_view>& offers) {
  const auto answered = answer_deflate_offers(offers);
  if (!answered) return std::string{describe(answered.error())};
  return answered->value_or("declined");
}

TEST_CASE("an offer is answered as RFC 7692 §7.1 has it, if shared frames serve it") {
  struct Case {
    std::string_view offer;
    std::string_view want;
  };
  for (const Case& c : {
           Case{"permessage-deflate", kPlain},
           // What Chromium, Firefox, Node and Python say.
           Case{"permessage-deflate; client_max_window_bits", kPlain},
           Case{"permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15; client_max_window_bits=15", kNamingOurs},
           // §7.1.1: neither has a value.
           Case{"permessage-deflate; server_no_context_takeover", kPlain},
           Case{"permessage-deflate; client_no_context_takeover", kPlain},
           Case{"permessage-deflate; server_no_context_takeover=1", "declined"},
           Case{"permessage-deflate; client_no_context_takeover=true", "declined"},
           Case{"permessage-deflate; client_no_context_takeover=\"15\"", "declined"},
           // §7.1.2.1: ours may be limited to 15 only.
           Case{"permessage-deflate; server_max_window_bits=15", kNamingOurs},
           Case{"permessage-deflate; server_max_window_bits=\"15\"", kNamingOurs},
           Case{"permessage-deflate; server_max_window_bits=14", "declined"},
           Case{"permessage-deflate; server_max_window_bits=8", "declined"},
           Case{"permessage-deflate; server_max_window_bits=16", "declined"},
           Case{"permessage-deflate; server_max_window_bits=015", "declined"},
           Case{"permessage-deflate; server_max_window_bits=+15", "declined"},
           Case{"permessage-deflate; server_max_window_bits=1e1", "declined"},
           Case{"permessage-deflate; server_max_window_bits", "declined"},
           // §7.1.2.2: theirs is theirs.
           Case{"permessage-deflate; client_max_window_bits=7", "declined"},
           Case{"permessage-deflate; client_max_window_bits=8", kPlain},
           Case{"permessage-deflate; client_max_window_bits=9", kPlain},
           Case{"permessage-deflate; client_max_window_bits=14", kPlain},
           Case{"permessage-deflate; client_max_window_bits=15", kPlain},
           Case{"permessage-deflate; client_max_window_bits=16", "declined"},
           Case{"permessage-deflate; client_max_window_bits=08", "declined"},
           Case{"permessage-deflate; client_max_window_bits=0", "declined"},
           Case{"permessage-deflate; client_max_window_bits=18446744073709551624", "declined"},
           Case{"permessage-deflate; client_max_window_bits=a", "declined"},
           // §7.1: unknown, or twice.
           Case{"permessage-deflate; level=9", "declined"},
           Case{"permessage-deflate; Server_No_Context_Takeover", "declined"},
           Case{"permessage-deflate; server_no_context_takeover; server_no_context_takeover", "declined"},
           Case{"permessage-deflate; client_no_context_takeover; client_no_context_takeover", "declined"},
           Case{"permessage-deflate; server_max_window_bits=15; server_max_window_bits=15", "declined"},
           Case{"permessage-deflate; client_max_window_bits; client_max_window_bits=10", "declined"},
           // Others' extensions.
           Case{"x-webkit-deflate-frame", "declined"},
           Case{"permessage-deflate2", "declined"},
           Case{"permessage-bzip2; level=9, permessage-deflate", kPlain},
       }) {
    CAPTURE(c.offer);
    CHECK(answer({c.offer}) == c.want);
  }
}

TEST_CASE("of several offers the first that can be served is agreed to, in one header or several") {
  struct Case {
    std::vector<std::string_view> offers;
    std::string_view want;
  };
  for (const Case& c : {
           Case{{}, "declined"},
           Case{{"permessage-deflate; server_max_window_bits=10, permessage-deflate"}, kPlain},
           Case{{"permessage-deflate; server_max_window_bits=10", "permessage-deflate"}, kPlain},
           Case{{"permessage-deflate; server_max_window_bits=15, permessage-deflate"}, kNamingOurs},
           Case{{"permessage-deflate, permessage-deflate; server_max_window_bits=15"}, kPlain},
           Case{{"permessage-deflate; unknown, permessage-deflate; client_max_window_bits=99, other", "permessage-deflate; server_max_window_bits=15"}, kNamingOurs},
           Case{{"permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=14"}, "declined"},
       }) {
    CAPTURE(c.want);
    CHECK(answer(c.offers) == c.want);
  }
}

TEST_CASE("an offer that breaks the grammar breaks the handshake, even behind a good one") {
  for (const std::string_view offer : {"", "permessage-deflate;", "permessage-deflate; server_max_window_bits=", "permessage-deflate, permessage-deflate; =1"}) {
    CAPTURE(offer);
    CHECK(answer({offer}) == describe(ExtensionError::malformed));
    CHECK(answer({"permessage-deflate", offer}) == describe(ExtensionError::malformed));
  }
}

TEST_CASE("a client takes what a server may answer to its offer, and fails with anything else (RFC 7692 §7.1)") {
  struct Case {
    std::vector<std::string_view> answers;
    std::optional<DeflateAnswer> want;
    std::optional<ExtensionError> error;
  };
  const std::optional<DeflateAnswer> none, kept{DeflateAnswer{true}}, fresh{DeflateAnswer{false}};
  using enum ExtensionError;
  for (const Case& c : {
           Case{{}, none, {}},
           Case{{"permessage-deflate"}, kept, {}},
           Case{{"permessage-deflate; client_no_context_takeover"}, kept, {}},
           Case{{"permessage-deflate; server_no_context_takeover"}, fresh, {}},
           Case{{kPlain}, fresh, {}},
           Case{{kNamingOurs}, fresh, {}},
           // A server may limit itself unasked (§7.1.2.1).
           Case{{"permessage-deflate; server_max_window_bits=7"}, none, bad_value},
           Case{{"permessage-deflate; server_max_window_bits=8"}, kept, {}},
           Case{{"permessage-deflate; server_max_window_bits=9"}, kept, {}},
           Case{{"permessage-deflate; server_max_window_bits=15"}, kept, {}},
           Case{{"permessage-deflate; server_max_window_bits=16"}, none, bad_value},
           Case{{"permessage-deflate; server_max_window_bits"}, none, bad_value},
           // But not us: that was not offered (§7.1.2.2).
           Case{{"permessage-deflate; client_max_window_bits=15"}, none, unknown_parameter},
           Case{{"permessage-deflate; client_max_window_bits=10"}, none, unknown_parameter},
           Case{{"permessage-deflate; client_max_window_bits"}, none, bad_value},
           Case{{"permessage-deflate; server_no_context_takeover=1"}, none, bad_value},
           Case{{"permessage-deflate; server_no_context_takeover; server_no_context_takeover"}, none, parameter_twice},
           Case{{"permessage-deflate; level"}, none, unknown_parameter},
           Case{{"permessage-deflate, permessage-deflate"}, none, other_extension},
           Case{{"permessage-deflate", "permessage-deflate"}, none, other_extension},
           Case{{"permessage-deflate, x-other"}, none, other_extension},
           Case{{"x-webkit-deflate-frame"}, none, other_extension},
           Case{{""}, none, malformed},
           Case{{"permessage-deflate;"}, none, malformed},
       }) {
    CAPTURE((c.answers.empty() ? std::string_view{"(none)"} : c.answers.front()));
    const auto read = read_deflate_answer(c.answers);
    CHECK(read.has_value() == !c.error.has_value());
    if (read) CHECK((*read == c.want));
    if (!read) CHECK((c.error == read.error()));
  }
}

TEST_CASE("what our client offers our server agrees to, and each understands the other") {
  const auto agreed = answer_deflate_offers(std::vector{kDeflateOffer});
  REQUIRE(agreed.has_value());
  REQUIRE(agreed->has_value());
  const std::string_view said = **agreed;
  const auto read = read_deflate_answer(std::vector{said});
  REQUIRE(read.has_value());
  CHECK((*read == DeflateAnswer{.server_keeps_window = false}));
}

}  // namespace
}  // namespace starling::ws
