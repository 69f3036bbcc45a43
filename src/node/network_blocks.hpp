// The network's last block, asked of the gateways on a timer, so that assignments name it.
//
//   B → height:u64 timestamp:u64 hash     the last that was believed
//
// Kept, so that a node that starts without its gateways names the block that it knew. What is
// believed: ao/gateway/tip.hpp. Polls on a strand of the net pool; `last` is for any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include "ao/async/task_group.hpp"
#include "ao/gateway/tip.hpp"
#include "ao/schedule/blocks.hpp"
#include "ao/store/store.hpp"
#include "gateways.hpp"

namespace ao::node {

class NetworkBlocks final : public schedule::Blocks {
 public:
  NetworkBlocks(const GatewaySettings& settings, Gateways& gateways, store::Store& store,
                const Clock& clock, async::Pool& net);

  void resume();
  void stop();  // any thread, behind that of the gateways; returns when what was begun has ended

  message::Block last() const override {
    return tip_.with([](const gateway::Tip& tip) { return tip.block(); });
  }

  // Since when no gateway told of a block; 0 before any did.
  std::chrono::milliseconds age() const;

 private:
  bool is_on() const { return gateways_.is_on() && interval_.count() > 0; }
  Task<> run();
  Task<Result<>> poll();
  Task<Result<message::Block>> tip_at(std::string url);
  Task<Result<message::Block>> block_at(std::string url, message::Block tip);
  Task<Result<bool>> believe(message::Block told);

  const std::chrono::milliseconds interval_;
  Gateways& gateways_;
  store::Store& store_;
  const Clock& clock_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  boost::asio::steady_timer timer_;
  std::minstd_rand random_;
  async::Guarded<gateway::Tip> tip_;
  bool stopping_ = false;
  async::TaskGroup group_;
};

}  // namespace ao::node
