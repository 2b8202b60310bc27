#include "starling/load/scenarios.hpp"

#include "starling/core/base/check.hpp"

namespace starling::load {

std::unique_ptr<Play> make_play(const LoadOptions& options, Door door, Progress progress) {
  const auto make = [&]() -> std::unique_ptr<Play> (*)(const LoadOptions&, Door, Progress) {
    switch (options.scenario) {
      case Scenario::fan_out:
      case Scenario::latency:
        return make_fan_out;
      case Scenario::viewport:
        return make_viewport;
      case Scenario::pan:
        return make_pan;
      case Scenario::ingest:
        return options.broker ? make_ingest_mqtt : make_ingest;
      case Scenario::idle:
        return make_idle;
      case Scenario::connect:
        return make_connect;
    }
    return nullptr;
  }();
  STARLING_CHECK(make != nullptr);
  return make(options, std::move(door), std::move(progress));
}

}  // namespace starling::load
