/// @file
/// A client's connection that is there again whenever it can be: I/O around `session::ClientSession`.
///
///     net::EventLoop loop;
///     client::Connection connection{loop, {.url = *client::read_url("ws://127.0.0.1:8080/live")}, {.on_notice = …}};
///     connection.subscribe(1, {.channels = {"mesh:*"}});
///     if (auto ended = connection.run(); !ended) …   // until stop(), or for good
///
/// It offers permessage-deflate (RFC 7692), and where that is agreed inflates what comes and deflates what is long.
///
/// After a loss it waits (exponential from 1 s to 30 s with full jitter, or as long as the server asked), connects, and
/// resumes every subscription where it was. Only what cannot get better ends it: a refusal that says so, or `attempts`.
#pragma once

#include <netdb.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/client/backoff.hpp"
#include "starling/client/handshake.hpp"
#include "starling/client/url.hpp"
#include "starling/core/base/bytes.hpp"
#include "starling/core/base/random.hpp"
#include "starling/core/session/client_session.hpp"
#include "starling/core/ws/deflate_offer.hpp"
#include "starling/core/ws/deflater.hpp"
#include "starling/core/ws/inflater.hpp"
#include "starling/core/ws/message_reader.hpp"
#include "starling/io/net/event_loop.hpp"
#include "starling/io/net/stream.hpp"

namespace starling::client {

struct ConnectionOptions {
  Url url;
  std::string ca_file = {};  ///< PEM: whom to believe where the address is wss://; empty: those the system trusts
  std::optional<unsigned> attempts = {};  ///< tries in a row after one that failed; absent: for ever
  BackoffOptions backoff = {};
  Duration handshake_max = std::chrono::seconds{10};  ///< from the start of a try to `welcome`
  std::size_t message_bytes_max = 64 << 20;           ///< of a server's message
};

struct Loss {
  bool was_connected = false;  ///< else a try failed
  std::string reason;
  Duration again_in{0};
};

/// Each may call the connection; none may destroy it.
struct ConnectionHandlers {
  std::function<void()> on_connected = {};                                         ///< subscriptions are under way again
  std::function<void(std::string_view text)> on_frame = {};                        ///< every text message, as it came
  std::function<void(const session::ClientSession::Notice& notice)> on_notice = {};  ///< after its frame
  std::function<void(const Loss& loss)> on_lost = {};                              ///< it will try again
};

class Connection {
 public:
  Connection(net::EventLoop& loop, ConnectionOptions options, ConnectionHandlers handlers);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Takes effect now, or as soon as there is a connection.
  void subscribe(std::uint32_t id, view::Query query, std::optional<double> rate = std::nullopt);
  /// Sends one message if there is a connection, else does nothing: it is lost with the connection, too.
  void send(std::string_view text);
  /// Of messages the socket has not taken yet.
  [[nodiscard]] std::size_t waiting_bytes() const noexcept { return out_.size() - out_at_; }
  [[nodiscard]] const session::ClientSession& session() const noexcept { return session_; }

  /// Connects, and runs the loop until `stop`. Fails, saying why, when there is no use in trying again.
  [[nodiscard]] Result<void, std::string> run();
  /// Says good-bye and ends `run`, within a second. May be called before it.
  void stop();

 private:
  enum class Stage : std::uint8_t { idle, connecting, shaking_hands, open, closing, waiting, ended };
  struct Address {
    sockaddr_storage bytes{};
    socklen_t size = 0;
  };
  enum class Again : std::uint8_t { yes, no };

  void begin_try();
  void connect_next(std::string why);
  void finish_connect();
  void shake_hands();
  void await_bytes();
  void receive();
  void lose_line();
  void receive_answer(Bytes bytes);
  void agree_on(std::optional<ws::DeflateAnswer> deflate);
  void receive_frames(Bytes bytes);
  void receive_text(const std::string& text);
  void receive_close(const ws::Close& close);
  void write(ws::Opcode opcode, std::string_view payload);
  void write_text(std::string_view text);
  void write_close(ws::CloseCode code, std::string_view reason);
  void flush();
  void check_alive();
  void lose(std::string reason, Again again);
  void end(std::optional<std::string> failure);

  net::EventLoop& loop_;
  ConnectionOptions options_;
  ConnectionHandlers handlers_;
  session::ClientSession session_;
  Random random_;  // jitter only; masks and keys are the system's
  Backoff backoff_;

  Stage stage_ = Stage::idle;
  std::optional<std::string> failure_;
  unsigned tries_failed_ = 0;          // in a row
  std::optional<Duration> asked_wait_;  // by the server, for the next try

  std::vector<Address> addresses_;  // still to be tried
  std::shared_ptr<const net::TlsContext> tls_;  // null where the address is plain
  std::optional<net::Stream> socket_;
  std::optional<Handshake> handshake_;  // of this connection
  std::optional<ws::Inflater> inflater_;  // where deflate was agreed; and then what the server sent may be what it needs
  std::optional<ws::Deflater> deflater_;  // likewise, once something long has been sent
  std::optional<ws::MessageReader> reader_;
  std::string out_;
  std::size_t out_at_ = 0;  // bytes before it are gone
  bool awaits_writable_ = false;

  Duration silence_max_{0};
  Instant heard_at_{};
  net::Timer again_timer_, alive_timer_;
};

}  // namespace starling::client
