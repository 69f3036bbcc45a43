// The errand arrow: a request that somebody has this node make for him ─▶ where he is allowed to.
//
// Allowed is what the operator wrote: prefixes of URLs ([relay] allow), and where his routes lead.
// A name among those must lead to public addresses, whatever it says; what is written out as an
// address may also be private or this machine's. Redirects are not followed. Routes come from the
// settings, and from the operator's signed orders, which are kept in the store. Nothing of an
// errand outlives the process. On a strand of the net pool; all functions are for any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>
#include <random>

#include "ao/api/errand_backend.hpp"
#include "ao/async/guarded.hpp"
#include "ao/async/notice_board.hpp"
#include "ao/async/task_group.hpp"
#include "ao/base/token_buckets.hpp"
#include "ao/http/client_pool.hpp"
#include "ao/node/relay_settings.hpp"
#include "ao/routing/allow_list.hpp"
#include "ao/store/store.hpp"
#include "metrics.hpp"

namespace ao::node {

class Errands {
 public:
  // Throws std::runtime_error for a ca_file that is none, and for stored routes that are none.
  Errands(const RelaySettings& settings, store::Store& store, async::Pool& net, Metrics& metrics);

  void resume(const std::string& url);  // before it serves; where others find this node
  void stop();                          // what is under way ends with "http-stopped"

  // As api::ErrandBackend has them.
  bool is_own(const http::Origin& origin) const;
  Task<Result<std::vector<http::Response>>> run(api::Errand errand);
  Result<> cast(api::Errand errand);
  std::shared_ptr<const routing::Routes> routes() const;
  Result<std::vector<http::Url>> destinations(const routing::Asked& asked) const;
  Task<Result<>> add_route(message::Map said);
  Task<Result<>> remove_route(message::Map said);

 private:
  using Answers = std::vector<http::Response>;
  struct Plan {
    std::vector<http::Url> urls;
    routing::Rounds rounds;
  };
  struct Round;
  struct Seat;  // of an errand and its fetches, while any of them is under way
  // What the store has of routes, as it has it.
  struct Kept {
    message::List added;
    message::List removed;  // digests
  };
  struct Routing {
    Kept kept;
    std::shared_ptr<const routing::Routes> all;
    bool is_changing = false;
  };

  Result<Plan> plan_of(const routing::Asked& asked) const;
  Result<std::shared_ptr<Seat>> admit(http::Network client);
  Task<Result<Answers>> gather(Plan plan, http::Request request, std::shared_ptr<Seat> seat);
  Task<> fetch(std::shared_ptr<Round> round, http::Url url, http::Request request,
               std::shared_ptr<Seat> seat);
  Task<> gather_unheard(Plan plan, http::Request request, std::shared_ptr<Seat> seat);
  Kept read_kept() const;
  std::shared_ptr<const routing::Routes> with_added(const message::List& added) const;
  // The change that `next` makes of what is kept, durable and then seen.
  Task<Result<>> keep(Result<Kept> next);
  Result<Kept> begin_change();

  const RelaySettings settings_;
  const routing::AllowList allowed_;
  store::Store& store_;
  Metrics& metrics_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  std::unique_ptr<http::ClientPool> public_, written_out_;
  std::optional<http::Origin> own_;
  async::Guarded<TokenBuckets<http::Network>> clients_;
  async::Guarded<Routing> routing_;
  mutable async::Guarded<std::minstd_rand> random_;
  std::atomic<std::size_t> in_flight_ = 0;
  std::uint64_t rounds_ = 0;                    // these two belong to the strand
  async::NoticeBoard<std::uint64_t> answered_;  // by the number of the round
  async::TaskGroup group_;
};

}  // namespace ao::node
