// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/contents.hpp"

#include <gtest/gtest.h>

#include "ao/admission/admission.hpp"
#include "ao/message/bundle.hpp"
#include "ao/schedule/log.hpp"
#include "ao/settlement/retrieval.hpp"
#include "support/workbench.hpp"

namespace ao::settlement {
namespace {

using message::Assignment;

// Schedules without a store.
class ContentsTest : public testing::Test {
 protected:
  struct Made {
    ProcessId process;
    std::vector<Assignment> slots;
  };

  Assignment schedule(schedule::Head& head, const message::DataItem& item,
                      const crypto::Key& scheduler) {
    const auto admitted = admission_.admit(item.bytes());
    EXPECT_TRUE(admitted.has_value());
    const Slot slot = head.next;
    const auto entry = schedule::Log::extend(head, *admitted, {}, clock_.now(), scheduler);
    clock_.set(clock_.now().milliseconds + 1);
    return *schedule::Log::assignment_in(admitted->process(), slot, entry.body);
  }

  Made process_of(std::size_t slots, const std::string& module = "aos") {
    schedule::Head head{};
    auto draft = test::spawn_draft(module, key_->address());
    draft.tags.push_back({"Number", std::to_string(++processes_)});
    const auto spawn = test::sign(draft, *client_);
    Made made{process_named_by(spawn.id()), {}};
    made.slots.push_back(schedule(head, spawn, *key_));
    for (std::size_t i = 1; i < slots; ++i)
      made.slots.push_back(schedule(
          head, test::sign(test::message_draft(made.process, "Add", std::to_string(i)), *client_),
          *key_));
    return made;
  }

  Contents contents_of(std::span<const Assignment> slots) const {
    Contents contents(*key_);
    for (const Assignment& slot : slots)
      contents.add(slot);
    return contents;
  }

  Bytes data_of(std::span<const Assignment> slots) const {
    return contents_of(slots).draft(0).data;
  }

  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> client_ = crypto::Key::new_ed25519();
  admission::Admission admission_{{}, key_->address()};
  test::FakeClock clock_;
  int processes_ = 0;
};

TEST_F(ContentsTest, each_message_and_its_assignment_are_in_it_under_their_own_ids) {
  const Made made = process_of(3);
  const auto sealed =
      seal(contents_of(made.slots), 5, {{store::Shard{1}, 0, 3}}, {}, clock_.now(), *key_);
  ASSERT_TRUE(sealed) << sealed.error().text;
  EXPECT_TRUE(sealed->item.verify());
  EXPECT_TRUE(message::is_bundle(sealed->item));
  EXPECT_EQ(sealed->item.tag("Number"), "5");
  EXPECT_EQ(sealed->item.tag("Process"), made.process.text());
  const auto read = message::read_bundle(sealed->item.data());
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 6u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ((*read)[2 * i].item.bytes(), made.slots[i].body().bytes());
    EXPECT_EQ((*read)[2 * i + 1].item.bytes(), made.slots[i].item().bytes());
  }
  EXPECT_EQ(sealed->record.messages, 3u);
  EXPECT_EQ(sealed->record.oldest, made.slots[0].timestamp());
  EXPECT_EQ(sealed->record.id, sealed->item.id());
}

TEST_F(ContentsTest, the_same_contents_become_the_same_bytes_and_others_are_noticed) {
  const Made made = process_of(4);
  const std::span<const Assignment> slots(made.slots);
  const auto sealed = seal(contents_of(slots), 0, {}, {}, clock_.now(), *key_);
  ASSERT_TRUE(sealed);
  const auto again = sealed_again(contents_of(slots), sealed->record);
  ASSERT_TRUE(again) << again.error().text;
  EXPECT_EQ(again->bytes(), sealed->item.bytes());
  const auto other = sealed_again(contents_of(slots.first(3)), sealed->record);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, "settlement-damaged");
}

TEST_F(ContentsTest, a_message_of_several_processes_is_in_it_once) {
  const Made made = process_of(2);
  Contents contents = contents_of(made.slots);
  contents.add(made.slots[1]);
  EXPECT_EQ(message::read_bundle(contents.draft(0).data)->size(), 4u);
}

