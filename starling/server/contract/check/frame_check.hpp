/// @file
/// In builds with tests: what a server says, held to the schemas that `GET /api/v1/asyncapi.json` serves.
///
/// The judge shares nothing with what it judges: RapidJSON reads the frames, and valijson the schemas. And it is judged: `STARLING_PLANT_FIELD` in the
/// environment names a member that each frame is taken to have besides its own, so that nothing is right.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace starling::contract {

class FrameCheck {
 public:
  FrameCheck();
  ~FrameCheck();

  /// Why no server says this in the dialect; empty: it does.
  [[nodiscard]] std::string fault_of(std::string_view dialect, std::string_view payload);

 private:
  class Schemas;
  std::unique_ptr<Schemas> schemas_;
};

}  // namespace starling::contract
