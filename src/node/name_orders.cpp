// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "name_orders.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/crypto/digest.hpp"
#include "ao/message/cbor.hpp"

namespace ao::node {

using api::NameOrder;
using message::List;
using message::Map;
using message::Value;

namespace {

Bytes digest_of(const NameOrder& order) {
  Map said{{"name", order.name}};
  if (order.value) said.set("value", *order.value);
  if (order.number) said.set("number", static_cast<std::int64_t>(*order.number));
  return Bytes(crypto::view(crypto::sha256(message::to_cbor(said))));
}

std::unexpected<Error> used(const NameOrder& order, std::string_view what) {
  return fail(ErrorKind::kConflict, "name-order-used",
              fmt::format("name {}: {}", order.name, what));
}

std::unexpected<Error> malformed() {
  return fail(ErrorKind::kInvalid, "name-orders-malformed",
              "the record of a name's orders is none");
}

}  // namespace

NameOrders NameOrders::of_value(const Bytes& name, std::optional<Bytes> value) {
  NameOrders orders;
  if (!value) return orders;
  orders.last_ = digest_of({name, std::move(value), std::nullopt});
  orders.ordered_.push_back(orders.last_);
  return orders;
}

Result<bool> NameOrders::take(const NameOrder& order) {
  Bytes digest = digest_of(order);
  if (digest == last_) return false;
  if (order.number) {
    if (*order.number <= number_)
      return used(order, fmt::format("an order with number {} was carried out, this one has {}",
                                     number_, *order.number));
    number_ = *order.number;
    ordered_.clear();
  } else {
    if (number_ > 0)
      return used(order, fmt::format("its orders have numbers, the next is over {}", number_));
    if (std::ranges::find(ordered_, digest) != ordered_.end())
      return used(order, "the same was ordered before; order it with a `number`");
    if (ordered_.size() >= kUnnumberedMax)
      return fail(ErrorKind::kTooLarge, "name-orders-max",
                  fmt::format("name {}: {} orders without a `number` were carried out, which is "
                              "the limit; order it with one",
                              order.name, kUnnumberedMax));
    ordered_.push_back(digest);
  }
  last_ = std::move(digest);
  return true;
}

Bytes NameOrders::stored() const {
  List ordered(ordered_.begin(), ordered_.end());
  return message::to_cbor(Map{{"last", last_},
                              {"number", static_cast<std::int64_t>(number_)},
                              {"ordered", std::move(ordered)}});
}

Result<NameOrders> NameOrders::read(BytesView value) {
  AO_TRY(decoded, message::from_cbor(value));
  const Value* number = decoded.find("number");
  const Value* last = decoded.find("last");
  const Value* ordered = decoded.find("ordered");
  if (number == nullptr || number->integer() == nullptr || *number->integer() < 0 ||
      last == nullptr || last->bytes() == nullptr || ordered == nullptr ||
      ordered->list() == nullptr)
    return malformed();
  NameOrders orders;
  orders.number_ = static_cast<std::uint64_t>(*number->integer());
  orders.last_ = *last->bytes();
  for (const Value& digest : *ordered->list()) {
    if (digest.bytes() == nullptr) return malformed();
    orders.ordered_.push_back(*digest.bytes());
  }
  return orders;
}

}  // namespace ao::node
