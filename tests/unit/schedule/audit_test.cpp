// Schedules that the node's own key signed, and that are wrong all the same.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/schedule/audit.hpp"

#include <gtest/gtest.h>

#include "ao/admission/admission.hpp"
#include "ao/schedule/adoption.hpp"
#include "support/workbench.hpp"

namespace ao::schedule {
namespace {

using message::Admitted;
using message::Assignment;

class AuditTest : public testing::Test {
 protected:
  AuditTest() : store_(open("store")) {}

  std::unique_ptr<store::Store> open(const std::string& name) const {
    store::Settings settings;
    settings.directory = folder_.path() / name;
    settings.cache_bytes = 1 << 20;
    return store::Store::open(settings);
  }

  Admitted admit(const message::DataItem& item) const {
    auto admitted = admission_.admit(item.bytes());
    EXPECT_TRUE(admitted.has_value());
    return std::move(*admitted);
  }

  Admitted spawn() const {
    return admit(test::sign(test::spawn_draft("aos", key_->address()), *client_));
  }

  Admitted message(const ProcessId& process, const std::string& data) const {
    return admit(test::sign(test::message_draft(process, "Test", data), *client_));
  }

  Admitted pushed(const ProcessId& process, const crypto::Key& signer) const {
    auto draft = test::message_draft(process, "Pushed");
    for (const auto& [name, value] :
         {std::pair("From-Process", process.text()), std::pair("From-Slot", std::string("7")),
          std::pair("From-Index", std::string("0"))})
      draft.tags.push_back({name, value});
    return admit(test::sign(draft, signer));
  }

  // Adds it where `head` says, true or not.
  void put(const Admitted& admitted, Timestamp now) {
    Adoption::Draft draft;
    Log::mark_scheduled(admitted.process(), head_.next, draft.beside);
    draft.entries.push_back(Log::extend(head_, admitted, Log::twins_of(admitted), now, *key_));
    Log::write_head(admitted.process(), head_, draft.beside);
    append(*store_, admitted.process(), std::move(draft));
  }

  void append(store::Store& store, const ProcessId& process, Adoption::Draft draft) {
    const store::Shard shard = store.logs().shard_of(process);
    const auto head = test::await(pool_, store.logs().open(shard));
    ASSERT_TRUE(head);
    ASSERT_TRUE(test::await(pool_, store.logs().append(shard, *head, std::move(draft.entries),
                                                       std::move(draft.beside))));
  }

