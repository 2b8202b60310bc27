#include "starling/io/net/tls_wire.hpp"

#include <openssl/bio.h>

#include <algorithm>
#include <cstdint>

#include "starling/io/net/socket.hpp"

namespace starling::net {
namespace {

TlsWire& wire_of(BIO* bio) noexcept { return *static_cast<TlsWire*>(BIO_get_data(bio)); }

int read(BIO* bio, char* into, int size) noexcept {
  TlsWire& wire = wire_of(bio);
  BIO_clear_retry_flags(bio);
  const std::size_t wanted = std::min(static_cast<std::size_t>(std::max(size, 0)), wire.receivable_bytes);
  if (wanted == 0) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const Transfer received = receive(wire.socket, {reinterpret_cast<std::uint8_t*>(into), wanted});
  switch (received.progress) {
    case Progress::done:
      wire.receivable_bytes -= received.bytes;
      return static_cast<int>(received.bytes);
    case Progress::would_block:
      BIO_set_retry_read(bio);
      return -1;
    case Progress::closed:
      wire.is_at_end = true;
      return 0;
    case Progress::failed:
      return -1;
  }
  return -1;
}

int write(BIO* bio, const char* bytes, int size) noexcept {
  BIO_clear_retry_flags(bio);
  const iovec part{const_cast<char*>(bytes), static_cast<std::size_t>(std::max(size, 0))};
  const Transfer sent = send(wire_of(bio).socket, {&part, 1});
  if (sent.progress == Progress::done) return static_cast<int>(sent.bytes);
  if (sent.progress == Progress::would_block) BIO_set_retry_write(bio);
  return -1;
}

long control(BIO* bio, int command, long, void*) noexcept {
  if (command == BIO_CTRL_FLUSH) return 1;  // nothing is held back
  if (command == BIO_CTRL_EOF) return wire_of(bio).is_at_end ? 1 : 0;
  return 0;
}

}  // namespace

bio_method_st* make_wire_method() noexcept {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "starling socket");
  if (method == nullptr) return nullptr;
  BIO_meth_set_read(method, read);
  BIO_meth_set_write(method, write);
  BIO_meth_set_ctrl(method, control);
  return method;
}

bio_st* make_wire(const bio_method_st* method, TlsWire& wire) noexcept {
  BIO* bio = BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &wire);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace starling::net
