/// @file
/// One table of the configuration while it is read: typed reads, with every mistake noted and none fatal.
///
/// A key that has been asked for is a known key; `finish` complains about the others. So what is known is written
/// once, by reading it.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "starling/core/base/time.hpp"
#include "starling/server/config/document.hpp"

namespace starling::config {

/// Both ends are allowed.
template <class T>
struct Range {
  T least;
  T most;
};

struct PlacedText {
  Place place;
  Text text;
};

/// `text` in quotes, as it may be shown.
[[nodiscard]] std::string quoted(std::string_view text);

class Section {
 public:
  /// `name` is how messages call it ("limits", "source.mapping"; empty at the top), `header` how the file does
  /// ("[limits]").
  Section(std::string name, std::string header, const Table& table, ErrorList& errors)
      : name_(std::move(name)), header_(std::move(header)), table_(table), errors_(errors) {}

  // Each read is nullopt when the key is absent, and when it is wrong, which is then an error.
  [[nodiscard]] std::optional<PlacedText> text(std::string_view key);
  [[nodiscard]] std::optional<bool> boolean(std::string_view key);
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key, Range<std::int64_t> range);
  /// An integer is a number too.
  [[nodiscard]] std::optional<double> number(std::string_view key);
  [[nodiscard]] std::optional<Duration> duration(std::string_view key, Range<Duration> range);
  /// Bytes, as an integer or with a unit.
  [[nodiscard]] std::optional<std::uint64_t> size(std::string_view key, Range<std::uint64_t> range);
  /// One of some words.
  template <class E>
  [[nodiscard]] std::optional<E> one_of(std::string_view key,
                                        std::initializer_list<std::pair<std::string_view, E>> choices) {
    std::vector<std::string_view> words;
    for (const auto& [word, meaning] : choices) words.push_back(word);
    const auto index = word(key, words);
    if (!index) return std::nullopt;
    return (choices.begin() + *index)->second;
  }
  /// A list of strings; elements of another type are errors and left out.
  [[nodiscard]] std::optional<std::vector<PlacedText>> texts(std::string_view key);
  [[nodiscard]] const Table* table(std::string_view key);
  /// The tables of `[[key]]`, with their places.
  [[nodiscard]] std::vector<std::pair<Place, const Table*>> tables(std::string_view key);

  /// The value itself, whatever it is; nullptr if absent. The key is known from here on.
  [[nodiscard]] const Value* find(std::string_view key);

  /// A key of a later version: an error if it is there.
  void not_in_this_version(std::string_view key);
  /// The same, but the value may be there if it asks for what this version does anyway.
  void not_in_this_version_unless(std::string_view key, bool (*asks_for_nothing)(const Value&));

  /// "limits.channels" and the message.
  void fail(Place place, std::string_view key, std::string_view message);
  /// Complains about keys nobody asked for.
  void finish();

  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  [[nodiscard]] std::string path_of(std::string_view key) const;
  void fail_type(const Value& value, std::string_view key, std::string_view wanted);
  [[nodiscard]] std::optional<std::ptrdiff_t> word(std::string_view key, const std::vector<std::string_view>& words);

  std::string name_;
  std::string header_;
  const Table& table_;
  ErrorList& errors_;
  std::vector<std::string_view> known_;
};

/// A text that is not empty.
[[nodiscard]] std::optional<std::string> text_of(Section& section, std::string_view key);
/// The same of a key that must be there; `place` is that of the table.
[[nodiscard]] std::string needed_text(Section& section, std::string_view key, Place place, std::string_view example);

/// `location = ["latitude", "longitude"]`: the names of two different fields.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> read_location(Section& section);

}  // namespace starling::config
