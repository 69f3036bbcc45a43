// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/transaction.hpp"

#include <fmt/format.h>

#include "ao/base/assert.hpp"
#include "ao/message/deep_hash.hpp"
#include "ao/message/json.hpp"
#include "decimal.hpp"

namespace ao::settlement {
namespace {

using crypto::SignatureType;
using message::DeepList;
using message::List;
using message::Map;
using message::Value;

constexpr std::size_t kIdBytes = 32;
constexpr std::size_t kBlockBytes = 48;
constexpr std::size_t kAmountDigitsMax = 20;  // of all there is
constexpr std::size_t kTagsMax = 2'048;       // nodes take as many bytes of them

Bytes hash_of(const Transaction& transaction) {
  DeepList tags(transaction.tags.size());
  for (const message::Tag& tag : transaction.tags) {
    DeepList pair(2);
    pair.add(tag.name);
    pair.add(tag.value);
    tags.add(pair);
  }
  DeepList all(9);
  all.add("2");
  all.add(transaction.owner);
  all.add(transaction.target);
  all.add(transaction.quantity);
  all.add(transaction.reward);
  all.add(transaction.last_tx);
  all.add(tags);
  all.add(std::to_string(transaction.data_size));
  all.add(transaction.data_root);
  return Bytes(crypto::view(all.digest()));
}

MessageId id_of(BytesView signature) {
  return *MessageId::from_bytes(crypto::view(crypto::sha256(signature)));
}

std::unexpected<Error> malformed(std::string_view member, std::string_view what) {
  return fail(ErrorKind::kInvalid, "transaction-malformed",
              fmt::format("the transaction's \"{}\" {}", member, what));
}

bool has_one_of(std::size_t size, std::initializer_list<std::size_t> sizes) {
  for (const std::size_t each : sizes)
    if (size == each) return true;
  return false;
}

// Members that are base64url of bytes.
Result<Bytes> bytes_at(const Value& value, const char* name) {
  const Value* found = value.find(name);
  if (found == nullptr || found->bytes() == nullptr) return malformed(name, "is no text");
  auto bytes = from_base64url(*found->bytes());
  if (!bytes) return malformed(name, bytes.error().text);
  return bytes;
}

Result<Bytes> sized_at(const Value& value, const char* name,
                       std::initializer_list<std::size_t> sizes) {
  AO_TRY(bytes, bytes_at(value, name));
  if (!has_one_of(bytes.size(), sizes))
    return malformed(name, fmt::format("cannot have {} bytes", bytes.size()));
  return bytes;
}

Result<std::string> amount_at(const Value& value, const char* name) {
  const BytesView text = value.text(name);
  const bool has_digits = !text.empty() && text.size() <= kAmountDigitsMax &&
                          text.find_first_not_of("0123456789") == text.npos;
  if (!has_digits || (text.size() > 1 && text.front() == '0'))
    return malformed(name, "is no amount of winston");
  return std::string(text);
}

Result<message::Tags> tags_in(const Value& value) {
  const Value* found = value.find("tags");
  if (found == nullptr || found->list() == nullptr) return malformed("tags", "are no list");
  if (found->list()->size() > kTagsMax) return malformed("tags", "are too many");
  message::Tags tags;
  for (const Value& each : *found->list()) {
    AO_TRY(name, bytes_at(each, "name"));
    AO_TRY(tag_value, bytes_at(each, "value"));
    tags.push_back({std::move(name), std::move(tag_value)});
  }
  return tags;
}

}  // namespace

void Transaction::sign(const crypto::Key& wallet) {
  AO_ASSERT(wallet.type() == SignatureType::kArweave);
  owner = wallet.public_key();
  signature = wallet.sign(hash_of(*this));
  id = id_of(signature);
}

Result<> Transaction::verify() const {
  if (id != id_of(signature))
    return fail(ErrorKind::kInvalid, "transaction-id",
                fmt::format("transaction {} has the signature of another", id.text()));
  return crypto::verify(SignatureType::kArweave, owner, signature, hash_of(*this));
}

Bytes to_json(const Transaction& transaction, BytesView data) {
  List tags;
  for (const message::Tag& tag : transaction.tags)
    tags.push_back(Map{{"name", base64url(tag.name)}, {"value", base64url(tag.value)}});
  return message::to_json(Map{{"data", base64url(data)},
                              {"data_root", base64url(transaction.data_root)},
                              {"data_size", std::to_string(transaction.data_size)},
                              {"format", 2},
                              {"id", transaction.id.text()},
                              {"last_tx", base64url(transaction.last_tx)},
                              {"owner", base64url(transaction.owner)},
                              {"quantity", transaction.quantity},
                              {"reward", transaction.reward},
                              {"signature", base64url(transaction.signature)},
                              {"tags", std::move(tags)},
                              {"target", base64url(transaction.target)}});
}

Result<ReadTransaction> read_transaction(BytesView json) {
  const auto value = message::from_json(json);
  if (!value) return malformed("JSON", value.error().text);
  if (value->map() == nullptr) return malformed("JSON", "is no object");
  if (decimal_at(*value, "format") != 2)
    return fail(ErrorKind::kInvalid, "transaction-format", "the transaction is not of format 2");
  ReadTransaction read;
  Transaction& transaction = read.transaction;
  const auto id = MessageId::from_text(value->text("id"));
  if (!id) return malformed("id", "is no id");
  transaction.id = *id;
  const auto sizes = crypto::sizes_of(SignatureType::kArweave);
  AO_TRY(owner, sized_at(*value, "owner", {sizes.public_key}));
  AO_TRY(signature, sized_at(*value, "signature", {sizes.signature}));
  AO_TRY(last_tx, sized_at(*value, "last_tx", {0, kIdBytes, kBlockBytes}));
  AO_TRY(target, sized_at(*value, "target", {0, kIdBytes}));
  AO_TRY(root, sized_at(*value, "data_root", {0, kIdBytes}));
  AO_TRY(quantity, amount_at(*value, "quantity"));
  AO_TRY(reward, amount_at(*value, "reward"));
  AO_TRY(tags, tags_in(*value));
  const auto size = decimal_at(*value, "data_size");
  if (!size || (*size == 0) != root.empty())
    return malformed("data_size", "is none, or does not go with data_root");
  if (value->find("data") != nullptr) {
    AO_TRY(data, bytes_at(*value, "data"));
    read.data = std::move(data);
  }
  transaction.owner = std::move(owner);
  transaction.signature = std::move(signature);
  transaction.last_tx = std::move(last_tx);
  transaction.target = std::move(target);
  transaction.data_root = std::move(root);
  transaction.quantity = std::move(quantity);
  transaction.reward = std::move(reward);
  transaction.tags = std::move(tags);
  transaction.data_size = *size;
  return read;
}

Result<> check_data(const Transaction& transaction, BytesView data) {
  if (transaction.data_size == data.size() && transaction.data_root == Chunks(data).root())
    return {};
  return fail(ErrorKind::kInvalid, "transaction-data",
              fmt::format("transaction {} was not signed for this data", transaction.id.text()));
}

}  // namespace ao::settlement