  // A process with `slots` slots, each a second after the last.
  ProcessId process_of(std::uint64_t slots) {
    const Admitted first = spawn();
    put(first, Timestamp{1'000});
    for (std::uint64_t i = 1; i < slots; ++i)
      put(message(first.process(), std::to_string(i)), Timestamp{1'000 * (i + 1)});
    return first.process();
  }

  // Everything that an audit has to say, but for the index.
  std::vector<std::string> said_of(const ProcessId& process, const AuditSettings& settings = {}) {
    const Audit audit(*store_, settings);
    const Slot end{Log(*store_).count(process).value_or(0)};
    Findings findings(100);
    audit.check_slots(process, Slot{0}, end, findings);
    audit.check_head(process, findings);
    audit.check_unevaluated(process, Slot{0}, end, findings);
    audit.check_twins(process, findings);
    const std::vector<ProcessId> all = {process};
    audit.check_shard(store_->logs().shard_of(process), all, findings);
    std::vector<std::string> said;
    for (const Finding& finding : findings.kept())
      said.push_back(finding.text());
    return said;
  }

  static std::string place(const ProcessId& process, std::uint64_t slot) {
    return "process " + process.text() + ", slot " + std::to_string(slot) + ": ";
  }

  test::Folder folder_;
  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> client_ = crypto::Key::new_ed25519();
  admission::Admission admission_{{}, key_->address()};
  async::Pool pool_{"test", 1};
  std::unique_ptr<store::Store> store_;
  Head head_;
};

using Said = std::vector<std::string>;

TEST_F(AuditTest, has_nothing_to_say_of_a_sound_schedule) {
  const ProcessId process = process_of(5);
  put(pushed(process, *key_), Timestamp{9'000});
  EXPECT_EQ(said_of(process, {.schedulers = {key_->address()}}), Said());
}

TEST_F(AuditTest, time_that_runs_backward_is_found) {
  const ProcessId process = process_of(3);
  head_.timestamp = Timestamp{0};
  put(message(process, "back"), Timestamp{2'999});
  EXPECT_EQ(said_of(process), Said{place(process, 3) + "time runs backward at slot 3"});
}

TEST_F(AuditTest, a_chain_that_was_signed_wrongly_is_found) {
  const ProcessId process = process_of(3);
  head_.chain = *ChainHash::from_bytes(Bytes(32, 'x'));
  put(message(process, "unchained"), Timestamp{9'000});
  EXPECT_EQ(said_of(process), Said{place(process, 3) + "the hash chain breaks at slot 3"});
}

TEST_F(AuditTest, a_message_scheduled_twice_is_found) {
  const ProcessId process = process_of(2);
  const Admitted twice = message(process, "twice");
  put(twice, Timestamp{9'000});
  put(twice, Timestamp{9'000});
  EXPECT_EQ(said_of(process), Said{place(process, 2) + "the index (i) has its message " +
                                   twice.id().text() + " at slot 3"});
}

TEST_F(AuditTest, an_outbox_entry_scheduled_twice_is_found) {
  const ProcessId process = process_of(2);
  put(pushed(process, *key_), Timestamp{9'000});
  auto draft = test::message_draft(process, "Pushed", "other bytes");
  draft.tags.insert(draft.tags.end(),
                    {{"From-Process", process.text()}, {"From-Slot", "7"}, {"From-Index", "0"}});
  put(admit(test::sign(draft, *key_)), Timestamp{9'000});
  EXPECT_EQ(said_of(process),
            Said{place(process, 2) + "the index of twins (x) has its twin " + hex(process.bytes()) +
                 "0000000000000007" + "0000000000000000" + " at slot 3"});
}

TEST_F(AuditTest, what_a_stranger_says_it_was_pushed_for_is_no_origin) {
  const ProcessId process = process_of(2);
  put(pushed(process, *client_), Timestamp{9'000});
  EXPECT_EQ(said_of(process), Said());
}

TEST_F(AuditTest, a_followed_process_has_the_assignments_of_its_own_node) {
  const ProcessId process = process_of(2);
  const auto stranger = client_->address();
  EXPECT_EQ(said_of(process, {.schedulers = {stranger}, .followed = {{process, key_->address()}}}),
            Said());
  EXPECT_EQ(said_of(process, {.schedulers = {}, .followed = {{process, stranger}}}).size(), 2U);
}

TEST_F(AuditTest, a_gap_in_the_marks_is_told_once_however_long) {
  const ProcessId process = process_of(5);
  store::Batch batch;
  for (std::uint64_t slot = 1; slot < 4; ++slot)
    Log::mark_evaluated(process, Slot{slot}, batch);
  ASSERT_TRUE(test::await(pool_, store_->commit(std::move(batch))));
  EXPECT_EQ(said_of(process),
            Said{place(process, 1) + "it has no outcome and is not marked as unevaluated (q); nor "
                                     "are the 2 slots behind it"});
}

TEST_F(AuditTest, pieces_join_to_the_whole) {
  const ProcessId process = process_of(7);
  head_.timestamp = Timestamp{0};
  put(message(process, "back"), Timestamp{1});  // slot 7, the first of a piece
  const Audit audit(*store_, {});
  Findings findings(10);
  EXPECT_EQ(audit.check_slots(process, Slot{0}, Slot{7}, findings).size(), 7U);
  EXPECT_EQ(findings.count(), 0U);
  EXPECT_EQ(audit.check_slots(process, Slot{7}, Slot{8}, findings).size(), 1U);
  EXPECT_EQ(findings.count(), 1U) << "the link to the piece before";
}

TEST_F(AuditTest, adopting_a_schedule_makes_the_same_entries) {
  const ProcessId process = process_of(4);
  put(pushed(process, *key_), Timestamp{9'000});
  const auto other = open("other");
  Adoption adoption(*other, {.schedulers = {key_->address()}});
  Adoption::Draft draft;
  for (const Assignment& one : Log(*store_).read(process, Slot{0}, 10, 1 << 20)) {
    auto read = Assignment::recognise(one.item(), one.body());
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_TRUE(adoption.take(*read, draft).value());
  }
  append(*other, process, std::move(draft));
  const auto entries = [](const store::Store& store) {
    std::map<Bytes, Bytes> all;
    store.scan({}, {}, [&all](BytesView key, BytesView value) {
      // Which shard a process is in is each store's own affair, and the index of items is written
      // by who appends.
      const bool is_compared = BytesView("lsG").find(key.front()) == BytesView::npos;
      if (is_compared) all.emplace(key, value);
      return true;
    });
    return all;
  };
  std::size_t indexed = 0;
  other->scan("G", "G", [&indexed](BytesView, BytesView) { return ++indexed > 0; });
  EXPECT_EQ(indexed, 2 + test::spawn_draft("aos", key_->address()).tags.size());
  EXPECT_EQ(entries(*other), entries(*store_));
}

TEST_F(AuditTest, adoption_refuses_what_does_not_follow) {
  const ProcessId process = process_of(4);
  const auto log = Log(*store_).read(process, Slot{0}, 10, 1 << 20);
  const auto other = open("other");
  Adoption::Draft draft;
  const auto refusal = [&](Adoption& adoption, const Assignment& assignment) {
    const auto taken = adoption.take(assignment, draft);
    return taken ? std::string_view("taken") : taken.error().code;
  };
  Adoption late(*other, {});
  EXPECT_EQ(refusal(late, log[1]), "chain-broken");
  EXPECT_TRUE(draft.entries.empty());
  Adoption gapped(*other, {});
  EXPECT_EQ(refusal(gapped, log[0]), "taken");
  EXPECT_EQ(refusal(gapped, log[2]), "chain-broken");
  Adoption foreign(*other, {.schedulers = {client_->address()}});
  EXPECT_EQ(refusal(foreign, log[0]), "scheduler-foreign");
}

TEST_F(AuditTest, an_assignment_is_recognised_only_with_its_own_message) {
  const ProcessId process = process_of(3);
  const auto log = Log(*store_).read(process, Slot{0}, 10, 1 << 20);
  const auto code = [](const message::DataItem& item, const message::DataItem& body) {
    const auto read = Assignment::recognise(item, body);
    return read ? std::string_view("accepted") : read.error().code;
  };
  EXPECT_EQ(code(log[1].item(), log[1].body()), "accepted");
  EXPECT_EQ(code(log[1].item(), log[2].body()), "assignment-malformed");
  EXPECT_EQ(code(log[1].body(), log[1].body()), "assignment-malformed");
}

}  // namespace
}  // namespace ao::schedule
