#include "starling/sources/mqtt/url.hpp"

#include <charconv>

namespace starling::sources::mqtt {
namespace {

std::optional<std::string> percent_decoded(std::string_view text) {
  std::string decoded;
  while (!text.empty()) {
    if (text.front() != '%') {
      decoded += text.front();
      text.remove_prefix(1);
      continue;
    }
    unsigned value = 0;
    if (text.size() < 3) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + 3, value, 16);
    // A zero byte would end the text early in libmosquitto's hands.
    if (error != std::errc{} || end != text.data() + 3 || value == 0) return std::nullopt;
    decoded += static_cast<char>(value);
    text.remove_prefix(3);
  }
  return decoded;
}

}  // namespace

Result<BrokerUrl, UrlError> parse_broker_url(std::string_view url) {
  BrokerUrl parsed;
  if (url.starts_with("mqtts://")) {
    parsed.tls = true;
    parsed.port = 8883;
    url.remove_prefix(8);
  } else if (url.starts_with("mqtt://")) {
    url.remove_prefix(7);
  } else {
    return Unexpected{UrlError::scheme};
  }
  const std::size_t end = url.find_first_of("/?#");
  if (end != std::string_view::npos) {
    if (url.substr(end) != "/") return Unexpected{UrlError::rest};
    url = url.substr(0, end);
  }

  if (const std::size_t at = url.find('@'); at != std::string_view::npos) {
    const std::string_view userinfo = url.substr(0, at);
    url.remove_prefix(at + 1);
    const std::size_t colon = userinfo.find(':');
    parsed.username = percent_decoded(userinfo.substr(0, colon));
    if (!parsed.username) return Unexpected{UrlError::userinfo};
    if (colon != std::string_view::npos) {
      parsed.password = percent_decoded(userinfo.substr(colon + 1));
      if (!parsed.password) return Unexpected{UrlError::userinfo};
    }
  }

  std::string_view port;
  bool has_port = false;
  if (url.starts_with('[')) {
    const std::size_t close = url.find(']');
    if (close == std::string_view::npos) return Unexpected{UrlError::host};
    parsed.host = url.substr(1, close - 1);
    url.remove_prefix(close + 1);
    has_port = !url.empty();
    if (has_port && url.front() != ':') return Unexpected{UrlError::host};
    if (has_port) port = url.substr(1);
  } else {
    const std::size_t colon = url.find(':');
    parsed.host = url.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port = url.substr(colon + 1);
  }
  if (parsed.host.empty() || parsed.host.find_first_of(" \t\r\n@") != std::string::npos)
    return Unexpected{UrlError::host};
  if (parsed.host.find('\0') != std::string::npos) return Unexpected{UrlError::host};
  if (has_port) {
    const auto [read, error] = std::from_chars(port.data(), port.data() + port.size(), parsed.port);
    if (error != std::errc{} || read != port.data() + port.size() || parsed.port == 0)
      return Unexpected{UrlError::port};
  }
  return parsed;
}

std::string_view describe(UrlError error) noexcept {
  switch (error) {
    case UrlError::scheme:
      return "the url begins with neither mqtt:// nor mqtts://";
    case UrlError::host:
      return "the url has no host (mqtt://host:1883; an IPv6 address stands in brackets)";
    case UrlError::port:
      return "the port is not a number from 1 to 65535";
    case UrlError::userinfo:
      return "the user or password has a % without two hex digits after it (write %25 for % itself)";
    case UrlError::rest:
      return "the url has something after host and port; topics are given in \"topics\"";
  }
  return {};
}

std::string shown(const BrokerUrl& url) {
  std::string text = url.tls ? "mqtts://" : "mqtt://";
  const bool brackets = url.host.find(':') != std::string::npos;
  if (brackets) text += '[';
  text += url.host;
  if (brackets) text += ']';
  text += ':';
  text += std::to_string(url.port);
  return text;
}

}  // namespace starling::sources::mqtt
