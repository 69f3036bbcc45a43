// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "caching.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>

#include "ao/codec/ans104.hpp"
#include "ao/codec/enclosed.hpp"
#include "ao/codec/structured.hpp"
#include "ao/message/cbor.hpp"
#include "ao/node/name_settings.hpp"
#include "cache_keys.hpp"

namespace ao::node {

using message::Admitted;
using message::DataItem;
using message::Map;

namespace {

constexpr std::uint64_t kLinkBytes = 128;  // a name counts as this many

std::optional<MessageId> id_at(const store::Store& store, const Bytes& key) {
  const auto value = store.get(key);
  return value ? MessageId::from_bytes(*value) : std::nullopt;
}

std::size_t size_of(const api::Upload& upload) {
  if (const auto* item = std::get_if<Bytes>(&upload.content)) return item->size();
  const auto& request = std::get<codec::Request>(upload.content);
  std::size_t bytes = request.form.body.size();
  for (const auto& [name, value] : request.form.fields)
    bytes += name.size() + value.bytes()->size();
  return bytes;
}

// Absent for an item whose tags are no keys.
std::optional<MessageId> content_of(const DataItem& item) {
  auto tabm = item.is_enclosed() ? codec::tabm_from_enclosed(item) : codec::tabm_from_item(item);
  if (!tabm) return std::nullopt;
  tabm->remove("commitments");
  const auto message = codec::message_from_tabm(*tabm);
  if (!message) return std::nullopt;
  const auto id = codec::uncommitted_id(*message);
  return id ? std::optional(*id) : std::nullopt;
}

std::unexpected<Error> full(std::uint64_t most) {
  return fail(ErrorKind::kTooLarge, "cache-full",
              fmt::format("what was written to the cache would have over {} bytes "
                          "(cache.bytes_max)",
                          most));
}

}  // namespace

Caching::Caching(const CacheSettings& settings, Address self, Pipeline& pipeline,
                 store::Store& store, const Clock& clock, async::Pool& net, async::Pool& verify)
    : settings_(settings),
      self_(std::move(self)),
      writers_(settings.writers.begin(), settings.writers.end()),
      pipeline_(pipeline),
      store_(store),
      clock_(clock),
      verify_(verify),
      strand_(boost::asio::make_strand(net.executor())) {
  const auto bytes = store_.get(kCacheBytesKey);
  if (bytes && bytes->size() == 8) bytes_ = get_u64be(*bytes);
}

bool Caching::may_write(const Address& address) const {
  return address == self_ || writers_.contains(address.text);
}

Result<> Caching::check_may_write(const Address& address) const {
  if (may_write(address)) return {};
  return fail(ErrorKind::kDenied, "cache-denied",
              fmt::format("Not authorized to write to the cache: {} is neither this node's "
                          "operator nor among cache.writers",
                          address.text));
}

Result<> Caching::check_bytes(const api::Upload& upload) const {
  const std::size_t bytes = size_of(upload);
  if (bytes <= settings_.message_bytes_max) return {};
  return fail(ErrorKind::kTooLarge, "cache-message-size",
              fmt::format("the message has {} bytes, the limit is {} (cache.message_bytes_max)",
                          bytes, settings_.message_bytes_max));
}

Task<Result<api::Cached>> Caching::write(api::Upload upload, std::optional<Address> writer) {
  if (writer) AO_CO_CHECK(check_may_write(*writer));
  AO_CO_CHECK(check_bytes(upload));
  AO_CO_CHECK(pipeline_.accept().check_room());
  AO_CO_TRY(admitted, co_await pipeline_.accept().accept_from_client(std::move(upload)));
  if (!writer) writer = admitted.signer();
  AO_CO_CHECK(check_may_write(*writer));
  if (admitted.kind() == Admitted::Kind::kSpawn)
    co_return Result<api::Cached>(
        fail(ErrorKind::kInvalid, "cache-process",
             "the message is a process, which is scheduled: POST it to /push"));
  const DataItem& item = admitted.item();
  auto work = [&item] { return content_of(item); };
  const auto content = co_await async::run_on(verify_.executor(), work);
  auto putting = put(item, content, std::move(*writer));
  auto cached =
      co_await boost::asio::co_spawn(strand_, std::move(putting), boost::asio::use_awaitable);
  co_return cached;
}

bool Caching::is_here(const MessageId& id) const {
  return pipeline_.records().item(id) || pipeline_.log().find(id);
}

Task<Result<api::Cached>> Caching::put(DataItem item, std::optional<MessageId> content,
                                       Address writer) {
  const MessageId id = item.id();
  const auto kept = pipeline_.records().item(id);
  if (kept && kept->bytes() != item.bytes())
    co_return Result<api::Cached>(fail(ErrorKind::kConflict, "message-id-taken",
                                       fmt::format("item {} is kept with other bytes", id.text())));
  store::Batch batch;
  std::uint64_t more = 0;
  if (!is_here(id)) {
    const auto now = static_cast<std::int64_t>(clock_.now().milliseconds);
    const Map record{{"at", now}, {"by", writer.text}};
    process::Records::write(item, batch);
    batch.move_in(cached_item_key(id), message::to_cbor(record));
    more = item.bytes().size();
  }
  if (content && item_of(*content) != id) {
    batch.put(cached_content_key(*content), id.bytes());
    more += kLinkBytes;
  }
  AO_CO_CHECK(co_await commit(std::move(batch), more));
  co_return api::Cached{id, content};
}

// Nothing but the write comes between what is counted and its place among the commits.
Task<Result<>> Caching::commit(store::Batch batch, std::uint64_t more) {
  if (more > settings_.bytes_max || bytes_ > settings_.bytes_max - more)
    co_return Result<>(full(settings_.bytes_max));
  bytes_ += more;
  if (more > 0) {
    Bytes count;
    put_u64be(count, bytes_);
    batch.put(kCacheBytesKey, count);
  }
  auto done = co_await store_.commit(std::move(batch));
  if (!done) bytes_ -= more;
  co_return done;
}

Task<Result<>> Caching::link(Bytes name, MessageId id, Address writer) {
  AO_CO_CHECK(check_may_write(writer));
  AO_CO_CHECK(pipeline_.accept().check_room());
  if (!is_name(name))
    co_return Result<>(
        fail(ErrorKind::kInvalid, "cache-link",
             fmt::format("'{}' is no name: up to 64 letters, digits and -_.", name.substr(0, 64))));
  const auto content = item_of(id);
  const MessageId item = content ? *content : id;
  if (!is_here(item))
    co_return Result<>(fail(ErrorKind::kNotFound, "item-unknown",
                            fmt::format("no message {} is on this node", id.text())));
  store::Batch batch;
  batch.put(cached_name_key(name), item.bytes());
  const std::uint64_t more = linked(name) ? 0 : kLinkBytes;
  auto committing = commit(std::move(batch), more);
  auto done =
      co_await boost::asio::co_spawn(strand_, std::move(committing), boost::asio::use_awaitable);
  co_return done;
}

std::optional<MessageId> Caching::linked(BytesView name) const {
  if (!is_name(name)) return std::nullopt;
  return id_at(store_, cached_name_key(name));
}

std::optional<MessageId> Caching::item_of(const MessageId& content) const {
  return id_at(store_, cached_content_key(content));
}

}  // namespace ao::node
