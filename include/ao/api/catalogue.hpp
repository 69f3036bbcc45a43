// What a gateway is asked: which items there are, and what they say of themselves.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/message/item_index.hpp"

namespace ao::api {

// Every list that is not empty must match; an item matches a tag with any of its values, and with
// any at all when none is named. An owner of "" is nobody.
struct ItemQuery {
  struct Tag {
    Bytes name;
    std::vector<Bytes> values;
  };
  std::vector<MessageId> ids;
  std::vector<Bytes> owners;      // addresses
  std::vector<Bytes> recipients;  // targets, as text
  std::vector<Tag> tags;          // names and values compare with case
  std::size_t first = 10;
  Bytes after;  // the place of the item before; empty: from the first on
  bool is_oldest_first = false;
};

struct ItemFacts {
  Bytes place;  // in the order of all (message/item_index.hpp)
  Bytes id;     // 43 characters; that of a module that is built in, too
  Bytes owner;
  Bytes owner_key;
  Bytes recipient;
  Bytes anchor;
  Bytes signature;
  message::Tags tags;
  std::size_t data_bytes = 0;
  std::optional<Timestamp> time;  // when it was scheduled
};

// What the queries of one request may look at together; they take of it.
struct SearchBudget {
  std::size_t items = 20'000;
  std::size_t bytes = 256 << 20;
};

struct FoundItems {
  std::vector<ItemFacts> items;
  bool has_more = false;
};

}  // namespace ao::api
