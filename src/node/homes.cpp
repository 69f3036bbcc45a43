// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "homes.hpp"

#include <fmt/format.h>

#include "ao/message/definition.hpp"

namespace ao::node {

using message::Admitted;

namespace {

// Most messages go to wallets, which no peer knows: each is asked for once in this time.
constexpr std::chrono::seconds kAbsence{60};
constexpr std::size_t kAbsencesMax = 100'000;

constexpr std::size_t kSearchesMax = 8;  // for data: whoever makes up ids has others asked for each
constexpr std::chrono::seconds kDataPatience{10};

Bytes key(const ProcessId& process) {
  return 'w' + Bytes(process.bytes());
}

std::chrono::steady_clock::time_point now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

bool Homes::may_be_elsewhere(const ProcessId& process) const {
  if (peering_.is_alone()) return false;
  return absent_until_.with([&](const Absences& absences) {
    const auto found = absences.find(process);
    return found == absences.end() || found->second < now();
  });
}

std::optional<Address> Homes::of_spawn(std::string_view schedulers) const {
  if (peering_.is_alone()) return std::nullopt;
  message::Definition spawn;
  spawn.scheduler = schedulers;
  std::optional<Address> other;
  for (Address& scheduler : spawn.schedulers()) {
    if (scheduler == peering_.address()) return std::nullopt;
    if (!other && peering_.url_of(scheduler)) other = std::move(scheduler);
  }
  return other;
}

void Homes::write(const ProcessId& process, const Address& home, store::Batch& batch) {
  batch.put(key(process), home.text);
}

std::optional<Address> Homes::known(const store::Store& store, const ProcessId& process) {
  const auto kept = store.get(key(process));
  return kept ? std::optional(Address{*kept}) : std::nullopt;
}

Task<Result<Address>> Homes::find(ProcessId process, std::chrono::milliseconds patience) {
  if (const auto kept = known(process)) co_return *kept;
  const auto until = now() + patience;
  const Peering::Advisers advisers = peering_.advisers();
  std::size_t silent = peering_.silent();
  for (const Address& peer : advisers.chosen) {
    if (now() > until) ++silent;
    if (now() > until) break;
    const auto home = co_await ask(peer, process);
    if (!home) ++silent;
    if (home && *home) co_return co_await keep(process, **home);
  }
  // Strangers may know; but when they are silent that is no reason to wait.
  for (const Address& peer : advisers.others) {
    if (now() > until) break;
    const auto home = co_await ask(peer, process);
    if (home && *home) co_return co_await keep(process, **home);
  }
  Error error{
      ErrorKind::kUnavailable, "peers-silent",
      fmt::format("{} peers, who may know process {}, did not answer", silent, process.text())};
  if (silent > 0) co_return std::unexpected(std::move(error));
  auto told = co_await ask_gateways(process);
  if (told) co_return co_await keep(process, std::move(*told));
  note_absence(process);
  error = {ErrorKind::kNotFound, "process-nowhere",
           fmt::format("{} is a process neither of this node nor of its peers, nor of a node that "
                       "they know",
                       process.text())};
  co_return std::unexpected(std::move(error));
}

void Homes::note_absence(const ProcessId& id) {
  absent_until_.with([&](Absences& absences) {
    if (absences.size() >= kAbsencesMax) absences.clear();
    absences.insert_or_assign(id, now() + kAbsence);
  });
}

Task<Result<std::optional<Admitted>>> Homes::find_data(MessageId id) {
  const auto as_process = *ProcessId::from_bytes(id.bytes());
  if (!may_be_elsewhere(as_process)) co_return std::optional<Admitted>();
  Error busy{ErrorKind::kBusy, "peers-busy",
             fmt::format("{} modules are being looked for at other nodes", kSearchesMax)};
  std::optional<Admitted> found;
  const bool has_seat = searches_.fetch_add(1) < kSearchesMax;
  if (has_seat) found = co_await fetch_data(id);
  --searches_;
  if (!has_seat) co_return std::unexpected(std::move(busy));
  if (!found) note_absence(as_process);
  co_return found;
}

Task<std::optional<Admitted>> Homes::fetch_data(MessageId id) {
  const auto until = now() + kDataPatience;
  for (const Address& peer : peering_.advisers().chosen) {
    if (now() > until) break;
    auto item = co_await fetch(peer, id);
    if (item && *item && (*item)->kind() == Admitted::Kind::kData) co_return std::move(**item);
  }
  co_return std::nullopt;
}

Task<Result<Address>> Homes::keep(ProcessId process, Address home) {
  store::Batch batch;
  write(process, home, batch);
  AO_CO_CHECK(co_await store_.commit(std::move(batch)));
  co_return home;
}

// Nullopt: the peer does not know it, or knows something else by this id.
Task<Result<std::optional<Address>>> Homes::ask(Address peer, ProcessId process) {
  const auto id = MessageId::same_bytes_as(process);
  AO_CO_TRY(definition, co_await fetch(peer, id));
  if (!definition || definition->process() != process) co_return std::optional<Address>();
  co_return home_in(*definition, peer);
}

// Nullopt: the peer has nothing, or something else, by this id.
Task<Result<std::optional<Admitted>>> Homes::fetch(Address peer, MessageId id) {
  const auto url = peering_.url_of(peer);
  Error error{ErrorKind::kUnavailable, "peer-refused",
              fmt::format("it is not known where {} answers", peer.text)};
  if (!url) co_return std::unexpected(std::move(error));
  auto answer = co_await peering_.fetch_item(*url, id.text());
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status == 404) co_return std::optional<Admitted>();
  error.text =
      fmt::format("{} answered {} when it was asked for {}", *url, answer->status, id.text());
  if (answer->status != 200) co_return std::unexpected(std::move(error));
  auto admitted = co_await accept_.admit(std::move(answer->body));
  if (!admitted || admitted->id() != id) co_return std::optional<Admitted>();
  co_return std::optional<Admitted>(std::move(*admitted));
}

// The first of its schedulers that is `peer` or has said where it answers.
std::optional<Address> Homes::home_in(const Admitted& definition, const Address& peer) const {
  if (definition.kind() != Admitted::Kind::kSpawn) return std::nullopt;
  for (const Address& scheduler : message::Definition::of(definition.item()).schedulers())
    if (scheduler == peer || peering_.find(scheduler)) return scheduler;
  return std::nullopt;
}

// Its definition, where no node has it; the scheduler that it names may be known all the same.
Task<std::optional<Address>> Homes::ask_gateways(ProcessId process) {
  if (!network_.is_on()) co_return std::nullopt;
  const auto id = MessageId::same_bytes_as(process);
  Bytes asker = "homes";
  auto definition = co_await network_.fetch(id, std::move(asker));
  if (!definition || definition->process() != process) co_return std::nullopt;
  co_return home_in(*definition, Address());
}

}  // namespace ao::node
