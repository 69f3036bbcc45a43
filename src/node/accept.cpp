// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "accept.hpp"

#include <fmt/format.h>

namespace ao::node {

using message::Admitted;

Accept::Accept(const admission::Admission& admission, schedule::Schedule& schedule,
               store::Store& store, const Modules& modules, async::Pool& cpu,
               std::size_t verify_queue_max, Metrics& metrics)
    : admission_(admission),
      schedule_(schedule),
      store_(store),
      modules_(modules),
      cpu_(cpu),
      verify_queue_max_(verify_queue_max),
      metrics_(metrics) {}

Task<Result<Admitted>> Accept::admit(Bytes item) {
  auto work = [this, bytes = std::move(item)]() mutable {
    return admission_.admit(std::move(bytes));
  };
  auto admitted = co_await async::run_on(cpu_.executor(), std::move(work));
  co_return admitted;
}

Task<Result<Admitted>> Accept::admit_from_client(Bytes item) {
  if (verifying_.load() >= verify_queue_max_) {
    Error error{ErrorKind::kBusy, "verify-queue-full",
                fmt::format("{} messages wait for verification already", verify_queue_max_)};
    co_return std::unexpected(std::move(error));
  }
  ++verifying_;
  auto admitted = co_await admit(std::move(item));
  --verifying_;
  co_return admitted;
}

Task<Result<schedule::Placement>> Accept::schedule(Bytes item, std::optional<ProcessId> expected) {
  auto placement = co_await place(std::move(item), expected);
  if (placement) {
    metrics_.accepted(placement->is_new);
  } else {
    metrics_.rejected(placement.error().code);
  }
  co_return placement;
}

Task<Result<schedule::Placement>> Accept::place(Bytes item, std::optional<ProcessId> expected) {
  AO_CO_TRY(admitted, co_await admit_from_client(std::move(item)));
  if (expected && admitted.kind() != Admitted::Kind::kData && admitted.process() != *expected) {
    Error error{ErrorKind::kInvalid, "target-mismatch",
                fmt::format("the path names process {}, the message is for {}", expected->text(),
                            admitted.process().text())};
    co_return std::unexpected(std::move(error));
  }
  if (admitted.kind() == Admitted::Kind::kSpawn) {
    AO_CO_CHECK(modules_.find(Bytes(admitted.item().tag("Module"))));
  }
  auto placement = co_await schedule_.append(std::move(admitted));
  co_return placement;
}

Task<Result<MessageId>> Accept::keep(Bytes item) {
  AO_CO_TRY(admitted, co_await admit_from_client(std::move(item)));
  if (admitted.kind() != Admitted::Kind::kData) {
    Error error{ErrorKind::kInvalid, "not-data",
                "the item is a process or a message: POST it to /push"};
    co_return std::unexpected(std::move(error));
  }
  const MessageId id = admitted.id();
  store::Batch batch;
  process::Records::write(admitted.item(), batch);
  AO_CO_CHECK(co_await store_.commit(std::move(batch)));
  co_return id;
}

}  // namespace ao::node
