/// @file
/// A server's TLS session keeps its contract whoever is at the other end: every call ends and says how to go on, after a failure nothing works any more,
/// what is said is records, and what is delivered is what a client said, from its beginning, and nothing else.
///
/// An input is a byte that says who is there, and a script. With `kClient` there is a client of OpenSSL, and somebody on the line who takes what is sent
/// either way and passes it on: in pieces, changed, twice or not at all. Without, what the script puts on the line is all that comes: nobody who has
/// no key gets through a handshake with that.
///
/// What OpenSSL draws follows from a counter, so that an input does the same each time; nothing that is judged depends on it.
#define OPENSSL_SUPPRESS_DEPRECATED  // the only way to its randomness that needs no provider

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "starling/core/base/bytes.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/random.hpp"
#include "starling/io/net/descriptor.hpp"
#include "starling/io/net/tls_context.hpp"
#include "starling/io/net/tls_session.hpp"

/// As in operations.cpp: what was freed is kept for a while, but not 256 MiB of it.
extern "C" const char* __asan_default_options() { return "malloc_context_size=1:quarantine_size_mb=8"; }

namespace starling::net {
namespace {

template <class T>
using Owned = std::unique_ptr<T, void (*)(T*)>;

// ---- Chance, key and certificate ----------------------------------------------------------------------------------------

Random& chance() {
  static Random random{1};
  return random;
}
int draw(unsigned char* into, int size) {
  for (int i = 0; i < size; ++i) into[i] = static_cast<unsigned char>(chance().below(256));
  return 1;
}
int is_ready() { return 1; }

/// A file that is gone with its name's owner.
class File {
 public:
  File() {
    const int number = ::mkstemp(name_.data());
    STARLING_CHECK(number >= 0, errno);
    file_ = ::fdopen(number, "w");
    STARLING_CHECK(file_ != nullptr);
  }
  ~File() {
    (void)std::fclose(file_);
    (void)std::remove(name_.c_str());
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] std::FILE* get() const noexcept { return file_; }
  [[nodiscard]] const std::string& name() const noexcept {
    (void)std::fflush(file_);
    return name_;
  }

