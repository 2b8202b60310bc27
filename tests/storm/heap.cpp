#include "tests/storm/heap.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>

namespace starling::storm {
namespace {

// `operator new` has no other place to keep them. The program has one thread.
std::size_t bytes_of_server = 0;
bool is_model = false;

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
  ::new (at - sizeof(Note)) Note{bytes + sizeof(Note), static_cast<std::uint32_t>(offset), is_model};
  if (!is_model) bytes_of_server += bytes + sizeof(Note);
  return at;
}

void release(void* at) noexcept {
  if (at == nullptr) return;
  const Note note = *reinterpret_cast<const Note*>(static_cast<char*>(at) - sizeof(Note));
  if (!note.is_model) bytes_of_server -= note.bytes;
  std::free(static_cast<char*>(at) - note.offset);
}

}  // namespace

std::size_t server_bytes() noexcept { return bytes_of_server; }

ModelScope::ModelScope() noexcept : was_model_(is_model) { is_model = true; }
ModelScope::~ModelScope() { is_model = was_model_; }

}  // namespace starling::storm

// The forms for arrays and those that do not throw call these.
void* operator new(std::size_t bytes) { return starling::storm::allocate(bytes, 16); }
void* operator new(std::size_t bytes, std::align_val_t alignment) { return starling::storm::allocate(bytes, static_cast<std::size_t>(alignment)); }
void operator delete(void* at) noexcept { starling::storm::release(at); }
void operator delete(void* at, std::size_t) noexcept { starling::storm::release(at); }
void operator delete(void* at, std::align_val_t) noexcept { starling::storm::release(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { starling::storm::release(at); }
