// ANS-104 bundles: data items back to back, behind a table of their sizes and ids.
//
//   bundle = count:u256 *( size:u256 id:32 ) *item          integers little-endian
//
// A bundle is the data of an item with the tags Bundle-Format: binary and Bundle-Version: 2.0.0, or
// of an Arweave transaction; an item in it may be a bundle again. The signature of the outer item
// says nothing about the inner ones: each is verified on its own (`DataItem::verify`), by the
// caller. Pure functions, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "ao/message/data_item.hpp"

namespace ao::message {

struct BundleLimits {
  std::size_t items_max = 10'000;  // on all levels together
  std::size_t depth_max = 8;       // bundles within bundles
};

struct BundledItem {
  DataItem item;
  std::vector<BundledItem> items;  // of the bundle in its data, if its tags say that it is one
};

// Whether the tags say that the data is a bundle.
bool is_bundle(const DataItem& item);

// Errors, with the place in the bundle: "bundle-truncated", "bundle-number" for one over 64 bits,
// "bundle-size" when the sizes do not add up, "bundle-id" for an id that is not its item's,
// kTooLarge "bundle-limit"; and those of DataItem::parse.
Result<std::vector<BundledItem>> read_bundle(BytesView body, const BundleLimits& limits = {});

Bytes write_bundle(std::span<const DataItem> items);

}  // namespace ao::message
