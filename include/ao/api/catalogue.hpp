// What a gateway is asked: which items there are, and what they say of themselves.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "ao/base/clock.hpp"
#include "ao/message/data_item.hpp"

namespace ao::api {

// Every list that is not empty must match; an item matches a tag with any of its values.
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
  std::size_t skip = 0;
  bool is_oldest_first = false;
};

struct ItemFacts {
  Bytes id;  // 43 characters; that of a module that is built in, too
  Bytes owner;
  Bytes owner_key;
  Bytes recipient;
  Bytes anchor;
  Bytes signature;
  message::Tags tags;
  std::size_t data_bytes = 0;
  std::optional<Timestamp> time;  // when it was scheduled
};

struct FoundItems {
  std::vector<ItemFacts> items;
  bool has_more = false;
};

}  // namespace ao::api
