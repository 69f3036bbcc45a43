// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/aos2.hpp"

#include <gtest/gtest.h>

#include "ao/admission/admission.hpp"
#include "ao/message/json.hpp"
#include "ao/schedule/log.hpp"
#include "unit/message/fixtures.hpp"

namespace ao::codec {
namespace {

using message::Assignment;
using message::DataItem;
using message::Draft;
using message::List;
using message::Map;
using message::Value;
using test::code_of;

constexpr Timestamp kNow{1'700'000'000'123};

std::string refusal(std::string_view json) {
  const auto claimed = read_aos2_message(json);
  return claimed ? "accepted" : claimed.error().text;
}

class Aos2 : public testing::Test {
 protected:
  Assignment schedule(const DataItem& item) {
    const auto admitted = admission_.admit(item.bytes());
    EXPECT_TRUE(admitted.has_value());
    const auto entry = schedule::Log::extend(head_, *admitted, {}, kNow, *node_);
    return schedule::Log::assignment_in(entry.process, entry.slot, entry.body).value();
  }

  // A process and one message to it.
  std::vector<Assignment> two_slots(const std::string& data = "1 + 1") {
    head_ = {};
    const DataItem spawn = test::sign(test::spawn_draft("aos", node_->address()), *client_);
    process_ = process_named_by(spawn.id());
    std::vector<Assignment> assignments = {schedule(spawn)};
    assignments.push_back(
        schedule(test::sign(test::message_draft(process_, "Eval", data), *client_)));
    return assignments;
  }

