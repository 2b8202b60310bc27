/// @file
/// Whatever stands where a reader over HTTP gives its cursor: what is read is written again as it stood, and stands safely in a line of an event stream,
/// in a header and in JSON; and what we write is read.
///
/// An input is a cursor. The first byte less, it is also taken for an epoch, of which a cursor is written.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "starling/core/base/bytes.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/protocol/cursor.hpp"

namespace starling::protocol {
namespace {

void check_read(std::string_view text) {
  const auto read = read_cursor(text);
  if (!read) return;
  STARLING_CHECK(!read->epoch.empty() && !read->view.empty());
  STARLING_CHECK(read->view.find(':') == std::string::npos, read->view);
  STARLING_CHECK(write_cursor(read->epoch, read->seq, read->view) == text);
  STARLING_CHECK(std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; }));
  STARLING_CHECK(json::decode(json::quoted(text)) == text);
}

void check_written(std::string_view epoch, std::uint64_t seq) {
  const bool is_name = !epoch.empty() && std::ranges::all_of(epoch, [](char c) { return c > ' ' && c <= '~'; });
  const auto read = read_cursor(write_cursor(epoch, seq, "q0"));
  STARLING_CHECK(read.has_value() == is_name);
  if (read) STARLING_CHECK(read->epoch == epoch && read->seq == seq && read->view == "q0");
}

}  // namespace
}  // namespace starling::protocol

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = starling::as_text({bytes, size});
  starling::protocol::check_read(text);
  if (!text.empty()) starling::protocol::check_written(text.substr(1), std::uint64_t{bytes[0]} * 0x0101010101010101);
  return 0;
}
