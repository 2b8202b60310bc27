#include "starling/core/ws/deflate_offer.hpp"

#include "starling/core/ws/extension_list.hpp"

namespace starling::ws {
namespace {

constexpr std::string_view kName = "permessage-deflate";

/// The parameters of RFC 7692 §7.1, as they stand in an offer or an answer.
struct Parameters {
  bool server_no_context_takeover = false;
  bool client_no_context_takeover = false;
  std::optional<unsigned> server_max_window_bits;
  bool has_client_max_window_bits = false;
};

enum class Said : std::uint8_t { in_offer, in_answer };

/// "8" to "15", without a leading zero (§7.1.2).
std::optional<unsigned> read_window_bits(const std::optional<std::string>& value) noexcept {
  for (unsigned bits = kWindowBitsMin; value && bits <= kWindowBitsMax; ++bits) {
    if (*value == std::to_string(bits)) return bits;
  }
  return std::nullopt;
}

Result<Parameters, ExtensionError> read_parameters(const Extension& extension, Said said) noexcept {
  Parameters read;
  const auto set = [](bool& is_there, bool is_good) -> std::optional<ExtensionError> {
    if (is_there) return ExtensionError::parameter_twice;
    is_there = true;
    return is_good ? std::nullopt : std::optional{ExtensionError::bad_value};
  };
  bool has_server_max_window_bits = false;
  for (const auto& [name, value] : extension.parameters) {
    std::optional<ExtensionError> error;
    if (name == "server_no_context_takeover") {
      error = set(read.server_no_context_takeover, !value);
    } else if (name == "client_no_context_takeover") {
      error = set(read.client_no_context_takeover, !value);
    } else if (name == "server_max_window_bits") {
      read.server_max_window_bits = read_window_bits(value);
      error = set(has_server_max_window_bits, read.server_max_window_bits.has_value());
    } else if (name == "client_max_window_bits") {
      // In an offer it may come without a value: "I would obey you" (§7.1.2.2).
      error = set(read.has_client_max_window_bits, (said == Said::in_offer && !value) || read_window_bits(value));
    } else {
      error = ExtensionError::unknown_parameter;
    }
    if (error) return Unexpected{*error};
  }
  return read;
}

}  // namespace

std::string_view describe(ExtensionError error) noexcept {
  switch (error) {
    case ExtensionError::malformed:
      return "Sec-WebSocket-Extensions is malformed";
    case ExtensionError::other_extension:
      return "an extension that was not offered";
    case ExtensionError::unknown_parameter:
      return "an extension parameter that was not offered";
    case ExtensionError::parameter_twice:
      return "an extension parameter twice";
    case ExtensionError::bad_value:
      return "a bad value of an extension parameter";
  }
  return "";
}

Result<std::optional<std::string>, ExtensionError> answer_deflate_offers(std::span<const std::string_view> header_values) noexcept {
  const auto offers = read_extension_list(header_values);
  if (!offers) return Unexpected{ExtensionError::malformed};
  for (const Extension& offer : *offers) {
    if (offer.name != kName) continue;
    const auto parameters = read_parameters(offer, Said::in_offer);
    if (!parameters || parameters->server_max_window_bits.value_or(kWindowBitsMax) < kWindowBitsMax) continue;
    std::string answer{kName};
    answer += "; server_no_context_takeover; client_no_context_takeover";
    // Who asks for it must be told it (§7.1.2.1).
    if (parameters->server_max_window_bits) answer += "; server_max_window_bits=15";
    return std::optional{std::move(answer)};
  }
  return std::optional<std::string>{};
}

Result<std::optional<DeflateAnswer>, ExtensionError> read_deflate_answer(std::span<const std::string_view> header_values) noexcept {
  const auto answers = read_extension_list(header_values);
  if (!answers) return Unexpected{ExtensionError::malformed};
  if (answers->empty()) return std::optional<DeflateAnswer>{};
  if (answers->size() > 1 || answers->front().name != kName) return Unexpected{ExtensionError::other_extension};
  const auto parameters = read_parameters(answers->front(), Said::in_answer);
  if (!parameters) return Unexpected{parameters.error()};
  if (parameters->has_client_max_window_bits) return Unexpected{ExtensionError::unknown_parameter};
  return std::optional{DeflateAnswer{.server_keeps_window = !parameters->server_no_context_takeover}};
}

}  // namespace starling::ws
