// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/data_item.hpp"

#include <fmt/format.h>

#include "ao/crypto/digest.hpp"
#include "avro_tags.hpp"
#include "deep_hash.hpp"

namespace ao::message {
namespace {

constexpr std::size_t kIdBytes = 32;
constexpr std::uint64_t kEnclosed = 0x0100;  // added to the type of the signature

struct TagLimits {
  std::size_t tags;
  std::size_t bytes;
};
constexpr TagLimits kItemLimits{kTagsMax, kTagBytesMax};
constexpr TagLimits kEnclosedLimits{1024, 256 << 10};

std::uint64_t little_endian(BytesView bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

void put_little_endian(Bytes& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i)
    out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

// Takes fields off the front, and says where it stands when one is missing.
class Fields {
 public:
  explicit Fields(BytesView bytes) : bytes_(bytes) {}

  Result<std::size_t> skip(std::size_t size, std::string_view name) {
    const std::size_t start = at_;
    if (bytes_.size() - at_ < size)
      return fail(ErrorKind::kInvalid, "ans104-truncated",
                  fmt::format("the item ends at byte {}, inside its {} (bytes {} to {})",
                              bytes_.size(), name, start, start + size));
    at_ += size;
    return start;
  }

  // The offset of an optional 32-byte field, or nullopt when its presence byte is 0.
  Result<std::optional<std::size_t>> optional(std::string_view name) {
    AO_TRY(presence, skip(1, name));
    const char flag = bytes_[presence];
    if (flag == 0) return std::optional<std::size_t>();
    if (flag != 1)
      return fail(ErrorKind::kInvalid, "ans104-presence",
                  fmt::format("byte {}: the presence byte of the {} is {}, it must be 0 or 1",
                              presence, name, static_cast<unsigned char>(flag)));
    AO_TRY(start, skip(kIdBytes, name));
    return std::optional(start);
  }

  Result<std::uint64_t> number(std::size_t size, std::string_view name) {
    AO_TRY(start, skip(size, name));
    return little_endian(bytes_.substr(start, size));
  }

  std::size_t at() const { return at_; }

 private:
  BytesView bytes_;
  std::size_t at_ = 0;
};

MessageId id_of(BytesView signature) {
  return *MessageId::from_bytes(crypto::view(crypto::sha256(signature)));
}

Result<> check_tag_limits(std::uint64_t count, std::uint64_t bytes, const TagLimits& limits) {
  if (count > limits.tags)
    return fail(ErrorKind::kTooLarge, "ans104-tags-max",
                fmt::format("the item has {} tags, over the limit of {}", count, limits.tags));
  if (bytes > limits.bytes)
    return fail(
        ErrorKind::kTooLarge, "ans104-tag-bytes-max",
        fmt::format("the item has {} tag bytes, over the limit of {}", bytes, limits.bytes));
  return {};
}

// The tag area of a draft that an item can hold.
Result<Bytes> checked_tags(const Draft& draft, const TagLimits& limits = kItemLimits) {
  for (const auto& [name, value] :
       {std::pair("target", &draft.target), std::pair("anchor", &draft.anchor)})
    if (!value->empty() && value->size() != kIdBytes)
      return fail(ErrorKind::kInvalid, "ans104-field-size",
                  fmt::format("a {} has {} bytes, this one {}", name, kIdBytes, value->size()));
  Bytes avro = write_tags(draft.tags);
  AO_CHECK(check_tag_limits(draft.tags.size(), avro.size(), limits));
  for (const Tag& tag : draft.tags)
    if (tag.name.empty())
      return fail(ErrorKind::kInvalid, "ans104-tag-name-empty", "a tag has an empty name");
  return avro;
}

Result<> check_sizes(crypto::SignatureType type, BytesView owner, BytesView signature) {
  const auto sizes = crypto::sizes_of(type);
  if (owner.size() == sizes.public_key && signature.size() == sizes.signature) return {};
  return fail(
      ErrorKind::kInvalid, "ans104-field-size",
      fmt::format("an item of type {} has a key of {} bytes and a signature of {}, not {} and {}",
                  static_cast<int>(type), sizes.public_key, sizes.signature, owner.size(),
                  signature.size()));
}

Bytes joined(const Draft& draft, BytesView avro, crypto::SignatureType type, BytesView owner,
             BytesView signature, std::optional<BytesView> proof = std::nullopt) {
  Bytes bytes;
  bytes.reserve(100 + signature.size() + owner.size() + avro.size() + draft.data.size() +
                (proof ? proof->size() : 0));
  put_little_endian(bytes, static_cast<std::uint64_t>(type) | (proof ? kEnclosed : 0), 2);
  bytes += signature;
  bytes += owner;
  for (const Bytes* field : {&draft.target, &draft.anchor}) {
    bytes.push_back(field->empty() ? '\0' : '\1');
    bytes += *field;
  }
  put_little_endian(bytes, draft.tags.size(), 8);
  put_little_endian(bytes, avro.size(), 8);
  bytes += avro;
  if (proof) {
    put_little_endian(bytes, proof->size(), 8);
    bytes += *proof;
  }
  bytes += draft.data;
  return bytes;
}

}  // namespace

const Bytes* find_tag(const Tags& tags, BytesView name) {
  for (const Tag& tag : tags)
    if (same_key(tag.name, name)) return &tag.value;
  return nullptr;
}

BytesView DataItem::tag(BytesView name) const {
  const Bytes* value = find_tag(tags_, name);
  return value != nullptr ? BytesView(*value) : BytesView();
}

Result<DataItem> DataItem::parse(Bytes bytes) {
  DataItem item;
  item.bytes_ = std::move(bytes);
  Fields fields(item.bytes_);
  AO_TRY(number, fields.number(2, "signature type"));
  item.is_enclosed_ = (number & kEnclosed) != 0;
  const auto type = crypto::signature_type(static_cast<std::uint16_t>(number & ~kEnclosed));
  if (!type)
    return fail(ErrorKind::kInvalid, "ans104-type",
                fmt::format("unknown signature type {}: this node verifies 1, 2 and 3", number));
  const auto sizes = crypto::sizes_of(*type);
  item.type_ = *type;
  item.signature_size_ = sizes.signature;
  item.owner_size_ = sizes.public_key;
  AO_CHECK(fields.skip(sizes.signature, "signature"));
  AO_CHECK(fields.skip(sizes.public_key, "owner"));
  AO_TRY(target, fields.optional("target"));
  AO_TRY(anchor, fields.optional("anchor"));
  if (target) item.target_ = {*target, kIdBytes};
  if (anchor) item.anchor_ = {*anchor, kIdBytes};
  AO_TRY(tag_count, fields.number(8, "tag count"));
  AO_TRY(tag_bytes, fields.number(8, "tag byte count"));
  AO_CHECK(
      check_tag_limits(tag_count, tag_bytes, item.is_enclosed_ ? kEnclosedLimits : kItemLimits));
  AO_TRY(avro, fields.skip(tag_bytes, "tags"));
  item.avro_ = {avro, tag_bytes};
  if (item.is_enclosed_) {
    AO_TRY(proof_bytes, fields.number(8, "proof byte count"));
    AO_TRY(proof, fields.skip(proof_bytes, "proof"));
    item.proof_ = {proof, proof_bytes};
  }
  item.data_offset_ = fields.at();
  if (tag_count == 0 && tag_bytes > 0)  // no tags have one spelling
    return fail(
        ErrorKind::kInvalid, "ans104-tag-bytes-unused",
        fmt::format("tags, byte {}: the item says it has no tags, in {} bytes", avro, tag_bytes));
  if (tag_count > 0 && tag_bytes == 0)
    return fail(
        ErrorKind::kInvalid, "ans104-tag-count",
        fmt::format("tags, byte {}: the item says it has {} tags, in 0 bytes", avro, tag_count));
  if (tag_count > 0) {
    AO_TRY(tags, read_tags(item.at(avro, tag_bytes), avro, tag_count));
    item.tags_ = std::move(tags);
  }
  item.id_ = id_of(item.signature());
  return item;
}

crypto::Digest384 DataItem::hash() const {
  return deep_hash({type_, owner(), target(), anchor(), at(avro_.offset, avro_.size), data()});
}

Result<> DataItem::verify() const {
  if (is_enclosed_)
    return fail(ErrorKind::kInvalid, "item-enclosed",
                "the signature is over HTTP fields, not over a data item");
  const auto signed_hash = hash();
  return crypto::verify(type_, owner(), signature(), crypto::view(signed_hash));
}

Bytes DataItem::content() const {
  return Bytes(crypto::view(hash()).substr(0, kIdBytes));
}

Result<DataItem::Signed> DataItem::sign_bytes(const Draft& draft, const crypto::Key& key) {
  AO_TRY(avro, checked_tags(draft));
  const auto hash =
      deep_hash({key.type(), key.public_key(), draft.target, draft.anchor, avro, draft.data});
  const Bytes signature = key.sign(crypto::view(hash));
  return Signed{id_of(signature), joined(draft, avro, key.type(), key.public_key(), signature)};
}

Result<DataItem> DataItem::sign(const Draft& draft, const crypto::Key& key) {
  AO_TRY(made, sign_bytes(draft, key));
  return parse(std::move(made.bytes));
}

Result<DataItem> DataItem::assemble(const Draft& draft, crypto::SignatureType type, BytesView owner,
                                    BytesView signature) {
  AO_TRY(avro, checked_tags(draft));
  AO_CHECK(check_sizes(type, owner, signature));
  return parse(joined(draft, avro, type, owner, signature));
}

Result<DataItem> DataItem::enclose(const Draft& draft, crypto::SignatureType type, BytesView owner,
                                   BytesView signature, BytesView proof) {
  AO_TRY(avro, checked_tags(draft, kEnclosedLimits));
  AO_CHECK(check_sizes(type, owner, signature));
  return parse(joined(draft, avro, type, owner, signature, proof));
}

}  // namespace ao::message
