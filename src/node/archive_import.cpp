// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <map>

#include "ao/async/pool.hpp"
#include "ao/codec/enclosed.hpp"
#include "ao/message/bundle_file.hpp"
#include "ao/node/archive.hpp"
#include "ao/process/records.hpp"
#include "ao/settlement/journal.hpp"

namespace ao::node {
namespace {

using message::Assignment;
using message::BundleReader;
using message::DataItem;

constexpr std::size_t kItemsAtOnce = 512;
constexpr std::size_t kBytesAtOnce = 16 << 20;

bool is_scheduled(const DataItem& item) {
  return item.tag("Type") == "Process" || !item.target().empty();
}

// Anyone may say that a message, or an item that is not scheduled, is of Type Assignment: what
// counts is that it stands behind a message that it is of.
bool is_assignment_of(const DataItem& item, const DataItem& message) {
  return is_scheduled(message) && item.tag("Type") == "Assignment" &&
         item.tag("Message") == message.id().text();
}

class Import {
 public:
  Import(store::Store& store, const ImportSettings& settings, const Progress& progress)
      : store_(store),
        settings_(settings),
        records_(store),
        adoption_(store, settings.adoption),
        pool_("import", settings.threads),
        progress_(progress) {}

  Result<ArchiveCount> read(const std::filesystem::path& file) {
    AO_TRY(reader, BundleReader::open(file));
    for (;;) {
      AO_TRY(items, next_items(*reader));
      if (items.empty()) break;
      AO_CHECK(verify(items));
      for (DataItem& item : items)
        AO_CHECK(take(std::move(item)));
      AO_CHECK(commit());
      progress_(reader->read(), reader->items());
    }
    AO_CHECK(keep_held());
    AO_CHECK(commit());
    return count_;
  }

 private:
  static Result<std::vector<DataItem>> next_items(BundleReader& reader) {
    std::vector<DataItem> items;
    std::size_t bytes = 0;
    while (items.size() < kItemsAtOnce && bytes < kBytesAtOnce) {
      AO_TRY(item, reader.next());
      if (!item) break;
      bytes += item->bytes().size();
      auto within = codec::unwrapped(*item);
      items.push_back(within ? std::move(*within) : std::move(*item));
    }
    return items;
  }

  Result<> verify(const std::vector<DataItem>& items) {
    std::vector<std::future<Result<>>> verified;
    for (const DataItem& item : items)
      verified.push_back(boost::asio::post(
          pool_.executor(), boost::asio::use_future([&item] { return codec::verify_item(item); })));
    Result<> first;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const Result<> one = verified[i].get();  // each is waited for: it refers to its item
      if (!one && first)
        first = fail(one.error().kind, one.error().code,
                     fmt::format("item {}: {}", items[i].id().text(), one.error().text));
    }
    return first;
  }

  // A message is held until its assignment comes.
  Result<> take(DataItem item) {
    count_.bytes += item.bytes().size();
    if (held_ && is_assignment_of(item, *held_)) return take_assignment(std::move(item));
    AO_CHECK(keep_held());
    held_ = std::move(item);
    return {};
  }

  Result<> take_assignment(DataItem item) {
    DataItem body = std::move(*held_);
    held_.reset();
    const MessageId id = item.id();
    auto assignment = message::Assignment::recognise(std::move(item), std::move(body));
    if (!assignment)
      return fail(assignment.error().kind, assignment.error().code,
                  fmt::format("assignment {}: {}", id.text(), assignment.error().text));
    if (process_ != assignment->process()) {
      AO_CHECK(commit());
      process_ = assignment->process();
      ++count_.processes;
    }
    AO_TRY(is_new, adoption_.take(*assignment, draft_));
    ++(is_new ? count_.messages : count_.already_here);
    return {};
  }

  // What had no assignment behind it.
  Result<> keep_held() {
    if (!held_) return {};
    const DataItem item = std::move(*held_);
    held_.reset();
    if (is_scheduled(item))
      return fail(ErrorKind::kInvalid, "archive-order",
                  fmt::format("message {} has no assignment behind it", item.id().text()));
    if (item.tag("Type") == "Assignment" && is_by_scheduler(item))
      return fail(ErrorKind::kInvalid, "archive-order",
                  fmt::format("assignment {} has no message before it", item.id().text()));
    const auto here = records_.item(item.id());
    if (here && here->bytes() != item.bytes())
      return fail(ErrorKind::kConflict, "item-taken",
                  fmt::format("this store has item {} with other bytes", item.id().text()));
    ++(here ? count_.already_here : count_.items);
    if (!here) process::Records::write(item, items_);
    if (!here) settlement::Journal::mark_item(item.id(), items_);
    return {};
  }

  bool is_by_scheduler(const DataItem& item) const {
    return settings_.adoption.schedulers.contains(item.signer());
  }

  template <class T>
  T wait_for(Task<T> task) {
    return boost::asio::co_spawn(pool_.executor(), std::move(task), boost::asio::use_future).get();
  }

  Result<> commit() {
    if (!items_.empty()) AO_CHECK(wait_for(store_.commit(std::exchange(items_, {}))));
    if (draft_.entries.empty()) return {};
    const store::Shard shard = store_.logs().shard_of(*process_);
    if (!owned_.contains(shard)) {
      AO_TRY(head, wait_for(store_.logs().open(shard)));
      owned_.emplace(shard, head);
    }
    auto [entries, beside] = std::exchange(draft_, {});
    AO_TRY(head, wait_for(store_.logs().append(shard, owned_.at(shard), std::move(entries),
                                               std::move(beside))));
    owned_.at(shard) = head;
    return {};
  }

  store::Store& store_;
  const ImportSettings& settings_;
  process::Records records_;
  schedule::Adoption adoption_;
  async::Pool pool_;
  const Progress& progress_;
  store::Batch items_;  // not scheduled
  schedule::Adoption::Draft draft_;
  std::map<store::Shard, store::ShardHead> owned_;
  std::optional<DataItem> held_;
  std::optional<ProcessId> process_;
  ArchiveCount count_;
};

}  // namespace

Result<ArchiveCount> import_schedules(store::Store& store, const std::filesystem::path& file,
                                      const ImportSettings& settings, const Progress& progress) {
  return Import(store, settings, progress).read(file);
}

}  // namespace ao::node
