/// @file
/// A client at a door of the mesh map's dialect: it keeps the newest object of each node.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "sim/door_model.hpp"

namespace starling::sim {

/// What a filter says.
struct MeshWish {
  std::optional<std::set<std::string>> keys;
  std::optional<Box> bounds;
  std::set<std::string> kinds;  ///< "node", "position", "telemetry", "message"; empty: all
};

class MeshDoor final : public DoorModel {
 public:
  explicit MeshDoor(std::uint64_t keys, const Truth& truth) : keys_(keys), truth_(truth) {}

  void connect() override;
  [[nodiscard]] std::string say(Dice& random, std::uint64_t number) override;
  void heard(std::uint64_t messages) override { events_.heard(messages, truth_.head()); }
  void take(std::string_view message, const DoorKnowledge& server) override;
  void check_current() const override;

 private:
  using Object = std::map<std::string, std::string>;  ///< member → JSON text
  using Kind = std::string;                           ///< "node", "position", "telemetry", "status"
  /// Of what there was at `seq`; nullopt: there is no such object.
  [[nodiscard]] std::optional<Object> object(const Kind& kind, const std::string& key, const Thing& thing) const;
  [[nodiscard]] static Object message_object(const SaidEvent& event);
  [[nodiscard]] static bool shows(const MeshWish& wish, const Kind& kind, const std::string& key, const Thing& thing);
  [[nodiscard]] PlainView messages_view(const MeshWish& wish) const;

  void take_objects(const Kind& kind, std::string_view id_member, std::string_view list);
  void take_object(const Kind& kind, const std::string& key, Object told);
  void take_snapshot(std::string_view data, const DoorKnowledge& server);
  [[nodiscard]] bool is_snapshot_of(const MeshWish& wish, std::uint64_t seq, std::string_view data, std::int64_t wall_ms) const;

  std::uint64_t keys_;
  const Truth& truth_;
  std::deque<MeshWish> wishes_;  // what it asked for, the last first: which of it its server had heard when it said something cannot be seen
  std::map<Kind, std::map<std::string, Object>> held_;
  std::map<std::pair<Kind, std::string>, std::uint64_t> at_;  // nothing older may come
  std::uint64_t began_ = 0;
  DueEvents events_;
  bool has_snapshot_ = false, may_lose_ = false;
};

}  // namespace starling::sim
