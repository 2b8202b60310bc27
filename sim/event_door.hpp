/// @file
/// A client at a door of Heimdall's dialect: it replaces what it has of a channel by what comes.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "sim/door_model.hpp"

namespace starling::sim {

class EventDoor final : public DoorModel {
 public:
  /// `channels`: those the door shows, by name.
  EventDoor(std::set<std::string> channels, const Truth& truth) : channels_(std::move(channels)), truth_(truth) {}

  void connect() override;
  [[nodiscard]] std::string say(Dice& random, std::uint64_t number) override;
  void heard(std::uint64_t messages) override { events_.heard(messages, truth_.head()); }
  void take(std::string_view message, const DoorKnowledge& server) override;
  void check_current() const override;

 private:
  using Records = std::map<std::string, Record>;
  [[nodiscard]] const std::set<std::string>& shown() const noexcept { return chosen_.empty() ? channels_ : chosen_; }
  [[nodiscard]] Records records(const std::string& channel, std::uint64_t seq) const;
  [[nodiscard]] static PlainView view_of(const std::set<std::string>& channels);
  void take_map(const std::string& channel, std::string_view data);

  std::set<std::string> channels_;
  const Truth& truth_;
  std::set<std::string> chosen_;
  std::map<std::string, Records> held_;                       // of channels it was told of since it began to look
  std::map<std::string, std::optional<std::uint64_t>> from_;  // what it began with, by seq; none: with what there was when the server heard it
  std::map<std::string, std::uint64_t> at_;                   // nothing older may come
  DueEvents events_;
  bool may_lose_ = false;
};

}  // namespace starling::sim
