// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/ans104.hpp"

#include "ao/codec/httpsig.hpp"
#include "ao/codec/structured.hpp"
#include "tabm_ids.hpp"
#include "unit/codec/typed_json.hpp"

namespace ao::codec {
namespace {

using message::DataItem;
using message::Link;
using message::List;
using message::Map;
using message::Value;
using test::code_of;

DataItem item_named(const std::string& file, const std::string& name) {
  return DataItem::parse(test::vector_bytes(file, name)).value();
}

Map without_commitments(Map map) {
  map.remove("commitments");
  return map;
}

// HyperBEAM's own id of every recorded item as a message, with two exceptions: raw bytes with a
// line feed, where its id could be that of two messages, and over 32 keys, which it does not sort.
TEST(Ans104, every_recorded_item_is_a_message_with_the_recorded_id) {
  const auto document = test::fixture("ans104.json");
  int compared = 0;
  for (const auto& vector : document["items"]) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const auto item = DataItem::parse(test::from_base64(vector["raw_b64"]));
    if (!item) continue;  // a tag without a name, by policy
    const auto tabm = tabm_from_item(*item);
    ASSERT_TRUE(tabm) << tabm.error().text;
    EXPECT_EQ(tabm_id(*tabm)->text(), vector["id"]);
    const auto again = item_from_tabm(*tabm);
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ(again->bytes(), item->bytes());
    const auto signers = verify_tabm(*tabm);
    ASSERT_TRUE(signers) << signers.error().text;
    EXPECT_EQ(signers->front().committer->text, vector["address"]);
    if (!vector.contains("message_unsigned_id_hyperbeam") ||
        vector["message_unsigned_id_hyperbeam"].is_null() || item->tags().size() > 32 ||
        item->target().find('\n') != BytesView::npos ||
        item->anchor().find('\n') != BytesView::npos)
      continue;
    EXPECT_EQ(uncommitted_tabm_id(without_commitments(*tabm), Form::kLinked)->text(),
              vector["message_unsigned_id_hyperbeam"]);
    ++compared;
  }
  EXPECT_GE(compared, 10);
}

TEST(Ans104, a_changed_message_is_no_longer_the_item) {
  const Map good = *tabm_from_item(item_named("ans104.json", "ed25519-message"));
  ASSERT_EQ(code_of(verify_tabm(good)), "accepted");
  for (const auto& [key, value] : without_commitments(good)) {
    Map changed = good;
    changed.set(key, *value.bytes() + "x");
    EXPECT_NE(code_of(verify_tabm(changed)), "accepted") << key;
    changed.remove(key);
    EXPECT_NE(code_of(verify_tabm(changed)), "accepted") << key;
  }
  Map more = good;
  more.set("more", "x");
  EXPECT_EQ(code_of(verify_tabm(more)), "accepted");  // beside what is covered
  EXPECT_EQ(with_only_committed(more)->find("more"), nullptr);
}

TEST(Ans104, a_bundle_is_a_message_of_its_items) {
  const auto document = test::fixture("bundles.json");
  for (const auto& vector : document["valid"]) {
    if (vector["kind"] != "data-item") continue;
    SCOPED_TRACE(vector["name"].get<std::string>());
    const auto item = DataItem::parse(test::from_base64(vector["raw_b64"]));
    ASSERT_TRUE(item);
    const auto tabm = tabm_from_item(*item);
    ASSERT_TRUE(tabm) << tabm.error().text;
    EXPECT_EQ(tabm->find("bundle-format"), nullptr);
    const Map* items = tabm->find("data")->map();
    ASSERT_NE(items, nullptr);
    EXPECT_EQ(items->size(), vector["tree"]["children"].size());
    EXPECT_EQ(tabm_id(*items->find("1")->map())->text(), vector["tree"]["children"][0]["id"]);
    const auto again = item_from_tabm(*tabm);
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ(again->bytes(), item->bytes());
    EXPECT_EQ(code_of(verify_tabm(*tabm)), "accepted");
  }
}

TEST(Ans104, a_message_sent_as_an_item_comes_back_as_it_was) {
  const auto key = crypto::Key::new_ed25519();
  const MessageId target = *MessageId::from_bytes(Bytes(32, '\7'));
  const Map messages[] = {
      {{"a", 1}, {"b", 2}},
      {{"normal_key", "NORMAL_VALUE"}},
      {{"integer_field", 1'234'567'890}, {"highly_unusual_http_header", Value::atom("yes")}},
      {{"zeros", Bytes(1025, '\0')}, {"more-zeros", Bytes(1025, '\0')}, {"data", "x"}},
      {{"data", Bytes("\0\xff\r\n", 4)}, {"empty", ""}, {"f", 1.5}},
      {{"child", Link{target}}, {"list", Link{target}}},
  };
  for (const Map& message : messages) {
    const auto draft = to_draft(message);
    ASSERT_TRUE(draft) << draft.error().text;
    const auto item = DataItem::sign(*draft, *key);
    ASSERT_TRUE(item) << item.error().text;
    const Map tabm = *tabm_from_item(*item);
    EXPECT_EQ(*message_from_tabm(without_commitments(tabm)), message);
    EXPECT_EQ(*uncommitted_tabm_id(without_commitments(tabm), Form::kLinked),
              *uncommitted_id(message));
  }
  const auto draft = to_draft({{"target", target.text()}, {"a", Map{{"b", "c"}}}});
  EXPECT_EQ(draft->target, target.bytes());
  EXPECT_EQ(draft->tags[0].name, "a+link");
  EXPECT_EQ(draft->tags[0].value, uncommitted_id({{"b", "c"}})->text());
}

TEST(Ans104, refuses_targets_and_anchors_of_another_size) {
  EXPECT_EQ(code_of(to_draft({{"target", "short"}})), "ans104-target");
  EXPECT_EQ(code_of(to_draft({{"anchor", "short"}})), "ans104-anchor");
  EXPECT_EQ(code_of(to_draft({{"last_tx", Bytes(31, 'a')}})), "ans104-anchor");
}

}  // namespace
}  // namespace ao::codec
