// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <atomic>

#include "ao/admission/admission.hpp"
#include "ao/schedule/schedule.hpp"
#include "support/workbench.hpp"

namespace ao::schedule {
namespace {

using message::Admitted;

// Logs that refuse some appends, as an engine does whose head somebody else has moved.
class RefusingLogs final : public store::ShardLogs {
 public:
  explicit RefusingLogs(store::ShardLogs& logs) : logs_(logs) {}

  // Each so many appends one is refused; 0: none.
  void refuse_every(int count) { every_ = count; }
  int refused() const { return refused_; }
  int opened() const { return opened_; }

  store::Shard shard_of(const ProcessId& process) const override { return logs_.shard_of(process); }
  Task<Result<store::ShardHead>> open(store::Shard shard) override {
    ++opened_;
    return logs_.open(shard);
  }
  Task<Result<store::ShardHead>> append(store::Shard shard, store::ShardHead expected,
                                        std::vector<store::Entry> entries,
                                        store::Batch beside) override {
    if (every_ == 0 || ++appends_ % every_ != 0)
      return logs_.append(shard, expected, std::move(entries), std::move(beside));
    ++refused_;
    return refuse();
  }
  store::ShardHead head(store::Shard shard) const override { return logs_.head(shard); }
  void read_shard(store::Shard shard, std::uint64_t from, const VisitPlace& visit) const override {
    logs_.read_shard(shard, from, visit);
  }
  void read_process(const ProcessId& process, Slot from, const VisitEntry& visit) const override {
    logs_.read_process(process, from, visit);
  }
  std::optional<std::pair<ProcessId, Slot>> find_message(const MessageId& message) const override {
    return logs_.find_message(message);
  }
  std::optional<Slot> find_message(const ProcessId& process,
                                   const MessageId& message) const override {
    return logs_.find_message(process, message);
  }
  std::optional<Slot> find_twin(const ProcessId& process, BytesView twin) const override {
    return logs_.find_twin(process, twin);
  }
  std::optional<Bytes> read_entry(const ProcessId& process, Slot slot) const override {
    return logs_.read_entry(process, slot);
  }
  bool may_have_entry(const ProcessId& process, Slot slot) const override {
    return logs_.may_have_entry(process, slot);
  }

 private:
  static Task<Result<store::ShardHead>> refuse() {
    Error moved{ErrorKind::kConflict, "shard-head-moved", "refused by the test"};
    co_return std::unexpected(std::move(moved));
  }

  store::ShardLogs& logs_;
  std::atomic<int> every_ = 0;
  std::atomic<int> appends_ = 0;
  std::atomic<int> refused_ = 0;
  std::atomic<int> opened_ = 0;
};

// A store with such logs.
class RefusingStore final : public store::Store {
 public:
  explicit RefusingStore(store::Store& store) : store_(store), logs_(store.logs()) {}

  RefusingLogs& refusing() { return logs_; }

  Task<Result<>> commit(store::Batch batch) override { return store_.commit(std::move(batch)); }
  std::optional<Bytes> get(BytesView key) const override { return store_.get(key); }
  bool may_have(BytesView key) const override { return store_.may_have(key); }
  void scan(BytesView prefix, BytesView from, const Visit& visit) const override {
    store_.scan(prefix, from, visit);
  }
  store::ShardLogs& logs() override { return logs_; }
  const store::ShardLogs& logs() const override { return logs_; }
  std::string failure() const override { return store_.failure(); }
  std::string shortage() const override { return store_.shortage(); }
  store::Counters counters() const override { return store_.counters(); }
  std::uint64_t bytes_under(BytesView prefix) const override { return store_.bytes_under(prefix); }

 private:
  store::Store& store_;
  RefusingLogs logs_;
};

class ShardWriterTest : public testing::Test {
 protected:
  ShardWriterTest() {
    store::Settings settings;
    settings.directory = folder_.path() / "store";
    store_ = store::Store::open(settings);
    refusing_ = std::make_unique<RefusingStore>(*store_);
    schedule_ = std::make_unique<Schedule>(Settings{}, *refusing_, *key_, clock_, cpu_);
    process_ = append(test::spawn_draft("aos", key_->address()))->process;
  }

  Result<Placement> append(const message::Draft& draft) {
    auto admitted = admission_.admit(test::sign(draft, *client_).bytes());
    return test::await(cpu_, schedule_->append(std::move(*admitted)));
  }

  // As a client does: the same message again, until it has its slot.
  Task<Slot> insist(Admitted admitted) {
    for (;;) {
      Admitted copy = admitted;
      auto placed = co_await schedule_->append(std::move(copy));
      if (placed) co_return placed->slot;
    }
  }

  test::Folder folder_;
  test::FakeClock clock_;
  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> client_ = crypto::Key::new_ed25519();
  admission::Admission admission_{{}, key_->address()};
  async::Pool cpu_{"cpu", 2};
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<RefusingStore> refusing_;
  std::unique_ptr<Schedule> schedule_;
  ProcessId process_;
};

// What is on its way behind a refused append counts on it.
TEST_F(ShardWriterTest, goes_on_without_a_gap_after_appends_that_were_refused) {
  constexpr std::size_t kMessages = 300;
  refusing_->refusing().refuse_every(3);
  std::vector<std::future<Slot>> waiting;
  for (std::size_t i = 0; i < kMessages; ++i) {
    const auto draft = test::message_draft(process_, "Test", std::to_string(i));
    waiting.push_back(boost::asio::co_spawn(
        cpu_.executor(), insist(*admission_.admit(test::sign(draft, *client_).bytes())),
        boost::asio::use_future));
  }
  std::set<Slot> slots;
  for (auto& one : waiting)
    slots.insert(one.get());
  EXPECT_EQ(slots.size(), kMessages);
  EXPECT_EQ(slots.rbegin()->number, kMessages);
  EXPECT_GT(refusing_->refusing().refused(), 0);
  EXPECT_GT(refusing_->refusing().opened(), 1);

  const auto log = schedule_->log().read(process_, Slot{0}, 1000, 1 << 30);
  ASSERT_EQ(log.size(), kMessages + 1);
  for (std::size_t i = 1; i < log.size(); ++i)
    EXPECT_TRUE(Log::check_link(&log[i - 1], log[i]));
}

TEST_F(ShardWriterTest, tells_everyone_whose_append_was_refused) {
  refusing_->refusing().refuse_every(1);
  EXPECT_EQ(append(test::message_draft(process_, "Test")).error().code, "shard-head-moved");
  refusing_->refusing().refuse_every(0);
  EXPECT_EQ(append(test::message_draft(process_, "Test"))->slot, Slot{1});
}

}  // namespace
}  // namespace ao::schedule
