/// @file
/// Whatever stands in `Sec-WebSocket-Extensions`: a list that is read is read again as it is written; a server answers what a client takes, or
/// declines; one good offer more is always served.
///
/// An input is the values of the headers, a line each.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "starling/core/base/bytes.hpp"
#include "starling/core/base/check.hpp"
#include "starling/core/ws/deflate_offer.hpp"
#include "starling/core/ws/extension_list.hpp"

namespace starling::ws {
namespace {

using Values = std::vector<std::string_view>;

std::string written(const std::vector<Extension>& list, std::string_view quote) {
  std::string text;
  for (const Extension& extension : list) {
    text.append(text.empty() ? "" : ",").append(extension.name);
    for (const auto& [name, value] : extension.parameters) {
      text.append(";").append(name);
      if (value) text.append("=").append(quote).append(*value).append(quote);
    }
  }
  return text;
}

void check(const Values& values) {
  const auto list = read_extension_list(values);
  const auto answered = answer_deflate_offers(values);
  const auto taken = read_deflate_answer(values);
  STARLING_CHECK(answered.has_value() == list.has_value());
  if (!list) {
    STARLING_CHECK(answered.error() == ExtensionError::malformed);
    STARLING_CHECK(!taken && taken.error() == ExtensionError::malformed);
    return;
  }
  STARLING_CHECK(values.empty() == list->empty());
  if (!list->empty()) {
    for (const std::string_view quote : {"", "\""}) {
      const std::string again = written(*list, quote);
      STARLING_CHECK(read_extension_list(Values{again}) == list, again);
      STARLING_CHECK(*answer_deflate_offers(Values{again}) == *answered, again);
    }
  }
  if (*answered) {
    const auto agreed = read_deflate_answer(Values{**answered});
    STARLING_CHECK(agreed && *agreed && !(*agreed)->server_keeps_window, **answered);
  }
  if (taken && *taken) STARLING_CHECK(list->size() == 1);
  if (taken && !*taken) STARLING_CHECK(list->empty());

  Values more = values;
  more.push_back(kDeflateOffer);
  const auto served = answer_deflate_offers(more);
  STARLING_CHECK(served && *served);
  if (*answered) STARLING_CHECK(*served == *answered);
}

}  // namespace
}  // namespace starling::ws

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view rest = starling::as_text({bytes, size});
  starling::ws::Values values;
  while (!rest.empty()) {
    values.push_back(rest.substr(0, rest.find('\n')));
    rest.remove_prefix(std::min(rest.size(), values.back().size() + 1));
  }
  starling::ws::check(values);
  return 0;
}
