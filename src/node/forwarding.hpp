// The forward arrow: what local processes sent to processes of other nodes, assigned to them, or
// spawn there ─▶ those nodes.
//
// An entry stays in the store until its target's node says that it has a slot, or that it never
// will. Each route (sender, target) has one batch on its way at a time, so its order is kept; a
// route that waits holds up no other. A node that does not answer rests, longer each time, and its
// routes with it. What is sent twice is the same signed bytes, which the target's node recognises.
// On one strand of the cpu pool.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>
#include <deque>
#include <random>
#include <span>

#include "ao/async/notice_board.hpp"
#include "ao/delivery/backoff.hpp"
#include "ao/delivery/courier.hpp"
#include "ao/outbox/dead_letters.hpp"
#include "ao/outbox/forwards.hpp"
#include "fates.hpp"
#include "homes.hpp"

namespace ao::node {

struct DeliverySettings {
  std::uint64_t depth_max = 10'000;
  std::chrono::milliseconds give_up_after{7 * 24 * 3'600'000ll};
  outbox::DeadLetters::Limits dead_letters;
};

class Forwarding {
 public:
  // Told without waiting; must not block.
  struct Announcements {
    std::function<void(const schedule::Placement&)> scheduled;
    std::function<void(const ProcessId& sender)> settled;  // some of its entries
  };

  Forwarding(const DeliverySettings& settings, store::Store& store,
             const schedule::Schedule& schedule, Accept& accept, Homes& homes, Peering& peering,
             outbox::DeadLetters& dead_letters, const crypto::Key& key, const Clock& clock,
             async::Pool& cpu, Metrics& metrics, Announcements announcements);

  // Whether something for a process that is not here, or a spawn, is to be left to it. Any thread.
  bool takes(const message::Outgoing& outgoing) const;

  void resume();                                         // once: takes up what is stored
  void announce(const outbox::Route& route, Slot slot);  // any thread: it has a new entry
  void stop();  // any thread; returns when what was begun is settled

  // Sends a dead letter once more. Errors: kNotFound "dead-letter-unknown"; kInvalid
  // "depth-exceeded" for one that would be one again.
  Task<Result<>> retry(message::Origin origin);

  struct Counters {
    std::size_t routes, peers_resting;
  };
  Counters counters() const { return {routes_count_, resting_count_}; }

 private:
  static constexpr std::size_t kEntriesOfRequest = 256;

  struct Lane {  // of a route that has entries
    explicit Lane(Slot first) : from(first) {}

    Slot from;                      // no entry of an earlier slot is left, but for
    std::optional<Slot> announced;  // the first that was announced since its entries were read
    delivery::Backoff backoff;
  };
  struct Node {  // of another operator, as far as there is something for it
    std::deque<outbox::Route> ready;
    std::size_t in_flight = 0;
    std::size_t entries_max = kEntriesOfRequest;  // fewer after it said that it was too much
    bool is_resting = false;
    delivery::Backoff backoff;
  };
  struct Load {  // what is on its way of one route
    outbox::Route route;
    std::vector<outbox::Entry> entries;
    std::vector<Result<message::DataItem>> items;  // of the entries
  };
  struct Spawned {
    outbox::Entry entry;
    Result<ProcessId> process;
  };
  Task<> find_home(outbox::Route route);
  Task<Result<std::optional<Address>>> look_for_home(outbox::Route route);
  Task<Result<Address>> home_of(outbox::Route route);
  void pump(const Address& node);
  Task<> send_to(Address node);
  Task<Result<>> send(Address node);
  std::vector<Load> next_loads(Node& node);
  Task<Result<std::vector<Fate>>> carry(Address node, std::span<Load> loads);
  void sign(Load& load) const;
  Result<message::DataItem> item_of(const outbox::Entry& entry, const message::Definition& sender,
                                    std::uint64_t depth) const;
  // Nullopt: settled; else why the rest waits.
  Task<Result<std::optional<Error>>> settle(Address node, const Load& load,
                                            std::span<const Fate> fates);
  Task<Result<>> answer(ProcessId sender, std::vector<Spawned> spawned);
  Task<Result<>> settle_all(outbox::Route route, Error reason, bool only_old);
  bool is_old(const outbox::Entry& entry) const;
  void write_fate(const outbox::Route& route, const outbox::Entry& entry, const Fate& fate,
                  store::Batch& batch);
  Task<> rest_node(Address node, std::chrono::milliseconds pause);
  Task<> rest_route(outbox::Route route, Address node, std::chrono::milliseconds pause);
  void finish(const outbox::Route& route);
  void store_failed(const Error& error);

  const DeliverySettings settings_;
  store::Store& store_;
  const schedule::Schedule& schedule_;
  Accept& accept_;
  Homes& homes_;
  Peering& peering_;
  delivery::Courier courier_;
  outbox::Forwards forwards_;
  outbox::DeadLetters& dead_letters_;
  const Clock& clock_;
  async::Pool& cpu_;
  Metrics& metrics_;
  Announcements announcements_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  std::map<outbox::Route, Lane> lanes_;
  std::map<std::string, Node> nodes_;  // by address
  async::NoticeBoard<int> rests_;      // woken by `stop` alone
  std::minstd_rand random_;
  std::atomic<std::size_t> routes_count_ = 0, resting_count_ = 0;
  bool stopping_ = false;
  async::TaskGroup group_;
};

}  // namespace ao::node
