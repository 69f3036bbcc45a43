// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/bundle.hpp"

#include "unit/message/fixtures.hpp"

namespace ao::message {
namespace {

using test::code_of;

// What the recorded tree says of these items, all the way down.
void expect_tree(const std::vector<BundledItem>& items, const nlohmann::json& recorded) {
  ASSERT_EQ(items.size(), recorded.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    EXPECT_EQ(items[i].item.id().text(), recorded[i]["id"]);
    EXPECT_EQ(code_of(items[i].item.verify()), "accepted");
    if (recorded[i].contains("size")) {
      EXPECT_EQ(items[i].item.bytes().size(), recorded[i]["size"]);
    }
    if (recorded[i].contains("address")) {
      EXPECT_EQ(items[i].item.signer().text, recorded[i]["address"]);
    }
    expect_tree(items[i].items, recorded[i].value("children", nlohmann::json::array()));
  }
}

Bytes bundle_named(const std::string& name) {
  const auto document = test::fixture("bundles.json");
  for (const auto& vector : document["valid"])
    if (vector["name"] == name) return test::from_base64(vector["raw_b64"]);
  ADD_FAILURE() << name;
  return {};
}

std::vector<DataItem> bare(const std::vector<BundledItem>& items) {
  std::vector<DataItem> out;
  for (const BundledItem& one : items)
    out.push_back(one.item);
  return out;
}

// A bundle in a bundle in …, `depth` times, around one item.
DataItem nested(std::size_t depth, const crypto::Key& key) {
  DataItem item =
      DataItem::sign({.target = {}, .anchor = {}, .tags = {}, .data = "x"}, key).value();
  for (; depth > 0; --depth) {
    Draft draft;
    draft.tags = {{"Bundle-Format", "binary"}, {"Bundle-Version", "2.0.0"}};
    draft.data = write_bundle(std::span(&item, 1));
    item = DataItem::sign(draft, key).value();
  }
  return item;
}

TEST(Bundle, reads_every_recorded_bundle_and_writes_it_back) {
  const auto document = test::fixture("bundles.json");
  for (const auto& vector : document["valid"]) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const Bytes raw = test::from_base64(vector["raw_b64"]);
    if (vector["kind"] == "bundle") {
      const auto items = read_bundle(raw);
      ASSERT_TRUE(items) << items.error().text;
      expect_tree(*items, vector["items"]);
      EXPECT_EQ(write_bundle(bare(*items)), raw);
      continue;
    }
    const auto item = DataItem::parse(raw);
    ASSERT_TRUE(item && is_bundle(*item));
    EXPECT_EQ(item->id().text(), vector["tree"]["id"]);
    EXPECT_EQ(code_of(item->verify()), "accepted");
    const auto items = read_bundle(item->data());
    ASSERT_TRUE(items) << items.error().text;
    expect_tree(*items, vector["tree"]["children"]);
    EXPECT_EQ(write_bundle(bare(*items)), item->data());
  }
}

TEST(Bundle, refuses_every_recorded_bad_one_for_its_own_reason) {
  const std::map<std::string, std::string> codes = {{"id-mismatch", "bundle-id"},
                                                    {"size-plus-one", "ans104-type"},
                                                    {"trailing", "bundle-size"},
                                                    {"count-huge", "bundle-truncated"},
                                                    {"count-over-64-bit", "bundle-number"},
                                                    {"short-header", "bundle-truncated"}};
  const auto document = test::fixture("bundles.json");
  std::size_t seen = 0;
  for (const auto& vector : document["invalid"]) {
    const std::string name = vector["name"];
    const auto items = read_bundle(test::from_base64(vector["raw_b64"]));
    ASSERT_TRUE(codes.contains(name)) << name;
    EXPECT_EQ(code_of(items), codes.at(name)) << name << ": " << items.error().text;
    ++seen;
  }
  EXPECT_EQ(seen, codes.size());
}

TEST(Bundle, says_which_item_is_bad) {
  Bytes raw = bundle_named("flat-bundle");
  const auto items = read_bundle(raw).value();
  const std::size_t second = 32 + 3 * 64 + items[0].item.bytes().size();
  raw[second] = '\x63';
  const auto again = read_bundle(raw);
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().text.starts_with("item 1, ")) << again.error().text;
}

TEST(Bundle, stops_at_its_limits_and_not_before) {
  const auto key = crypto::Key::new_ed25519();
  const DataItem four = nested(4, *key);  // four tables, one below the other
  EXPECT_EQ(code_of(read_bundle(four.data(), {.items_max = 4, .depth_max = 4})), "accepted");
  EXPECT_EQ(code_of(read_bundle(four.data(), {.items_max = 4, .depth_max = 3})), "bundle-limit");
  EXPECT_EQ(code_of(read_bundle(four.data(), {.items_max = 3, .depth_max = 4})), "bundle-limit");
}

TEST(Bundle, refuses_every_truncation) {
  const Bytes raw = bundle_named("flat-bundle");
  for (std::size_t size = 0; size < raw.size(); size += 7)
    EXPECT_NE(code_of(read_bundle(BytesView(raw).substr(0, size))), "accepted") << size;
}

}  // namespace
}  // namespace ao::message
