// Local names, and the node's own processes (api::Names).
//
//   N name       value
//   N 1 name     the operator's orders about it (name_orders.hpp), for good
//   N 0 name     the signed spawn of the node process: written before it is scheduled, so that a
//                name has one process whenever the node stops
//
// One spawn of a name at a time, on a strand, and one order at a time. Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/strand.hpp>
#include <map>
#include <set>

#include "ao/api/names.hpp"
#include "ao/async/notice_board.hpp"
#include "ao/node/name_settings.hpp"
#include "pipeline.hpp"

namespace ao::node {

class Naming final : public api::Names {
 public:
  Naming(const NameSettings& settings, Pipeline& pipeline, store::Store& store,
         const crypto::Key& key, async::Pool& net, async::Pool& verify);

  std::optional<Bytes> local_name(BytesView name) const override;
  Task<Result<>> order_name(api::NameOrder order) override;
  Task<Result<ProcessId>> node_process(Bytes name, bool may_spawn) override;

 private:
  std::optional<message::DataItem> spawn_of(BytesView name) const;
  bool is_scheduled(const message::DataItem& spawn) const;
  Task<Result<>> carry_out(api::NameOrder order);
  Task<Result<>> spawn_once(Bytes name);
  Task<Result<>> spawn(Bytes name);
  Task<Result<message::DataItem>> made(Bytes name);
  Task<Result<message::DataItem>> signed_item(message::Draft draft);

  const std::filesystem::path folder_;
  std::map<Bytes, Bytes, std::less<>> fixed_;
  Pipeline& pipeline_;
  store::Store& store_;
  const crypto::Key& key_;
  async::Pool& verify_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  std::atomic<bool> is_ordering_ = false;
  std::set<Bytes, std::less<>> spawning_;  // these two belong to the strand
  async::NoticeBoard<Bytes> spawned_;
};

}  // namespace ao::node
