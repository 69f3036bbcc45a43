// The routes of Errands, and what the store has of them.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "ao/crypto/digest.hpp"
#include "ao/message/cbor.hpp"
#include "errands.hpp"

namespace ao::node {

using message::List;
using message::Map;
using message::Value;
using routing::Route;
using routing::Routes;

namespace {

constexpr BytesView kKey = "R";
constexpr std::size_t kRemovedMax = 10'000;

Value digest_of(const Map& route) {
  return Value(Bytes(crypto::view(crypto::sha256(message::to_cbor(route)))));
}

List list_at(const Value& value, BytesView key) {
  const Value* found = value.find(key);
  return found != nullptr && found->list() != nullptr ? *found->list() : List();
}

}  // namespace

Errands::Kept Errands::read_kept() const {
  const auto stored = store_.get(kKey);
  if (!stored) return {};
  const auto value = message::from_cbor(*stored);
  if (!value) throw std::runtime_error("the stored routes are none: " + value.error().text);
  return {list_at(*value, "added"), list_at(*value, "removed")};
}

// One of the settings that was added before counts once.
std::shared_ptr<const Routes> Errands::with_added(const List& added) const {
  auto all = std::make_shared<Routes>(settings_.routes);
  for (const Value& said : added) {
    if (all->has(*said.map())) continue;
    auto route = Route::parse(*said.map());
    const auto done = route ? all->add(std::move(*route)) : std::unexpected(route.error());
    if (!done) throw std::runtime_error("a stored route is none: " + done.error().text);
  }
  return all;
}

Result<Errands::Kept> Errands::begin_change() {
  return routing_.with([](Routing& routing) -> Result<Kept> {
    if (routing.is_changing)
      return fail(ErrorKind::kBusy, "routes-busy", "the routes are being changed by another order");
    routing.is_changing = true;
    return routing.kept;
  });
}

Task<Result<>> Errands::keep(Result<Kept> next) {
  Result<> done;
  if (next) {
    Map record{{"added", next->added}, {"removed", next->removed}};
    store::Batch batch;
    batch.put(kKey, message::to_cbor(record));
    done = co_await store_.commit(std::move(batch));
  } else {
    done = std::unexpected(next.error());
  }
  std::shared_ptr<const Routes> all;
  if (done) all = with_added(next->added);
  routing_.with([&](Routing& routing) {
    routing.is_changing = false;
    if (!done) return;
    routing.kept = std::move(*next);
    routing.all = std::move(all);
  });
  co_return done;
}

Task<Result<>> Errands::add_route(Map said) {
  AO_CO_TRY(route, Route::parse(said));
  AO_CO_TRY(kept, begin_change());
  Result<Kept> next = std::move(kept);
  Routes all = *routes();
  if (std::ranges::find(next->removed, digest_of(said)) != next->removed.end()) {
    next = fail(ErrorKind::kConflict, "route-removed",
                "this route was removed; one that differs in anything can be added");
  } else if (!all.has(said)) {
    next->added.emplace_back(std::move(said));
    if (const auto fits = all.add(std::move(route)); !fits) next = std::unexpected(fits.error());
  }
  auto done = co_await keep(std::move(next));
  co_return done;
}

Task<Result<>> Errands::remove_route(Map said) {
  AO_CO_TRY(kept, begin_change());
  Result<Kept> next = std::move(kept);
  const auto found = std::ranges::find(next->added, Value(said));
  if (found == next->added.end()) {
    next = fail(ErrorKind::kNotFound, "route-unknown",
                "no such route was added; those of the settings are removed there");
  } else if (next->removed.size() >= kRemovedMax) {
    next = fail(ErrorKind::kTooLarge, "routes-removed-max",
                fmt::format("{} routes were removed", kRemovedMax));
  } else {
    next->added.erase(found);
    next->removed.push_back(digest_of(said));
  }
  auto done = co_await keep(std::move(next));
  co_return done;
}

}  // namespace ao::node
