// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/data_item.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "ao/crypto/digest.hpp"
#include "deep_hash.hpp"
#include "unit/message/fixtures.hpp"

namespace ao::message {
namespace {

using test::code_of;
using test::vector_bytes;

Bytes text_bytes(const nlohmann::json& text) {
  return from_base64url(text.get<std::string>()).value();
}

Bytes number(std::size_t value) {
  Bytes bytes(8, '\0');
  for (std::size_t i = 0; i < 8; ++i)
    bytes[i] = static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

// An Ed25519 item with this tag area and header; its signature is nobody's.
Bytes item_with(const Bytes& avro, std::size_t count) {
  return Bytes("\2\0", 2) + Bytes(64, 's') + Bytes(32, 'k') + Bytes(2, '\0') + number(count) +
         number(avro.size()) + avro + "data";
}

std::string verdict(const Bytes& bytes) {
  const auto item = DataItem::parse(bytes);
  return item ? code_of(item->verify()) : std::string(item.error().code);
}

class DataItems : public testing::Test {
 protected:
  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
};

TEST(DataItem, reads_every_recorded_vector_as_others_do) {
  const auto document = test::fixture("ans104.json");
  int read = 0;
  for (const auto& vector : document["items"]) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const auto item = DataItem::parse(test::from_base64(vector["raw_b64"]));
    if (vector["name"] == "rsa-empty-tag-name") {  // policy: a tag without a name is no tag
      EXPECT_EQ(code_of(item), "ans104-tag-name-empty");
      continue;
    }
    ASSERT_TRUE(item) << item.error().text;
    ++read;
    EXPECT_EQ(code_of(item->verify()), "accepted");
    EXPECT_EQ(item->id().text(), vector["id"]);
    EXPECT_EQ(item->signer().text, vector["address"]);
    EXPECT_EQ(static_cast<int>(item->type()), vector["signature_type"]);
    EXPECT_EQ(item->owner(), text_bytes(vector["owner_b64u"]));
    EXPECT_EQ(item->signature(), text_bytes(vector["signature_b64u"]));
    EXPECT_EQ(base64url(item->target()), vector["target"]);
    EXPECT_EQ(item->anchor(), text_bytes(vector["anchor_b64u"]));
    EXPECT_EQ(item->data().size(), vector["data_length"]);
    EXPECT_EQ(base64url(crypto::view(crypto::sha256(item->data()))), vector["data_sha256"]);
    ASSERT_EQ(item->tags().size(), vector["tags"].size());
    for (std::size_t i = 0; i < item->tags().size(); ++i) {
      EXPECT_EQ(item->tags()[i].name, vector["tags"][i]["name"]);
      EXPECT_EQ(item->tags()[i].value, vector["tags"][i]["value"]);
    }
    // The recorded hash is what was signed, and ours is the recorded one.
    const Bytes avro = test::from_base64(vector["tags_raw_b64"]);
    const std::string type = std::to_string(static_cast<int>(item->type()));
    const std::array<BytesView, 8> parts = {
        "dataitem", "1", type, item->owner(), item->target(), item->anchor(), avro, item->data()};
    EXPECT_EQ(base64url(crypto::view(deep_hash(parts))), vector["deep_hash_b64u"]);
  }
  EXPECT_EQ(read, 18);
}

TEST(DataItem, has_one_hash_whoever_was_met_before) {
  using crypto::SignatureType;
  std::mt19937 random(4);
  for (int i = 0; i < 2'000; ++i) {
    const auto type = static_cast<SignatureType>(1 + random() % 3);
    Bytes owner(crypto::sizes_of(type).public_key, static_cast<char>('a' + random() % 3));
    owner.back() = static_cast<char>(random() % 2);  // falls on the entry of another owner
    const Bytes target(random() % 2 * 32, static_cast<char>(random() % 3));
    const Bytes anchor(random() % 2 * 32, 'a'), tags(random() % 4, 't'),
        data(random() % 1'100, 'd');
    const std::string number = std::to_string(static_cast<int>(type));
    const std::array<BytesView, 8> parts = {"dataitem", "1",    number, owner,
                                            target,     anchor, tags,   data};
    ASSERT_EQ(deep_hash({type, owner, target, anchor, tags, data}), deep_hash(parts)) << i;
  }
}

TEST(DataItem, refuses_every_recorded_invalid_item_with_its_code) {
  const std::map<std::string, std::string> codes = {
      {"ethereum-high-s", "ethereum-high-s"},
      {"ethereum-no-eip191-prefix", "signature-mismatch"},
      {"rsa-owner-bit", "signature-mismatch"},
      {"rsa-pkcs1-v1_5", "signature-mismatch"},
      {"rsa-pss-sha512", "signature-mismatch"},
      {"rsa-salt-length-20", "rsa-salt-length"},
      {"type-0", "ans104-type"},
      {"type-big-endian", "ans104-type"},
      {"target-flag-2", "ans104-presence"},
      {"anchor-flag-255", "ans104-presence"},
      {"tag-count-too-high", "ans104-tag-count"},
      {"tag-count-zero", "ans104-tag-bytes-unused"},
      {"tag-bytes-too-small", "ans104-string-range"},
      {"tag-bytes-beyond-item", "ans104-truncated"},
      {"tag-bytes-huge", "ans104-tag-bytes-max"},
      {"tag-count-huge", "ans104-tags-max"},
      {"129-tags", "ans104-tags-max"},
      {"tag-bytes-over-4096", "ans104-tag-bytes-max"},
      {"tags-no-terminator", "ans104-tags-unterminated"},
      {"tags-negative-length", "ans104-string-range"},
      {"tags-varint-overlong", "ans104-varint-range"}};
  const auto document = test::fixture("ans104-invalid.json");
  EXPECT_EQ(document["items"].size(), 36U);
  std::size_t known_ones = 0;
  for (const auto& vector : document["items"]) {
    const std::string name = vector["name"];
    const Bytes bytes = test::from_base64(vector["raw_b64"]);
    const std::string code = verdict(bytes);
    SCOPED_TRACE(name + ": " + code);
    EXPECT_NE(code, "accepted");
    EXPECT_EQ(vector["layer"] == "parse", code.starts_with("ans104-"));
    const std::string said = vector["strict_reader_says"];
    if (said.starts_with("parse: truncated:")) {
      EXPECT_EQ(code, "ans104-truncated");
    }
    const auto known = codes.find(name);
    if (known != codes.end()) {
      EXPECT_EQ(code, known->second);
      ++known_ones;
    }
  }
  EXPECT_EQ(known_ones, codes.size());
}

TEST(DataItem, names_the_field_and_the_offset_of_what_it_refuses) {
  const Bytes bytes = vector_bytes("ans104.json", "ed25519-bare");
  const std::map<std::size_t, std::string> fields = {
      {1, "signature type"}, {50, "signature"},  {70, "owner"},          {98, "target"},
      {99, "anchor"},        {103, "tag count"}, {112, "tag byte count"}};
  for (const auto& [size, field] : fields) {
    const auto item = DataItem::parse(bytes.substr(0, size));
    ASSERT_EQ(code_of(item), "ans104-truncated") << size;
    EXPECT_NE(item.error().text.find(field), std::string::npos) << item.error().text;
    EXPECT_NE(item.error().text.find(std::to_string(size)), std::string::npos);
  }
  Bytes flagged = bytes;
  flagged[98] = 7;
  EXPECT_NE(DataItem::parse(flagged).error().text.find("98"), std::string::npos);
}

TEST(DataItem, at_every_shorter_length_is_refused) {
  for (const char* name : {"rsa-message-anchor", "ed25519-message", "ethereum-anchor"}) {
    const Bytes bytes = vector_bytes("ans104.json", name);
    const std::size_t data = DataItem::parse(bytes)->data().size();
    for (std::size_t size = 0; size + data < bytes.size(); ++size)
      ASSERT_EQ(code_of(DataItem::parse(bytes.substr(0, size))), "ans104-truncated") << size;
  }
}

TEST(DataItem, with_any_bit_changed_is_refused) {
  for (const char* name : {"ed25519-message", "ethereum-anchor"}) {
    const Bytes bytes = vector_bytes("ans104.json", name);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      Bytes changed = bytes;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << bit % 8));
      ASSERT_NE(verdict(changed), "accepted") << name << ", bit " << bit;
    }
  }
}

