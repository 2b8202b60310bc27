/// @file
/// What the server holds on the heap, told apart from what the model that judges it holds.
///
/// `operator new` of this program notes on each allocation its size and for whom it was made. The note's 16 bytes count too: about what an
/// allocator adds. Memory that does not come from `operator new` is not seen; core takes none.
#pragma once

#include <cstddef>

namespace starling::storm {

/// Bytes allocated outside any `ModelScope` and not freed yet.
[[nodiscard]] std::size_t server_bytes() noexcept;

/// While it lives, what is allocated is the model's. What is freed is taken off whoever it was made for.
class ModelScope {
 public:
  ModelScope() noexcept;
  ~ModelScope();
  ModelScope(const ModelScope&) = delete;
  ModelScope& operator=(const ModelScope&) = delete;

 private:
  bool was_model_;
};

}  // namespace starling::storm
