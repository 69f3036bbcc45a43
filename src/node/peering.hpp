// The other nodes: which there are, where they answer, and asking them.
//
// Those of peers.urls are asked for their location records, at the start and then from time to
// time, and gossip brings the records of others; whatever is said counts only as far as it is
// signed. Where a record leads is a stranger's word, and is reached as the egress settings allow;
// peers.urls are the operator's, and are reached wherever they are. A node without them answers
// gossip and hands on what it heard, but calls nobody. On one strand of the net pool.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "accept.hpp"
#include "ao/async/guarded.hpp"
#include "ao/async/task_group.hpp"
#include "ao/http/client_pool.hpp"
#include "ao/peers/gossip.hpp"

namespace ao::node {

struct PeeringSettings {
  std::vector<std::string> urls;
  std::chrono::milliseconds ask_interval{10'000};
  std::chrono::milliseconds gossip_interval{5'000};
  std::chrono::milliseconds location_life{3'600'000};
  http::EgressSettings egress;
};

class Peering {
 public:
  // Throws std::runtime_error for egress settings that are none.
  Peering(const PeeringSettings& settings, Accept& accept, const crypto::Key& key,
          const Clock& clock, async::Pool& net, Metrics& metrics);

  // Before it serves; `url` is where others find this node.
  void resume(std::string url);
  void stop();  // any thread; returns when what was begun has ended

  Address address() const { return key_.address(); }

  // Whether this node calls no others.
  bool is_alone() const { return settings_.urls.empty(); }

  // This node's own record, signed, and anew when half of its life is over. Any thread.
  Bytes location();

  // Any thread.
  std::optional<peers::Location> find(const Address& scheduler) const;
  std::vector<peers::Location> peers() const;

  // Where it is called: at the URL of peers.urls where it answered, or else of its record; nullopt
  // when neither is known. Any thread.
  std::optional<std::string> url_of(const Address& scheduler) const;

  // Whom to ask about a process: those of peers.urls, as far as they said who they are, and behind
  // them a few others that are there, of whom nothing is expected. Any thread.
  struct Advisers {
    std::vector<Address> chosen, others;
  };
  Advisers advisers();

  // Messages were exchanged with this scheduler: whoever floods this node with records does not
  // keep it from being known. Any thread.
  void keep(const Address& scheduler);

  // What a note of gossip is answered with. Errors: those of peers::Sources and peers::read_note.
  Task<Result<Bytes>> hear(Bytes note, http::Network from);

  // How many nodes of peers.urls have not said yet who they are. Any thread.
  std::size_t silent() const { return silent_; }

  // Answers of other kinds are short; an item is as large as an item may be. Errors: those of
  // http::ClientPool. Any executor.
  Task<Result<http::Response>> fetch(std::string url, http::Request request);
  Task<Result<http::Response>> fetch_item(std::string url, std::string id);
  // What a follower asks for: several items, for which the other node may wait a moment.
  Task<Result<http::Response>> fetch_slots(std::string url, http::Request request);

  struct Counters {
    std::size_t records, banned;
  };
  Counters counters() const;

 private:
  struct Ways {                                // of one kind of requests
    std::unique_ptr<http::ClientPool> chosen;  // to peers.urls
    std::unique_ptr<http::ClientPool> told;    // to where records lead
  };
  struct Own {
    Timestamp said;
    Bytes item;
  };

  peers::Moment moment() const;
  Task<> ask_all();
  Task<Result<>> ask(std::string url);
  Task<> gossip();
  Task<> call(std::string url);
  Task<Result<>> talk(std::string url);
  Task<Result<peers::Note>> exchange(std::string url, peers::Note note);
  Task<> believe(std::vector<Bytes> records, peers::Source from,
                 std::optional<http::Network> client);
  void blame(const peers::Source& from, peers::Fault fault);
  void tell_of_ban(const peers::Source& from) const;
  Task<Result<message::Admitted>> admit(Bytes record, std::optional<http::Network> client);
  Task<Result<http::Response>> fetch_by(Ways& ways, std::string url, http::Request request);
  std::chrono::milliseconds round_pause();

  const PeeringSettings settings_;
  Accept& accept_;
  const crypto::Key& key_;
  const Clock& clock_;
  Metrics& metrics_;
  Ways talk_ways_, item_ways_, slot_ways_, gossip_ways_;
  std::string url_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  boost::asio::steady_timer ask_timer_, gossip_timer_;
  async::Guarded<peers::Gossip> gossip_;
  async::Guarded<Own> own_;
  async::Guarded<std::map<std::string, Address>> answered_;  // which node, at each of peers.urls
  std::atomic<std::size_t> silent_ = 0;
  std::set<std::string> calling_;  // URLs
  std::minstd_rand random_;
  bool stopping_ = false;
  async::TaskGroup group_;
};

}  // namespace ao::node