TEST(DataItem, of_an_Ethereum_key_has_one_v) {
  for (const char* name : {"ethereum-message", "ethereum-anchor"}) {
    Bytes bytes = vector_bytes("ans104.json", name);
    ASSERT_EQ(verdict(bytes), "accepted");
    bytes[66] = static_cast<char>(bytes[66] ^ 27 ^ 28);
    EXPECT_EQ(verdict(bytes), "ethereum-recovery-id");
    bytes[66] = 0;
    EXPECT_EQ(verdict(bytes), "ethereum-recovery-id");
  }
}

TEST(DataItem, relabelled_as_another_type_of_one_shape_is_refused) {
  Bytes bytes = vector_bytes("ans104.json", "ed25519-message");
  bytes[0] = 4;
  EXPECT_EQ(verdict(bytes), "ans104-type");
}

TEST(DataItem, survives_the_original_it_was_copied_or_moved_from) {
  const Bytes bytes = vector_bytes("ans104.json", "ed25519-bare");  // short enough for no heap too
  auto original = std::make_unique<DataItem>(DataItem::parse(bytes).value());
  const DataItem copy = *original;
  const DataItem moved = std::move(*original);
  original.reset();
  for (const DataItem* item : {&copy, &moved}) {
    EXPECT_EQ(item->bytes(), bytes);
    EXPECT_EQ(code_of(item->verify()), "accepted");
    EXPECT_GE(item->owner().data(), item->bytes().data());
    EXPECT_LT(item->owner().data(), item->bytes().data() + item->bytes().size());
  }
}

