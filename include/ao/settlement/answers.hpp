// What bundlers and gateways are asked, and what their answers mean.
//
// A bundler is asked to take an item (POST URL/tx). Where an item is, is told by
//   GET URL/tx/ID/status   as Arweave nodes and gateways answer it, {"block_height",
//                          "number_of_confirmations"}, and as bundlers do, {"status": "FINALIZED"}
//   POST URL/graphql       the block of an item, also of one within a bundle
//   GET URL/info           how high the last block is
// Pure; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/base/ids.hpp"

namespace ao::settlement {

// Whether a bundler took the item. Errors: kConflict "bundler-id" when it names another item; kBusy
// "bundler-busy" for 429; kUnavailable "bundler-failed" for other answers of servers that may do it
// later; kInvalid "bundler-refused" for what it says of this item or of this node: 400, 402, 413.
Result<> taken(unsigned status, BytesView body, const MessageId& item);

struct Sight {
  enum class What {
    kAbsent,   // it is not known there
    kPending,  // it is known, and in no block
    kInBlock,  // as deep as `depth` says
    kFinal,    // for good, by the word of who bundled it
    kFailed,   // given up by who had taken it
  };

  What what = What::kAbsent;
  std::uint64_t height = 0;  // of the block; 0: not told
  std::uint64_t depth = 0;   // 1: it is in the last block

  bool operator==(const Sight&) const = default;
};

// Nullopt: the answer is none of these, ask otherwise.
std::optional<Sight> sight_in_status(unsigned status, BytesView body);

// Which block an item is in. Of the answer: nullopt when it is none; height 0: in no block.
Bytes block_query(const MessageId& item);
std::optional<Sight> sight_in_graphql(BytesView body, const MessageId& item);

// The height of the last block, of /info or /.
std::optional<std::uint64_t> height_in_info(BytesView body);

// Where bundles and items of a process are, page by page; `after` is the last page's cursor.
struct FoundBundle {
  MessageId id;
  Bytes cursor;
};
Bytes bundles_query(const ProcessId& process, BytesView after);      // that name the process
Bytes item_bundles_query(const MessageId& item, BytesView after);    // that name an item
Bytes scheduler_query(const Address& scheduler, BytesView after);    // all that it signed
Bytes assignments_query(const ProcessId& process, BytesView after);  // single ones; their bundles
// `is_parent`: of each the bundle that it is in. Errors: "gateway-answer".
Result<std::vector<FoundBundle>> bundles_in(BytesView body, bool is_parent);

}  // namespace ao::settlement
