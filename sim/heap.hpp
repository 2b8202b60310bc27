/// @file
/// What the server holds on the heap, told apart from what the model that judges it holds.
///
/// `operator new` of a program with heap.cpp notes on each allocation its size and for whom it was made. The note's 16 bytes count too: about
/// what an allocator adds. Memory that does not come from `operator new` is not seen; core takes none. A program without it counts nothing.
#pragma once

#include <cstddef>
#include <utility>

namespace starling::sim {

namespace heap {
// `operator new` has no other place to keep them. The program has one thread.
inline std::size_t bytes_of_server = 0;
inline bool is_model_allocating = false;
}  // namespace heap

/// Bytes allocated outside any `ModelScope` and not freed yet.
[[nodiscard]] inline std::size_t server_bytes() noexcept { return heap::bytes_of_server; }

/// While it lives, what is allocated is the model's. What is freed is taken off whoever it was made for.
class ModelScope {
 public:
  ModelScope() noexcept : was_model_(std::exchange(heap::is_model_allocating, true)) {}
  ~ModelScope() { heap::is_model_allocating = was_model_; }
  ModelScope(const ModelScope&) = delete;
  ModelScope& operator=(const ModelScope&) = delete;

 private:
  bool was_model_;
};

/// Within the model's: a call of the server.
class ServerScope {
 public:
  ServerScope() noexcept : was_model_(std::exchange(heap::is_model_allocating, false)) {}
  ~ServerScope() { heap::is_model_allocating = was_model_; }
  ServerScope(const ServerScope&) = delete;
  ServerScope& operator=(const ServerScope&) = delete;

 private:
  bool was_model_;
};

}  // namespace starling::sim
