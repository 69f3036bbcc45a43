// The settle arrow: what was scheduled ─▶ bundles ─▶ Arweave, and what became of them there.
//
// The queue is the shards' logs behind the journal's cursors. Each bundle is durable with its
// signature before it is sent, and the same bytes are sent until a gateway has seen it deep enough.
// On one thread of its own, behind everything that clients wait for.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/asio/strand.hpp>
#include <random>

#include "ao/async/guarded.hpp"
#include "ao/async/notice_board.hpp"
#include "ao/async/task_group.hpp"
#include "ao/delivery/backoff.hpp"
#include "ao/http/client_pool.hpp"
#include "ao/node/settlement_settings.hpp"
#include "ao/process/follows.hpp"
#include "ao/process/records.hpp"
#include "ao/schedule/log.hpp"
#include "ao/settlement/contents.hpp"
#include "ao/settlement/course.hpp"
#include "ao/settlement/purse.hpp"
#include "ao/settlement/summary.hpp"
#include "metrics.hpp"

namespace ao::node {

class Settling {
 public:
  // Without gateways the bundlers are asked, or the nodes alone. Throws std::runtime_error for
  // authorities that are none, and a wallet that cannot pay.
  Settling(const SettlementSettings& settings, const std::vector<std::string>& gateway_urls,
           store::Store& store, const schedule::Log& log, const process::Records& records,
           const process::Follows& follows, const crypto::Key& key, const Clock& clock,
           async::Pool& net, Metrics& metrics);

  void resume();  // once: takes up what is stored
  void stop();    // any thread; returns when what was begun has ended

  bool is_on() const { return !settings_.bundler_urls.empty() || wallet_ != nullptr; }

  // Any thread, and cheap: the process has a new slot.
  void announce(const ProcessId& process) {
    if (is_on())
      grown_[store_.logs().shard_of(process).number].store(true, std::memory_order_relaxed);
  }

  // Sends a bundle at once that is not confirmed; nullopt: all of them. Errors: kNotFound
  // "bundle-unknown"; kConflict "bundle-confirmed"; kInvalid "settlement-off".
  Task<Result<>> retry(std::optional<std::uint64_t> number);

  settlement::Summary summary() const;
  const settlement::Journal& journal() const { return journal_; }

  // Slots of the process before this one are confirmed: pruning may go up to there. `from`: a slot
  // before which they are. Any thread.
  Slot confirmed(const ProcessId& process, Slot from = {}) const {
    return journal_.confirmed(process, unconfirmed_, from);
  }

  // The least number of a bundle that is not confirmed, or the next one's. Any thread.
  std::uint64_t unconfirmed() const { return unconfirmed_; }

 private:
  using Steady = std::chrono::steady_clock;

  struct Pending {  // a bundle that is not confirmed
    settlement::Record record;
    Bytes bytes;  // kept from its making until it is sent, when there is room
    bool is_sending = false, is_looked_for = false;
    Steady::time_point send_at{}, look_at{};
    std::size_t taker = 0;  // that it is offered next
    delivery::Backoff backoff;
    // Of its transaction, when it goes to nodes.
    bool is_in_block = false;     // as it was looked for last
    std::uint64_t absent_at = 0;  // a height at which no node had any of them; 0: not known
    std::size_t chunks_taken = 0, chunks_at = 0;  // so many, by that taker
    std::string unpaid;                           // why it is not paid for yet
  };
  struct Endpoint {
    std::string url;
    std::size_t in_flight = 0;
    Steady::time_point rests_until{};
    delivery::Backoff backoff;
    std::string reason;
    std::uint64_t height = 0;  // of a gateway's last block, and when it said so
    Steady::time_point height_at{};
  };
  struct Gathered {  // for the next bundle
    std::array<std::uint64_t, store::kShards> ends{};
    std::vector<MessageId> items;
    std::uint64_t messages = 0, bytes = 0;
    Timestamp oldest;

    void add(std::uint64_t size, Timestamp since);
  };

  Task<> run();
  Task<Result<>> work();
  Task<Result<>> take_up();
  Task<Result<>> mark_all_items();
  Task<Result<>> make_bundles();
  Task<Result<>> make_one();
  Result<> gather();
  Result<> gather_shard(store::Shard shard);
  void gather_items();
  Result<settlement::Contents> contents_of(const std::vector<settlement::Span>& spans,
                                           const std::vector<MessageId>& items) const;

