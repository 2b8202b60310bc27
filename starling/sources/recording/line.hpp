/// @file
/// One line of a recording, a JSON object: what was reported, or a note on how the recording came about.
///
///     {"at_ms":1603,"channel":"mesh:position","key":"!6d5af1c3","data":{"latitude":37.774148,"longitude":-122.513165}}
///     {"at_ms":1720,"channel":"mesh:position","key":"!b9b1d1a0","op":"remove","reason":"expired"}
///     {"at_ms":1744,"kind":"event","channel":"mesh:message","key":"!6d5af1c3","data":{"text":"hi"},"time":"2026-11-21T09:00:07.120Z"}
///     {"at_ms":2000,"note":"gap","channel":"mesh:message","after":41,"before":57}
///
/// `at_ms` counts from the start of the recording. A report is an envelope as published (docs/PROTOCOL.md); `kind` says that it is an event, where
/// that is known, and `reason` why a record was removed. A line with `note` is for people, and for how long it lasted. Other members are ignored.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "starling/core/base/result.hpp"
#include "starling/core/state/update.hpp"

namespace starling::sources::recording {

/// 285 years; keeps sums and products with a speed within what a Duration holds.
inline constexpr std::int64_t kAtMax_ms = 9'000'000'000'000;

struct Report {
  state::Update update;
  bool is_event = false;
  std::string reason = {};  ///< of a removal; may be empty
};

struct Line {
  std::chrono::milliseconds at{0};
  std::optional<Report> report;  ///< absent: a note
};

/// The error says what is wrong, and the cure where that does not say it.
[[nodiscard]] Result<Line, std::string> read_line(std::string_view text);

/// With its end; reads as the same again.
[[nodiscard]] std::string write_line(std::chrono::milliseconds at, const Report& report);

/// Whether a channel and a key are such as `read_line` takes.
[[nodiscard]] bool can_be_recorded(const state::Update& update) noexcept;

}  // namespace starling::sources::recording
