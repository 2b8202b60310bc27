/// @file
/// Who answers requests, as an HTTP connection sees it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/core/fanout/outlet.hpp"
#include "starling/io/http/message.hpp"
#include "starling/io/net/stream.hpp"

namespace starling::http {

/// An answer that is long in the making: one step a turn, so that nobody else waits for it.
class Work {
 public:
  virtual ~Work() = default;
  /// The response, once it is finished.
  [[nodiscard]] virtual std::optional<Response> step() = 0;

  /// Whether a step leads nowhere before something has come from elsewhere. Then there is none until `wake` is called.
  [[nodiscard]] virtual bool is_waiting() const noexcept { return false; }
  /// Given before the first step, to a work that waits. `wake` belongs to the connection's thread; called early, twice or after the
  /// connection has gone, it does nothing.
  virtual void on_wake(std::function<void()> /*wake*/) {}
};

/// An upgrade that is agreed to: the head that says so (101, with its empty line) is the first thing that goes out.
struct Agreement {
  std::string head;
  /// Takes over the connection; `received` came behind the request.
  std::function<void(net::Stream socket, std::string head, std::string_view received)> take_over;
};

/// Who writes a body that goes on while it goes out. It is destroyed when that is over, and then uses its outlet no more.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  /// The end of a turn, before what was written in it goes out.
  virtual void settle() = 0;
  /// The outlet takes bytes again.
  virtual void drained(Instant now) = 0;
};

/// A 200 whose body comes over time: in chunks, or for HTTP/1.0 until the connection ends. How long it may take, and whether its reader is still there,
/// is for its writer to know.
struct StreamedAnswer {
  std::vector<Header> headers;  ///< besides those of every response
  /// Begins it, on the connection's thread. The head goes out with the first bytes that are written.
  std::function<std::unique_ptr<BodyWriter>(fanout::Outlet& out, Moment now)> begin;
};

using Answer = std::variant<Response, std::unique_ptr<Work>, StreamedAnswer>;

class Site {
 public:
  virtual ~Site() = default;

  /// Of every answer to this request, besides the answer's own. What was refused early may be half a head.
  [[nodiscard]] virtual std::vector<Header> headers(const Request& /*request*/) { return {}; }
  /// Asked when the head has come and before any of the body: a response refuses the request.
  [[nodiscard]] virtual std::optional<Response> refuse(const Request& head) = 0;
  /// A whole request that was not refused.
  [[nodiscard]] virtual Answer answer(const Request& request) = 0;
  /// A request to upgrade that was not refused.
  [[nodiscard]] virtual std::variant<Agreement, Response> agree(const Request& request) = 0;
};

}  // namespace starling::http
