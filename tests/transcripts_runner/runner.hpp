/// @file
/// Plays one transcript: a server in memory, clients on made-up sockets, and time that passes only where the file says so.
///
/// It routes lines. Before every line that makes something happen, whatever reached a client must have been named by the lines above:
/// so a transcript is the whole conversation, and silence in it is silence on the wire.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/session/replica.hpp"
#include "starling/server/contract/check/frame_check.hpp"
#include "tests/transcripts_runner/connection.hpp"
#include "tests/transcripts_runner/pattern.hpp"
#include "tests/transcripts_runner/script.hpp"
#include "tests/transcripts_runner/server.hpp"

namespace starling::transcripts {

class Runner {
 public:
  Runner();
  /// Plays a line; throws Mismatch where it is not so.
  void play(const std::string& line);
  /// Nothing may be left unsaid.
  void finish();

 private:
  /// One viewer: its connection, if it has one, and what it holds, which outlives connections.
  struct Client {
    std::unique_ptr<Connection> connection;
    // Null both once the connection has ended.
    session::Session* session = nullptr;
    session::DoorSession* at_door = nullptr;
    std::string_view dialect = "native";
    std::map<std::uint32_t, session::Replica> replicas;
    std::string delivered;  ///< events handed on since they were last asked for

    [[nodiscard]] bool is_connected() const noexcept { return session != nullptr || at_door != nullptr; }
  };

  // What is, before the server starts.
  void configure(std::string_view rest);
  void declare(std::string_view rest);
  void declare_space(std::string_view rest);
  void open_door(std::string_view rest);
  // What happens.
  void advance(std::string_view rest);
  void publish(std::string_view rest, bool is_removal);
  void announce(std::string_view rest);
  void restart();
  void leave(std::string_view rest);
  void connect(std::string_view rest);
  void drained(Client& client);
  void let_go(Client& client);
  void say(Client& client, std::string_view text);
  void say_bytes(Client& client, ws::Opcode opcode, std::string_view hex);
  void receive(Client& client, const ws::Event& event);
  // What is seen.
  void expect_frame(const std::string& name, Client& client, std::string_view pattern, bool loosely);
  void expect_welcome(const std::string& name, Client& client);
  void expect_close(Client& client, std::string_view code);
  void expect_held(const Client& client, std::string_view rest) const;
  void expect_delivered(Client& client, std::string_view wanted);
  void expect_all_named(const std::string* only = nullptr) const;

  [[nodiscard]] Server& server();
  [[nodiscard]] Client& client(std::string_view name);
  [[nodiscard]] std::string take_text(const std::string& name, Client& client, std::string_view wanted);
  [[nodiscard]] Moment now() const noexcept;
  void apply(Client& client, std::string_view message);
  void settle();
  void let_go_of_closed();

  ServerOptions options_;
  std::unique_ptr<Server> server_;
  std::map<std::string, Client, std::less<>> clients_;
  Captures captures_;
  contract::FrameCheck contract_;
  Duration elapsed_{0};
  std::size_t sessions_opened_ = 0;
  std::size_t messages_per_second_ = 0;
  bool is_in_batch_ = false;
};

}  // namespace starling::transcripts
