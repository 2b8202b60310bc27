#include "apps/starling/table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace starling {
namespace {

constexpr std::size_t kColumnMax = 32;  // a longer name moves its own row only

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char byte) { return !continues_character(byte); }));
}

/// UTF-8 with a dot for each control character: C0 and DEL, and C1, which some terminals obey.
std::string visible(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 = byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (is_c1) ++i;
    out += is_c1 || byte < 0x20 || byte == 0x7F ? '.' : text[i];
  }
  return out;
}

void append_padded(std::string& line, std::string_view text, std::size_t width) {
  line += text;
  line.append(width - std::min(width, characters(text)) + 2, ' ');
}

void cut(std::string& line, std::size_t characters_max) {
  if (characters_max == 0) return;
  std::size_t seen = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (continues_character(line[i]) || seen++ < characters_max) continue;
    line.resize(i);
    return;
  }
}

}  // namespace

std::string table_of(const std::map<std::string, session::Replica::Records>& channels, TableSize size) {
  std::size_t channel_width = characters("CHANNEL"), key_width = characters("KEY"), rows = 0;
  for (const auto& [channel, records] : channels) {
    rows += records.size();
    if (!records.empty()) channel_width = std::max(channel_width, characters(channel));
    for (const auto& [key, record] : records) key_width = std::max(key_width, characters(key));
  }
  channel_width = std::min(channel_width, kColumnMax);
  key_width = std::min(key_width, kColumnMax);

  std::string table;
  const auto append_row = [&](std::string_view channel, std::string_view key, std::string_view fields) {
    std::string line;
    append_padded(line, visible(channel), channel_width);
    append_padded(line, visible(key), key_width);
    line += visible(fields);
    cut(line, size.columns_max);
    table += line + '\n';
  };
  append_row("CHANNEL", "KEY", "FIELDS");
  // Beside the heading, and beside the line that counts the rest where there is one.
  const std::size_t shown_max = size.rows_max == 0 || rows < size.rows_max ? rows : std::max<std::size_t>(size.rows_max, 2) - 2;
  std::size_t shown = 0;
  for (const auto& [channel, records] : channels) {
    for (const auto& [key, record] : records) {
      if (shown == shown_max) break;
      ++shown;
      std::string fields;
      for (std::size_t i = 0; i < record.size(); ++i) fields += fmt::format("{}{}={}", i == 0 ? "" : "  ", record[i].name, record[i].value);
      append_row(channel, key, fields);
    }
  }
  if (shown < rows) table += fmt::format("and {} more\n", rows - shown);
  return table;
}

}  // namespace starling
