// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "mirror.hpp"

#include <fmt/format.h>

namespace ao::node {

Mirror::Mirror(std::size_t bytes_max, const std::filesystem::path& folder,
               const store::Store& store, NetworkItems& network, Verification& verification,
               async::Pool& cpu)
    : bytes_max_(bytes_max),
      store_(store),
      network_(network),
      verification_(verification),
      strand_(boost::asio::make_strand(cpu.executor())),
      cache_(folder, bytes_max) {}

Task<Result<Bytes>> Mirror::item(MessageId id, http::Network client) {
  Error unknown{ErrorKind::kNotFound, "item-unknown",
                fmt::format("no process, message or module {} is on this node", id.text())};
  if (!is_on()) co_return std::unexpected(std::move(unknown));
  auto found = co_await kept(id);
  if (found) co_return std::move(*found);
  std::string shortage = store_.shortage();
  Error no_room{ErrorKind::kUnavailable, "disk-low", shortage};
  if (!shortage.empty()) co_return std::unexpected(std::move(no_room));
  Bytes asker = asker_of(client);
  auto fetched = co_await network_.fetch(id, std::move(asker));
  if (!fetched && is_temporary(fetched.error())) co_return std::unexpected(fetched.error());
  if (!fetched) {
    unknown.text += ", and the gateways were asked: " + fetched.error().text;
    co_return std::unexpected(std::move(unknown));
  }
  Bytes bytes = fetched->item().bytes();
  auto keep = [this, id, &bytes] {
    cache_.put(id, bytes);
    return true;
  };
  co_await async::run_on(strand_, keep);
  co_return bytes;
}

// The disk may have altered it.
Task<std::optional<Bytes>> Mirror::kept(MessageId id) {
  auto look = [this, id] { return cache_.find(id); };
  auto found = co_await async::run_on(strand_, look);
  if (!found) co_return std::nullopt;
  const auto admitted = co_await verification_.admit(*found);
  if (admitted && admitted->id() == id) co_return found;
  auto forget = [this, id] {
    cache_.remove(id);
    return true;
  };
  co_await async::run_on(strand_, forget);
  co_return std::nullopt;
}

}  // namespace ao::node
