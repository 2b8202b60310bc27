#include "starling/core/view/projection.hpp"

#include <algorithm>

#include "starling/core/base/json.hpp"

namespace starling::view {
namespace {

using state::Fields;

void sort_without_doubles(std::vector<std::string>& names) {
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

bool holds(const std::vector<std::string>& sorted, std::string_view name) noexcept {
  return std::ranges::binary_search(sorted, name, std::less<std::string_view>{});
}

/// Finds the fields of one record after the other in another record that is likely to have them in the same order: nearly always it looks at
/// one name.
class Searcher {
 public:
  explicit Searcher(const Fields& record) noexcept : record_(record) {}
  std::optional<std::string_view> find(std::string_view name) noexcept {
    if (next_ < record_.size()) {
      if (const Fields::Field field = record_[next_]; field.name == name) {
        ++next_;
        return field.value;
      }
    }
    for (std::size_t i = 0; i < record_.size(); ++i) {
      if (const Fields::Field field = record_[i]; field.name == name) {
        next_ = i + 1;
        return field.value;
      }
    }
    return std::nullopt;
  }

 private:
  const Fields& record_;
  std::size_t next_ = 0;
};

}  // namespace

std::string names_text(std::string_view what, std::vector<std::string> names) {
  sort_without_doubles(names);
  std::string text{what};
  text += '[';
  for (const std::string& name : names) json::append_string(text, name);
  text += ']';
  return text;
}

bool hides_place(const std::vector<std::string>& hidden, const state::Channel& channel) {
  if (hidden.empty()) return false;
  if (!channel.location) return holds(hidden, "latitude") || holds(hidden, "longitude");
  return holds(hidden, state::canonical_name(channel.location->first)) || holds(hidden, state::canonical_name(channel.location->second));
}

Projection::Projection(std::optional<std::vector<std::string>> fields, std::vector<std::string> hidden, Precision precision)
    : fields_(std::move(fields)), hidden_(std::move(hidden)), precision_(precision) {
  sort_without_doubles(hidden_);
  if (fields_) {
    sort_without_doubles(*fields_);
    std::erase_if(*fields_, [this](const std::string& name) { return is_hidden(name); });
    text_ += names_text("fields", *fields_);
  }
  if (!hidden_.empty()) text_ += names_text("hidden", hidden_);
  if (!precision_.is_exact()) text_ += "decimals" + std::to_string(*precision_.decimals());
  shows_all_ = text_.empty();
}

const ProjectionPtr& Projection::everything() {
  static const ProjectionPtr kEverything = std::make_shared<const Projection>(std::nullopt, std::vector<std::string>{}, Precision{});
  return kEverything;
}

bool Projection::is_asked(std::string_view name) const noexcept { return !fields_ || holds(*fields_, name); }
bool Projection::is_hidden(std::string_view name) const noexcept { return !hidden_.empty() && holds(hidden_, name); }

std::size_t Projection::fields_shown_of(const Fields& record) const noexcept {
  if (shows_all_) return record.size();
  std::size_t count = 0;
  for (std::size_t i = 0; i < record.size(); ++i) count += shows_field(record[i].name);
  return count;
}

void Projection::append_record(std::string& out, const state::Channel& channel, const Fields& record) const {
  if (shows_all_) {
    out += record.text();
    return;
  }
  out += '{';
  bool first = true;
  Precision::Room room;
  for (std::size_t i = 0; i < record.size(); ++i) {
    const Fields::Field field = record[i];
    if (!shows_field(field.name)) continue;
    if (!first) out += ',';
    first = false;
    out += '"';
    out += field.name;
    out += "\":";
    out += precision_.shown(channel, field.name, field.value, room);
  }
  out += '}';
}

Projection::Patch Projection::append_patch(std::string& out, const state::Channel& channel, const Projection& was, const Fields& before,
                                           const Fields& after) const {
  const bool is_plain = shows_all_ && was.shows_all_;
  if (is_plain && after.size() < before.size()) return Patch::whole;
  const std::size_t start = out.size();
  Searcher searcher{before};
  std::size_t kept = 0;
  Precision::Room room, room_before;
  for (std::size_t i = 0; i < after.size(); ++i) {
    const Fields::Field field = after[i];
    if (!shows_field(field.name)) continue;
    std::string_view value = field.value;
    if (!is_plain) value = precision_.shown(channel, field.name, value, room);
    if (was.shows_field(field.name)) {
      if (auto old_value = searcher.find(field.name)) {
        ++kept;
        if (!is_plain) old_value = was.precision_.shown(channel, field.name, *old_value, room_before);
        if (*old_value == value) continue;
      }
    }
    out += out.size() == start ? "{\"" : ",\"";
    out += field.name;
    out += "\":";
    out += value;
  }
  if (kept < was.fields_shown_of(before)) {
    out.resize(start);
    return Patch::whole;
  }
  if (out.size() == start) return Patch::same;
  out += '}';
  return Patch::patch;
}

void Projection::append_data(std::string& out, const state::Event& event) const {
  if (shows_all_) {
    out += event.data;
  } else {
    append_record(out, *event.channel, Fields::from(event.data));
  }
}

std::optional<geo::Point> Projection::shown_location(const state::Event& event) const {
  if (!event.location || hides_place(hidden_, *event.channel)) return std::nullopt;
  return precision_.shown(*event.location);
}

}  // namespace starling::view
