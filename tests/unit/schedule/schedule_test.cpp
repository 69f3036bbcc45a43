// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/schedule/schedule.hpp"

#include <gtest/gtest.h>

#include "ao/admission/admission.hpp"
#include "ao/crypto/digest.hpp"
#include "ao/schedule/audit.hpp"
#include "flow/forged_items.hpp"
#include "support/workbench.hpp"

namespace ao::schedule {
namespace {

using message::Admitted;
using message::DataItem;

class FakeBlocks final : public Blocks {
 public:
  message::Block last() const override { return block; }
  message::Block block;
};

class ScheduleTest : public testing::Test {
 protected:
  ScheduleTest() { open(); }

  void open() {
    schedule_.reset();
    store_.reset();
    store::Settings settings;
    settings.directory = folder_.path() / "store";
    settings.cache_bytes = 1 << 20;
    store_ = store::Store::open(settings);
    schedule_ = std::make_unique<Schedule>(Settings{}, *store_, *key_, clock_, cpu_, blocks_);
  }

  Admitted admit(const DataItem& item) {
    auto admitted = admission_.admit(item.bytes());
    EXPECT_TRUE(admitted.has_value());
    return std::move(*admitted);
  }

  Result<Placement> append(const DataItem& item) {
    return test::await(cpu_, schedule_->append(admit(item)));
  }

  DataItem spawn(const std::string& module = "aos") {
    return test::sign(test::spawn_draft(module, key_->address()), *client_);
  }

  DataItem message(const ProcessId& process, const std::string& data) {
    return test::sign(test::message_draft(process, "Test", data), *client_);
  }

