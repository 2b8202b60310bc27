#include "starling/server/cross_origin.hpp"

#include <string>

namespace starling {

std::vector<http::Header> cross_origin_headers(const http::Request& request, const GuardOptions& options) {
  if (options.allowed_origins.empty()) return {};
  // Whoever keeps answers must not give one page what was said to another.
  std::vector<http::Header> headers{{"Vary", "Origin"}};
  if (!is_allowed_origin(request, options)) return headers;
  headers.push_back({"Access-Control-Allow-Origin", std::string{request.header("Origin")}});
  headers.push_back({"Access-Control-Expose-Headers", "ETag, Retry-After"});
  return headers;
}

bool is_preflight(const http::Request& request) noexcept {
  return request.method == "OPTIONS" && request.count("Origin") == 1 && request.count("Access-Control-Request-Method") == 1;
}

http::Response preflight(const routes::Route& route) {
  return {.status = 204,
          .headers = {{"Access-Control-Allow-Methods", std::string{route.allow()}},
                      {"Access-Control-Allow-Headers", "Authorization, Content-Type, If-None-Match, Last-Event-ID"},
                      {"Access-Control-Max-Age", "7200"}}};
}

}  // namespace starling
