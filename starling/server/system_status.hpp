/// @file
/// `GET /api/v1/system/status`: how every service does now, and how the server does itself.
///
/// Who asks has every probe asked, but no more often than once a second: who comes while that goes on waits for it, and who comes within the second is told what was found in it.
/// Before each answer `services:health` is announced, so that those who are told whole maps are told it although nothing has changed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "starling/server/hub_desk.hpp"
#include "starling/server/metrics.hpp"
#include "starling/server/overview.hpp"
#include "starling/server/store_writer.hpp"
#include "starling/sources/probe/probe.hpp"

namespace starling {

/// How the server does.
struct ServerFacts {
  std::string_view version = {}, epoch = {};
  state::Seq seq = 0;  ///< of the last closed batch
  Duration uptime{};
  std::optional<StoreHealth> store = {};  ///< nullopt: nothing is stored
  std::vector<MeasuredSource> sources = {};
};

/// The answer's text.
[[nodiscard]] std::string system_status_text(const ServerFacts& facts, const sources::probe::Findings& found, Timestamp now);

/// The hub's thread's.
class SystemStatus final : private AnswerTaker {
 public:
  static constexpr Duration kBetweenRounds = std::chrono::seconds{1};  ///< from the beginning of one to that of the next

  /// `probes`: null where nobody is to be asked. All outlive it.
  SystemStatus(net::EventLoop& loop, HubDesk& desk, sources::probe::ProbeSource* probes, std::function<ServerFacts()> facts)
      : loop_(loop), desk_(desk), probes_(probes), facts_(std::move(facts)) {}

  void ask(ResponseDone done, Instant now);

 private:
  void round_over(std::optional<sources::probe::Findings> found);
  void answer(std::vector<state::Update> updates);
  void take_answer(Answer answer) override;

  net::EventLoop& loop_;
  HubDesk& desk_;
  sources::probe::ProbeSource* probes_;
  std::function<ServerFacts()> facts_;

  std::optional<Instant> begun_;  ///< the last round
  bool is_asking_ = false;
  std::vector<ResponseDone> waiting_;  ///< for the round that goes on, a connection each
  sources::probe::Findings found_;     ///< by the last round
};

}  // namespace starling