 private:
  std::string name_ = "/tmp/starling-fuzz-tls-XXXXXX";
  std::FILE* file_ = nullptr;
};

std::shared_ptr<const TlsContext> make_server() {
  static const RAND_METHOD method{nullptr, draw, nullptr, nullptr, draw, is_ready};
  STARLING_CHECK(RAND_set_rand_method(&method) == 1);
  const Owned<EVP_PKEY> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  const Owned<X509> certificate{X509_new(), X509_free};
  STARLING_CHECK(key && certificate);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86'400);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("server"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key.get());
  STARLING_CHECK(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  const File certificate_file, key_file;
  STARLING_CHECK(PEM_write_X509(certificate_file.get(), certificate.get()) == 1);
  STARLING_CHECK(PEM_write_PrivateKey(key_file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  auto made = TlsContext::for_server({.certificate = certificate_file.name(), .key = key_file.name()});
  STARLING_CHECK(made.has_value(), made ? std::string{} : made.error());
  return *made;
}

const std::shared_ptr<const TlsContext>& server_context() {
  static const auto context = make_server();
  return context;
}

SSL_CTX* client_context() {
  static const Owned<SSL_CTX> context{SSL_CTX_new(TLS_client_method()), SSL_CTX_free};
  return context.get();
}

/// What either side says, from its beginning: told apart, and at no two places alike for long.
std::string text_of(std::size_t from, std::size_t bytes, std::uint8_t side) {
  std::string text(bytes, '\0');
  for (std::size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(static_cast<std::uint8_t>((from + i) * 7 + ((from + i) >> 8) + side));
  return text;
}
constexpr std::uint8_t kClientSide = 1, kServerSide = 130;

// ---- The two ends -------------------------------------------------------------------------------------------------------

/// The session, and the contract that each of its calls keeps.
class Served {
 public:
  explicit Served(bool has_small_buffers) {
    std::array<int, 2> ends{};
    STARLING_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0, errno);
    line_ = Descriptor{ends[0]};
    socket_ = Descriptor{ends[1]};
    const int bytes = 1;  // the system makes that the least it can
    if (has_small_buffers) STARLING_CHECK(::setsockopt(socket_.number(), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) == 0);
    session_.emplace(server_context(), socket_.number(), std::string_view{});
  }

  /// False: nothing more comes of it before the line has moved.
  bool receive(std::size_t room) {
    const bool had_received = session_->has_received();
    std::array<std::uint8_t, 4'096> into;
    const Transfer got = session_->receive(std::span{into}.first(std::clamp<std::size_t>(room, 1, into.size())));
    look(got);
    STARLING_CHECK(got.progress == Progress::done || got.bytes == 0);
    STARLING_CHECK(!has_receiving_failed_ || got.progress == Progress::failed);
    STARLING_CHECK(!has_left_ || got.progress == Progress::failed);
    STARLING_CHECK(!had_received || has_left_ || got.progress == Progress::done);
    switch (got.progress) {
      case Progress::done:
        STARLING_CHECK(got.bytes > 0 && got.bytes <= room && session_->is_established() && !has_ended_);
        received_ += as_text(Bytes{into}.first(got.bytes));
        return true;
      case Progress::would_block:
        STARLING_CHECK(!has_ended_ && !session_->has_received());
        if (session_->does_receive_await_writable()) {
          STARLING_CHECK(!is(POLLOUT));
          return false;
        }
        return is(POLLIN);  // as much as one call may read has been read
      case Progress::closed:
        has_ended_ = true;
        return false;
      case Progress::failed:
        has_receiving_failed_ = true;
        check_failed();
        return false;
    }
    return false;
  }

  bool send(std::size_t bytes) {
    if (!unsent_.empty()) bytes = unsent_.size();
    if (bytes == 0 || has_said_end_) return false;
    if (unsent_.empty()) unsent_ = text_of(sent_, bytes, kServerSide);
    const std::size_t first = bytes / 3;  // in parts, as frames come
    const std::array<iovec, 2> parts{{{unsent_.data(), first}, {unsent_.data() + first, bytes - first}}};
    const Transfer took = session_->send(std::span{parts}.subspan(first == 0 ? 1 : 0));
    look(took);
    STARLING_CHECK((!has_receiving_failed_ && !has_sending_failed_ && !has_left_) || took.progress == Progress::failed);
    STARLING_CHECK(took.progress != Progress::closed);
    if (took.progress == Progress::done) {
      STARLING_CHECK(took.bytes > 0 && took.bytes <= bytes && session_->is_established());
      sent_ += took.bytes;
      unsent_.erase(0, took.bytes);
      return true;
    }
    if (took.progress == Progress::would_block && !session_->does_send_await_readable()) STARLING_CHECK(!is(POLLOUT));
    if (took.progress == Progress::failed) {
      has_sending_failed_ = true;
      unsent_.clear();
    }
    return false;
  }

  void end_sending() {
    // Not while a record of ours waits: its owner sends that first.
    if (unsent_.empty() && session_->end_sending()) has_said_end_ = has_said_end_ || (session_->is_established() && !session_->is_broken());
  }
  void leave() {
    session_->leave();
    has_left_ = true;
    STARLING_CHECK(session_->is_broken());
  }

  [[nodiscard]] int line() const noexcept { return line_.number(); }
  void hang_up() noexcept { line_.close(); }
  [[nodiscard]] const TlsSession& session() const noexcept { return *session_; }
  [[nodiscard]] const std::string& received() const noexcept { return received_; }
  [[nodiscard]] std::size_t sent() const noexcept { return sent_ + unsent_.size(); }

 private:
  [[nodiscard]] bool is(short what) const {
    pollfd asked{socket_.number(), what, 0};
    return ::poll(&asked, 1, 0) == 1 && (asked.revents & what) != 0 && (asked.revents & (POLLERR | POLLHUP)) == 0;
  }
  void look(const Transfer& transfer) {
    STARLING_CHECK(session_->is_established() || !was_established_);
    was_established_ = session_->is_established();
    STARLING_CHECK(session_->failure() == TlsFailure::none || !was_established_);
    const std::string& text = session_->failure_text();
    STARLING_CHECK((session_->failure() == TlsFailure::none) == text.empty() && text.find('\n') == std::string::npos, text);
    STARLING_CHECK(session_->failure() != TlsFailure::untrusted && session_->failure() != TlsFailure::timed_out);
    STARLING_CHECK(transfer.progress != Progress::done || transfer.bytes > 0);
  }
  void check_failed() const {
    STARLING_CHECK(has_left_ || was_established_ || session_->failure() != TlsFailure::none);
  }

  Descriptor line_, socket_;
  std::optional<TlsSession> session_;
  std::string received_;
  std::size_t sent_ = 0;
  std::string unsent_;  // to be said again, as it was
  bool was_established_ = false;
  bool has_receiving_failed_ = false, has_sending_failed_ = false;
  bool has_ended_ = false;     // what it receives
  bool has_said_end_ = false;  // to what it sends
  bool has_left_ = false;
};

class Client {
 public:
  explicit Client(bool is_older) : ssl_(SSL_new(client_context()), SSL_free) {
    STARLING_CHECK(ssl_ != nullptr);
    if (is_older) SSL_set_max_proto_version(ssl_.get(), TLS1_2_VERSION);
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    BIO_set_mem_eof_return(SSL_get_rbio(ssl_.get()), -1);
    SSL_set_connect_state(ssl_.get());
    read();
  }

  void hear(std::string_view wire) {
    if (!wire.empty()) STARLING_CHECK(BIO_write(SSL_get_rbio(ssl_.get()), wire.data(), static_cast<int>(wire.size())) == static_cast<int>(wire.size()));
    read();
  }
  void say(std::size_t bytes) {
    if (bytes == 0 || SSL_is_init_finished(ssl_.get()) != 1) return;
    const std::string text = text_of(said_, bytes, kClientSide);
    std::size_t taken = 0;
    if (SSL_write_ex(ssl_.get(), text.data(), text.size(), &taken) == 1) said_ += taken;
    ERR_clear_error();
  }
  void change_keys() {
    if (SSL_version(ssl_.get()) == TLS1_3_VERSION) {
      SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED);
    } else {
      SSL_renegotiate(ssl_.get());
    }
    SSL_do_handshake(ssl_.get());
    ERR_clear_error();
  }
  void say_end() {
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
  }

  /// What it has put on the line.
  [[nodiscard]] std::string take() {
    std::string wire(BIO_ctrl_pending(SSL_get_wbio(ssl_.get())), '\0');
    if (!wire.empty()) BIO_read(SSL_get_wbio(ssl_.get()), wire.data(), static_cast<int>(wire.size()));
    return wire;
  }
  [[nodiscard]] std::size_t said() const noexcept { return said_; }
  [[nodiscard]] const std::string& heard() const noexcept { return heard_; }

 private:
  void read() {
    std::array<char, 4'096> into;
    std::size_t bytes = 0;
    while (SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes) == 1) heard_.append(into.data(), bytes);
    ERR_clear_error();
  }

  Owned<SSL> ssl_;
  std::size_t said_ = 0;
  std::string heard_;
};

// ---- The line between them ----------------------------------------------------------------------------------------------

enum Who : std::uint8_t { kClient = 1, kOlderClient = 2, kSmallBuffers = 4 };

/// What the script tells, a byte each and often another that says how much.
enum class Step : std::uint8_t {
  client_says, server_says, pass_up, pass_down, pass_all, receive, flip_up, flip_down, drop_up, repeat_up, put_up, change_keys, client_ends, server_ends, half_close,
  hang_up, leave, cut_up
};
constexpr std::uint8_t kSteps = 18;

class Script {
 public:
  explicit Script(std::string_view bytes) noexcept : bytes_(bytes) {}
  [[nodiscard]] bool is_over() const noexcept { return bytes_.empty(); }
  std::uint8_t next() noexcept { return bytes_.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(take(1)[0]); }
  std::string_view take(std::size_t most) noexcept {
    const std::string_view taken = bytes_.substr(0, most);
    bytes_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view bytes_;
};

/// Only records (RFC 8446 §5.1), of which the last may not have come whole.
void check_records(std::string_view wire) {
  while (wire.size() >= 5) {
    const auto type = static_cast<std::uint8_t>(wire[0]);
    const std::size_t bytes = static_cast<std::size_t>(static_cast<std::uint8_t>(wire[3])) << 8 | static_cast<std::uint8_t>(wire[4]);
    const bool is_alert = type == 21;  // of a version that there never was OpenSSL says so in that version
    STARLING_CHECK(type >= 20 && type <= 23 && (wire[1] == 3 || is_alert) && bytes > 0 && bytes <= (16 << 10) + 256, type, bytes);
    wire.remove_prefix(std::min(wire.size(), 5 + bytes));
  }
}

class Line {
 public:
  Line(std::uint8_t who, Script script) : script_(script), served_((who & kSmallBuffers) != 0) {
    if ((who & kClient) != 0) client_.emplace((who & kOlderClient) != 0);
  }

  void run() {
    while (!script_.is_over()) {
      if (client_) up_ += client_->take();
      step(static_cast<Step>(script_.next() % kSteps));
      check();
    }
    pass_all();
    half_close();
    pass_all();
    check();
    check_records(said_);
    // Whoever had no key has said nothing that was delivered.
    STARLING_CHECK(client_ || (!served_.session().is_established() && served_.received().empty()));
  }

 private:
  void step(Step step) {
    switch (step) {
      case Step::client_says:
        if (client_) client_->say(amount());
        return;
      case Step::server_says: (void)served_.send(amount()); return;
      case Step::pass_up: pass_up(amount()); return;
      case Step::pass_down: pass_down(amount()); return;
      case Step::pass_all: pass_all(); return;
      case Step::receive: (void)served_.receive(amount() + 1); return;
      case Step::flip_up: flip(up_); return;
      case Step::flip_down: flip(down_); return;
      case Step::drop_up: up_.erase(0, amount()); return;
      case Step::repeat_up: up_.insert(0, up_.substr(0, amount())); return;
      case Step::put_up: up_ += script_.take(script_.next()); return;
      case Step::change_keys:
        if (client_) client_->change_keys();
        return;
      case Step::client_ends:
        if (client_) client_->say_end();
        return;
      case Step::server_ends: served_.end_sending(); return;
      case Step::half_close: half_close(); return;
      case Step::hang_up: served_.hang_up(); return;
      case Step::leave: served_.leave(); return;
      case Step::cut_up: up_.resize(std::min(up_.size(), amount())); return;
    }
  }

  /// 0 … 127, and then in steps of 256, so that records are full.
  std::size_t amount() noexcept {
    const std::size_t byte = script_.next();
    return byte < 128 ? byte : (byte - 127) * 256;
  }
  void flip(std::string& wire) {
    const std::size_t at = amount();
    const auto bit = static_cast<char>(1u << (script_.next() % 8));
    if (at < wire.size()) wire[at] ^= bit;
  }

  bool pass_up(std::size_t most) {
    if (client_) up_ += client_->take();
    const std::string_view piece = std::string_view{up_}.substr(0, most);
    const ssize_t passed = piece.empty() ? 0 : ::send(served_.line(), piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (passed > 0) up_.erase(0, static_cast<std::size_t>(passed));
    return passed > 0;
  }
  bool pass_down(std::size_t most) {
    std::array<char, 16 << 10> buffer;
    ssize_t bytes;
    while ((bytes = ::recv(served_.line(), buffer.data(), buffer.size(), MSG_DONTWAIT)) > 0) {
      down_.append(buffer.data(), static_cast<std::size_t>(bytes));
      said_.append(buffer.data(), static_cast<std::size_t>(bytes));
    }
    const std::string piece = down_.substr(0, most);
    down_.erase(0, piece.size());
    if (client_) client_->hear(piece);
    return !piece.empty();
  }
  /// Until nothing moves, which it does not for ever: each call takes or delivers something that was said.
  void pass_all() {
    const std::size_t calls_max = 1'000 + up_.size() + served_.sent();
    std::size_t calls = 0;
    for (bool moves = true; moves;) {
      moves = pass_up(up_.size());
      while (served_.receive(4'096)) {
        STARLING_CHECK(++calls < calls_max, calls);
        moves = true;
      }
      STARLING_CHECK(++calls < calls_max, calls);
      if (served_.send(0)) moves = true;
      if (pass_down(std::string::npos)) moves = true;
      if (client_) up_ += client_->take();
      if (!up_.empty() && !moves) break;  // nobody takes it any more
      moves = moves || !up_.empty();
    }
  }
  void half_close() { ::shutdown(served_.line(), SHUT_WR); }

  /// Each side got what the other said, from its beginning.
  void check() {
    if (!client_) return;
    STARLING_CHECK(served_.received().size() <= client_->said());
    STARLING_CHECK(client_->heard().size() <= served_.sent());
    check(served_.received(), checked_up_, kClientSide);
    check(client_->heard(), checked_down_, kServerSide);
  }
  static void check(std::string_view text, std::size_t& checked, std::uint8_t side) {
    STARLING_CHECK(text.substr(checked) == text_of(checked, text.size() - checked, side));
    checked = text.size();
  }

  Script script_;
  Served served_;
  std::optional<Client> client_;
  std::string up_, down_;  // on the line
  std::string said_;       // all that the server put on it
  std::size_t checked_up_ = 0, checked_down_ = 0;  // of what was delivered
};

}  // namespace
}  // namespace starling::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace starling::net;
  constexpr std::size_t kBytesMax = 8'192;
  if (size == 0) return 0;
  (void)server_context();
  chance() = starling::Random{1};
  Line line{bytes[0], Script{starling::as_text({bytes + 1, std::min(size - 1, kBytesMax)})}};
  line.run();
  return 0;
}
