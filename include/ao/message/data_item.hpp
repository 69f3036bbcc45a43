// An ANS-104 data item: the signed envelope of every message, process, module and assignment.
//
// A DataItem owns the bytes it was read from; every field is a view into them. Reading checks the
// form only: `verify` checks the signature, and only `admission` turns an item into an `Admitted`.
//
//   item = type:u16 signature owner target:opt32 anchor:opt32 tags:u64 tag_bytes:u64 avro data
//
// Integers are little-endian; opt32 is a byte 0, or a byte 1 and 32 bytes; avro is an Avro array of
// {name: string, value: string}. Limits of the format: 128 tags in 4096 bytes.
//
// A message whose signature is one over HTTP fields (RFC 9421) is kept in the same shape, so that
// whoever orders, runs or shows messages need not know the difference. Its type has 0x0100 added,
// and the message that was signed, the proof, stands with its length (u64) before the data: see
// codec/enclosed.hpp, which makes and verifies them. It has up to 1,024 tags in 256 KiB.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "ao/base/ids.hpp"
#include "ao/crypto/digest.hpp"
#include "ao/crypto/key.hpp"

namespace ao::message {

struct Tag {
  Bytes name;
  Bytes value;

  bool operator==(const Tag&) const = default;
};
using Tags = std::vector<Tag>;

// First value under `name`, compared without case (AO keys have none); nullptr when absent.
const Bytes* find_tag(const Tags& tags, BytesView name);

// What a signer wants to say.
struct Draft {
  Bytes target;  // empty or 32 bytes
  Bytes anchor;  // empty or 32 bytes
  Tags tags;
  Bytes data;
};

class DataItem {
 public:
  // Errors, kind kInvalid, naming the field and the offset: one "ans104-" code for each fault
  // (docs/refusals.md, "Data items"); kTooLarge for "ans104-tags-max", "ans104-tag-bytes-max".
  static Result<DataItem> parse(Bytes bytes);

  // Errors: "ans104-tags-max", "ans104-tag-bytes-max", "ans104-tag-name-empty" for tags that do not
  // fit the format, "ans104-field-size" for a target or anchor of another length.
  static Result<DataItem> sign(const Draft& draft, const crypto::Key& key);

  // The same for whoever only stores or sends it.
  struct Signed {
    MessageId id;
    Bytes bytes;
  };
  static Result<Signed> sign_bytes(const Draft& draft, const crypto::Key& key);

  // An item that was signed before, from its parts. `verify` tells whether they belong together.
  // Errors: those of sign, and "ans104-field-size" for a key or signature of another size.
  static Result<DataItem> assemble(const Draft& draft, crypto::SignatureType type, BytesView owner,
                                   BytesView signature);

  DataItem(const DataItem&) = default;
  DataItem(DataItem&&) noexcept = default;
  DataItem& operator=(const DataItem&) = default;
  DataItem& operator=(DataItem&&) noexcept = default;

  // A message signed over HTTP fields, from what was read of it. Errors: those of assemble.
  static Result<DataItem> enclose(const Draft& draft, crypto::SignatureType type, BytesView owner,
                                  BytesView signature, BytesView proof);

  // Whether the signature is the owner's over this content (errors of crypto::verify). Not for
  // enclosed messages ("item-enclosed"): codec::verify_item is for both.
  Result<> verify() const;

  const MessageId& id() const { return id_; }
  bool is_enclosed() const { return is_enclosed_; }
  BytesView proof() const { return at(proof_.offset, proof_.size); }  // of an enclosed message
  crypto::SignatureType type() const { return type_; }
  BytesView signature() const { return at(2, signature_size_); }
  BytesView owner() const { return at(2 + signature_size_, owner_size_); }
  BytesView target() const { return at(target_.offset, target_.size); }
  BytesView anchor() const { return at(anchor_.offset, anchor_.size); }
  const Tags& tags() const { return tags_; }
  BytesView data() const { return BytesView(bytes_).substr(data_offset_); }
  const Bytes& bytes() const { return bytes_; }

  // 32 bytes that stand for what is said, by whom: the same however often he signs it.
  Bytes content() const;

  // The value of the first tag of this name (without case), or "".
  BytesView tag(BytesView name) const;

  Address signer() const { return crypto::address_of(type_, owner()); }

 private:
  struct Range {
    std::size_t offset = 0;
    std::size_t size = 0;
  };

  DataItem() = default;
  crypto::Digest384 hash() const;  // what is signed
  BytesView at(std::size_t offset, std::size_t size) const {
    return BytesView(bytes_).substr(offset, size);
  }

  Bytes bytes_;
  bool is_enclosed_ = false;
  crypto::SignatureType type_{};
  std::size_t signature_size_ = 0;
  std::size_t owner_size_ = 0;
  Range target_;
  Range anchor_;
  Range avro_;
  Range proof_;
  std::size_t data_offset_ = 0;
  Tags tags_;
  MessageId id_;
};

}  // namespace ao::message
