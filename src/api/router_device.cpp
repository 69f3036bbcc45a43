// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "router_device.hpp"

namespace ao::api {

using message::List;
using message::Map;
using message::Value;

namespace {

Result<routing::Asked> asked_of(const Value& base, const Asking& asking) {
  routing::Asked asked;
  asked.keys = base.map() != nullptr ? *base.map() : Map();
  for (const auto& [key, value] : asking.arguments)
    asked.keys.set(key, value);
  const Value* path = asked.keys.find("route-path");
  if (path == nullptr || path->bytes() == nullptr || path->bytes()->empty())
    return fail(ErrorKind::kInvalid, "route-path", "route-path is missing: a path");
  asked.path = *path->bytes();
  return asked;
}

Result<Value> match(const Backend& backend, const routing::Asked& asked) {
  const auto routes = backend.routes();
  AO_TRY(route, routes->match(asked));
  return Value(route->said());
}

Result<Value> places(const Backend& backend, const routing::Asked& asked) {
  AO_TRY(urls, backend.destinations(asked));
  if (urls.size() == 1) return Value(urls.front().text());
  List all;
  for (const http::Url& url : urls)
    all.emplace_back(url.text());
  return Value(std::move(all));
}

Task<Result<Value>> change(const Inquiry& inquiry, Asking asking) {
  Backend& backend = inquiry.backend;
  Map said = routing::Route::keys_of(asking.arguments);
  Error error{ErrorKind::kDenied, "routes-denied",
              "routes are changed by this node's operator, with a request that is signed by " +
                  backend.address().text + " alone"};
  if (!inquiry.asker.is_order_of(backend.address())) co_return std::unexpected(std::move(error));
  if (asking.text("action") == "remove") {
    AO_CO_CHECK(co_await backend.remove_route(std::move(said)));
    co_return Value("Route removed.");
  }
  AO_CO_CHECK(co_await backend.add_route(std::move(said)));
  co_return Value("Route added.");
}

}  // namespace

Task<Result<Value>> ask_router(const Inquiry& inquiry, Value base, Asking asking) {
  if (asking.path == "routes") {
    const bool changes =
        inquiry.asker.method == "POST" && !routing::Route::keys_of(asking.arguments).empty();
    if (changes) co_return co_await change(inquiry, std::move(asking));
    co_return Value(inquiry.backend.routes()->said());
  }
  if (asking.path != "match" && asking.path != "route")
    co_return Result<Value>(no_device(asking.device, asking.path));
  AO_CO_TRY(asked, asked_of(base, asking));
  if (asking.path == "match") co_return match(inquiry.backend, asked);
  co_return places(inquiry.backend, asked);
}

}  // namespace ao::api
