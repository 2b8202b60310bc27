#include "starling/core/state/slots.hpp"

#include <bit>
#include <iterator>

#include "starling/core/base/check.hpp"

namespace starling::state {

Slots::LayerIterator Slots::begin_cut() {
  ++cuts_;
  if (layers_.empty() || !layers_.back().undo.is_empty() || layers_.back().undo.slots() != size()) {
    layers_.push_back({UndoLayer{size()}, 0});
  }
  const auto layer = std::prev(layers_.end());
  ++layer->cuts;
  return layer;
}

void Slots::end_cut(LayerIterator layer) {
  --cuts_;
  if (--layer->cuts > 0) return;
  if (layer != layers_.begin()) std::prev(layer)->undo.absorb(std::move(layer->undo));
  layers_.erase(layer);
}

std::vector<std::uint32_t> Slots::written_between(LayerIterator older, LayerIterator younger) const {
  std::vector<std::uint32_t> written;
  for (std::size_t i = 0; i < older->undo.slots() / 64; ++i) {
    std::uint64_t word = 0;
    for (std::list<Layer>::const_iterator layer = older; layer != younger; ++layer) {
      STARLING_CHECK(layer != layers_.end());
      word |= layer->undo.written(i);
    }
    for (; word != 0; word &= word - 1) written.push_back(static_cast<std::uint32_t>(i * 64 + static_cast<std::size_t>(std::countr_zero(word))));
  }
  return written;
}

}  // namespace starling::state
