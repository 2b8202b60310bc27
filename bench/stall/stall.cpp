/// @file
/// Viewers that stop reading: they subscribe as any other does, and never read again.
///
///   stall --port P --conns N [--path T] [--subprotocol S] (--hello TEXT | --hello-mqtt TOPIC)... [--ack TEXT | --ack-hex H]
///
/// Options mean what they mean to fanbench; %TOPIC% and %SEQ% are 0. The receive buffer is as small as the kernel makes it, and segments are as long as
/// on Ethernet, so that what the server sends soon has nowhere to go: with loopback's long segments its kernel would take 2.5 MB for each of us. Says "stalled" on a line of its own once all are subscribed, and holds them until its input ends.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "wire.hpp"

namespace {

constexpr int kReceiveBufferBytes = 2048;
constexpr int kSegmentBytes = 1448;
constexpr std::size_t kAnswerBytesMax = 1 << 20;

struct Options {
  int port = 0;
  int connections = 1;
  std::string path = "/", subprotocol, ack;
  std::vector<std::pair<std::uint8_t, std::string>> hellos;  // opcode, payload
};

[[noreturn]] void end_with(const std::string& why) {
  std::fprintf(stderr, "stall: %s\n", why.c_str());
  std::exit(1);
}

std::string rendered(std::string_view text) { return Template{std::string{text}}.render(Vars{}); }

Options read_options(int count, char** arguments) {
  Options options;
  for (int at = 1; at + 1 < count; at += 2) {
    const std::string_view name = arguments[at];
    const std::string value = arguments[at + 1];
    if (name == "--port") {
      options.port = std::atoi(value.c_str());
    } else if (name == "--conns") {
      options.connections = std::atoi(value.c_str());
    } else if (name == "--path") {
      options.path = rendered(value);
    } else if (name == "--subprotocol") {
      options.subprotocol = value;
    } else if (name == "--hello") {
      options.hellos.emplace_back(kText, rendered(unescape(value)));
    } else if (name == "--hello-mqtt") {
      options.hellos.emplace_back(kBinary, std::string{});  // CONNECT wants a name of its own for each: see subscribe()
      options.hellos.emplace_back(kBinary, mqtt_subscribe(1, rendered(value)));
    } else if (name == "--ack") {
      options.ack = unescape(value);
    } else if (name == "--ack-hex") {
      options.ack = from_hex(value);
    } else if (name != "--acks") {  // one is enough
      end_with("unknown option " + std::string{name});
    }
  }
  if (options.port <= 0 || options.connections < 1) end_with("--port and --conns are needed");
  return options;
}

int connected_socket(int port) {
  const int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket_fd < 0) end_with(std::string{"socket: "} + std::strerror(errno));
  // Before the connection is made: what is offered to the other end follows from them.
  setsockopt(socket_fd, SOL_SOCKET, SO_RCVBUF, &kReceiveBufferBytes, sizeof kReceiveBufferBytes);
  setsockopt(socket_fd, IPPROTO_TCP, TCP_MAXSEG, &kSegmentBytes, sizeof kSegmentBytes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    end_with(std::string{"connect: "} + std::strerror(errno));
  }
  return socket_fd;
}

void send_all(int socket_fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) end_with(std::string{"send: "} + std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

/// Reads until `text` has come.
void await_text(int socket_fd, std::string_view text) {
  std::string heard;
  char buffer[4096];
  while (heard.find(text) == std::string::npos) {
    const ssize_t received = recv(socket_fd, buffer, sizeof buffer, 0);
    if (received <= 0 || heard.size() > kAnswerBytesMax) end_with("no answer with \"" + std::string{text} + "\"; the server said: " + heard.substr(0, 500));
    heard.append(buffer, static_cast<std::size_t>(received));
  }
}

void subscribe(const Options& options, int number) {
  const int socket_fd = connected_socket(options.port);
  std::string request = "GET " + options.path + " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
  if (!options.subprotocol.empty()) request += "Sec-WebSocket-Protocol: " + options.subprotocol + "\r\n";
  send_all(socket_fd, request + "\r\n");
  await_text(socket_fd, " 101 ");
  std::string hellos;
  for (const auto& [opcode, payload] : options.hellos) {
    append_ws_frame(hellos, opcode, payload.empty() ? mqtt_connect("stalled" + std::to_string(number)) : payload);
  }
  send_all(socket_fd, hellos);
  if (!options.ack.empty()) await_text(socket_fd, options.ack);
}

}  // namespace

int main(int count, char** arguments) {
  const Options options = read_options(count, arguments);
  for (int number = 0; number < options.connections; ++number) subscribe(options, number);
  std::puts("stalled");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
}