  void pump();
  bool may_send(const Pending& pending, Timestamp time) const;
  std::optional<std::size_t> taker_for(const Pending& pending) const;
  Task<> send(std::uint64_t number, std::size_t taker);
  Task<Result<>> send_to(Pending& pending, Endpoint& taker);
  Task<Result<>> offer(Pending& pending, Endpoint& bundler);
  Task<Result<Bytes>> bytes_of(Pending& pending);
  void put_off(Pending& pending, Endpoint& taker, const Error& error);
  Task<> look_for(std::uint64_t number);
  Task<Result<>> look(Pending& pending);
  Task<Result<settlement::Sight>> sight_at(Endpoint& gateway, MessageId item);
  Task<Result<settlement::Sight>> sight_by_block(Endpoint& gateway, MessageId item);
  Task<Result<std::uint64_t>> height_of(Endpoint& gateway);
  static std::chrono::seconds pause_in(const http::Response& answer);
  Task<Result<http::Response>> get(const Endpoint& endpoint, std::string path);
  Task<Result<http::Response>> post(const Endpoint& endpoint, std::string path, Bytes body,
                                    std::string_view type);
  Result<> fatal(Result<> done);
  Task<Result<>> keep(const Pending& pending);

  // src/node/settling_nodes.cpp
  bool is_paying() const { return wallet_ != nullptr; }
  bool wants_envelope(const Pending& pending) const;
  std::uint64_t owed() const;
  Task<Result<>> bring(Pending& pending, Endpoint& node);
  Task<Result<>> bring(Pending& pending, Endpoint& node, BytesView data,
                       const settlement::Chunks& chunks);
  Task<Result<>> enclose(Pending& pending, Endpoint& node, const settlement::Chunks& chunks);
  Task<Result<settlement::Terms>> terms_at(Endpoint& node, std::uint64_t bytes);
  Task<Result<std::uint64_t>> amount_at(const Endpoint& node, std::string path);
  Task<Result<>> check_age(Pending& pending, Endpoint& node);
  Task<Result<>> post_transaction(Pending& pending, Endpoint& node, BytesView data,
                                  const settlement::Chunks& chunks, bool is_new);
  Task<Result<>> withdraw(Pending& pending, Endpoint& node);
  Task<Result<>> post_chunks(Pending& pending, Endpoint& node, BytesView data,
                             const settlement::Chunks& chunks);
  bool wait_for_money(Pending& pending, const Error& error);
  Task<std::optional<settlement::Sight>> look_at_nodes(Pending& pending);
  Task<Result<settlement::Sight>> sight_at_node(Endpoint& node, Pending& pending);
  Task<Result<settlement::Sight>> transaction_at(const Endpoint& node, MessageId transaction);
  Task<std::optional<settlement::Sight>> look_at_gateways(const Pending& pending);

  void confirm(std::uint64_t number);

  void tell();
  std::string warning_in(const settlement::Summary& summary) const;
  void warn_of(const settlement::Summary& summary);
  void fail_with(const Error& error);
  void wake() { pauses_.announce_all(); }

  const SettlementSettings settings_;
  const settlement::Course course_;
  store::Store& store_;
  const schedule::Log& log_;
  const process::Records& records_;
  const process::Follows& follows_;
  const crypto::Key& key_;
  const Clock& clock_;
  Metrics& metrics_;
  settlement::Journal journal_;
  std::unique_ptr<http::ClientPool> client_;
  async::Pool thread_{"settle", 1};
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  std::array<std::atomic<bool>, store::kShards> grown_;
  std::array<std::uint64_t, store::kShards> cursors_{};
  Gathered gathered_;
  std::size_t first_shard_ = 0;  // to be asked next, so that each has its turn
  std::uint64_t next_number_ = 0;
  std::atomic<std::uint64_t> unconfirmed_ = 0;  // the least number that is
  std::map<std::uint64_t, Pending> pending_;
  const std::unique_ptr<crypto::Key> wallet_;  // none where bundlers take everything
  settlement::Purse purse_;
  std::optional<std::uint64_t> balance_;  // as a node told it last
  Steady::time_point pay_at_{};           // nothing new is paid for before
  delivery::Backoff pay_backoff_;
  std::vector<Endpoint> takers_, gateways_;  // takers are bundlers, or Arweave nodes
  std::size_t looks_in_flight_ = 0;
  std::string failure_;
  Steady::time_point looked_at_all_{}, warned_at_{};
  bool is_warned_ = false;
  async::NoticeBoard<int> pauses_;
  std::minstd_rand random_;
  async::Guarded<settlement::Summary> summary_;
  bool stopping_ = false;
  async::TaskGroup group_;
};

}  // namespace ao::node
