// The send arrow: outbox ─▶ delivery ─▶ the target's admission. No side door for local targets.
//
// One sender's entries go out in their order, so every target hears them in that order; senders do
// not wait for each other. An entry leaves the outbox when its fate is settled: scheduled at its
// target, known to be undeliverable, or left to the forward arrow, since its target may be on
// another node. On one strand of the cpu pool.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <span>

#include "accept.hpp"
#include "ao/async/task_group.hpp"
#include "ao/delivery/courier.hpp"
#include "ao/inbox/inbox.hpp"
#include "ao/outbox/outbox.hpp"
#include "forwarding.hpp"
#include "ticking.hpp"

namespace ao::node {

class Sending {
 public:
  // Whom it tells what became durable, from its strand; must not block.
  struct Announcements {
    std::function<void(const schedule::Placement&)> scheduled;
    std::function<void(const ProcessId& sender)> settled;  // some of its entries
  };

  Sending(const DeliverySettings& settings, store::Store& store, schedule::Schedule& schedule,
          Accept& accept, Provision& provision, Ticking& ticking, Forwarding& forwarding,
          outbox::DeadLetters& dead_letters, const crypto::Key& key, const Clock& clock,
          async::Pool& cpu, Metrics& metrics, Announcements announcements);

  void announce(const ProcessId& sender);  // any thread: it has new entries
  void stop();                             // any thread; returns when what was begun is settled

 private:
  using Placed = Result<schedule::Placement>;

  void pump();
  Task<> send(ProcessId sender);
  Task<Result<bool>> send_oldest(ProcessId sender);
  std::map<std::size_t, Error> modules_lacking(std::span<const outbox::Entry> entries,
                                               const message::Definition& sender);
  Task<> fetch_module(ProcessId sender, Bytes module);
  Result<message::OwnItem> item_for(const outbox::Entry& entry, const message::Definition& sender,
                                    std::uint64_t depth) const;
  bool is_here(const ProcessId& process) const;
  void tell_dead(const outbox::Entry& entry, const Error& reason, store::Batch& batch);
  // Gives each assignment among the entries its place.
  Task<> assign(const std::vector<outbox::Entry>& entries, std::vector<Placed>& placed);
  Task<std::vector<Placed>> deliver(std::vector<Result<message::OwnItem>> items);
  std::vector<Result<message::OwnItem>> answers_to_spawns(const std::vector<outbox::Entry>& entries,
                                                          const std::vector<Placed>& placed,
                                                          const message::Definition& sender) const;
  Ticking::Orders orders_in(std::span<const outbox::Entry> entries,
                            const message::Definition& sender) const;
  Task<std::vector<Result<message::OwnItem>>> answers_to_orders(
      const std::vector<outbox::Entry>& entries, message::Definition sender,
      Ticking::Orders orders);
  Task<Result<>> commit(ProcessId sender, Ticking::Orders orders, store::Batch batch);

  const DeliverySettings settings_;
  store::Store& store_;
  schedule::Schedule& schedule_;
  Accept& accept_;
  Provision& provision_;
  Ticking& ticking_;
  Forwarding& forwarding_;
  outbox::DeadLetters& dead_letters_;
  delivery::Courier courier_;
  outbox::Outbox outbox_;
  const Clock& clock_;
  async::Pool& cpu_;
  Metrics& metrics_;
  Announcements announcements_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  inbox::Inbox senders_;
  std::unordered_map<ProcessId, Slot> settled_until_;  // no entry of an earlier slot is left
  boost::asio::steady_timer retry_;
  // Modules that senders spawn processes of, while they are fetched; or why there is none.
  std::map<std::pair<ProcessId, Bytes>, std::optional<Error>> modules_;
  async::NoticeBoard<int> pauses_;  // woken by `stop` alone
  std::minstd_rand random_;
  async::TaskGroup tasks_;
  bool stopping_ = false;
};

}  // namespace ao::node