  std::unique_ptr<crypto::Key> node_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> client_ = crypto::Key::new_ed25519();
  admission::Admission admission_{{}, node_->address()};
  schedule::Head head_{};
  ProcessId process_;
};

TEST_F(Aos2, writes_every_recorded_item_with_its_owner_as_compute_units_and_schedulers_do) {
  const nlohmann::json document = test::fixture("ans104.json");
  for (const auto& vector : document["items"]) {
    SCOPED_TRACE(vector["name"].get<std::string>());
    const auto item = DataItem::parse(test::from_base64(vector["raw_b64"]));
    if (!item) continue;  // edge cases that this node refuses
    const Value written = aos2_message(*item);
    EXPECT_EQ(written.text("Id"), vector["id"].get<std::string>());
    EXPECT_EQ(written.text("Owner"), vector["address"].get<std::string>());
    EXPECT_EQ(written.text("From"), written.text("Owner"));
    EXPECT_EQ(written.text("Signature"), vector["signature_b64u"].get<std::string>());
    EXPECT_EQ(written.find("Tags")->list()->size(), vector["tags"].size());

    // What is read has the content of the item.
    const auto claimed = read_aos2_message(message::to_json(written));
    if (!claimed) {
      EXPECT_EQ(vector["name"], "rsa-empty-tag-name") << claimed.error().text;
      continue;
    }
    EXPECT_EQ(claimed->draft.target, item->target());
    EXPECT_EQ(claimed->draft.anchor, item->anchor());
    EXPECT_EQ(claimed->draft.tags, item->tags());
    EXPECT_EQ(claimed->draft.data, item->data());
    EXPECT_EQ(claimed->owner, vector["address"].get<std::string>());
    EXPECT_EQ(claimed->more.size(), 1u);  // the signature
  }
}

TEST_F(Aos2, says_that_data_which_is_no_text_is_base64url) {
  const DataItem binary = test::sign(Draft{{}, {}, {}, Bytes("\xff\x00z", 3)}, *client_);
  EXPECT_EQ(aos2_message(binary).text("Data"), "_wB6");
  EXPECT_EQ(aos2_message(binary).text("Data-Encoding"), "base64url");
  const DataItem text = test::sign(Draft{{}, {}, {}, "\xc3\xa1"}, *client_);
  EXPECT_EQ(aos2_message(text).text("Data"), "\xc3\xa1");
  EXPECT_EQ(aos2_message(text).find("Data-Encoding"), nullptr);
}

TEST_F(Aos2, keeps_an_anchor_that_is_no_text) {
  const Bytes anchor = "\xff" + Bytes(31, '\0');
  const DataItem item = test::sign(Draft{{}, anchor, {}, {}}, *client_);
  EXPECT_EQ(aos2_message(item).text("Anchor"), base64url(anchor));
  EXPECT_EQ(read_aos2_message(message::to_json(aos2_message(item)))->draft.anchor, anchor);
}

TEST_F(Aos2, shows_who_a_pushed_message_says_it_is_from) {
  const DataItem item = test::sign(Draft{{}, {}, {{"From-Process", "P"}}, {}}, *client_);
  EXPECT_EQ(aos2_message(item).text("From"), "P");
  EXPECT_EQ(aos2_message(item).text("Owner"), client_->address().text);
}

TEST_F(Aos2, writes_a_page_with_the_slot_as_cursor) {
  const std::vector<Assignment> slots = two_slots();
  const Value page = aos2_page(slots, {process_, true, Timestamp{5}, 7});
  EXPECT_EQ(*page.find("page_info"), Value(Map{{"process", process_.text()},
                                               {"has_next_page", true},
                                               {"timestamp", 5},
                                               {"block-height", 7}}));
  const List& edges = *page.find("edges")->list();
  ASSERT_EQ(edges.size(), 2u);
  EXPECT_EQ(*edges[0].find("cursor"), Value(0));
  EXPECT_EQ(*edges[1].find("cursor"), Value(1));
  EXPECT_EQ(*edges[1].find("node")->find("message"), aos2_message(slots[1].body()));
  EXPECT_EQ(*edges[1].find("node")->find("assignment"), aos2_message(slots[1].item()));
  EXPECT_EQ(edges[0].find("node")->find("message")->text("Id"), process_.text());
  EXPECT_EQ(*aos2_page({}, {}).find("edges"), Value(List{}));
}

TEST_F(Aos2, adds_to_a_scheduled_message_what_the_schedule_says) {
  const std::vector<Assignment> slots = two_slots();
  Map expected = *aos2_message(slots[1].body()).map();
  expected.set("Nonce", 1);
  expected.set("Epoch", 0);
  expected.set("Cron", false);
  expected.set("Timestamp", static_cast<std::int64_t>(kNow.milliseconds));
  expected.set("Block-Height", static_cast<std::int64_t>(slots[1].block_height()));
  expected.set("Hash-Chain", slots[1].chain().text());
  EXPECT_EQ(aos2_scheduled(slots[1]), Value(expected));
}

TEST_F(Aos2, writes_the_page_of_a_scheduler) {
  const std::vector<Assignment> slots = two_slots();
  const Value page = su_page(slots, false, SuCursor::kNonce);
  EXPECT_EQ(*page.find("page_info"), Value(Map{{"has_next_page", false}}));
  const List& edges = *page.find("edges")->list();
  ASSERT_EQ(edges.size(), 2u);
  EXPECT_EQ(edges[1].text("cursor"), "1");
  EXPECT_EQ(
      su_page(slots, false, SuCursor::kTimestamp).find("edges")->list()->front().text("cursor"),
      "1700000000123");
  const Value& sent = *edges[1].find("node")->find("message");
  EXPECT_EQ(sent.text("id"), slots[1].body().id().text());
  EXPECT_EQ(sent.text("target"), process_.text());
  EXPECT_EQ(sent.text("data"), "1 + 1");
  EXPECT_TRUE(sent.find("anchor")->is_null());
  EXPECT_EQ(sent.find("owner")->text("address"), client_->address().text);
  EXPECT_EQ(sent.find("owner")->text("key"), base64url(client_->public_key()));
  const Value& assigned = *edges[1].find("node")->find("assignment");
  EXPECT_EQ(assigned.find("data"), nullptr);
  EXPECT_TRUE(assigned.find("target")->is_null());
  EXPECT_EQ(assigned.text("id"), slots[1].id().text());
  EXPECT_TRUE(su_node(two_slots("\xff")[1]).find("message")->find("data")->is_null());
}

TEST_F(Aos2, hashes_every_owner_in_the_JSON_of_a_scheduler) {
  const nlohmann::json document = test::fixture("ans104.json");
  const auto vector = std::ranges::find_if(document["items"], [](const nlohmann::json& one) {
    return one["name"] == "ethereum-message";
  });
  const auto item = DataItem::parse(test::from_base64((*vector)["raw_b64"]));
  EXPECT_TRUE(aos2_message(*item).text("Owner").starts_with("0x"));
  head_.next = Slot{1};  // it is no spawn
  const Value node = su_node(schedule(*item));
  EXPECT_EQ(node.find("message")->find("owner")->text("address"),
            (*vector)["address_sha256"].get<std::string>());
}

TEST(ReadAos2, reads_what_a_client_asks_to_try_out) {
  const Bytes process(43, 'A');
  const auto claimed = read_aos2_message(R"({"Id":"1234","Target":")" + process +
                                         R"(","Owner":"1234","Anchor":"0","Data":"1234",
          "Tags":[{"name":"Action","value":"Info"},{"value":"ao","name":"Data-Protocol"}],
          "Timestamp":5,"Block-Height":"7"})");
  ASSERT_TRUE(claimed.has_value()) << claimed.error().text;
  EXPECT_EQ(claimed->id, "1234");
  EXPECT_EQ(claimed->owner, "1234");
  EXPECT_EQ(claimed->from, "1234");
  EXPECT_EQ(claimed->draft.target, Bytes(32, '\0'));
  EXPECT_EQ(claimed->draft.anchor, "0");
  EXPECT_EQ(claimed->draft.data, "1234");
  EXPECT_EQ(claimed->draft.tags, (message::Tags{{"Action", "Info"}, {"Data-Protocol", "ao"}}));
  EXPECT_EQ(claimed->more, (Map{{"timestamp", 5}, {"block-height", "7"}}));
}

