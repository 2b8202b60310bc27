#include "sim/heap.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace starling::sim {
namespace {

using heap::bytes_of_server, heap::is_model_allocating;

/// Stands right before what was allocated.
struct alignas(16) Note {
  std::size_t bytes;
  std::uint32_t offset;  ///< from the start of the block to what was allocated
  bool is_model;
};
static_assert(sizeof(Note) == 16);

void* allocate(std::size_t bytes, std::size_t alignment) {
  const std::size_t offset = alignment < sizeof(Note) ? sizeof(Note) : alignment;
  const std::size_t whole = (offset + bytes + offset - 1) / offset * offset;
  void* block = std::aligned_alloc(offset, whole);
  if (block == nullptr) throw std::bad_alloc{};
  char* at = static_cast<char*>(block) + offset;
  ::new (at - sizeof(Note)) Note{bytes + sizeof(Note), static_cast<std::uint32_t>(offset), is_model_allocating};
  if (!is_model_allocating) bytes_of_server += bytes + sizeof(Note);
  return at;
}

void release(void* at) noexcept {
  if (at == nullptr) return;
  const Note note = *reinterpret_cast<const Note*>(static_cast<char*>(at) - sizeof(Note));
  if (!note.is_model) bytes_of_server -= note.bytes;
  std::free(static_cast<char*>(at) - note.offset);
}

}  // namespace

}  // namespace starling::sim

// The forms for arrays call these, or a sanitizer's own both ways. Those that do not throw are given back by these, so they are ours too.
void* operator new(std::size_t bytes) { return starling::sim::allocate(bytes, 16); }
void* operator new(std::size_t bytes, std::align_val_t alignment) { return starling::sim::allocate(bytes, static_cast<std::size_t>(alignment)); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return starling::sim::allocate(bytes, 16); }
void* operator new(std::size_t bytes, std::align_val_t alignment, const std::nothrow_t&) noexcept {
  return starling::sim::allocate(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* at) noexcept { starling::sim::release(at); }
void operator delete(void* at, std::size_t) noexcept { starling::sim::release(at); }
void operator delete(void* at, std::align_val_t) noexcept { starling::sim::release(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { starling::sim::release(at); }
