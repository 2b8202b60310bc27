/// @file
/// A viewer in memory: a line that holds one frame until it is read, and the three-line client of the protocol.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "starling/core/fanout/link.hpp"
#include "starling/core/session/shard.hpp"
#include "tests/storm/fleet.hpp"

namespace starling::storm {

/// What a frame says, with numbers for keys. Read once for all who get the same frame.
struct Told {
  enum class Type : std::uint8_t { subscribed, snapshot, update, other };
  struct Entry {
    enum class Kind : std::uint8_t { remove, set, patch };
    Kind kind;
    std::uint32_t number;
    std::optional<std::int32_t> latitude, longitude;
    std::optional<std::uint32_t> round;
  };
  Type type = Type::other;
  bool more = false;
  std::string reason;  ///< of `subscribed`
  std::vector<Entry> entries;
};
[[nodiscard]] Told read_frame(std::string_view payload);

/// Remembers the last frames that several viewers got.
class Reader {
 public:
  const Told& read(const fanout::FramePtr& frame);

 private:
  struct Read {
    fanout::FramePtr frame;
    Told told;
  };
  std::vector<std::unique_ptr<Read>> read_;  // newest last
  Told own_;
};

/// Whatever is sent waits until it is read; while something waits it is not writable.
class Line final : public fanout::Link {
 public:
  [[nodiscard]] bool is_writable() const noexcept override { return waiting.empty() && !close_code; }
  void send(fanout::FramePtr frame) override;
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override;
  [[nodiscard]] std::uint64_t frames_sent() const noexcept override { return frames_; }
  void ping() override { was_pinged = true; }
  [[nodiscard]] bool is_stalled() const noexcept override { return !waiting.empty() && is_shut; }
  void close(std::uint16_t code, std::string_view) override { close_code = code; }

  std::vector<fanout::FramePtr> waiting;
  bool is_shut = false;  ///< its reader does not read
  bool was_pinged = false;
  std::optional<std::uint16_t> close_code;

 private:
  std::uint64_t frames_ = 0;
};

class Viewer {
 public:
  explicit Viewer(std::optional<PlainBox> box) : box_(box) {}

  /// Connects and subscribes, to the snapshot alone if `is_paused`. `name` is for `welcome`.
  void open(session::Shard& shard, std::string name, Moment now, bool is_paused = false);
  /// Hangs up.
  void hang_up(session::Shard& shard);
  /// Reads what waits, unless it is stalled, and says so to the server. False: nothing waited.
  bool read(Reader& reader, Moment now);
  void stall() noexcept { line_.is_shut = true; }
  void unstall() noexcept { line_.is_shut = false; }

  /// How it differs from what the fleet's truth shows it; nullopt if it holds just that.
  [[nodiscard]] std::optional<std::string> difference(const Fleet& fleet) const;

  [[nodiscard]] Line& line() noexcept { return line_; }
  [[nodiscard]] bool is_open() const noexcept { return session_ != nullptr; }
  [[nodiscard]] bool is_stalled() const noexcept { return line_.is_shut; }
  [[nodiscard]] bool is_whole() const noexcept { return is_whole_; }
  /// Records of the snapshot under way.
  [[nodiscard]] std::size_t staged() const noexcept { return staged_.size(); }
  /// What came since `forget_story`: reasons of `subscribed`, "snapshot" and "update" for each that was complete.
  [[nodiscard]] const std::vector<std::string>& story() const noexcept { return story_; }
  void forget_story() { story_.clear(); }

 private:
  struct Held {
    std::uint32_t number;
    Thing thing;
  };
  void apply(const Told& told);
  void assign(const Told::Entry& entry);

  std::optional<PlainBox> box_;
  Line line_;
  session::Session* session_ = nullptr;
  std::vector<Held> held_;    // by number
  std::vector<Held> staged_;  // in the order it came
  std::vector<std::string> story_;
  std::string fault_;
  bool is_whole_ = false;
};

}  // namespace starling::storm
