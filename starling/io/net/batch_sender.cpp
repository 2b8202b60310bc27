#include "starling/io/net/batch_sender.hpp"

#include <liburing.h>
#include <sys/socket.h>

#include <cerrno>

#include "starling/core/base/check.hpp"

namespace starling::net {
namespace {

/// Not known yet; no send comes to nothing.
constexpr Transfer kOpen{Progress::done, 0};

bool is_open(const Transfer& result) noexcept { return result.progress == Progress::done && result.bytes == 0; }

}  // namespace

class BatchSender::Ring {
 public:
  Ring() noexcept : is_open_(::io_uring_queue_init(kSendsMax, &ring_, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN) == 0) {}
  ~Ring() {
    if (is_open_) ::io_uring_queue_exit(&ring_);
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  [[nodiscard]] bool is_open() const noexcept { return is_open_; }
  /// Writes the results of those that have been done; returns how many have not: none, or the ring is of no use any more.
  [[nodiscard]] std::size_t send_all(std::span<const Send> sends, std::span<Transfer> results) noexcept {
    for (std::size_t i = 0; i < sends.size(); ++i) {
      io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
      STARLING_CHECK(entry != nullptr);  // all of the last call were taken
      ::io_uring_prep_send(entry, sends[i].socket, sends[i].bytes.data(), sends[i].bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      ::io_uring_sqe_set_data64(entry, i);
    }
    std::size_t open = sends.size();
    while (open > 0) {
      const int submitted = ::io_uring_submit_and_wait(&ring_, static_cast<unsigned>(open));
      io_uring_cqe* done;
      unsigned head, count = 0;
      io_uring_for_each_cqe(&ring_, head, done) {
        results[::io_uring_cqe_get_data64(done)] = transfer_of(done->res, -done->res);
        ++count;
      }
      ::io_uring_cq_advance(&ring_, count);
      open -= count;
      if (submitted < 0 && submitted != -EINTR && count == 0) break;
    }
    return open;
  }

 private:
  io_uring ring_{};
  bool is_open_;
};

BatchSender::BatchSender(Means means) {
  if (means == Means::ring) ring_ = std::make_unique<Ring>();
  if (ring_ && !ring_->is_open()) ring_.reset();
}
BatchSender::~BatchSender() = default;

std::span<const Transfer> BatchSender::send_all(std::span<const Send> sends) {
  STARLING_CHECK(sends.size() <= kSendsMax, sends.size());
  results_.assign(sends.size(), kOpen);
  std::size_t open = sends.size();
  if (ring_ && open > 0) {
    open = ring_->send_all(sends, results_);
    if (open > 0) ring_.reset();
  }
  for (std::size_t i = 0; i < sends.size() && open > 0; ++i) {
    if (!is_open(results_[i])) continue;
    const iovec part{const_cast<char*>(sends[i].bytes.data()), sends[i].bytes.size()};
    results_[i] = net::send(sends[i].socket, {&part, 1});
  }
  return results_;
}

}  // namespace starling::net