TEST_F(ContentsTest, many_processes_are_counted_and_not_named) {
  Contents contents(*key_);
  for (int i = 0; i < 60; ++i)
    contents.add(process_of(1).slots.front());
  const auto draft = contents.draft(0);
  EXPECT_EQ(*message::find_tag(draft.tags, "Processes"), "60");
  EXPECT_EQ(message::find_tag(draft.tags, "Process"), nullptr);
  EXPECT_TRUE(message::DataItem::sign(draft, *key_));
  EXPECT_EQ(contents.places().size(), 60u);
}

TEST_F(ContentsTest, as_many_names_as_fit_are_signed) {
  Contents contents(*key_);
  for (int i = 0; i < 16; ++i)
    contents.add(test::sign(test::module_draft("-- " + std::to_string(i), "x.lua"), *client_));
  for (int i = 0; i < 48; ++i)
    contents.add(process_of(1).slots.front());
  const auto signed_ = message::DataItem::sign(contents.draft(~std::uint64_t{0}), *key_);
  EXPECT_TRUE(signed_) << signed_.error().text;
}

TEST_F(ContentsTest, a_process_is_put_together_from_several_bundles_in_any_order) {
  const auto module = test::sign(test::module_draft("x = 1", "x.lua"), *client_);
  const Made made = process_of(6, std::string(module.id().text()));
  const Made other = process_of(2);
  const std::span<const Assignment> slots(made.slots);
  Retrieval retrieval(made.process, {});
  Contents last = contents_of(slots.last(2));
  for (const Assignment& slot : other.slots)
    last.add(slot);
  EXPECT_EQ(*retrieval.take(last.draft(1).data), 2u);
  EXPECT_EQ(retrieval.gap(), Slot{0});
  EXPECT_EQ(retrieval.in_order().error().code, "settlement-incomplete");
  Contents first(*key_);
  first.add(module);
  for (const Assignment& slot : slots.first(3))
    first.add(slot);
  EXPECT_EQ(*retrieval.take(first.draft(0).data), 3u);
  EXPECT_EQ(retrieval.gap(), Slot{3});
  const auto missing = retrieval.in_order();
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().text.find("slot 3"), std::string::npos) << missing.error().text;
  EXPECT_EQ(*retrieval.take(data_of(slots.subspan(3, 2))), 1u) << "slot 4 was there already";
  const auto whole = retrieval.in_order();
  ASSERT_TRUE(whole) << whole.error().text;
  ASSERT_EQ(whole->slots.size(), 6u);
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_EQ(whole->slots[i].id(), made.slots[i].id());
  ASSERT_TRUE(whole->module);
  EXPECT_EQ(whole->module->id(), module.id());
}

TEST_F(ContentsTest, assignments_of_strangers_do_not_count_and_two_histories_are_told) {
  const Made made = process_of(1);
  const auto stranger = crypto::Key::new_ed25519();
  const auto item = [&](const char* data) {
    return test::sign(test::message_draft(made.process, "Add", data), *client_);
  };
  const schedule::Head head{Slot{1}, made.slots[0].timestamp(), made.slots[0].id(),
                            made.slots[0].chain()};
  auto one = head, two = head, three = head;
  const Assignment ours = schedule(one, item("1"), *key_);
  const Assignment theirs = schedule(two, item("2"), *stranger);
  const Assignment twice = schedule(three, item("3"), *key_);

  Retrieval retrieval(made.process, {});
  ASSERT_TRUE(retrieval.take(data_of(made.slots)));
  ASSERT_TRUE(retrieval.take(data_of(std::vector{theirs})));
  EXPECT_EQ(retrieval.in_order().error().code, "settlement-incomplete");
  ASSERT_TRUE(retrieval.take(data_of(std::vector{ours})));
  ASSERT_TRUE(retrieval.in_order());
  EXPECT_EQ(retrieval.in_order()->slots.at(1).id(), ours.id());
  ASSERT_TRUE(retrieval.take(data_of(std::vector{twice})));
  EXPECT_EQ(retrieval.in_order().error().code, "settlement-histories");
}

TEST_F(ContentsTest, what_is_no_bundle_is_refused) {
  Retrieval retrieval(process_of(1).process, {});
  EXPECT_FALSE(retrieval.take("no bundle"));
}

}  // namespace
}  // namespace ao::settlement
