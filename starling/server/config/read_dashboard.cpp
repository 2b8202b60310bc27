#include "starling/server/config/read_dashboard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace starling::config {
namespace {

constexpr std::string_view kTileUrl = "https://tiles.example/{z}/{x}/{y}.png";
constexpr std::array<std::string_view, 3> kTilePlaces{"{z}", "{x}", "{y}"};

/// Its host and port get into a policy, so nothing in them may begin another word of it.
bool is_tile_url(std::string_view url) {
  const std::string_view scheme = url.starts_with("https://") ? "https://" : "http://";
  if (!url.starts_with(scheme)) return false;
  const std::string_view rest = url.substr(scheme.size());
  const std::string_view host = rest.substr(0, rest.find('/'));
  const auto is_of_host = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view{".-:[]"}.find(c) != std::string_view::npos;
  };
  const auto is_of_url = [](char c) { return c > ' ' && c < 0x7F && c != '"' && c != '<' && c != '>' && c != '#'; };
  return !host.empty() && host.front() != ':' && host.size() < rest.size() && std::ranges::all_of(host, is_of_host) && std::ranges::all_of(rest, is_of_url) &&
         std::ranges::all_of(kTilePlaces, [rest](std::string_view part) { return rest.find(part) != std::string_view::npos; });
}

}  // namespace

DashboardConfig read_dashboard(const Table& table, Place place, ErrorList& errors) {
  Section section{"dashboard", "[dashboard]", table, errors};
  DashboardConfig dashboard;
  const auto url = section.text("tile_url");
  if (url && !is_tile_url(url->text.value)) section.fail(url->place, "tile_url", fmt::format("must be like {}, not {}", quoted(kTileUrl), quoted(url->text.written)));
  if (url) dashboard.tile_url = url->text.value;
  if (section.find("tile_url") != nullptr) {
    dashboard.tile_attribution = needed_text(section, "tile_attribution", place, "© Example Maps");
  } else if (const Value* attribution = section.find("tile_attribution")) {
    section.fail(attribution->place, "tile_attribution", "is of the tiles of tile_url, which is missing");
  }
  section.finish();
  return dashboard;
}

}  // namespace starling::config
