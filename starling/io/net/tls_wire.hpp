/// @file
/// How OpenSSL reaches a socket of ours: by `net::receive` and `net::send`, so that no write raises SIGPIPE and no peer keeps a thread
/// inside OpenSSL for longer than a bounded number of bytes.
#pragma once

#include <cstddef>

// OpenSSL's own headers stay in the .cpp files.
struct bio_st;
struct bio_method_st;

namespace starling::net {

struct TlsWire {
  int socket = -1;
  std::size_t receivable_bytes = 0;  ///< so many more may be read; then it is as if nothing were there
  bool is_at_end = false;            ///< the peer has ended its side
};

/// What `make_wire` needs; freed with BIO_meth_free. Null where there is no memory.
[[nodiscard]] bio_method_st* make_wire_method() noexcept;
/// Reads and writes `wire`, which must outlive it. Null where there is no memory.
[[nodiscard]] bio_st* make_wire(const bio_method_st* method, TlsWire& wire) noexcept;

}  // namespace starling::net
