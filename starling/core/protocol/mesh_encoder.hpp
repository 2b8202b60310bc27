/// @file
/// What the mesh map's clients are told: the objects of what was heard, one message a kind, at beats (docs/DOORS.md).
///
/// A node's object is made of its record, its position and its telemetry: whoever is told of any of them is told the whole node. So a fragment is several lines, each an object
/// behind the letter of its kind, and the number of a subscription says which kinds it is told: a viewer of nodes looks at positions, too, and is not told them.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "starling/core/protocol/dialect.hpp"

namespace starling::protocol {

/// Kinds of what is told, as bits of a subscription's number.
enum MeshKinds : std::uint32_t { kMeshNodes = 1, kMeshPositions = 2, kMeshTelemetry = 4, kMeshMessages = 8, kMeshRaw = 16, kMeshAll = 31 };

class MeshEncoder final : public fanout::Encoder {
 public:
  explicit MeshEncoder(const DialectSurroundings& surroundings) : at_(surroundings) {}

  [[nodiscard]] fanout::FramePtr subscribed(std::uint32_t, state::Seq, const view::View&, fanout::SubscribedReason, const std::vector<fanout::Gap>&) override { return nullptr; }

  [[nodiscard]] std::optional<view::Told> write(std::string& out, std::string_view key, const view::Transition& transition, const view::View& was,
                                                const view::View& is) const override;
  void write(std::string& out, const state::Event& event, const view::View& view) const override;

  void begin(std::uint32_t id) override;
  void begin_for(std::uint32_t id, const view::View& view) override;
  [[nodiscard]] std::string_view separator() const noexcept override { return "\n"; }
  void add(const state::Channel& channel, view::Told told, std::string_view fragment) override;
  void add_event(const state::Channel& channel, std::string_view fragment) override;
  void add(const fanout::Gap&) override {}
  [[nodiscard]] bool is_empty() const noexcept override;
  /// Nothing of it is divided: one message a kind.
  [[nodiscard]] std::size_t bytes() const noexcept override { return 0; }
  [[nodiscard]] fanout::FramePtr finish_update(state::Seq seq, bool more) override;
  [[nodiscard]] bool reads_state() const noexcept override { return true; }
  /// All there is.
  [[nodiscard]] fanout::FramePtr finish_snapshot(state::Seq seq, bool more) override;
  [[nodiscard]] bool keeps_to_beats() const noexcept override { return true; }

 private:
  void add_line(std::string_view line);

  DialectSurroundings at_;
  const view::View* view_ = nullptr;  // of what is being written
  std::uint32_t kinds_ = 0;
  // The insides of the lists.
  std::string nodes_, positions_, telemetry_, messages_, packets_;
  std::vector<std::string> statuses_;                 // whole messages
  std::unordered_set<std::string> told_nodes_;  // of what is being written: what several changes of one node say alike is said once
};

}  // namespace starling::protocol
