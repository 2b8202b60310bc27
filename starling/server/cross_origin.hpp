/// @file
/// What a page of an allowed origin may do over HTTP, as browsers want it said (CORS, of the Fetch standard).
///
/// Browsers keep an answer from a page of another origin unless it bears the page's origin, and ask first (a preflight) before a page sends
/// what no form could. Our own page needs none of it, a page that is not allowed was refused by the guard, and credentials of the browser's
/// own (cookies) are for nobody: there are none.
#pragma once

#include <vector>

#include "starling/io/http/message.hpp"
#include "starling/server/guard.hpp"
#include "starling/server/routes/route.hpp"

namespace starling {

/// Of every answer, refusals included. None if no other origin is allowed.
[[nodiscard]] std::vector<http::Header> cross_origin_headers(const http::Request& request, const GuardOptions& options);

/// Whether a browser asks what a page may do here.
[[nodiscard]] bool is_preflight(const http::Request& request) noexcept;

/// What it is told: what the route takes from anybody.
[[nodiscard]] http::Response preflight(const routes::Route& route);

}  // namespace starling
