#include "starling/core/state/fields.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <unordered_map>

#include "starling/core/base/json.hpp"

namespace starling::state {
namespace {

/// So many names are looked for one after the other.
constexpr std::size_t kSearchedMax = 32;
/// So much more than it needs, and an eighth of that, a record may hold.
constexpr std::size_t kSlackBytesMax = 16;

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

bool Fields::has_names_of(const Fields& other) const noexcept {
  if (size() != other.size()) return false;
  for (std::size_t i = 0; i < size(); ++i) {
    if ((*this)[i].name != other[i].name) return false;
  }
  return true;
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

Fields Fields::taken(std::string compact_object) {
  std::array<Slice, kSearchedMax> slices;
  std::size_t count = 0;
  const char* const text = compact_object.data();
  const auto at = [text](const char* p) { return static_cast<std::uint32_t>(p - text); };
  for (const json::Member& member : json::Members{compact_object}) {
    const auto is_named_so = [&](const Slice& slice) { return std::string_view{text + slice.name_at, slice.value_at - 2 - slice.name_at} == member.name; };
    const bool is_plain = count < slices.size() && member.name.find('\\') == std::string_view::npos &&
                          std::none_of(slices.begin(), slices.begin() + static_cast<std::ptrdiff_t>(count), is_named_so);
    if (!is_plain) return rewritten(compact_object);
    slices[count++] = {at(member.name.data()), at(member.value.data()), at(member.value.data() + member.value.size())};
  }
  Fields fields;
  fields.slices_.assign(slices.begin(), slices.begin() + static_cast<std::ptrdiff_t>(count));
  fields.text_ = std::move(compact_object);
  // Records stay: what was gathered bit by bit must not keep the room it grew by.
  if (fields.text_.capacity() > fields.text_.size() + fields.text_.size() / 8 + kSlackBytesMax) fields.text_.shrink_to_fit();
  return fields;
}

/// Whatever the names are, and however many.
Fields Fields::rewritten(std::string_view compact_object) {
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
  for (const json::Member& member : json::Members{compact_object}) {
    std::string_view name = member.name;
    if (name.find('\\') != std::string_view::npos) {
      std::string canonical = canonical_name(json::decode_inside(name));
      if (canonical != name) {
        renamed.push_back(std::move(canonical));
        name = renamed.back();
      }
    }
    if (const std::size_t at = seen_at(name); at < read.size()) {
      read[at].value = member.value;
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
