// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/schedule/schedule.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>

#include "shard_writer.hpp"

namespace ao::schedule {

namespace asio = boost::asio;
using message::Admitted;

namespace {

const NoBlocks kNoBlocks;

}  // namespace

Schedule::Schedule(const Settings& settings, store::Store& store, const crypto::Key& key,
                   const Clock& clock, async::Pool& cpu)
    : Schedule(settings, store, key, clock, cpu, kNoBlocks) {}

Schedule::Schedule(const Settings& settings, store::Store& store, const crypto::Key& key,
                   const Clock& clock, async::Pool& cpu, const Blocks& blocks)
    : log_(store), desk_(new Desk{settings, store.logs(), log_, key, clock, blocks, cpu}) {
  for (std::size_t shard = 0; shard < store::kShards; ++shard)
    writers_.push_back(
        std::make_unique<ShardWriter>(*desk_, store::Shard{static_cast<std::uint8_t>(shard)}));
}

Schedule::~Schedule() = default;

Task<Result<Placement>> Schedule::append(Admitted admitted) {
  std::vector<Admitted> one;
  one.push_back(std::move(admitted));
  auto placements = co_await append(std::move(one));
  co_return std::move(placements.front());
}

Task<std::vector<Result<Placement>>> Schedule::append(std::vector<Admitted> admitted) {
  auto submission = std::make_shared<Submission>();
  const Error unschedulable{ErrorKind::kInvalid, "not-schedulable",
                            "the item is neither of Type Process nor has a target process"};
  submission->placements.assign(admitted.size(), std::unexpected(unschedulable));
  submission->admitted = std::move(admitted);
  auto placements = co_await settle(std::move(submission));
  co_return placements;
}

Task<std::vector<Result<Placement>>> Schedule::adopt(std::vector<message::Assignment> verified) {
  auto submission = std::make_shared<Submission>();
  submission->placements.assign(verified.size(), std::unexpected(Error()));
  submission->adopted = std::move(verified);
  auto placements = co_await settle(std::move(submission));
  co_return placements;
}

Task<std::vector<Result<Placement>>> Schedule::settle(std::shared_ptr<Submission> submission) {
  auto start = [this, submission](auto handler) {
    auto home = asio::get_associated_executor(handler);
    auto guard = asio::make_work_guard(home);
    submission->done = [handler = std::move(handler), home, guard = std::move(guard)]() mutable {
      asio::post(home, std::move(handler));
    };
    submit(submission);
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(std::move(start),
                                                                       asio::use_awaitable);
  co_return std::move(submission->placements);
}

void Schedule::submit(std::shared_ptr<Submission> submission) {
  std::map<store::Shard, Part> parts;
  const auto give = [&](const ProcessId& process, std::size_t index) {
    Part& part = parts[desk_->logs.shard_of(process)];
    part.submission = submission;
    part.indices.push_back(index);
  };
  for (std::size_t i = 0; i < submission->admitted.size(); ++i) {
    const Admitted& one = submission->admitted[i];
    if (one.kind() != Admitted::Kind::kData) give(one.process(), i);
  }
  for (std::size_t i = 0; i < submission->adopted.size(); ++i)
    give(submission->adopted[i].process(), i);
  submission->parts_left = parts.size() + 1;  // one for this function
  for (auto& [shard, part] : parts)
    writers_[shard.number]->take(std::move(part));
  submission->part_settled();
}

}  // namespace ao::schedule
