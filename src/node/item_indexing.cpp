// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "item_indexing.hpp"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include "ao/base/log.hpp"
#include "ao/message/item_index.hpp"

namespace ao::node {

namespace index = message::item_index;

namespace {

constexpr BytesView kDone = "done";
constexpr std::size_t kPieceItems = 128;
constexpr std::size_t kPieceBytes = 4 << 20;
constexpr std::chrono::milliseconds kRetryPause{100};  // when the store has no room for a write

void put_all(const message::DataItem& item, Timestamp at, index::Kind kind, store::Batch& batch) {
  for (Bytes& found_by : index::keys_of(item, at))
    batch.move_in(std::move(found_by), Bytes(1, static_cast<char>(kind)));
}

}  // namespace

void ItemIndexing::audit(const store::Store& store, Findings& findings) {
  const schedule::Log log(store);
  store.scan(index::kTable, index::kTable, [&](BytesView key, BytesView value) {
    const BytesView place =
        key.substr(std::min(key.size(), index::kTable.size() + index::kListBytes));
    if (place.size() != index::kPlaceBytes) return true;  // how far it is; other sizes are told of
    const MessageId id = index::id_in(place);
    const bool is_item = value == BytesView("d") && store.get('d' + Bytes(id.bytes()));
    const bool is_process = value == BytesView("p") && log.count(process_named_by(id));
    if (!is_item && !is_process)
      findings.add(fmt::format("the index of items (G) has {}, which is not there", id.text()));
    return true;
  });
}

ItemIndexing::ItemIndexing(store::Store& store, const schedule::Log& log, async::Pool& pool)
    : store_(store), log_(log), strand_(boost::asio::make_strand(pool.executor())) {}

void ItemIndexing::resume() {
  const auto state = store_.get(index::kTable);
  bool is_empty = true;
  const auto see = [&is_empty](BytesView, BytesView) { return is_empty = false; };
  store_.scan("d", "d", see);
  store_.scan("h", "h", see);
  is_done_ = is_empty || state == kDone;
  if (state != kDone) group_.spawn(strand_, index_all());
}

void ItemIndexing::stop() {
  is_stopping_ = true;
  group_.join();
}

Task<> ItemIndexing::index_all() {
  try {
    Bytes behind = store_.get(index::kTable).value_or("d");
    std::size_t pieces = 0;
    while (!is_stopping_ && behind != kDone) {
      Piece piece = next_piece(behind);
      behind = piece.reached.empty() ? Bytes(kDone) : piece.reached;
      piece.batch.put(index::kTable, behind);
      Result<> written;
      while (!is_stopping_) {
        store::Batch copy = piece.batch;
        written = co_await store_.commit(std::move(copy));
        if (written || written.error().kind != ErrorKind::kBusy) break;
        boost::asio::steady_timer pause(strand_, kRetryPause);
        co_await pause.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
      }
      if (!written) {
        log::error("items are not indexed", {{"reason", written.error().text}});
        co_return;
      }
      ++pieces;
      if (behind == kDone) is_done_ = true;
    }
    if (pieces > 1 && is_done_) log::info("the items and processes of this store were indexed");
  } catch (const store::Unreadable& error) {
    log::error("items are not indexed", {{"reason", error.what()}});
  }
}

ItemIndexing::Piece ItemIndexing::next_piece(const Bytes& behind) const {
  Piece piece;
  std::size_t items = 0, bytes = 0;
  const auto visit = [&](BytesView key, BytesView value) {
    if (key == behind) return true;
    if (items >= kPieceItems || bytes >= kPieceBytes) return false;
    add(key, value, piece.batch);
    piece.reached = key;
    ++items;
    bytes += value.size();
    return true;
  };
  if (behind.starts_with('d')) store_.scan("d", behind, visit);
  const bool is_in_heads = behind.starts_with('h');
  if (items < kPieceItems && bytes < kPieceBytes)
    store_.scan("h", is_in_heads ? BytesView(behind) : BytesView("h"), visit);
  if (items < kPieceItems && bytes < kPieceBytes) piece.reached.clear();
  return piece;
}

void ItemIndexing::add(BytesView key, BytesView value, store::Batch& batch) const {
  if (key.starts_with('d')) {
    if (const auto item = message::DataItem::parse(Bytes(value)))
      put_all(*item, Timestamp{}, index::Kind::kItem, batch);
    return;
  }
  const auto process = ProcessId::from_bytes(key.substr(1));
  const auto spawn = process ? log_.spawn(*process) : std::nullopt;
  if (spawn) put_all(spawn->body(), spawn->timestamp(), index::Kind::kProcess, batch);
}

}  // namespace ao::node
