#include "starling/server/routes/dashboard.hpp"

#include <doctest/doctest.h>

#include <array>

namespace starling::routes {
namespace {

constexpr std::array kAssets{Asset{.path = "/", .media_type = "text/html; charset=utf-8", .name = "aa", .text = "<!doctype html>", .gzipped = "\x1f\x8b html"},
                             Asset{.path = "/assets/a-1.js", .media_type = "text/javascript; charset=utf-8", .name = "bb", .text = "let a", .gzipped = "\x1f\x8b js"},
                             Asset{.path = "/assets/b-2.png", .media_type = "image/png", .name = "cc", .text = "png"}};

std::string header_of(const http::Response& response, std::string_view name) {
  for (const http::Header& header : response.headers) {
    if (header.name == name) return header.value;
  }
  return {};
}

TEST_CASE("a file comes with its type, and in gzip to who takes it") {
  const Dashboard dashboard{{.assets = kAssets}};
  const http::Response plain = dashboard.file("/assets/a-1.js", "", "");
  CHECK(plain.status == 200);
  CHECK(plain.body == "let a");
  CHECK(header_of(plain, "Content-Type") == "text/javascript; charset=utf-8");
  CHECK(header_of(plain, "Content-Encoding").empty());
  const http::Response gzipped = dashboard.file("/assets/a-1.js", "", "gzip, deflate, br");
  CHECK(gzipped.body == "\x1f\x8b js");
  CHECK(header_of(gzipped, "Content-Encoding") == "gzip");
  CHECK(header_of(gzipped, "Content-Type") == "text/javascript; charset=utf-8");
  for (const http::Response& response : {plain, gzipped}) CHECK(header_of(response, "Vary") == "Accept-Encoding");
  CHECK(dashboard.file("/assets/b-2.png", "", "gzip").body == "png");
}

TEST_CASE("a name that changes with the file is for ever, and the page is asked for each time") {
  const Dashboard dashboard{{.assets = kAssets}};
  CHECK(header_of(dashboard.file("/assets/a-1.js", "", ""), "Cache-Control") == "public, max-age=31536000, immutable");
  CHECK(header_of(dashboard.file("/", "", ""), "Cache-Control") == "no-cache");
}

TEST_CASE("plain and gzip are two things, each by its own tag") {
  const Dashboard dashboard{{.assets = kAssets}};
  const std::string plain = header_of(dashboard.file("/", "", ""), "ETag");
  const std::string gzipped = header_of(dashboard.file("/", "", "gzip"), "ETag");
  CHECK(plain == "\"aa\"");
  CHECK(gzipped == "\"aa-gzip\"");
  const http::Response known = dashboard.file("/", gzipped, "gzip");
  CHECK(known.status == 304);
  CHECK(known.body.empty());
  CHECK(header_of(known, "ETag") == gzipped);
  CHECK(dashboard.file("/", plain, "gzip").status == 200);
  CHECK(dashboard.file("/", plain, "").status == 304);
}

TEST_CASE("what there is none of is 404, whoever asks for it") {
  const Dashboard dashboard{{.assets = kAssets}};
  for (const char* path : {"/assets/", "/assets/c.js", "/assets/a-1.js.gz", "/assets/../a-1.js", ""}) CHECK(dashboard.file(path, "*", "gzip").status == 404);
}

TEST_CASE("a program without a dashboard says so") {
  const Dashboard dashboard{{}};
  const http::Response response = dashboard.file("/", "", "gzip");
  CHECK(response.status == 200);
  CHECK(header_of(response, "Content-Type") == "text/plain; charset=utf-8");
  CHECK(response.body.find("STARLING_DASHBOARD") != std::string::npos);
  CHECK(response.body.find('\n') == response.body.size() - 1);
  CHECK(dashboard.file("/assets/a-1.js", "", "").status == 404);
}

TEST_CASE("the policy allows what is from here, and the tiles by where they are") {
  CHECK(security_policy({}) ==
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'");
  const std::string with_tiles = security_policy(Tiles{"https://tiles.example:8443/a/{z}/{x}/{y}.png?key=k", "Example"});
  CHECK(with_tiles.find("img-src 'self' data: blob: https://tiles.example:8443; connect-src 'self' https://tiles.example:8443;") != std::string::npos);
  CHECK(with_tiles.find("script-src 'self';") != std::string::npos);
}

TEST_CASE("every file bears the policy, and where tiles are from elsewhere they learn which page shows them") {
  const Dashboard alone{{.assets = kAssets}};
  const Dashboard tiled{{.assets = kAssets, .tiles = Tiles{"https://tiles.example/{z}/{x}/{y}.png", "Example"}}};
  for (const Asset& asset : kAssets) {
    const http::Response response = alone.file(asset.path, "", "");
    CHECK(header_of(response, "Content-Security-Policy") == security_policy({}));
    CHECK(header_of(response, "Referrer-Policy") == "no-referrer");
    CHECK(header_of(response, "X-Frame-Options") == "DENY");
  }
  CHECK(header_of(tiled.file("/", "", ""), "Content-Security-Policy").find("https://tiles.example") != std::string::npos);
  CHECK(header_of(tiled.file("/", "", ""), "Referrer-Policy") == "strict-origin-when-cross-origin");
}

TEST_CASE("what is at hand is not shown under the policy of before") {
  const Dashboard alone{{.assets = kAssets}};
  const Dashboard tiled{{.assets = kAssets, .tiles = Tiles{"https://tiles.example/{z}/{x}/{y}.png", "Example"}}};
  const Dashboard moved{{.assets = kAssets, .tiles = Tiles{"https://other.example/{z}/{x}/{y}.png", "Example"}}};
  const std::string tag = header_of(tiled.file("/", "", ""), "ETag");
  CHECK(tiled.file("/", tag, "").status == 304);
  CHECK(header_of(tiled.file("/", tag, ""), "Content-Security-Policy").find("https://tiles.example") != std::string::npos);
  CHECK(alone.file("/", tag, "").status == 200);
  CHECK(moved.file("/", tag, "").status == 200);
  CHECK(alone.file("/assets/a-1.js", header_of(tiled.file("/assets/a-1.js", "", ""), "ETag"), "").status == 304);
}

TEST_CASE("the page is told where its tiles are") {
  CHECK(Dashboard{{}}.settings("").body == R"({"tiles":null})");
  const Dashboard tiled{{.tiles = Tiles{"https://tiles.example/{z}/{x}/{y}.png", R"(© "Example")"}}};
  CHECK(tiled.settings("").body == R"({"tiles":{"url":"https://tiles.example/{z}/{x}/{y}.png","attribution":"© \"Example\""}})");
  CHECK(tiled.settings(header_of(tiled.settings(""), "ETag")).status == 304);
}

TEST_CASE("gzip is taken by who names it, or anything, and does not refuse it") {
  struct Case { std::string_view accept; bool want; };
  for (const Case& c : {Case{"", false}, Case{"gzip", true}, Case{"GZip", true}, Case{"x-gzip", true}, Case{"deflate, gzip;q=0.5, br", true}, Case{"*", true}, Case{"identity", false},
                        Case{"gzip;q=0", false}, Case{"gzip; q=0.000", false}, Case{"*;q=0", false}, Case{"gzip;q=0, *", false}, Case{"*;q=0, gzip", true}, Case{"gzip;q=0.001", true},
                        Case{"gzipped", false}}) {
    CAPTURE(c.accept);
    CHECK(accepts_gzip(c.accept) == c.want);
  }
}

}  // namespace
}  // namespace starling::routes
