#include "starling/core/protocol/dialects.hpp"

#include "starling/core/protocol/event_dialect.hpp"
#include "starling/core/protocol/mesh_dialect.hpp"

namespace starling::protocol {

std::unique_ptr<Dialect> make_dialect(const DoorOptions& door, const DialectSurroundings& surroundings) {
  switch (door.dialect) {
    case DialectName::event: return std::make_unique<EventDialect>(EventForm::nested, door.channels, surroundings);
    case DialectName::event_flat: return std::make_unique<EventDialect>(EventForm::flat, door.channels, surroundings);
    case DialectName::mesh: return std::make_unique<MeshDialect>(surroundings);
  }
  return nullptr;
}

}  // namespace starling::protocol