TEST(DataItem, reads_several_blocks_and_negative_counts) {
  const Bytes a("\2a\2b", 4), c("\2c\2d", 4);
  const Bytes end(1, '\0');
  for (const Bytes& avro :
       {"\4" + a + c + end, "\2" + a + "\2" + c + end, Bytes("\3\x10", 2) + a + c + end,
        Bytes("\1\x8", 2) + a + "\2" + c + end}) {
    const auto item = DataItem::parse(item_with(avro, 2));
    ASSERT_TRUE(item) << hex(avro) << item.error().text;
    EXPECT_EQ(item->tags(), (Tags{{"a", "b"}, {"c", "d"}}));
    EXPECT_EQ(item->data(), "data");
  }
}

struct BadArea {
  std::string what;
  Bytes avro;
  std::string code;
  std::size_t at;  // the byte of the area that the text names
};

TEST(DataItem, refuses_tag_areas_that_two_readers_could_take_for_different_tags) {
  const Bytes a("\2a\2b", 4), end(1, '\0'), most = Bytes(9, '\xff') + '\1';
  const std::vector<BadArea> areas = {
      {"too many", "\4" + a + a + end, "ans104-tag-count", 0},
      {"too few", end, "ans104-tag-count", 0},
      {"no end", "\2" + a, "ans104-tags-unterminated", 5},
      {"no end after two blocks", "\2" + a + "\2" + a, "ans104-tags-unterminated", 10},
      {"bytes after the end", "\2" + a + end + end, "ans104-tags-trailing", 6},
      {"a size that is too small", Bytes("\1\6", 2) + a + end, "ans104-block-size-wrong", 0},
      {"a size that is too large", Bytes("\1\xa", 2) + a + end, "ans104-block-size-wrong", 0},
      {"a size beyond the area", Bytes("\1\xe", 2) + a + end, "ans104-block-size-range", 1},
      {"a negative size", Bytes("\1\7", 2) + a + end, "ans104-block-size-range", 1},
      {"the most negative count", most + "\x8" + a + end, "ans104-block-count", 0},
      {"the largest count", Bytes(1, '\xfe') + Bytes(8, '\xff') + '\1' + a + end,
       "ans104-block-count", 0},
      {"one tag more than there are bytes for", Bytes(1, '\x6') + a + end, "ans104-block-count", 0},
      {"a name beyond the area", Bytes("\2\x7e", 2) + "a\2b" + end, "ans104-string-range", 1},
      {"a negative name", Bytes("\2\1a\2b", 5) + end, "ans104-string-range", 1},
      {"a value beyond the area", Bytes("\2\2a\6b", 5) + end, "ans104-string-range", 3},
      {"65 bits, of which 64 make one", '\x82' + Bytes(8, '\x80') + '\2' + a + end,
       "ans104-varint-range", 0},
      {"eleven bytes", Bytes(10, '\x80') + '\1' + a + end, "ans104-varint-range", 0},
      {"an end inside a number", Bytes("\2\2a\x82", 4), "ans104-varint-truncated", 3},
      {"a count in two bytes", Bytes("\x82\0", 2) + a + end, "ans104-varint-overlong", 0},
      {"a length in two bytes", Bytes("\2\x82\0a\2b", 6) + end, "ans104-varint-overlong", 1},
      {"an end in two bytes", "\2" + a + Bytes("\x80\0", 2), "ans104-varint-overlong", 5},
      {"an empty name", Bytes("\2\0\2b", 4) + end, "ans104-tag-name-empty", 1}};
  const std::size_t start = 2 + 64 + 32 + 2 + 16;
  for (const auto& [what, avro, code, at] : areas) {
    const auto item = DataItem::parse(item_with(avro, 1));
    ASSERT_EQ(code_of(item), code) << what;
    EXPECT_EQ(item.error().kind, ErrorKind::kInvalid) << what;
    const std::string place = "byte " + std::to_string(start + at) + ":";
    EXPECT_NE(item.error().text.find(place), std::string::npos) << what << item.error().text;
  }
  EXPECT_EQ(code_of(DataItem::parse(item_with("", 1))), "ans104-tag-count");
  EXPECT_EQ(code_of(DataItem::parse(item_with(end, 0))), "ans104-tag-bytes-unused");
  EXPECT_EQ(code_of(DataItem::parse(item_with("", 0))), "accepted");
  EXPECT_EQ(code_of(DataItem::parse(item_with("\2" + a + end, 1))), "accepted");
}

