// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "accept.hpp"

#include <fmt/format.h>

#include "ao/base/log.hpp"
#include "ao/settlement/journal.hpp"
#include "cache_keys.hpp"

namespace ao::node {

using message::Admitted;

namespace {

constexpr std::chrono::seconds kRoomPause{60};  // until a client may ask again

}  // namespace

Accept::Accept(Verification& verification, schedule::Schedule& schedule, store::Store& store,
               const process::Records& records, const process::Follows& follows,
               Provision& provision, Metrics& metrics, Elsewhere elsewhere)
    : verification_(verification),
      schedule_(schedule),
      store_(store),
      records_(records),
      follows_(follows),
      provision_(provision),
      metrics_(metrics),
      elsewhere_(std::move(elsewhere)) {}

Task<Result<Placed>> Accept::schedule(api::Upload upload, std::optional<ProcessId> expected) {
  auto placed = co_await place(std::move(upload), expected);
  if (!placed) {
    count_refusal(placed.error());
  } else if (placed->url.empty()) {
    metrics_.accepted(placed->placement.is_new);
  }
  co_return placed;
}

Task<Result<Placed>> Accept::place(api::Upload upload, std::optional<ProcessId> expected) {
  AO_CO_CHECK(check_room());
  const http::Network client = upload.from;
  AO_CO_TRY(admitted, co_await verification_.accept_from_client(std::move(upload)));
  if (expected && admitted.kind() != Admitted::Kind::kData && admitted.process() != *expected) {
    Error error{ErrorKind::kInvalid, "target-mismatch",
                fmt::format("the path names process {}, the message is for {}", expected->text(),
                            admitted.process().text())};
    co_return std::unexpected(std::move(error));
  }
  if (is_for_elsewhere(admitted)) co_return co_await elsewhere_.bring(std::move(admitted));
  AO_CO_CHECK(co_await provide_module(admitted, client));
  AO_CO_CHECK(check_home(admitted));
  AO_CO_TRY(placement, co_await schedule_.append(std::move(admitted)));
  Placed placed;
  placed.placement = std::move(placement);
  co_return placed;
}

bool Accept::is_for_elsewhere(const Admitted& admitted) const {
  return admitted.kind() != Admitted::Kind::kData && elsewhere_.may_be(admitted) &&
         (!schedule_.log().count(admitted.process()) || follows_.contains(admitted.process()));
}

// Of what is no spawn there is none to provide.
Task<Result<>> Accept::provide_module(const Admitted& admitted, http::Network client) {
  if (admitted.kind() != Admitted::Kind::kSpawn) co_return Result<>();
  Bytes module(admitted.item().tag("Module"));
  Bytes asker = asker_of(client);
  auto provided = co_await provision_.provide(std::move(module), std::move(asker));
  co_return provided;
}

Task<Accept::Placements> Accept::schedule_all(std::vector<api::Upload> uploads) {
  std::vector<Result<Admitted>> admitted;
  std::optional<Error> waits;
  for (api::Upload& upload : uploads) {
    if (waits) {
      admitted.emplace_back(std::unexpected(*waits));
      continue;
    }
    auto one = co_await admit_brought(std::move(upload));
    if (!one && is_temporary(one.error())) waits = one.error();
    admitted.push_back(std::move(one));
  }
  auto placements = co_await append(std::move(admitted));
  for (const auto& placement : placements) {
    if (placement) {
      metrics_.accepted(placement->is_new);
    } else {
      count_refusal(placement.error());
    }
  }
  co_return placements;
}

Task<Result<Admitted>> Accept::admit_brought(api::Upload upload) {
  AO_CO_CHECK(check_room());
  const http::Network client = upload.from;
  AO_CO_TRY(admitted, co_await verification_.accept_from_client(std::move(upload)));
  Error error{ErrorKind::kInvalid, "not-a-message",
              "an item of data, where messages and processes are taken"};
  if (admitted.kind() == Admitted::Kind::kData) co_return std::unexpected(std::move(error));
  AO_CO_CHECK(co_await provide_module(admitted, client));
  AO_CO_CHECK(check_home(admitted));
  co_return std::move(admitted);
}

Task<Accept::Placements> Accept::schedule_own(std::vector<Result<message::OwnItem>> items) {
  std::vector<Result<Admitted>> admitted;
  for (auto& item : items)
    admitted.push_back(item ? verification_.admit(std::move(*item))
                            : std::unexpected(item.error()));
  auto placements = co_await append(std::move(admitted));
  co_return placements;
}

// Those that were admitted to their slots; the others keep their errors.
Task<Accept::Placements> Accept::append(std::vector<Result<Admitted>> admitted) {
  Placements placements;
  std::vector<Admitted> good;
  std::vector<std::size_t> places;
  for (auto& one : admitted) {
    placements.emplace_back(std::unexpect, one ? Error() : one.error());
    if (!one) continue;
    places.push_back(placements.size() - 1);
    good.push_back(std::move(*one));
  }
  if (good.empty()) co_return placements;
  auto results = co_await schedule_.append(std::move(good));
  for (std::size_t i = 0; i < results.size(); ++i)
    placements[places[i]] = std::move(results[i]);
  co_return placements;
}

Task<Result<schedule::Placement>> Accept::assign(MessageId message, ProcessId process) {
  auto placement = co_await place_assigned(message, process);
  if (placement) {
    metrics_.accepted(placement->is_new);
  } else {
    count_refusal(placement.error());
  }
  co_return placement;
}

Task<Result<schedule::Placement>> Accept::place_assigned(MessageId message, ProcessId process) {
  AO_CO_CHECK(check_room());
  const auto item = this->item(message);
  if (!item) {
    Error error{ErrorKind::kNotFound, "item-unknown",
                fmt::format("no message {} is on this node", message.text())};
    co_return std::unexpected(std::move(error));
  }
  AO_CO_TRY(admitted, co_await verification_.assign(item->bytes(), process));
  AO_CO_CHECK(check_home(admitted));
  auto placement = co_await schedule_.append(std::move(admitted));
  co_return placement;
}

std::optional<message::DataItem> Accept::item(const MessageId& id) const {
  if (auto kept = records_.item(id)) return kept;
  const auto scheduled = schedule_.log().find(id);
  return scheduled ? std::optional(scheduled->body()) : std::nullopt;
}

Task<Result<MessageId>> Accept::keep(api::Upload upload) {
  auto id = co_await keep_here(std::move(upload));
  if (!id) count_refusal(id.error());
  co_return id;
}

Task<Result<MessageId>> Accept::keep_here(api::Upload upload) {
  AO_CO_CHECK(check_room());
  AO_CO_TRY(admitted, co_await verification_.accept_from_client(std::move(upload)));
  if (admitted.kind() != Admitted::Kind::kData) {
    Error error{ErrorKind::kInvalid, "not-data",
                "the item is a process or a message: POST it to /push"};
    co_return std::unexpected(std::move(error));
  }
  const MessageId id = admitted.id();
  const auto kept = records_.item(id);
  if (kept && kept->bytes() != admitted.item().bytes()) {
    Error error{ErrorKind::kConflict, "message-id-taken",
                fmt::format("item {} is kept with other bytes", id.text())};
    co_return std::unexpected(std::move(error));
  }
  store::Batch batch;
  process::Records::write(admitted.item(), batch);
  // What was only written to the cache is settled from now on.
  const Bytes cached = cached_item_key(id);
  const bool is_cached = kept && store_.get(cached);
  if (is_cached) batch.remove(cached);
  if (!kept || is_cached) settlement::Journal::mark_item(id, batch);
  AO_CO_CHECK(co_await store_.commit(std::move(batch)));
  co_return id;
}

// Before the disk is full, so that what was accepted can still be evaluated and delivered.
Result<> Accept::check_room() const {
  std::string shortage = store_.shortage();
  if (shortage.empty()) return {};
  return std::unexpected(
      Error{ErrorKind::kUnavailable, "disk-low", std::move(shortage), kRoomPause});
}

// Two nodes that both ordered a process's messages would make two histories of it.
Result<> Accept::check_home(const Admitted& admitted) const {
  if (admitted.kind() == Admitted::Kind::kData || !follows_.contains(admitted.process())) return {};
  return fail(ErrorKind::kNotFound, "process-elsewhere",
              fmt::format("process {} is scheduled by another node, which this one follows",
                          admitted.process().text()));
}

void Accept::count_refusal(const Error& error) {
  metrics_.rejected(error.code);
  if (error.code != "message-id-taken") return;
  // Nobody can sign this, so it speaks of a broken signature scheme or a damaged store.
  metrics_.id_conflicted();
  log::error("two messages with one id", {{"reason", error.text}});
}

}  // namespace ao::node
