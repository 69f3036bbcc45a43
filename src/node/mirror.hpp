// Items that clients ask for by id, that are not here, and that the gateways have: verified, and
// kept in a cache of a limited size on the disk.
//
// Off unless the settings give it room: a node is no proxy of the network for everybody. On a
// strand of the cpu pool; `item` is for any executor.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "item_cache.hpp"
#include "network_items.hpp"

namespace ao::node {

class Mirror {
 public:
  Mirror(std::size_t bytes_max, const std::filesystem::path& folder, const store::Store& store,
         NetworkItems& network, Verification& verification, async::Pool& cpu);

  bool is_on() const { return network_.is_on() && bytes_max_ > 0; }

  // As it was signed. Errors: kNotFound "item-unknown", with what the gateways say; temporary ones
  // of NetworkItems; kUnavailable "disk-low".
  Task<Result<Bytes>> item(MessageId id, http::Network client);

 private:
  Task<std::optional<Bytes>> kept(MessageId id);

  const std::size_t bytes_max_;
  const store::Store& store_;
  NetworkItems& network_;
  Verification& verification_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  ItemCache cache_;
};

}  // namespace ao::node