  test::Folder folder_;
  test::FakeClock clock_;
  FakeBlocks blocks_;
  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> client_ = crypto::Key::new_ed25519();
  admission::Admission admission_{{}, key_->address()};
  async::Pool cpu_{"cpu", 2};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Schedule> schedule_;
};

TEST_F(ScheduleTest, assignments_name_the_last_block_and_none_a_lower_one_than_the_slot_before) {
  const auto process = append(spawn())->process;
  const auto named = [&](std::uint64_t slot) {
    return schedule_->log().read(process, Slot{slot})->block();
  };
  EXPECT_EQ(named(0), message::Block());
  EXPECT_EQ(schedule_->log().read(process, Slot{0})->item().tag("Block-Height"), "0");
  blocks_.block = {1'000, "hash", 1'790'000'000};
  EXPECT_EQ(append(message(process, "a"))->block_height, 1'000u);
  EXPECT_EQ(named(1), blocks_.block);
  const auto item = schedule_->log().read(process, Slot{1})->item();
  EXPECT_EQ(item.tag("Block-Hash"), "hash");
  EXPECT_EQ(item.tag("Block-Timestamp"), "1790000000");
  blocks_.block = {999, "lower", 1'789'999'880};
  append(message(process, "b"));
  EXPECT_EQ(named(2), (message::Block{1'000, "", 0})) << "the height alone, for it is another's";
  blocks_.block = {1'001, "", 0};
  append(message(process, "c"));
  EXPECT_EQ(named(3), blocks_.block);

  blocks_.block = {};
  open();
  EXPECT_EQ((*schedule_->log().head(process))->block_height, 1'001u);
  const DataItem last = message(process, "d");
  EXPECT_EQ(append(last)->block_height, 1'001u);
  EXPECT_EQ(append(last)->block_height, 1'001u) << "the same again";
  EXPECT_EQ(named(4), (message::Block{1'001, "", 0}));
  EXPECT_EQ(append(spawn("other"))->block_height, 0u);
  Findings findings(10);
  Audit(*store_, {}).check_head(process, findings);
  EXPECT_EQ(findings.count(), 0u);
}

TEST_F(ScheduleTest, assigns_consecutive_slots_per_process) {
  const auto a = append(spawn("aos"));
  const auto b = append(spawn("other"));
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->slot, Slot{0});
  EXPECT_EQ(b->slot, Slot{0});
  for (std::uint64_t i = 1; i <= 5; ++i) {
    EXPECT_EQ(append(message(a->process, "a" + std::to_string(i)))->slot, Slot{i});
    EXPECT_EQ(append(message(b->process, "b" + std::to_string(i)))->slot, Slot{i});
  }
}

TEST_F(ScheduleTest, gives_the_same_message_the_same_slot_now_and_after_a_restart) {
  const auto process = append(spawn())->process;
  const DataItem item = message(process, "once");
  const auto first = append(item);
  append(message(process, "between"));
  const auto again = append(item);
  EXPECT_TRUE(first->is_new);
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->slot, first->slot);
  EXPECT_EQ(again->assignment, first->assignment);
  open();
  EXPECT_EQ(append(item)->slot, first->slot);
  EXPECT_EQ(append(message(process, "after"))->slot, Slot{3});
}

TEST_F(ScheduleTest, gives_the_same_message_one_slot_within_one_write) {
  const auto process = append(spawn())->process;
  std::vector<Admitted> twice;
  for (int i = 0; i < 2; ++i)
    twice.push_back(admit(message(process, "twin")));
  const auto placed = test::await(cpu_, schedule_->append(std::move(twice)));
  ASSERT_TRUE(placed[0] && placed[1]);
  EXPECT_EQ(placed[0]->slot, placed[1]->slot);
  EXPECT_EQ(schedule_->log().count(process), 2u);
}

// Nobody can sign two items with one signature, so the test bends the index: the id of an item that
// was never scheduled names the slot of another.
TEST_F(ScheduleTest, refuses_other_bytes_under_an_id_that_is_taken) {
  const auto process = append(spawn())->process;
  const DataItem item = message(process, "twin");
  Bytes slot;
  put_u64be(slot, 0);
  store::Batch batch;
  batch.put('i' + Bytes(item.id().bytes()) + Bytes(process.bytes()), slot);
  ASSERT_TRUE(test::await(cpu_, store_->commit(std::move(batch))));
  const auto refused = append(item);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(refused.error().code, "message-id-taken");
  EXPECT_NE(refused.error().text.find(item.id().text()), std::string::npos);
  EXPECT_EQ(schedule_->log().count(process), 1u);
  EXPECT_EQ(append(message(process, "next"))->slot, Slot{1});
}

TEST_F(ScheduleTest, chains_assignments_so_that_anyone_can_verify_order_and_completeness) {
  const auto process = append(spawn())->process;
  for (int i = 0; i < 4; ++i)
    append(message(process, std::to_string(i)));
  const auto log = schedule_->log().read(process, Slot{0}, 100, 1 << 20);
  ASSERT_EQ(log.size(), 5u);
  Bytes expected(crypto::view(crypto::sha256(process.bytes())));
  for (const auto& assignment : log) {
    EXPECT_EQ(assignment.chain().bytes(), expected);
    EXPECT_TRUE(assignment.item().verify());
    EXPECT_EQ(assignment.item().owner(), key_->public_key());
    expected = Bytes(crypto::view(crypto::sha256(Bytes(assignment.id().bytes()) + expected)));
  }
  EXPECT_TRUE(Log::check_link(&log[1], log[2]));
  EXPECT_EQ(Log::check_link(&log[0], log[2]).error().code, "chain-broken");
}

TEST_F(ScheduleTest, never_moves_time_backward) {
  const auto process = append(spawn())->process;
  clock_.set(1'800'000'000'000);
  append(message(process, "later"));
  clock_.set(1'600'000'000'000);
  append(message(process, "clock set back"));
  const auto log = schedule_->log().read(process, Slot{0}, 10, 1 << 20);
  EXPECT_EQ(log[2].timestamp(), log[1].timestamp());
}

TEST_F(ScheduleTest, refuses_messages_for_unknown_processes_and_data) {
  const auto nobody = *ProcessId::from_bytes(Bytes(32, 'x'));
  EXPECT_EQ(append(message(nobody, "hello")).error().code, "process-unknown");
  const auto module = test::sign(test::module_draft("return 1", "m"), *client_);
  EXPECT_EQ(append(module).error().code, "not-schedulable");
}

TEST_F(ScheduleTest, schedules_what_one_outbox_entry_pushed_once) {
  const auto process = append(spawn())->process;
  auto draft = test::message_draft(process, "Pushed");
  draft.tags.push_back({"From-Process", process.text()});
  draft.tags.push_back({"From-Slot", "7"});
  draft.tags.push_back({"From-Index", "0"});
  const auto first = append(test::sign(draft, *key_));
  draft.data = "signed again with other bytes";
  const auto again = append(test::sign(draft, *key_));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->slot, first->slot);
  open();
  EXPECT_EQ(append(test::sign(draft, *key_))->slot, first->slot);

  const auto by_a_stranger = append(test::sign(draft, *client_));
  EXPECT_TRUE(by_a_stranger->is_new) << "a stranger cannot take an outbox entry's place";
}

TEST_F(ScheduleTest, schedules_each_time_of_a_task_once) {
  const auto process = append(spawn())->process;
  auto draft = test::message_draft(process, "Tick");
  draft.tags.push_back({"Cron", "true"});
  draft.tags.push_back({"Cron-Task", base64url(Bytes(32, 't'))});
  draft.tags.push_back({"Cron-Time", "1000"});
  const auto first = append(test::sign(draft, *key_));
  draft.data = "of the same task, changed meanwhile";
  const auto again = append(test::sign(draft, *key_));
  ASSERT_TRUE(first && again);
  EXPECT_EQ(again->slot, first->slot);
  EXPECT_FALSE(again->is_new);
  EXPECT_TRUE(append(test::sign(draft, *client_))->is_new) << "a stranger makes no ticks";
  open();
  EXPECT_EQ(append(test::sign(draft, *key_))->slot, first->slot);
  draft.tags.back().value = "2000";
  EXPECT_TRUE(append(test::sign(draft, *key_))->is_new);
}

TEST_F(ScheduleTest, remembers_whose_definition_asks_for_tasks) {
  auto draft = test::spawn_draft("aos", key_->address());
  draft.tags.push_back({"Cron-Interval", "1-hour"});
  const auto asks = append(test::sign(draft, *client_))->process;
  append(spawn());
  EXPECT_EQ(schedule_->log().awaiting_tasks(), std::vector<ProcessId>{asks});
  EXPECT_TRUE(schedule_->log().awaits_tasks(asks));
  store::Batch batch;
  Log::mark_tasks_set(asks, batch);
  ASSERT_TRUE(test::await(cpu_, store_->commit(std::move(batch))));
  EXPECT_FALSE(schedule_->log().awaits_tasks(asks));
}

// A note that somebody forwards for a process. Each signature of it is another: the same content is
// another message by its id.
class Forwarded : public ScheduleTest {
 protected:
  DataItem signed_again(const std::string& reference) {
    message::Tags tags{{"Action", "Note"}, {"From-Process", process_.text()}};
    if (!reference.empty()) tags.push_back({"Reference", reference});
    test::Parts parts;
    parts.type = 3;
    parts.owner = forwarder_.key;
    parts.target = Bytes(process_.bytes());
    parts.avro = message::write_tags(tags);
    parts.tag_count = tags.size();
    const Bytes signature = forwarder_.sign(parts.hash(), Bytes(32, ++noise_));
    return DataItem::parse(parts.with(signature)).value();
  }

  test::EthereumSecret forwarder_;
  char noise_ = 0;
  ProcessId process_ = append(spawn())->process;
};

TEST_F(Forwarded, again_with_its_reference_gets_the_slot_of_the_first) {
  const auto first = append(signed_again("7"));
  const DataItem item = signed_again("7");
  ASSERT_TRUE(first);
  ASSERT_NE(item.id(), first->message);
  const auto again = append(item);
  EXPECT_FALSE(again->is_new);
  EXPECT_EQ(again->slot, first->slot);
  EXPECT_EQ(again->message, first->message);
  open();
  EXPECT_EQ(append(signed_again("7"))->slot, first->slot) << "nor after a restart";
  EXPECT_TRUE(append(signed_again("8"))->is_new);
}

TEST_F(Forwarded, without_a_reference_may_be_meant_twice) {
  EXPECT_TRUE(append(signed_again(""))->is_new);
  EXPECT_TRUE(append(signed_again(""))->is_new);
}

TEST_F(Forwarded, twice_in_one_write_gets_one_slot) {
  std::vector<Admitted> both;
  for (int i = 0; i < 2; ++i)
    both.push_back(admit(signed_again("7")));
  ASSERT_NE(both[0].id(), both[1].id());
  const auto placed = test::await(cpu_, schedule_->append(std::move(both)));
  ASSERT_TRUE(placed[0] && placed[1]);
  EXPECT_EQ(placed[0]->slot, placed[1]->slot);
  EXPECT_EQ(schedule_->log().count(process_), 2u);
}

// Another node's schedule of one process, as it is read from there.
class Adopted : public ScheduleTest {
 protected:
  Adopted() {
    const auto spawned = spawn();
    process_ = append(spawned)->process;
    for (int i = 0; i < 4; ++i)
      EXPECT_TRUE(append(message(process_, std::to_string(i))));
    slots_ = schedule_->log().read(process_, Slot{0}, 10, 1 << 20);
    schedule_.reset();
    store_.reset();
    std::filesystem::remove_all(folder_.path() / "store");
    open();
  }

  std::vector<Result<Placement>> adopt(std::vector<message::Assignment> slots) {
    return test::await(cpu_, schedule_->adopt(std::move(slots)));
  }

  std::vector<message::Assignment> some(std::initializer_list<std::size_t> which) const {
    std::vector<message::Assignment> slots;
    for (const std::size_t i : which)
      slots.push_back(slots_[i]);
    return slots;
  }

  ProcessId process_;
  std::vector<message::Assignment> slots_;
};

TEST_F(Adopted, is_here_byte_for_byte_also_after_a_restart) {
  for (const auto& placement : adopt(some({0, 1})))
    EXPECT_TRUE(placement && placement->is_new);
  const auto more = adopt(some({1, 2, 3, 4}));
  ASSERT_EQ(more.size(), 4U);
  EXPECT_FALSE(more[0]->is_new) << "it is here already";
  EXPECT_TRUE(more[3]->is_new);
  open();
  const auto here = schedule_->log().read(process_, Slot{0}, 10, 1 << 20);
  ASSERT_EQ(here.size(), 5U);
  for (std::size_t i = 0; i < here.size(); ++i) {
    EXPECT_EQ(here[i].item().bytes(), slots_[i].item().bytes());
    EXPECT_EQ(here[i].body().bytes(), slots_[i].body().bytes());
  }
  EXPECT_EQ(schedule_->log().unevaluated(), std::vector{process_});
  EXPECT_EQ(schedule_->log().slot_of(slots_[2].body().id(), process_), Slot{2});
}

TEST_F(Adopted, is_refused_from_the_first_on_that_does_not_follow) {
  const auto placements = adopt(some({0, 2, 1}));
  EXPECT_TRUE(placements[0]);
  EXPECT_EQ(placements[1].error().code, "chain-broken");
  EXPECT_EQ(placements[2].error().code, "chain-broken");
  EXPECT_EQ(schedule_->log().count(process_), 1);
}

TEST_F(Adopted, is_refused_where_another_history_is) {
  adopt(some({0, 1}));
  message::Draft other;
  other.tags = slots_[1].item().tags();
  for (message::Tag& tag : other.tags)
    if (tag.name == "Timestamp") tag.value = std::to_string(std::stoull(tag.value) + 1);
  auto second = message::Assignment::recognise(*DataItem::sign(other, *key_), slots_[1].body());
  EXPECT_EQ(adopt({*second}).front().error().code, "slot-taken");
  EXPECT_EQ(schedule_->log().read(process_, Slot{1})->id(), slots_[1].id());
}

TEST_F(ScheduleTest, lists_unevaluated_processes_until_each_slot_is_marked) {
  const auto process = append(spawn())->process;
  append(message(process, "one"));
  EXPECT_EQ(schedule_->log().unevaluated(), std::vector{process});
  store::Batch batch;
  Log::mark_evaluated(process, Slot{0}, batch);
  Log::mark_evaluated(process, Slot{1}, batch);
  ASSERT_TRUE(test::await(cpu_, store_->commit(std::move(batch))));
  EXPECT_TRUE(schedule_->log().unevaluated().empty());
}

TEST_F(ScheduleTest, refuses_to_extend_a_log_that_lost_its_end) {
  const auto process = append(spawn())->process;
  append(message(process, "one"));
  Bytes last = 'a' + Bytes(process.bytes());
  put_u64be(last, 1);
  store::Batch batch;
  batch.remove(last);
  ASSERT_TRUE(test::await(cpu_, store_->commit(std::move(batch))));
  open();
  EXPECT_EQ(append(message(process, "two")).error().code, "schedule-damaged");
}

TEST_F(ScheduleTest, orders_many_concurrent_clients_without_a_gap) {
  const auto process = append(spawn())->process;
  std::vector<std::future<Result<Placement>>> waiting;
  for (int i = 0; i < 200; ++i)
    waiting.push_back(boost::asio::co_spawn(
        cpu_.executor(), schedule_->append(admit(message(process, std::to_string(i)))),
        boost::asio::use_future));
  std::vector<bool> seen(201);
  for (auto& one : waiting) {
    const auto placed = one.get();
    ASSERT_TRUE(placed);
    ASSERT_LE(placed->slot.number, 200u);
    EXPECT_FALSE(seen[placed->slot.number]);
    seen[placed->slot.number] = true;
  }
  const auto log = schedule_->log().read(process, Slot{0}, 1000, 1 << 30);
  ASSERT_EQ(log.size(), 201u);
  for (std::size_t i = 1; i < log.size(); ++i)
    EXPECT_TRUE(Log::check_link(&log[i - 1], log[i]));
}

// Some of them arrive while an append with the message is on its way to the disk.
TEST_F(ScheduleTest, gives_the_same_message_one_slot_however_many_send_it_at_once) {
  const auto process = append(spawn())->process;
  std::vector<DataItem> items;
  for (int i = 0; i < 5; ++i)
    items.push_back(message(process, std::to_string(i)));
  std::vector<std::future<Result<Placement>>> waiting;
  for (std::size_t i = 0; i < 200; ++i)
    waiting.push_back(boost::asio::co_spawn(cpu_.executor(),
                                            schedule_->append(admit(items[i % items.size()])),
                                            boost::asio::use_future));
  std::map<MessageId, Slot> slots;
  std::size_t fresh = 0;
  for (auto& one : waiting) {
    const auto placed = one.get();
    ASSERT_TRUE(placed);
    fresh += placed->is_new ? 1 : 0;
    EXPECT_EQ(slots.emplace(placed->message, placed->slot).first->second, placed->slot);
  }
  EXPECT_EQ(fresh, items.size());
  EXPECT_EQ(schedule_->log().count(process), 1 + items.size());
}

}  // namespace
}  // namespace ao::schedule
