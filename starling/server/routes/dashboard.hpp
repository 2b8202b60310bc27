/// @file
/// `GET /`, `/assets/…` and `/api/v1/dashboard.json`: the dashboard, files that are part of the program, and what the configuration says of it.
///
/// A file of `/assets` has a name that changes with what is in it, so a browser never asks for it twice; `/` is asked for each time, and names the others.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "starling/io/http/message.hpp"
#include "starling/server/routes/description.hpp"
#include "starling/server/routes/route.hpp"

namespace starling::routes {

/// A file as it was when the program was built; all of it lives as long as the program.
struct Asset {
  std::string_view path;        ///< "/", or "/assets/index-4f2a91bc.js"
  std::string_view media_type;
  std::string_view name;        ///< of this very text, for the entity tag: without quotes
  std::string_view text;
  std::string_view gzipped = {};  ///< empty: it would be no smaller
};

/// Where a map's pictures come from.
struct Tiles {
  std::string url;          ///< "https://tiles.example/{z}/{x}/{y}.png"
  std::string attribution;  ///< whose they are
};

struct DashboardOptions {
  std::span<const Asset> assets = {};  ///< none: the program has no dashboard
  std::optional<Tiles> tiles = {};     ///< nullopt: the page asks nobody but this server
};

inline constexpr Parameter kAssetName{.name = "name", .place = Place::path, .doc = "As `/` names it.", .is_required = true};

class Dashboard {
 public:
  explicit Dashboard(DashboardOptions options);

  /// A file; 404 where there is none of this path. Without a dashboard `/` is a line that says so.
  [[nodiscard]] http::Response file(std::string_view path, std::string_view if_none_match, std::string_view accept_encoding) const;
  [[nodiscard]] http::Response settings(std::string_view if_none_match) const { return settings_.response(if_none_match); }

 private:
  std::span<const Asset> assets_;
  std::vector<http::Header> security_;
  Description settings_;
  std::string policy_tag_;
};

/// `Content-Security-Policy`: nothing from anywhere but here and where the tiles are.
[[nodiscard]] std::string security_policy(const std::optional<Tiles>& tiles);

/// Whether `Accept-Encoding` takes gzip (RFC 9110 §12.5.3).
[[nodiscard]] bool accepts_gzip(std::string_view accept_encoding);

}  // namespace starling::routes
