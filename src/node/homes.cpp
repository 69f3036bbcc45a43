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
  absent_until_.with([&](Absences& absences) {
    if (absences.size() >= kAbsencesMax) absences.clear();
    absences.insert_or_assign(process, now() + kAbsence);
  });
  error = {ErrorKind::kNotFound, "process-nowhere",
           fmt::format("{} is a process neither of this node nor of its peers, nor of a node that "
                       "they know",
                       process.text())};
  co_return std::unexpected(std::move(error));
}

Task<Result<Address>> Homes::keep(ProcessId process, Address home) {
  store::Batch batch;
  batch.put(key(process), home.text);
  AO_CO_CHECK(co_await store_.commit(std::move(batch)));
  co_return home;
}

// Nullopt: the peer does not know it, or knows something else by this id.
Task<Result<std::optional<Address>>> Homes::ask(Address peer, ProcessId process) {
  const auto url = peering_.url_of(peer);
  Error error{ErrorKind::kUnavailable, "peer-refused",
              fmt::format("it is not known where {} answers", peer.text)};
  if (!url) co_return std::unexpected(std::move(error));
  auto answer = co_await peering_.fetch_item(*url, process.text());
  if (!answer) co_return std::unexpected(answer.error());
  if (answer->status == 404) co_return std::optional<Address>();
  error.text = fmt::format("{} answered {} when it was asked for process {}", *url, answer->status,
                           process.text());
  if (answer->status != 200) co_return std::unexpected(std::move(error));
  const auto admitted = co_await accept_.admit(std::move(answer->body));
  if (!admitted || admitted->process() != process) co_return std::optional<Address>();
  co_return home_in(*admitted, peer);
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