TEST(DataItem, names_the_limit_that_it_is_over) {
  const auto count = DataItem::parse(item_with(Bytes(10, '\0'), 129));
  ASSERT_EQ(code_of(count), "ans104-tags-max");
  EXPECT_EQ(count.error().kind, ErrorKind::kTooLarge);
  EXPECT_NE(count.error().text.find("129 tags, over the limit of 128"), std::string::npos);
  const auto bytes = DataItem::parse(item_with(Bytes(4097, '\0'), 1));
  ASSERT_EQ(code_of(bytes), "ans104-tag-bytes-max");
  EXPECT_EQ(bytes.error().kind, ErrorKind::kTooLarge);
  EXPECT_NE(bytes.error().text.find("4097 tag bytes, over the limit of 4096"), std::string::npos);
}

TEST(DataItem, never_misreads_arbitrary_changes_to_the_head) {
  std::mt19937 random(3);
  const Bytes valid = vector_bytes("ans104.json", "ed25519-message");
  int parsed = 0;
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = valid;
    for (auto changes = random() % 4 + 1; changes > 0; --changes)
      bytes[98 + random() % (bytes.size() - 98)] = static_cast<char>(random());
    const auto item = DataItem::parse(bytes);
    if (!item) continue;
    ++parsed;
    ASSERT_LE(item->tags().size(), 128U);
    ASSERT_LE(item->data().size(), bytes.size());
  }
  EXPECT_GT(parsed, 100);
}

