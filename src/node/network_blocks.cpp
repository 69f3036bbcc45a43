// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "network_blocks.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include "ao/base/log.hpp"

namespace ao::node {

using gateway::Tip;
using message::Block;

namespace {

const Bytes kKey = "B";
constexpr std::uint64_t kStaleSeconds = 1'800;  // fifteen blocks

// A gateway may stand still; then the next one is asked too.
bool is_stale(const Block& block, Timestamp now) {
  return block.timestamp != 0 && block.timestamp + kStaleSeconds < now.milliseconds / 1'000;
}

}  // namespace

NetworkBlocks::NetworkBlocks(const GatewaySettings& settings, Gateways& gateways,
                             store::Store& store, const Clock& clock, async::Pool& net)
    : interval_(settings.block_interval),
      gateways_(gateways),
      store_(store),
      clock_(clock),
      strand_(boost::asio::make_strand(net.executor())),
      timer_(strand_),
      random_(std::random_device()()) {
  if (!is_on()) return;
  const auto kept = store_.get(kKey);
  const auto block = kept ? gateway::block_from(*kept) : std::nullopt;
  if (block) tip_.with([&](Tip& tip) { tip.restore(*block, clock_.now()); });
}

void NetworkBlocks::resume() {
  if (is_on()) group_.spawn(strand_, run());
}

void NetworkBlocks::stop() {
  auto halt = [this] {
    stopping_ = true;
    timer_.cancel();
  };
  boost::asio::post(strand_, boost::asio::use_future(halt)).wait();
  group_.join();
}

std::chrono::milliseconds NetworkBlocks::age() const {
  const Tip tip = tip_.with([](const Tip& known) { return known; });
  const Timestamp now = clock_.now();
  const bool is_past = tip.block().height > 0 && now > tip.told();
  return std::chrono::milliseconds(is_past ? now.milliseconds - tip.told().milliseconds : 0);
}

Task<> NetworkBlocks::run() {
  while (!stopping_) {
    const auto polled = co_await poll();
    if (!polled && !stopping_)
      log::debug("no gateway tells of a block", {{"reason", polled.error().text}});
    if (stopping_) co_return;
    // Nodes that started together do not ask together.
    const auto spread = static_cast<std::uint64_t>(interval_.count() / 8) + 1;
    timer_.expires_after(interval_ - interval_ / 16 +
                         std::chrono::milliseconds(random_() % spread));
    co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

// The first that is believed counts; while none is known, the lowest of all: a gateway that lies
// then has to lie downwards, which the others make good.
Task<Result<>> NetworkBlocks::poll() {
  const bool is_first = last().height == 0;
  Error error{ErrorKind::kUnavailable, "gateway-silent", "all gateways rest"};
  std::optional<Block> lowest;
  for (const std::string& url : gateways_.awake()) {
    auto told = co_await tip_at(url);
    if (stopping_) co_return std::unexpected(std::move(error));
    if (!told) {
      gateways_.failed(url, told.error().text);
      error = told.error();
      continue;
    }
    gateways_.succeeded(url);
    if (is_first) {
      if (!lowest || told->height < lowest->height) lowest = *told;
      continue;
    }
    const auto believed = co_await believe(*told);
    if (believed && (*believed || !is_stale(*told, clock_.now()))) co_return Result<>();
    if (believed) continue;
    error = believed.error();
    log::warn("a gateway's block is not believed", {{"gateway", url}, {"reason", error.text}});
  }
  if (!lowest) co_return std::unexpected(std::move(error));
  const auto believed = co_await believe(std::move(*lowest));
  if (!believed) co_return std::unexpected(believed.error());
  co_return Result<>();
}

Task<Result<bool>> NetworkBlocks::believe(Block told) {
  const Timestamp now = clock_.now();
  auto believed = tip_.with([&](Tip& tip) { return tip.believe(told, now); });
  if (!believed || !*believed) co_return believed;
  store::Batch batch;
  batch.put(kKey, gateway::to_bytes(told));
  const auto kept = co_await store_.commit(std::move(batch));
  if (!kept) log::warn("the last block is not kept", {{"reason", kept.error().text}});
  co_return believed;
}

Task<Result<Block>> NetworkBlocks::tip_at(std::string url) {
  for (const char* path : {"/info", "/"}) {
    auto answer = co_await gateways_.read(url, path);
    if (!answer) co_return std::unexpected(answer.error());
    auto tip = answer->status == 200 ? gateway::tip_in_info(answer->body) : std::nullopt;
    if (!tip) continue;
    if (tip->height == last().height && tip->hash == last().hash) co_return last();
    co_return co_await block_at(std::move(url), std::move(*tip));
  }
  Error error{ErrorKind::kUnavailable, "gateway-answer",
              url + " does not tell how high its last block is"};
  co_return std::unexpected(std::move(error));
}

// Gateways that know no blocks tell of height and hash alone.
Task<Result<Block>> NetworkBlocks::block_at(std::string url, Block tip) {
  std::vector<std::string> paths;
  if (!tip.hash.empty()) paths.push_back("/block/hash/" + tip.hash);
  paths.push_back("/block/height/" + std::to_string(tip.height));
  for (std::string& path : paths) {
    auto answer = co_await gateways_.read(url, std::move(path));
    if (!answer) co_return std::unexpected(answer.error());
    auto block = answer->status == 200 ? gateway::block_in(answer->body, tip) : std::nullopt;
    if (block) co_return std::move(*block);
  }
  co_return tip;
}

}  // namespace ao::node
