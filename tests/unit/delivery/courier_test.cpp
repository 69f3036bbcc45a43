// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/delivery/courier.hpp"

#include <gtest/gtest.h>

#include "support/workbench.hpp"

namespace ao::delivery {
namespace {

using message::Outgoing;

class CourierTest : public testing::Test {
 protected:
  CourierTest() {
    sender_.id = *ProcessId::from_bytes(Bytes(32, 's'));
    sender_.module = "aos";
    outgoing_.target = target_.text();
    outgoing_.data = "data";
    outgoing_.tags = {{"Action", "Credit"}, {"Reference", "9"}};
  }

  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  Courier courier_{*key_};
  ProcessId target_ = *ProcessId::from_bytes(Bytes(32, 't'));
  message::Definition sender_;
  Outgoing outgoing_;
  message::Origin origin_{*ProcessId::from_bytes(Bytes(32, 's')), Slot{4}, 2};
};

TEST_F(CourierTest, says_where_a_message_comes_from_and_signs_it) {
  const auto item = courier_.message(outgoing_, origin_, sender_, 3);
  ASSERT_TRUE(item);
  EXPECT_TRUE(item->verify());
  EXPECT_EQ(item->target(), target_.bytes());
  EXPECT_EQ(item->tag("Action"), "Credit");
  EXPECT_EQ(item->tag("Type"), "Message");
  EXPECT_EQ(item->tag("From-Process"), sender_.id.text());
  EXPECT_EQ(item->tag("From-Slot"), "4");
  EXPECT_EQ(item->tag("From-Index"), "2");
  EXPECT_EQ(item->tag("Push-Depth"), "3");
}

TEST_F(CourierTest, makes_the_same_bytes_each_time) {
  EXPECT_EQ(courier_.message(outgoing_, origin_, sender_, 3)->bytes(),
            courier_.message(outgoing_, origin_, sender_, 3)->bytes());
}

TEST_F(CourierTest, a_process_cannot_speak_for_another) {
  outgoing_.tags.push_back({"from-process", target_.text()});
  outgoing_.tags.push_back({"From-Slot", "99"});
  outgoing_.tags.push_back({"type", "Process"});
  outgoing_.tags.push_back({"cron", "true"});
  outgoing_.tags.push_back({"push-depth", "0"});
  outgoing_.tags.push_back({"Cron-Time", "5"});
  const auto item = courier_.message(outgoing_, origin_, sender_, 3);
  EXPECT_EQ(item->tag("From-Process"), sender_.id.text());
  EXPECT_EQ(item->tag("From-Slot"), "4");
  EXPECT_EQ(item->tag("Type"), "Message");
  EXPECT_EQ(item->tag("Cron"), "");
  EXPECT_EQ(item->tag("Cron-Time"), "");
  EXPECT_EQ(item->tag("Push-Depth"), "3");
}

TEST_F(CourierTest, tells_why_an_order_was_refused) {
  outgoing_.tags.push_back({"Name", "beat"});
  const Error error{ErrorKind::kInvalid, "cron-interval", "too short"};
  const auto item = courier_.task_refused(outgoing_, origin_, error, 3);
  ASSERT_TRUE(item);
  EXPECT_EQ(item->target(), origin_.process.bytes());
  EXPECT_EQ(item->tag("Action"), "Cron-Error");
  EXPECT_EQ(item->tag("Code"), "cron-interval");
  EXPECT_EQ(item->tag("Task"), "beat");
  EXPECT_EQ(item->tag("X-Reference"), "9");
}

TEST_F(CourierTest, refuses_what_no_item_can_say) {
  Outgoing bad = outgoing_;
  bad.target = "nobody";
  EXPECT_EQ(courier_.message(bad, origin_, sender_, 3).error().code, "outgoing-malformed");
  bad = outgoing_;
  bad.tags.push_back({"Huge", Bytes(5000, 'x')});
  EXPECT_EQ(courier_.message(bad, origin_, sender_, 3).error().code, "outgoing-malformed");
}

TEST_F(CourierTest, answers_a_spawn_with_its_process_and_reference) {
  const ProcessId child = *ProcessId::from_bytes(Bytes(32, 'c'));
  const auto good = courier_.spawned(outgoing_, origin_, child, 3);
  EXPECT_EQ(good->tag("Action"), "Spawned");
  EXPECT_EQ(good->tag("Process"), child.text());
  EXPECT_EQ(good->tag("Reference"), "9");
  EXPECT_EQ(good->target(), sender_.id.bytes());
  const auto bad = courier_.spawned(
      outgoing_, origin_, fail(ErrorKind::kInvalid, "module-unknown", "no such module"), 3);
  EXPECT_EQ(bad->tag("Action"), "Spawn-Error");
  EXPECT_EQ(bad->tag("Error"), "no such module");
  EXPECT_NE(good->tag("From-Index"),
            courier_.message(outgoing_, origin_, sender_, 3)->tag("From-Index"));
}

}  // namespace
}  // namespace ao::delivery