TEST_F(DataItems, signed_here_say_what_the_draft_said) {
  const Draft draft{
      .target = Bytes(32, 't'),
      .anchor = Bytes(32, 'a'),
      .tags = {{"Name", "value"}, {"Empty", ""}, {"\xff\0 bytes", "\xfe"}, {"Name", "2"}},
      .data = Bytes("da\0ta", 5)};
  const auto rsa =
      crypto::Key::from_jwk(test::fixture("wallets.json")["rsa1"]["jwk"].dump()).value();
  const auto ethereum = crypto::Key::new_ethereum();
  for (const crypto::Key* key : {key_.get(), rsa.get(), ethereum.get()}) {
    const auto item = DataItem::sign(draft, *key);
    ASSERT_TRUE(item) << item.error().text;
    EXPECT_EQ(verdict(item->bytes()), "accepted");
    EXPECT_EQ(item->target(), draft.target);
    EXPECT_EQ(item->anchor(), draft.anchor);
    EXPECT_EQ(item->tags(), draft.tags);
    EXPECT_EQ(item->data(), draft.data);
    EXPECT_EQ(item->signer(), key->address());
    EXPECT_EQ(item->id().bytes(), crypto::view(crypto::sha256(item->signature())));
    EXPECT_EQ(DataItem::sign(draft, *key)->id(), item->id());
  }
}

TEST_F(DataItems, without_anything_are_the_smallest) {
  const auto item = DataItem::sign({}, *key_);
  ASSERT_TRUE(item);
  EXPECT_EQ(item->bytes().size(), 116U);
  EXPECT_EQ(code_of(item->verify()), "accepted");
  EXPECT_TRUE(item->target().empty());
  EXPECT_TRUE(item->data().empty());
}

TEST_F(DataItems, are_signed_up_to_the_limits_and_not_beyond) {
  Draft draft;
  for (int i = 0; i < 128; ++i)
    draft.tags.push_back({"n", "v"});
  EXPECT_EQ(code_of(DataItem::sign(draft, *key_)), "accepted");
  draft.tags.push_back({"n", "v"});
  EXPECT_EQ(code_of(DataItem::sign(draft, *key_)), "ans104-tags-max");

  // count, name length, name, two bytes of value length, value, end: 6 bytes beside the value.
  draft.tags = {{"n", Bytes(4090, 'v')}};
  const auto full = DataItem::sign(draft, *key_);
  ASSERT_EQ(code_of(full), "accepted");
  EXPECT_EQ(full->tag("n").size(), 4090U);
  draft.tags[0].value += 'v';
  EXPECT_EQ(code_of(DataItem::sign(draft, *key_)), "ans104-tag-bytes-max");

  EXPECT_EQ(code_of(DataItem::sign({"short", "", {}, ""}, *key_)), "ans104-field-size");
  EXPECT_EQ(code_of(DataItem::sign({"", Bytes(33, 'a'), {}, ""}, *key_)), "ans104-field-size");
  EXPECT_EQ(code_of(DataItem::sign({"", "", {{"", "v"}}, ""}, *key_)), "ans104-tag-name-empty");
}

TEST_F(DataItems, find_the_first_tag_of_a_name_in_any_case) {
  const auto item = DataItem::sign({"", "", {{"ACTION", "one"}, {"action", "two"}}, ""}, *key_);
  EXPECT_EQ(item->tag("Action"), "one");
  EXPECT_EQ(item->tag("Act"), "");
  EXPECT_EQ(*find_tag(item->tags(), "aCTION"), "one");
  EXPECT_EQ(find_tag(item->tags(), "absent"), nullptr);
}

}  // namespace
}  // namespace ao::message
