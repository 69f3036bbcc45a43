// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/admission/admission.hpp"

#include <gtest/gtest.h>

#include <type_traits>

#include "support/workbench.hpp"

namespace ao::admission {
namespace {

using message::Admitted;

class AdmissionTest : public testing::Test {
 protected:
  std::unique_ptr<crypto::Key> node_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> client_ = crypto::Key::new_ed25519();
  Settings settings_{.data_bytes_max = 1000};
  Admission admission_{settings_, node_->address()};
  ProcessId process_ = *ProcessId::from_bytes(Bytes(32, 'p'));
};

TEST_F(AdmissionTest, nobody_else_can_make_an_admitted_message) {
  static_assert(!std::is_default_constructible_v<Admitted>);
  static_assert(!std::is_constructible_v<Admitted, Admitted::Kind, message::DataItem>);
}

TEST_F(AdmissionTest, tells_spawns_messages_and_data_apart) {
  const auto spawn = test::sign(test::spawn_draft("aos", node_->address()), *client_);
  const auto message = test::sign(test::message_draft(process_, "Hi"), *client_);
  const auto module = test::sign(test::module_draft("x = 1", "x.lua"), *client_);
  const auto admitted = admission_.admit(spawn.bytes());
  ASSERT_TRUE(admitted);
  EXPECT_EQ(admitted->kind(), Admitted::Kind::kSpawn);
  EXPECT_EQ(admitted->process(), process_named_by(spawn.id()));
  EXPECT_EQ(admission_.admit(message.bytes())->kind(), Admitted::Kind::kMessage);
  EXPECT_EQ(admission_.admit(message.bytes())->process(), process_);
  EXPECT_EQ(admission_.admit(module.bytes())->kind(), Admitted::Kind::kData);
}

TEST_F(AdmissionTest, refuses_any_changed_byte) {
  const auto item = test::sign(test::message_draft(process_, "Hi", "data"), *client_);
  for (std::size_t i = 0; i < item.bytes().size(); i += 3) {
    Bytes changed = item.bytes();
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(admission_.admit(changed)) << "byte " << i;
  }
}

TEST_F(AdmissionTest, takes_what_this_process_signed_as_it_takes_its_bytes) {
  const auto draft = test::message_draft(ProcessId(), "Test", "data");
  const auto key = crypto::Key::new_ed25519();
  const auto own = admission_.admit(*message::OwnItem::sign(draft, *key));
  const auto read = admission_.admit(message::OwnItem::sign(draft, *key)->bytes());
  ASSERT_TRUE(own && read);
  EXPECT_EQ(own->item().bytes(), read->item().bytes());
  EXPECT_EQ(own->signer(), read->signer());
  EXPECT_EQ(own->kind(), read->kind());
  EXPECT_EQ(own->process(), read->process());
  auto twice = draft;
  twice.tags.push_back({"Type", "Message"});
  EXPECT_EQ(admission_.admit(*message::OwnItem::sign(twice, *key)).error().code, "tag-duplicate");
}

TEST_F(AdmissionTest, keeps_the_data_limit_to_the_byte) {
  auto draft = test::message_draft(process_, "Hi", Bytes(1000, 'd'));
  EXPECT_TRUE(admission_.admit(test::sign(draft, *client_).bytes()));
  draft.data += 'd';
  const auto refused = admission_.admit(test::sign(draft, *client_).bytes());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "data-too-large");
  EXPECT_NE(refused.error().text.find("1001"), std::string::npos);
}

TEST_F(AdmissionTest, refuses_a_process_without_a_module_or_scheduler) {
  for (const std::string missing : {"Module", "Scheduler"}) {
    auto draft = test::spawn_draft("aos", node_->address());
    std::erase_if(draft.tags, [&](const message::Tag& tag) { return tag.name == missing; });
    const auto refused = admission_.admit(test::sign(draft, *client_).bytes());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "process-malformed");
    EXPECT_NE(refused.error().text.find(missing), std::string::npos);
  }
}

TEST_F(AdmissionTest, refuses_a_second_tag_of_a_name_that_the_node_reads) {
  for (const std::string name : {"Data-Protocol", "variant", "TYPE", "Module", "scheduler",
                                 "From-Process", "From-Module", "from-slot", "From-Index"}) {
    auto draft = test::message_draft(process_, "Hi");
    if (message::find_tag(draft.tags, name) == nullptr) draft.tags.push_back({name, "once"});
    draft.tags.push_back({name, "twice"});
    const auto refused = admission_.admit(test::sign(draft, *client_).bytes());
    ASSERT_FALSE(refused) << name;
    EXPECT_EQ(refused.error().code, "tag-duplicate") << name;
  }
  auto spawn = test::spawn_draft("aos", node_->address());
  spawn.tags.push_back({"name", "another"});
  const auto refused = admission_.admit(test::sign(spawn, *client_).bytes());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text, "tags 6 and 8 are both named Name, which may stand once");
}

TEST_F(AdmissionTest, lets_other_tags_repeat) {
  auto spawn = test::spawn_draft("aos", node_->address());
  auto message = test::message_draft(process_, "Hi");
  for (int i = 0; i < 2; ++i) {
    for (const std::string name : {"Authority", "Cron-Interval", "Cron-Tag-Action", "Action"})
      spawn.tags.push_back({name, "x"});
    for (const std::string name : {"Name", "Action", "Reference", "X"})
      message.tags.push_back({name, "x"});
  }
  EXPECT_TRUE(admission_.admit(test::sign(spawn, *client_).bytes()));
  EXPECT_TRUE(admission_.admit(test::sign(message, *client_).bytes()));
}

TEST_F(AdmissionTest, believes_the_origin_of_a_pushed_message_only_from_this_node) {
  auto draft = test::message_draft(process_, "Hi");
  draft.tags.push_back({"From-Process", process_.text()});
  draft.tags.push_back({"From-Slot", "3"});
  draft.tags.push_back({"From-Index", "1"});
  const auto ours = admission_.admit(test::sign(draft, *node_).bytes());
  const message::Origin expected{process_, Slot{3}, 1};
  EXPECT_EQ(ours->origin(), expected);
  EXPECT_EQ(admission_.admit(test::sign(draft, *client_).bytes())->origin(), std::nullopt);
}

}  // namespace
}  // namespace ao::admission
