#include "starling/sources/recording/line_reader.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace starling::sources::recording {
namespace {

/// "1@0 3@20 …", and how it ended: "", "4 cut off" or "4: why".
struct Told {
  std::string lines, end;
};

Told told(std::string_view text, std::size_t piece_bytes, std::size_t line_bytes_max = kLineBytesMax) {
  LineReader reader{line_bytes_max};
  Told told;
  const auto take = [&] {
    while (true) {
      const auto next = reader.next();
      if (!next) {
        told.end = std::to_string(next.error().line) + ": " + next.error().message;
        return false;
      }
      if (!*next) return true;
      told.lines += (told.lines.empty() ? "" : " ") + std::to_string((*next)->number) + '@' + std::to_string((*next)->line.at.count());
    }
  };
  while (!text.empty()) {
    reader.feed(text.substr(0, piece_bytes));
    text.remove_prefix(std::min(piece_bytes, text.size()));
    if (!take()) return told;
  }
  reader.end();
  if (take() && reader.cut_off_line()) told.end = std::to_string(*reader.cut_off_line()) + " cut off";
  return told;
}

TEST_CASE("lines come with their numbers, in whatever pieces the bytes do") {
  struct Case {
    std::string_view name, text, lines, end;
  };
  for (const Case& c : {
           Case{"nothing", "", "", ""},
           Case{"blank lines", "\n \r\n\n", "", ""},
           Case{"two lines", "{\"at_ms\":0,\"note\":\"a\"}\r\n\n{\"at_ms\":0,\"note\":\"b\"}\n", "1@0 3@0", ""},
           Case{"the last without an end", "{\"at_ms\":5,\"note\":\"a\"}\n{\"at_ms\":6,\"note\":\"b\"}", "1@5 2@6", ""},
           Case{"the last cut off", "{\"at_ms\":5,\"note\":\"a\"}\n{\"at_ms\":6,\"no", "1@5", "2 cut off"},
           Case{"the last cut off, with an end", "{\"at_ms\":5,\"note\":\"a\"}\n{\"at_ms\":6,\"no\n", "1@5", "2: not JSON at byte 14"},
           Case{"one in between", "{\"at_ms\":5,\"note\":\"a\"}\n{}\n{\"at_ms\":6,\"note\":\"b\"}\n", "1@5",
                "2: at_ms is missing: give the milliseconds since the recording began"},
           Case{"times that go back", "{\"at_ms\":5,\"note\":\"a\"}\n{\"at_ms\":4,\"note\":\"b\"}\n", "1@5", "2: at_ms goes back from 5 to 4: sort the lines by it"},
       }) {
    CAPTURE(c.name);
    for (const std::size_t piece_bytes : {std::size_t{1} << 20, std::size_t{1}, std::size_t{7}}) {
      CAPTURE(piece_bytes);
      const Told got = told(c.text, piece_bytes);
      CHECK(got.lines == c.lines);
      CHECK(got.end == c.end);
    }
  }
}

TEST_CASE("a line has so many bytes, and no more") {
  const std::string line = R"({"at_ms":1,"note":"12345"})";
  for (const std::size_t piece_bytes : {std::size_t{1} << 20, std::size_t{1}}) {
    CAPTURE(piece_bytes);
    for (const std::string end : {"", "\n"}) {
      CHECK(told(line + end, piece_bytes, line.size() + 1).lines == "1@1");
      CHECK(told(line + end, piece_bytes, line.size()).lines == "1@1");
      CHECK(told(line + end, piece_bytes, line.size() - 1).end == "1: the line has more than 25 bytes");
    }
  }
}

}  // namespace
}  // namespace starling::sources::recording
