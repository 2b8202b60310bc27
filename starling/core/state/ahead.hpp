/// @file
/// Asking memory for what is about to be read of entities.
///
/// They stand all over the heap: an entity, its identity, its list of facets, each facet and its text are a way to memory each, and one knows the next. Who
/// goes through many asks for each step a few entities ahead, so that the ways overlap. Nothing here changes what is read.
#pragma once

#include <cstddef>

#include "starling/core/state/entity.hpp"

namespace starling::state::ahead {

inline void ask(const void* address) noexcept { __builtin_prefetch(address); }

/// The entity, and the count of its owners before it.
inline void ask_for_entity(const Entity* entity) noexcept {
  ask(reinterpret_cast<const char*>(entity) - 16);
  ask(reinterpret_cast<const char*>(entity) + 48);
}
/// Once it is here: who it is, and its list of facets.
inline void ask_for_parts(const Entity& entity) noexcept {
  ask(entity.identity.get());
  ask(entity.facets.data());
}
/// Once these are: what the first few facets are.
inline void ask_for_facets(const Entity& entity) noexcept {
  for (std::size_t i = 0; i < entity.facets.size() && i < 2; ++i) {
    ask(entity.facets[i].get());
    ask(reinterpret_cast<const char*>(entity.facets[i].get()) + 64);
  }
}
/// Once these are: their texts.
inline void ask_for_texts(const Entity& entity) noexcept {
  for (std::size_t i = 0; i < entity.facets.size() && i < 2; ++i) {
    ask(entity.facets[i]->fields.text().data());
    ask(entity.facets[i]->fields.text().data() + 64);
  }
}

/// Asks, for the one at `at` of many, for what will be read of those behind it. `entity(i)`: the address of the i-th, or null.
template <class EntityAt>
void ask_behind(std::size_t at, std::size_t count, EntityAt&& entity) noexcept {
  constexpr std::size_t kStep = 4;
  const auto behind = [&](std::size_t steps, auto&& ask_for) {
    if (const std::size_t i = at + steps * kStep; i < count) {
      if (const Entity* one = entity(i)) ask_for(*one);
    }
  };
  behind(4, [](const Entity& one) { ask_for_entity(&one); });
  behind(3, ask_for_parts);
  behind(2, ask_for_facets);
  behind(1, ask_for_texts);
}

}  // namespace starling::state::ahead
