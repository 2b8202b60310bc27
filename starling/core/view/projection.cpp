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
  /// Whether the next field is the very same, which most are.
  bool skip(const Fields::Field& field) noexcept {
    if (next_ == record_.size() || record_[next_].member() != field.member()) return false;
    ++next_;
    return true;
  }
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

bool Projection::loses_a_field(const Projection& was, const Fields& before, const Fields& after) const noexcept {
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::string_view name = before[i].name;
    if (was.shows_field(name) && !(shows_field(name) && after.find(name))) return true;
  }
  return false;
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
  const bool is_alike = shows_as(was);
  if (!is_alike && loses_a_field(was, before, after)) return Patch::whole;
  const std::size_t start = out.size();
  Searcher searcher{before};
  std::size_t found = 0;
  Precision::Room room, room_before;
  for (std::size_t i = 0; i < after.size(); ++i) {
    const Fields::Field field = after[i];
    if (is_alike && searcher.skip(field)) {  // shown or not
      ++found;
      continue;
    }
    const auto old_value = searcher.find(field.name);
    found += old_value.has_value();
    if (is_alike && old_value == field.value) continue;
    if (!shows_field(field.name)) continue;
    const std::string_view value = precision_.shown(channel, field.name, field.value, room);
    if (old_value && was.shows_field(field.name) && was.precision_.shown(channel, field.name, *old_value, room_before) == value) continue;
    out += out.size() == start ? "{\"" : ",\"";
    out += field.name;
    out += "\":";
    out += value;
  }
  if (is_alike && found < before.size() && loses_a_field(was, before, after)) {
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
