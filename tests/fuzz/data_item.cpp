// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/data_item.hpp"

#include <algorithm>
#include <array>

#include "ao/codec/enclosed.hpp"
#include "ao/crypto/digest.hpp"
#include "fuzz/fuzz.hpp"

namespace ao::message {
namespace {

const crypto::Key& key() {
  static const auto key = crypto::Key::from_jwk(R"({"kty":"OKP","crv":"Ed25519",
      "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
      "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  return **key;
}

// Every field is a view of the item's own bytes; nothing is missed or read twice.
void check_fields(const DataItem& item) {
  const Bytes& bytes = item.bytes();
  std::size_t taken = 2 + 1 + 1 + 8 + 8 + (item.is_enclosed() ? 8 : 0);
  for (const BytesView field :
       {item.signature(), item.owner(), item.target(), item.anchor(), item.proof(), item.data()}) {
    AO_ASSERT(fuzz::lies_inside(field, bytes));
    taken += field.size();
  }
  const std::size_t tag_bytes_max = item.is_enclosed() ? 256 << 10 : 4096;
  AO_ASSERT(taken <= bytes.size() && bytes.size() - taken <= tag_bytes_max);
  AO_ASSERT(item.target().empty() || item.target().size() == 32);
  AO_ASSERT(item.anchor().empty() || item.anchor().size() == 32);
  AO_ASSERT(bytes.ends_with(item.data()));
  AO_ASSERT(item.tags().size() <= (item.is_enclosed() ? 1024 : 128));
  AO_ASSERT(item.id().bytes() == crypto::view(crypto::sha256(item.signature())));
  AO_ASSERT(item.signer() == crypto::address_of(item.type(), item.owner()));
}

// Somebody else can say the same: the tags are written and read as they were.
void check_signed_again(const DataItem& item) {
  const Draft draft{Bytes(item.target()), Bytes(item.anchor()), item.tags(), Bytes(item.data())};
  const auto again = DataItem::sign(draft, key());
  AO_ASSERT(again.has_value());
  AO_ASSERT(again->tags() == item.tags() && again->data() == item.data());
  AO_ASSERT(again->target() == item.target() && again->anchor() == item.anchor());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input = fuzz::view(data, size);
  auto item = DataItem::parse(Bytes(input));
  if (!item) return fuzz::refused(item.error(), "ans104-");
  AO_ASSERT(item->bytes() == input);
  check_fields(*item);
  const DataItem copy = *item;
  const DataItem moved = std::move(*item);
  AO_ASSERT(copy.bytes() == moved.bytes());
  check_fields(copy);
  check_fields(moved);
  if (moved.type() == crypto::SignatureType::kArweave) return 0;  // RSA is too slow for this
  if (moved.is_enclosed()) {
    AO_ASSERT(!moved.verify());
    // Nobody can have signed this: whatever the proof holds, it is read and refused.
    AO_ASSERT(!codec::verify_item(moved));
    return 0;
  }
  check_signed_again(moved);
  const auto verified = moved.verify();
  const auto is_of_a_signature = [](std::string_view code) {
    return std::ranges::any_of(
        std::array<std::string_view, 5>{"signature-", "key-", "ed25519-", "ethereum-", "rsa-"},
        [&](std::string_view family) { return code.starts_with(family); });
  };
  AO_ASSERT(verified || is_of_a_signature(verified.error().code));
  return 0;
}

}  // namespace ao::message