TEST(ReadAos2, takes_a_message_without_any_field) {
  const auto claimed = read_aos2_message(R"({"Data":null,"anchor":null})");
  ASSERT_TRUE(claimed.has_value());
  EXPECT_EQ(claimed->owner, "");
  EXPECT_EQ(claimed->draft.tags, message::Tags{});
}

TEST(ReadAos2, takes_the_sender_from_the_message_then_its_tag_then_its_owner) {
  const std::string tags = R"("Tags":[{"name":"From-Process","value":"P"}])";
  EXPECT_EQ(read_aos2_message(R"({"Owner":"O","From":"F",)" + tags + "}")->from, "F");
  EXPECT_EQ(read_aos2_message(R"({"Owner":"O",)" + tags + "}")->from, "P");
  EXPECT_EQ(read_aos2_message(R"({"Owner":"O"})")->from, "O");
}

TEST(ReadAos2, names_the_field_at_fault) {
  EXPECT_EQ(code_of(read_aos2_message("{")), "json-malformed");
  EXPECT_EQ(code_of(read_aos2_message("[]")), "aos2-message");
  EXPECT_EQ(code_of(read_aos2_message(R"({"Id":1})")), "aos2-field");
  EXPECT_EQ(refusal(R"({"Data":{}})"), "field 'Data' must be a string");
  EXPECT_EQ(refusal(R"({"Owner":true})"), "field 'Owner' must be a string");
  EXPECT_EQ(code_of(read_aos2_message(R"({"Data":"a","data":"b"})")), "aos2-field");
  EXPECT_EQ(refusal(R"({"Data":"a","data":"b"})"),
            "field 'data' stands twice, once its case is ignored");
  EXPECT_EQ(code_of(read_aos2_message(R"({"Target":"0xab"})")), "aos2-target");
  EXPECT_EQ(code_of(read_aos2_message(R"({"Tags":{}})")), "aos2-tags");
  EXPECT_EQ(refusal(R"({"Tags":[{"name":"a","value":"b"},{"name":"a","value":1}]})"),
            "field 'Tags', item 1: a tag is a name and a value, both of them strings");
  for (const char* tag : {"1", "{}", R"({"name":"a"})", R"({"name":"a","value":"b","x":"c"})",
                          R"({"name":"","value":"b"})"})
    EXPECT_EQ(code_of(read_aos2_message("{\"Tags\":[" + std::string(tag) + "]}")), "aos2-tags")
        << tag;
  EXPECT_EQ(code_of(read_aos2_message(R"({"Data":"x","Data-Encoding":"hex"})")), "aos2-data");
  EXPECT_EQ(code_of(read_aos2_message(R"({"Data":"x","Data-Encoding":"base64url"})")), "aos2-data");
}

}  // namespace
}  // namespace ao::codec
