// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "pipeline.hpp"

namespace ao::node {

using api::Notice;

Pipeline::Pipeline(const PipelineSettings& settings, store::Store& store, const crypto::Key& key,
                   const Clock& clock, const Pools& pools, Metrics& metrics)
    : bulletin_(settings.notices_max),
      records_(store),
      follows_(store),
      outbox_(store),
      gateways_(settings.gateway, settings.admission.data_bytes_max, pools.net),
      errands_(settings.relay, store, pools.net, metrics),
      blocks_(settings.gateway, gateways_, store, clock, pools.net),
      schedule_(settings.schedule, store, key, clock, pools.cpu, blocks_),
      modules_(records_, schedule_.log(), settings.builtin_modules),
      admission_(settings.admission, key.address()),
      verification_(settings.verification, admission_, pools.verify, metrics),
      network_items_(settings.gateway, gateways_, verification_, pools.net, metrics),
      provision_(store, modules_, network_items_,
                 [this](MessageId id) { return homes_.find_data(id); }),
      mirror_(settings.gateway.items_bytes_max, settings.items_folder, store, network_items_,
              verification_, pools.cpu),
      accept_(verification_, schedule_, store, records_, follows_, provision_, metrics,
              {[this](const message::Admitted& message) { return relaying_.takes(message); },
               [this](message::Admitted message) { return relaying_.relay(std::move(message)); }}),
      compute_(settings.compute, store, schedule_, follows_, modules_, clock, pools.cpu, metrics,
               {[this](const ProcessId& sender) { sending_.announce(sender); },
                [this](const ProcessId& process, const std::vector<Slot>& slots) {
                  std::vector<Notice> notices;
                  for (const Slot slot : slots)
                    notices.push_back({Notice::What::kEvaluated, process, slot});
                  bulletin_.post(notices);
                }}),
      ticking_(settings.cron, store, schedule_, accept_, key, clock, pools.cpu, metrics,
               [this](const schedule::Placement& placement) { announce(placement); }),
      peering_(settings.peering, accept_, key, clock, pools.net, metrics),
      homes_(store, accept_, peering_, network_items_),
      relaying_(homes_, peering_, metrics),
      dead_letters_(store, settings.delivery.dead_letters),
      forwarding_(settings.delivery, store, schedule_, accept_, homes_, peering_, dead_letters_,
                  key, clock, pools.cpu, metrics,
                  {[this](const schedule::Placement& placement) { announce(placement); },
                   [this](const ProcessId& sender) { bulletin_.delivered(sender); }}),
      sending_(settings.delivery, store, schedule_, accept_, provision_, ticking_, forwarding_,
               dead_letters_, key, clock, pools.cpu, metrics,
               {[this](const schedule::Placement& placement) { announce(placement); },
                [this](const ProcessId& sender) { bulletin_.delivered(sender); }}),
      following_(settings.followed, key.address(), store, schedule_, follows_, accept_, modules_,
                 homes_, peering_, pools.verify, pools.cpu,
                 [this](const schedule::Placement& placement) { announce(placement); }),
      settling_(settings.settlement, settings.gateway.urls, store, schedule_.log(), records_,
                follows_, key, clock, pools.net, metrics),
      retaining_(settings.retention, store, schedule_.log(), settling_, compute_, clock, pools.cpu,
                 metrics),
      paying_(settings.payments_kept_max, store, clock, pools.cpu) {}

// A new slot: whoever follows its process hears of it, and the process is evaluated. It begins with
// its spawn, which may ask for tasks.
void Pipeline::announce(const schedule::Placement& placement) {
  if (placement.is_new)
    bulletin_.post({{Notice::What::kScheduled, placement.process, placement.slot}});
  settling_.announce(placement.process);
  compute_.announce(placement.process);
  if (placement.slot.number == 0 && !follows_.contains(placement.process))
    ticking_.announce(placement.process);
}

void Pipeline::resume() {
  blocks_.resume();
  forwarding_.resume();
  for (const ProcessId& process : schedule_.log().unevaluated())
    compute_.announce(process);
  for (const ProcessId& sender : outbox_.senders())
    sending_.announce(sender);
  ticking_.resume();
  following_.resume();
  settling_.resume();
  retaining_.resume();
}

void Pipeline::stop() {
  paying_.stop();
  gateways_.stop();  // what is asked of them has ended, and who waits for it goes on
  errands_.stop();
  blocks_.stop();
  retaining_.stop();
  settling_.stop();
  sending_.stop();
  forwarding_.stop();
  peering_.stop();
  following_.stop();  // what it asked of other nodes has ended
  ticking_.stop();
  compute_.stop();
}

Task<Result<Placed>> Pipeline::submit(api::Upload upload, std::optional<ProcessId> expected) {
  auto placed = co_await accept_.schedule(std::move(upload), expected);
  if (placed && placed->url.empty() && placed->placement.is_new) announce(placed->placement);
  co_return placed;
}

Task<std::vector<Result<schedule::Placement>>> Pipeline::submit_all(
    std::vector<api::Upload> uploads) {
  auto placements = co_await accept_.schedule_all(std::move(uploads));
  for (const auto& placement : placements)
    if (placement && placement->is_new) announce(*placement);
  co_return placements;
}

Task<Result<schedule::Placement>> Pipeline::submit_own(Result<message::OwnItem> item) {
  std::vector<Result<message::OwnItem>> items;
  items.push_back(std::move(item));
  auto placements = co_await accept_.schedule_own(std::move(items));
  const auto& placement = placements.front();
  if (placement && placement->is_new) announce(*placement);
  co_return placement;
}

Task<Result<schedule::Placement>> Pipeline::assign(MessageId message, ProcessId process) {
  auto placement = co_await accept_.assign(message, process);
  if (placement && placement->is_new) announce(*placement);
  co_return placement;
}

}  // namespace ao::node
