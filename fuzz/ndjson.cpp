/// @file
/// A body of lines does what its lines would do alone, in order, whichever way it is cut into runs; and the answer counts and names every line.
///
/// An input is the body. It is published to three hubs: as it comes, in runs of a line each, and line by line as bodies of their own.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/json_mutator.hpp"
#include "starling/core/base/json.hpp"
#include "starling/core/hub/hub.hpp"
#include "starling/core/protocol/client_message.hpp"
#include "starling/server/routes/publish.hpp"
#include "starling/server/routes/table.hpp"

namespace {

using namespace starling;

void require(bool fact) {
  if (!fact) std::abort();
}

constexpr Moment kNow{Instant{std::chrono::seconds{1}}, Timestamp{std::chrono::seconds{1'790'000'000}}};
constexpr std::size_t kNamedMax = 4;

std::vector<state::ChannelDeclaration> declarations() {
  std::vector<state::ChannelDeclaration> channels(1);
  channels[0].name = "a:e";
  channels[0].kind = state::ChannelKind::event;
  return channels;
}

/// Small limits, so that short lines go over them.
hub::HubOptions options() {
  hub::HubOptions options;
  options.channels.channels_max = 4;
  options.record_bytes_max = 64;
  options.fields_per_record_max = 4;
  options.keys_per_space_max = 3;
  return options;
}

/// Publishes into a hub of its own, whose batch stays open.
class Publishing final : public routes::RunPublisher {
 public:
  void publish(std::vector<state::Update> run, routes::RunDone done) override {
    require(!run.empty());
    std::vector<session::Outcome> outcomes;
    for (state::Update& update : run) outcomes.push_back(hub.publish(std::move(update), kNow));
    done(std::move(outcomes));
  }
  [[nodiscard]] http::Response lines(std::string_view body, std::string_view channel, std::size_t run_bytes) {
    routes::PublishLines work{std::string{body}, std::string{channel}, *this, {.run_bytes = run_bytes, .rejected_max = kNamedMax}};
    // Every step takes a run at least, or is the last.
    for (std::size_t steps = 0; steps <= body.size() + 2; ++steps) {
      if (auto response = work.step()) return std::move(*response);
      require(!work.is_waiting());
    }
    std::abort();
  }
  [[nodiscard]] http::Response object(std::string_view body) {
    http::Answer answer = routes::publish_object(body, "", *routes::Given::read(routes::route_of(routes::RouteId::publish), ""), *this);
    if (auto* response = std::get_if<http::Response>(&answer)) return std::move(*response);
    return std::move(*std::get<std::unique_ptr<http::Work>>(answer)->step());
  }

  hub::Hub hub{options(), declarations()};
};

std::uint64_t number(std::string_view object, std::string_view name) {
  const auto value = json::find(object, name);
  return value ? static_cast<std::uint64_t>(json::integer(*value).value()) : 0;
}

/// What the answer has to say, found line by line.
struct Expected {
  std::uint64_t accepted = 0;
  std::uint64_t seq = 0;  ///< of the last one accepted: of the open batch, or before it if that one changed nothing
  struct Rejected {
    std::uint64_t line;
    std::string message, field;
  };
  std::vector<Rejected> rejected;
};

Expected publish_alone(std::string_view body, Publishing& publishing) {
  Expected expected;
  std::uint64_t number_of_line = 0;
  while (!body.empty()) {
    const std::size_t end = body.find('\n');
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(end == std::string_view::npos ? body.size() : end + 1);
    ++number_of_line;
    bool is_blank = true;
    for (const char c : line) is_blank = is_blank && (c == ' ' || c == '\t' || c == '\r');
    if (is_blank) continue;
    const http::Response response = publishing.object(line);
    if (response.status == 200) {
      require(number(response.body, "accepted") == 1);
      ++expected.accepted;
      expected.seq = number(response.body, "seq");
    } else {
      require(response.status == 400 || response.status == 413 || response.status == 507);
      expected.rejected.push_back({number_of_line, std::string{json::find(response.body, "detail").value()}, std::string{json::find(response.body, "field").value_or("")}});
    }
  }
  return expected;
}

void check(const http::Response& response, const Expected& expected) {
  require(protocol::read_object(response.body).value() == response.body);  // compact JSON
  require(response.status == (expected.accepted > 0 ? 200 : 400));
  require(number(response.body, "accepted") == expected.accepted);
  require(number(response.body, "seq") == expected.seq);
  const std::size_t named = std::min(expected.rejected.size(), kNamedMax);
  require(number(response.body, "rejected_more") == expected.rejected.size() - named);
  std::size_t at = 0;
  for (const std::string_view entry : json::Elements{json::find(response.body, "rejected").value()}) {
    require(at < named);
    const Expected::Rejected& rejected = expected.rejected[at++];
    require(number(entry, "line") == rejected.line);
    require(json::find(entry, "message").value() == rejected.message);
    require(json::find(entry, "field").value_or("") == rejected.field);
  }
  require(at == named);
}

/// The batch that closes now: what the hub was told, in order.
std::string told(Publishing& publishing) {
  const log::BatchPtr batch = publishing.hub.close_batch(kNow);
  if (!batch) return {};
  std::string text;
  for (const state::Change& change : batch->changes) {
    text += change.identity().key;
    if (change.after) {
      for (const state::FacetPtr& facet : change.after->facets) text += ' ' + facet->channel->name + ' ' + std::string{facet->fields.text()};
    }
    text += '\n';
  }
  for (const state::EventPtr& event : batch->events) text += event->channel->name + ' ' + event->key.value_or("-") + ' ' + event->data + '\n';
  return text;
}

// ---- How bodies are changed -------------------------------------------------------------------------------------------

constexpr std::array<std::string_view, 4> kTexts{R"({"channel":"a:x","key":"k","data":{"v":1}})", R"({"channel":"a:e","data":{"v":1}})", R"({"channel":"a:x","key":"k","op":"remove"})",
                                                 R"({"key":"l","data":{"latitude":1,"longitude":2},"location":{"latitude":3,"longitude":4},"time":"2026-09-21T12:00:00Z"})"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 16> kMembers{{
    {"channel", R"("a:x")"}, {"channel", R"("b:y")"}, {"channel", R"("a:e")"}, {"key", R"("k")"}, {"key", R"("l")"}, {"key", "null"}, {"data", R"({"v":1})"}, {"data", R"({"latitude":48,"longitude":16})"},
    {"data", R"({"a":1,"b":2,"c":3,"d":4})"}, {"op", R"("remove")"}, {"op", R"("replace")"}, {"location", "null"}, {"location", R"({"latitude":90,"longitude":-180})"},
    {"time", R"("2026-09-21T12:00:00.5+02:00")"}, {"v", "null"}, {"retained", "true"}}};
constexpr std::array<std::string_view, 12> kStrings{"a:x", "a:y", "b:x", "c:x", "d:x", "a:e", "k", "l", "m", "n", "merge", "2026-09-21T14:13:20Z"};
constexpr std::array<std::size_t, 5> kLimits{3, 4, 5, 64, 256};
constexpr fuzz::Vocabulary kVocabulary{kTexts, kMembers, kStrings, kLimits};

std::string changed_body(std::string_view text, Random& random, std::size_t bytes_max) {
  static constexpr std::array<std::string_view, 8> kBlanks{"", " ", "\t", "\r", " \t\r", "\xEF\xBB\xBF", "\v", "{}"};
  std::vector<std::string> lines;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  const std::size_t at = random.below(lines.size());
  const auto here = lines.begin() + static_cast<std::ptrdiff_t>(at);
  switch (random.below(10)) {
    case 0: lines.insert(here, std::string{kTexts[random.below(kTexts.size())]}); break;
    case 1: lines.insert(here, std::string{lines[at]}); break;
    case 2: lines.insert(here, std::string{kBlanks[random.below(kBlanks.size())]}); break;
    case 3: if (lines.size() > 1) lines.erase(here); break;
    case 4: lines[at] += random.chance(0.5) ? "\r" : " "; break;
    case 5: lines[at].insert(0, random.chance(0.5) ? "\xEF\xBB\xBF" : " "); break;
    case 6: std::swap(lines[at], lines.front()); break;
    default: lines[at] = fuzz::mutate_json(lines[at], random, bytes_max, kVocabulary);
  }
  std::string changed;
  for (const std::string& line : lines) changed += line + '\n';
  if (random.chance(0.7)) changed.pop_back();
  return changed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view body{reinterpret_cast<const char*>(bytes), size};
  Publishing whole, by_lines, alone;
  const Expected expected = publish_alone(body, alone);
  check(whole.lines(body, "", 256 << 10), expected);
  check(by_lines.lines(body, "", 1), expected);
  const std::string changed = told(alone);
  require(told(whole) == changed);
  require(told(by_lines) == changed);

  // Where the path names a channel, lines need none.
  Publishing named, named_by_lines;
  const http::Response response = named.lines(body, "a:x", 256 << 10);
  require(response.body == named_by_lines.lines(body, "a:x", 1).body);
  require(number(response.body, "accepted") + kNamedMax + number(response.body, "rejected_more") >= expected.accepted);
  require(told(named) == told(named_by_lines));
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t bytes_max, unsigned seed) {
  return starling::fuzz::mutate(bytes, size, bytes_max, seed, changed_body);
}
