// The other nodes: which there are, where they answer, and asking them.
//
// Those of peers.urls are asked for their location records, at the start and then from time to
// time; what they say counts only as far as it is signed. Where a record leads is a stranger's
// word, and is reached as the egress settings allow; peers.urls are the operator's, and are reached
// wherever they are. On one strand of the net pool.
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
#include "ao/peers/directory.hpp"

namespace ao::node {

struct PeeringSettings {
  std::vector<std::string> urls;
  std::chrono::milliseconds ask_interval{10'000};
  std::chrono::milliseconds location_life{3'600'000};
  http::EgressSettings egress;
};

class Peering {
 public:
  // Throws std::runtime_error for egress settings that are none.
  Peering(const PeeringSettings& settings, Accept& accept, const crypto::Key& key,
          const Clock& clock, async::Pool& net);

  // Before it serves; `url` is where others find this node.
  void resume(std::string url);
  void stop();  // any thread; returns when what was begun has ended

  // Whether there may be other nodes at all.
  bool is_alone() const { return settings_.urls.empty(); }

  // This node's own record, signed. Any thread.
  Bytes location() const;

  // Any thread.
  std::optional<peers::Location> find(const Address& scheduler) const;
  std::vector<peers::Location> peers() const;

  // How many nodes of peers.urls have not said yet who they are. Any thread.
  std::size_t silent() const { return silent_; }

  // Errors: those of http::ClientPool. Any executor.
  Task<Result<http::Response>> fetch(std::string url, http::Request request);

 private:
  Task<> run();
  Task<Result<>> ask(std::string url);

  const PeeringSettings settings_;
  Accept& accept_;
  const crypto::Key& key_;
  const Clock& clock_;
  std::unique_ptr<http::ClientPool> chosen_;  // to peers.urls
  std::unique_ptr<http::ClientPool> told_;    // to where records lead
  std::string url_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  boost::asio::steady_timer timer_;
  async::Guarded<peers::Directory> directory_;
  std::atomic<std::size_t> silent_ = 0;
  bool stopping_ = false;
  async::TaskGroup group_;
};

}  // namespace ao::node
