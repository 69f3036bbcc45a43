// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/bundle.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "bundle_table.hpp"

namespace ao::message {
namespace {

using bundle::kEntryBytes;
using bundle::kNumberBytes;
using bundle::put_number;

class Reader {
 public:
  explicit Reader(const BundleLimits& limits) : limits_(limits) {}

  // `place` names the bundle in errors: "", "item 2, ", "item 2, item 5, ".
  Result<std::vector<BundledItem>> read(BytesView body, const std::string& place,
                                        std::size_t depth) {
    if (depth == limits_.depth_max)
      return fail(ErrorKind::kTooLarge, "bundle-limit",
                  fmt::format("{}a bundle nests deeper than {}", place, limits_.depth_max));
    AO_TRY(count, number(body, 0, place));
    // The table must fit before anything is believed of it.
    if (count > (body.size() - kNumberBytes) / kEntryBytes)
      return fail(ErrorKind::kInvalid, "bundle-truncated",
                  fmt::format("{}a bundle of {} bytes cannot hold the table of {} items", place,
                              body.size(), count));
    read_ += count;
    if (read_ > limits_.items_max)
      return fail(ErrorKind::kTooLarge, "bundle-limit",
                  fmt::format("{}a bundle has more than {} items", place, limits_.items_max));

    std::vector<BundledItem> items;
    items.reserve(count);
    std::size_t at = kNumberBytes + count * kEntryBytes;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string name = fmt::format("{}item {}, ", place, i);
      const std::size_t entry = kNumberBytes + i * kEntryBytes;
      AO_TRY(size, number(body, entry, name));
      if (size > body.size() - at)
        return fail(ErrorKind::kInvalid, "bundle-size",
                    fmt::format("{}byte {}: it has {} bytes, the bundle ends after {}", name, at,
                                size, body.size() - at));
      AO_TRY(item, one(body.substr(at, size), name, depth));
      if (item.item.id().bytes() != body.substr(entry + kNumberBytes, kNumberBytes))
        return fail(ErrorKind::kInvalid, "bundle-id",
                    fmt::format("{}byte {}: the table gives another id than the item's {}", name,
                                entry + kNumberBytes, item.item.id().text()));
      items.push_back(std::move(item));
      at += size;
    }
    if (at != body.size())
      return fail(
          ErrorKind::kInvalid, "bundle-size",
          fmt::format("{}byte {}: {} bytes follow the last item", place, at, body.size() - at));
    return items;
  }

 private:
  Result<BundledItem> one(BytesView bytes, const std::string& name, std::size_t depth) {
    auto item = DataItem::parse(Bytes(bytes));
    if (!item) return fail(item.error().kind, item.error().code, name + item.error().text);
    std::vector<BundledItem> children;
    if (is_bundle(*item)) {
      AO_TRY(read, read(item->data(), name, depth + 1));
      children = std::move(read);
    }
    return BundledItem{std::move(*item), std::move(children)};
  }

  static Result<std::uint64_t> number(BytesView body, std::size_t at, const std::string& place) {
    if (body.size() < at + kNumberBytes)
      return fail(ErrorKind::kInvalid, "bundle-truncated",
                  fmt::format("{}the bundle ends at byte {}, inside the number at {}", place,
                              body.size(), at));
    return bundle::number(body.substr(at), at, place);
  }

  BundleLimits limits_;
  std::uint64_t read_ = 0;
};

}  // namespace

bool is_bundle(const DataItem& item) {
  return item.tag("Bundle-Format") == "binary" && item.tag("Bundle-Version") == "2.0.0";
}

Result<std::vector<BundledItem>> read_bundle(BytesView body, const BundleLimits& limits) {
  return Reader(limits).read(body, "", 0);
}

Bytes write_bundle(std::span<const DataItem> items) {
  std::size_t size = kNumberBytes + items.size() * kEntryBytes;
  for (const DataItem& item : items)
    size += item.bytes().size();
  Bytes out;
  out.reserve(size);
  put_number(out, items.size());
  for (const DataItem& item : items) {
    put_number(out, item.bytes().size());
    out += item.id().bytes();
  }
  for (const DataItem& item : items)
    out += item.bytes();
  return out;
}

}  // namespace ao::message
