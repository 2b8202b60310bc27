#include "starling/core/state/fields.hpp"

#include <algorithm>
#include <deque>
#include <unordered_map>

#include "starling/core/base/json.hpp"

namespace starling::state {
namespace {

/// So many names are looked for one after the other.
constexpr std::size_t kSearchedMax = 32;

}  // namespace

class Fields::Builder {
 public:
  explicit Builder(std::size_t bytes, std::size_t fields) {
    fields_.text_.clear();
    fields_.text_.reserve(bytes);
    fields_.text_ += '{';
    fields_.slices_.reserve(fields);
  }
  void add(std::string_view name, std::string_view value) {
    std::string& text = fields_.text_;
    if (text.size() > 1) text += ',';
    text += '"';
    Slice slice{};
    slice.name_at = static_cast<std::uint32_t>(text.size());
    text += name;
    text += "\":";
    slice.value_at = static_cast<std::uint32_t>(text.size());
    text += value;
    slice.value_end = static_cast<std::uint32_t>(text.size());
    fields_.slices_.push_back(slice);
  }
  Fields take() && {
    fields_.text_ += '}';
    return std::move(fields_);
  }

 private:
  Fields fields_;
};

std::string canonical_name(std::string_view name) {
  std::string out;
  json::append_escaped(out, name);
  return out;
}

std::optional<std::string_view> Fields::find(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    const Field field = (*this)[i];
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

bool Fields::equals(const Fields& other) const noexcept {
  if (size() != other.size()) return false;
  if (text_ == other.text_) return true;
  for (std::size_t i = 0; i < size(); ++i) {
    const Field field = (*this)[i];
    if (other.find(field.name) != field.value) return false;
  }
  return true;
}

Fields Fields::from(std::string_view compact_object) {
  struct Read {
    std::string_view name, value;
  };
  std::vector<Read> read;
  std::deque<std::string> renamed;  // names that were written with escapes they do not need; they stay where they are
  std::unordered_map<std::string_view, std::size_t> places;  // in `read`, once it is long
  const auto seen_at = [&](std::string_view name) {
    if (places.empty()) {
      const auto found = std::ranges::find(read, name, &Read::name);
      return static_cast<std::size_t>(found - read.begin());
    }
    const auto found = places.find(name);
    return found == places.end() ? read.size() : found->second;
  };
  bool plain = true;
  for (const json::Member& member : json::Members{compact_object}) {
    std::string_view name = member.name;
    if (name.find('\\') != std::string_view::npos) {
      std::string canonical = canonical_name(json::decode_inside(name));
      if (canonical != name) {
        plain = false;
        renamed.push_back(std::move(canonical));
        name = renamed.back();
      }
    }
    if (const std::size_t at = seen_at(name); at < read.size()) {
      read[at].value = member.value;
      plain = false;
      continue;
    }
    read.push_back({name, member.value});
    // Records are short. Who sends thousands of names, to see what that costs, is not searched through one by one.
    if (read.size() == kSearchedMax) {
      for (std::size_t i = 0; i < read.size(); ++i) places.emplace(read[i].name, i);
    } else if (!places.empty()) {
      places.emplace(name, read.size() - 1);
    }
  }

  if (plain) {  // the usual case: the text is the record already
    Fields fields;
    fields.text_ = compact_object;
    fields.slices_.reserve(read.size());
    for (const Read& field : read) {
      const auto at = [&](const char* p) { return static_cast<std::uint32_t>(p - compact_object.data()); };
      fields.slices_.push_back({at(field.name.data()), at(field.value.data()), at(field.value.data() + field.value.size())});
    }
    return fields;
  }
  Builder builder(compact_object.size(), read.size());
  for (const Read& field : read) builder.add(field.name, field.value);
  return std::move(builder).take();
}

std::optional<Fields> Fields::merged(const Fields& base, const Fields& patch) {
  bool differs = false;
  for (std::size_t i = 0; i < patch.size() && !differs; ++i) {
    const Field field = patch[i];
    differs = base.find(field.name) != field.value;
  }
  if (!differs) return std::nullopt;

  Builder builder(base.text_.size() + patch.text_.size(), base.size() + patch.size());
  for (std::size_t i = 0; i < base.size(); ++i) {
    const Field field = base[i];
    builder.add(field.name, patch.find(field.name).value_or(field.value));
  }
  for (std::size_t i = 0; i < patch.size(); ++i) {
    const Field field = patch[i];
    if (!base.find(field.name)) builder.add(field.name, field.value);
  }
  return std::move(builder).take();
}

std::optional<Fields> Fields::filled(const Fields& base, const Fields& late) {
  Builder builder(base.text_.size() + late.text_.size(), base.size() + late.size());
  for (std::size_t i = 0; i < base.size(); ++i) builder.add(base[i].name, base[i].value);
  bool is_same = true;
  for (std::size_t i = 0; i < late.size(); ++i) {
    const Field field = late[i];
    if (base.find(field.name)) continue;
    builder.add(field.name, field.value);
    is_same = false;
  }
  if (is_same) return std::nullopt;
  return std::move(builder).take();
}

}  // namespace starling::state
