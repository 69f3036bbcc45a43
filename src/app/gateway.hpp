// Reads processes back from an Arweave gateway.
//
// Which bundles there are is asked by GraphQL: those whose tags name the process, and those that
// hold assignments of it, where the gateway looks into bundles. One thread, which waits.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/async/pool.hpp"
#include "ao/base/progress.hpp"
#include "ao/http/client.hpp"
#include "ao/settlement/answers.hpp"
#include "ao/settlement/retrieval.hpp"

namespace ao::app {

class Gateway {
 public:
  // Throws std::runtime_error for a URL that is none.
  explicit Gateway(const std::string& url);

  // Everything of the process that is there. With `all_bundles` also those of its schedulers whose
  // tags do not name it. Throws std::runtime_error.
  void retrieve(settlement::Retrieval& retrieval, const ProcessId& process, bool all_bundles,
                const Progress& progress);

  std::size_t bundles() const { return bundles_; }  // that were read
  std::size_t unreadable() const { return unreadable_; }

 private:
  using Query = std::function<Bytes(BytesView after)>;

  std::vector<MessageId> ids(const Query& query, bool is_parent);
  void read(const std::vector<MessageId>& ids, settlement::Retrieval& retrieval,
            const Progress& progress);
  std::optional<Bytes> data(const MessageId& id);
  http::Response fetch(const std::string& method, const std::string& path, Bytes body = {});

  async::Pool pool_{"gateway", 1};
  std::string base_;  // the path of the URL
  std::unique_ptr<http::Client> http_;
  std::set<MessageId> read_;
  std::size_t bundles_ = 0, unreadable_ = 0;
};

}  // namespace ao::app
