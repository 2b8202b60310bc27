#include "sim/plants.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "starling/core/base/json.hpp"

namespace starling::sim {
namespace {

constexpr PlantKind kPlants[] = {
    {1, "a removal is skipped: an update loses its first `remove` of a channel"},
    {2, "a stale frame is reused: an update brings what another audience, or the same one, was told last"},
    {3, "resume is off by one: the `since.seq` of a viewer arrives one too high, where there is a seq so high"},
    {4, "an event is dropped under lag: the first one of an update, while earlier messages wait unread"},
    {5, "a wrong reason: a removal is given another one"},
    {6, "a stale place after a pan: the difference of a box put in place of another lacks the first that came in"},
    {7, "progress ahead: a paused subscription is said to hold the newest seq"},
    {8, "a lost batch: one shard gets an empty one of that seq instead"},
    {9, "an event is told twice: the last one of a channel comes again with the next"},
    {10, "a part of a snapshot is lost"},
    {11, "a patch goes to the wrong key: to the one patched before it in that channel"},
    {12, "a gap is not told: neither in an update nor in a `subscribed`"},
    {13, "a reader's cursor is off by one: over HTTP it arrives one too high, where there is a seq so high"},
    {14, "a frame at a door is lost"},
    {15, "a clean stop keeps the log, and the state without what its last batch changed"},
};

/// The object with each value replaced by what `change(name, value)` makes of it; nullopt takes the member away.
template <class Change>
std::string rewritten(std::string_view object, Change&& change) {
  std::string text = "{";
  for (const json::Member& member : json::Members{object}) {
    const std::optional<std::string> value = change(member.name, member.value);
    if (value) text += fmt::format("{}\"{}\":{}", text.size() > 1 ? "," : "", member.name, *value);
  }
  return text + '}';
}

/// The same of one member, where there is one.
template <class Change>
std::string rewritten(std::string_view object, std::string_view name, Change&& change) {
  return rewritten(object, [&](std::string_view other, std::string_view value) { return other == name ? change(value) : std::optional<std::string>{value}; });
}

/// An update with what `change(channel, value)` makes of that member of each channel.
template <class Change>
std::string rewritten_in_channels(std::string_view update, std::string_view name, Change&& change) {
  return rewritten(update, "channels", [&](std::string_view channels) {
    return std::optional{rewritten(channels, [&](std::string_view channel, std::string_view told) {
      return std::optional{rewritten(told, name, [&](std::string_view value) { return change(channel, value); })};
    })};
  });
}

std::string without_first_removal(std::string_view update) {
  return rewritten_in_channels(update, "remove", [](std::string_view, std::string_view removals) {
    bool is_first = true;
    return std::optional{rewritten(removals, [&](std::string_view, std::string_view reason) {
      return std::exchange(is_first, false) ? std::nullopt : std::optional<std::string>{reason};
    })};
  });
}

std::string without_first_event(std::string_view update) {
  bool is_first = true;
  return rewritten_in_channels(update, "events", [&](std::string_view, std::string_view events) {
    std::string left;
    for (const std::string_view event : json::Elements{events}) {
      if (!std::exchange(is_first, false)) left += fmt::format("{}{}", left.empty() ? "" : ",", event);
    }
    return left.empty() ? std::nullopt : std::optional{'[' + left + ']'};
  });
}

std::string with_other_reason(std::string_view update) {
  return rewritten_in_channels(update, "remove", [](std::string_view, std::string_view removals) {
    bool is_first = true;
    return std::optional{rewritten(removals, [&](std::string_view, std::string_view reason) {
      const std::string_view other = reason == R"("moved")" ? R"("filtered")" : reason == R"("filtered")" ? R"("moved")" : reason == R"("expired")" ? R"("deleted")" : R"("expired")";
      return std::optional<std::string>{std::exchange(is_first, false) ? other : reason};
    })};
  });
}

std::string without_gap(std::string_view message) {
  const std::string text = rewritten(message, "gaps", [](std::string_view) { return std::nullopt; });
  return rewritten_in_channels(text, "gap", [](std::string_view, std::string_view) { return std::nullopt; });
}

}  // namespace

std::span<const PlantKind> plants() noexcept { return kPlants; }

log::BatchPtr Plant::batch(log::BatchPtr batch) {
  newest_ = batch->seq;
  if (number_ != 8 || batch->changes.empty() || !strikes()) return batch;
  // Of what comes or goes a shard has to know, or its own checks find it before the judge does.
  if (!std::ranges::all_of(batch->changes, [](const state::Change& change) { return change.before && change.after; })) return batch;
  log::Batch lost;
  lost.seq = batch->seq;
  lost.time = batch->time;
  lost.channels = batch->channels;
  return std::make_shared<const log::Batch>(std::move(lost));
}

std::optional<std::string> Plant::frame(int viewer, std::string_view payload, bool is_lagging) {
  std::string text{payload};
  if (number_ == 0) return text;
  const std::string_view type = json::find(payload, "type").value_or("");
  const Subscription to{viewer, json::find(payload, "id").value_or("")};
  const bool is_update = type == R"("update")";
  const bool is_part = json::find(payload, "more") == "true";
  if (type == R"("welcome")") std::erase_if(paused_, [viewer](const Subscription& paused) { return paused.first == viewer; });
  if (number_ == 10) return type == R"("snapshot")" && is_part && strikes() ? std::nullopt : std::optional{std::move(text)};
  std::string planted = text;
  if (number_ == 1 && is_update) planted = without_first_removal(payload);
  if (number_ == 2 && is_update && !is_part) planted = stale(to, payload);
  if (number_ == 4 && is_update && is_lagging) planted = without_first_event(payload);
  if (number_ == 5 && is_update) planted = with_other_reason(payload);
  if (number_ == 6) planted = after_pan(to, payload);
  if (number_ == 7 && type == R"("progress")") planted = ahead(viewer, payload);
  if (number_ == 9 && is_update) planted = told_again(to, payload);
  if (number_ == 11 && is_update) planted = for_another_key(to, payload);
  if (number_ == 12) planted = without_gap(payload);
  return planted != text && strikes() ? planted : text;
}

log::Seq Plant::since(log::Seq seq) { return number_ == 13 && seq < newest_ && strikes() ? seq + 1 : seq; }

std::string Plant::said(int viewer, std::string message) {
  if (json::find(message, "type") != R"("subscribe")") return message;
  const Subscription from{viewer, json::find(message, "id").value_or("")};
  if (message.find(R"("bounds":)") != std::string::npos) {
    boxed_.insert(from);
  } else {
    boxed_.erase(from);
  }
  const auto rate = json::find(message, "rate");
  if (rate && json::number(*rate) == 0.0) {
    paused_.insert(from);
  } else {
    paused_.erase(from);
  }
  if (number_ != 3 || !json::find(message, "since") || !strikes()) return message;
  return rewritten(message, "since", [this](std::string_view since) {
    return std::optional{rewritten(since, "seq", [this](std::string_view seq) {
      const log::Seq told = static_cast<log::Seq>(json::integer(seq).value_or(0));
      return std::optional{std::to_string(told < newest_ ? told + 1 : told)};
    })};
  });
}

std::string Plant::stale(const Subscription& to, std::string_view update) {
  std::string planted{update};
  if (!last_.empty()) {
    const std::string reused = std::next(last_.begin(), static_cast<std::ptrdiff_t>(random_.below(last_.size())))->second;
    planted = rewritten(update, "channels", [&](std::string_view) { return std::optional{reused}; });
  }
  last_[to] = json::find(update, "channels").value_or("{}");
  return planted;
}

std::string Plant::after_pan(const Subscription& to, std::string_view message) {
  const std::string_view type = json::find(message, "type").value_or("");
  if (type == R"("subscribed")") {
    panned_.erase(to);
    if (json::find(message, "reason") == R"("replaced")" && boxed_.contains(to)) panned_.insert(to);
  }
  if (type != R"("update")" || !panned_.contains(to)) return std::string{message};
  if (json::find(message, "more") != "true") panned_.erase(to);
  bool is_first = true;
  return rewritten_in_channels(message, "set", [&](std::string_view, std::string_view records) {
    return std::optional{rewritten(records, [&](std::string_view, std::string_view record) {
      return std::exchange(is_first, false) ? std::nullopt : std::optional<std::string>{record};
    })};
  });
}

std::string Plant::ahead(int viewer, std::string_view progress) const {
  return rewritten(progress, "at", [&](std::string_view at) {
    std::string all = rewritten(at, [&](std::string_view id, std::string_view seq) {
      return paused_.contains({viewer, std::string{id}}) ? std::nullopt : std::optional<std::string>{seq};
    });
    all.pop_back();
    for (const Subscription& paused : paused_) {
      if (paused.first == viewer) all += fmt::format("{}\"{}\":{}", all.size() > 1 ? "," : "", paused.second, newest_);
    }
    return std::optional{all + '}'};
  });
}

std::string Plant::told_again(const Subscription& to, std::string_view update) {
  return rewritten_in_channels(update, "events", [&](std::string_view channel, std::string_view events) {
    std::string& last = named_[{to, std::string{channel}}];
    std::string all = last.empty() ? std::string{events} : fmt::format("[{},{}", last, events.substr(1));
    for (const std::string_view event : json::Elements{events}) last = event;
    return std::optional{std::move(all)};
  });
}

std::string Plant::for_another_key(const Subscription& to, std::string_view update) {
  return rewritten_in_channels(update, "patch", [&](std::string_view channel, std::string_view patches) {
    std::string& last = named_[{to, std::string{channel}}];
    std::string all = "{";
    for (const json::Member& patch : json::Members{patches}) {
      const std::string key{patch.name};
      all += fmt::format("{}\"{}\":{}", all.size() > 1 ? "," : "", all.size() == 1 && !last.empty() ? last : key, patch.value);
      last = key;
    }
    return std::optional{all + '}'};
  });
}

}  // namespace starling::sim
