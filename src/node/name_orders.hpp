// The operator's orders about one name, so that none of them counts twice.
//
// An order is a signed request, which whoever sees it can send again. Two rules keep it from being
// carried out again once another order came after it:
//
//   with a number     it must be greater than that of every order before
//   without a number  the same was never ordered before, and none had a number
//
// The order that was carried out last may come again, since its answer may have been lost: it
// changes nothing. What is kept is bounded: digests of up to 1,000 orders without a number, which
// go when the first one with a number comes. Pure; a value that belongs to whoever holds it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ao/api/names.hpp"

namespace ao::node {

class NameOrders {
 public:
  static constexpr std::size_t kUnnumberedMax = 1'000;

  // Of a name that stood for something before its orders were kept, if it did.
  static NameOrders of_value(const Bytes& name, std::optional<Bytes> value);

  // False when it is the last one once more. Errors: kConflict "name-order-used"; kTooLarge
  // "name-orders-max".
  Result<bool> take(const api::NameOrder& order);

  Bytes stored() const;                             // CBOR
  static Result<NameOrders> read(BytesView value);  // errors: "name-orders-malformed"

 private:
  std::uint64_t number_ = 0;    // of the last order; 0: it had none
  Bytes last_;                  // its digest; empty: there was none
  std::vector<Bytes> ordered_;  // digests of all, while none had a number
};

}  // namespace ao::node
