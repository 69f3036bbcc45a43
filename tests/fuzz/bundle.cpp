// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/bundle.hpp"

#include "fuzz/fuzz.hpp"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t size_max);
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned seed);

namespace ao::message {
namespace {

constexpr std::size_t kNumberBytes = 32;
constexpr std::size_t kDepthMax = 3;
constexpr BundleLimits kLimits{.items_max = 20, .depth_max = kDepthMax};

std::uint64_t number(const std::uint8_t* at) {
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;)
    value = value << 8 | at[i];
  return value;
}

// Gives the table the ids of its items, and the last item whatever is left, as no blind change of
// bytes ever would.
void repair_table(std::uint8_t* data, std::size_t size) {
  if (size < kNumberBytes) return;
  const std::uint64_t count = number(data);
  if (count == 0 || count > (size - kNumberBytes) / (2 * kNumberBytes)) return;
  std::size_t at = kNumberBytes * (1 + 2 * count);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint8_t* const entry = data + kNumberBytes * (1 + 2 * i);
    if (i + 1 == count)
      for (unsigned byte = 0; byte < 8; ++byte)
        entry[byte] = static_cast<std::uint8_t>((size - at) >> (8 * byte));
    const std::uint64_t length = number(entry);
    if (length > size - at) return;
    const auto item = DataItem::parse(Bytes(fuzz::view(data + at, length)));
    if (item) item->id().bytes().copy(reinterpret_cast<char*>(entry + kNumberBytes), kNumberBytes);
    at += length;
  }
}

std::size_t check_items(const std::vector<BundledItem>& items, std::size_t depth) {
  AO_ASSERT(depth < kDepthMax);
  std::size_t count = items.size();
  for (const BundledItem& one : items) {
    AO_ASSERT(one.items.empty() || is_bundle(one.item));
    count += check_items(one.items, depth + 1);
    if (!is_bundle(one.item)) continue;
    std::vector<DataItem> inner;
    for (const BundledItem& child : one.items)
      inner.push_back(child.item);
    AO_ASSERT(write_bundle(inner) == one.item.data());
  }
  return count;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t size_max, unsigned seed) {
  size = LLVMFuzzerMutate(data, size, size_max);
  if (seed % 4 != 0) repair_table(data, size);
  return size;
}

// A bundle has one encoding on each of its levels, and what is read keeps to the limits.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  const auto items = read_bundle(input, kLimits);
  if (!items) {
    const bool is_of_bundle = items.error().code.starts_with("bundle-");
    return fuzz::refused(items.error(), is_of_bundle ? "bundle-" : "ans104-");
  }
  AO_ASSERT(check_items(*items, 0) <= kLimits.items_max);
  std::vector<DataItem> outer;
  for (const BundledItem& one : *items)
    outer.push_back(one.item);
  AO_ASSERT(write_bundle(outer) == input);
  return 0;
}

}  // namespace ao::message
