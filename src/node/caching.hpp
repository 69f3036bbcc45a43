// What named signers write here (api::Cache).
//
//   d item        the item, as all that are not scheduled
//   C             bytes of all that was written
//   C i item      who wrote it and when, CBOR: an item that is here for that, and not settled
//   C u content   the item that has this content, by its uncommitted id
//   C n name      the item that the name stands for
//
// Writes are decided one after the other on a strand, so that what they have together is counted in
// the order in which it gets durable. Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>
#include <set>

#include "ao/api/cache.hpp"
#include "ao/node/cache_settings.hpp"
#include "pipeline.hpp"

namespace ao::node {

class Caching final : public api::Cache {
 public:
  Caching(const CacheSettings& settings, Address self, Pipeline& pipeline, store::Store& store,
          const Clock& clock, async::Pool& net, async::Pool& verify);

  bool may_write(const Address& address) const override;
  Task<Result<api::Cached>> write(api::Upload upload, std::optional<Address> writer) override;
  Task<Result<>> link(Bytes name, MessageId id, Address writer) override;
  std::optional<MessageId> linked(BytesView name) const override;

  // The item that has this content.
  std::optional<MessageId> item_of(const MessageId& content) const;

 private:
  Result<> check_may_write(const Address& address) const;
  Result<> check_bytes(const api::Upload& upload) const;
  bool is_here(const MessageId& id) const;
  Task<Result<api::Cached>> put(message::DataItem item, std::optional<MessageId> content,
                                Address writer);
  Task<Result<>> commit(store::Batch batch, std::uint64_t more);

  const CacheSettings settings_;
  const Address self_;
  const std::set<std::string, std::less<>> writers_;
  Pipeline& pipeline_;
  store::Store& store_;
  const Clock& clock_;
  async::Pool& verify_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  std::uint64_t bytes_ = 0;  // belongs to the strand
};

}  // namespace ao::node
