/// @file
/// A link that remembers what was sent, and an encoder whose messages a person can read: for tests of who is sent what and when.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "starling/core/base/json.hpp"
#include "starling/core/fanout/encoder.hpp"
#include "starling/core/fanout/link.hpp"

namespace starling::fanout {

/// What was sent, a line a message; a failed check prints it so.
struct Lines : std::vector<std::string> {
  using std::vector<std::string>::vector;
  friend std::ostream& operator<<(std::ostream& out, const Lines& lines) {
    for (const std::string& line : lines) out << "\n    " << line;
    return out;
  }
};

class TestLink : public Link {
 public:
  [[nodiscard]] bool is_writable() const noexcept override { return room > 0; }
  void send(FramePtr frame) override {
    if (room > 0) --room;
    ++sent_;
    frames.push_back(std::move(frame));
  }
  [[nodiscard]] std::size_t waiting_bytes() const noexcept override { return 0; }
  [[nodiscard]] std::uint64_t frames_sent() const noexcept override { return sent_; }
  void ping() override {}
  [[nodiscard]] bool is_stalled() const noexcept override { return false; }
  void close(std::uint16_t, std::string_view) override {}

  /// What was sent since it was last asked.
  [[nodiscard]] Lines take() {
    Lines texts;
    for (const FramePtr& frame : std::exchange(frames, {})) texts.emplace_back(frame->payload());
    return texts;
  }

  static constexpr std::size_t kEndless = ~std::size_t{0} >> 1;
  std::size_t room = kEndless;  ///< frames it takes before it is full; 0: not writable
  std::vector<FramePtr> frames;

 private:
  std::uint64_t sent_ = 0;
};

/// One line a message:
///
///   subscribed 1 #7 expired gap a:e (3,8)
///   snapshot 1 #7: a:x k={"v":1}, a:x l={} +more
///   update 1 #8: a:x k={"v":1}, a:x k+"v":2, a:x k-moved, a:e !8.0 {"n":1}, a:e gap (3,8)
class TestEncoder final : public Encoder {
 public:
  [[nodiscard]] FramePtr subscribed(std::uint32_t id, Seq seq, const view::View&, SubscribedReason reason, const std::vector<Gap>& gaps) override {
    static constexpr const char* kReasons[] = {"new", "replaced", "resumed", "epoch", "expired", "query", "rights", "ended"};
    std::string text = head_of("subscribed", id, seq) + ' ' + kReasons[static_cast<std::size_t>(reason)];
    for (const Gap& gap : gaps) text += ' ' + text_of(gap);
    const bool goes_on = reason == SubscribedReason::resumed || reason == SubscribedReason::replaced;
    return Frame::text(text, goes_on ? FrameStage::none : FrameStage::anew, seq);
  }
  [[nodiscard]] std::optional<view::Told> write(std::string& out, std::string_view key, const view::Transition& transition, const view::View& was,
                                                const view::View& is) const override {
    std::string patch;
    auto told = transition.told;
    if (told == view::Told::patch) {
      switch (is.projection()->append_patch(patch, *transition.channel, *was.projection(), transition.before->fields, transition.after->fields)) {
        case view::Projection::Patch::same: return std::nullopt;
        case view::Projection::Patch::patch: break;
        case view::Projection::Patch::whole: told = view::Told::set; break;
      }
    }
    out += transition.channel->name + ' ' + std::string{key};
    switch (told) {
      case view::Told::remove: out += std::string{"-"} + view::to_text(transition.reason); break;
      case view::Told::set:
        out += '=';
        is.projection()->append_record(out, *transition.channel, transition.after->fields);
        break;
      case view::Told::patch:
        for (const json::Member& field : json::Members{patch}) out += "+\"" + std::string{field.name} + "\":" + std::string{field.value};
        break;
    }
    return told;
  }
  void write(std::string& out, const state::Event& event, const view::View&) const override {
    out += event.channel->name + " !" + std::to_string(event.seq) + '.' + std::to_string(event.n) + ' ' + event.data;
  }

  void begin(std::uint32_t id) override {
    id_ = id;
    said_.clear();
  }
  [[nodiscard]] std::string_view separator() const noexcept override { return ", "; }
  void add(const state::Channel&, view::Told, std::string_view fragment) override { next() += fragment; }
  void add_event(const state::Channel&, std::string_view fragment) override { next() += fragment; }
  void add(const Gap& gap) override { next() += text_of(gap); }
  [[nodiscard]] bool is_empty() const noexcept override { return said_.empty(); }
  [[nodiscard]] std::size_t bytes() const noexcept override { return said_.size(); }
  [[nodiscard]] FramePtr finish_update(Seq seq, bool more) override { return finish("update", seq, more); }
  [[nodiscard]] FramePtr finish_snapshot(Seq seq, bool more) override { return finish("snapshot", seq, more); }

 private:
  static std::string head_of(const char* type, std::uint32_t id, Seq seq) {
    return std::string{type} + ' ' + std::to_string(id) + " #" + std::to_string(seq);
  }
  static std::string text_of(const Gap& gap) {
    return gap.channel->name + " gap (" + std::to_string(gap.after) + ',' + std::to_string(gap.before) + ')';
  }
  std::string& next() {
    if (!said_.empty()) said_ += separator();
    return said_;
  }
  [[nodiscard]] FramePtr finish(const char* type, Seq seq, bool more) const {
    return Frame::text(head_of(type, id_, seq) + ':' + (said_.empty() ? "" : " ") + said_ + (more ? " +more" : ""), more ? FrameStage::part : FrameStage::complete, seq);
  }

  std::uint32_t id_ = 0;
  std::string said_;
};

}  // namespace starling::fanout
