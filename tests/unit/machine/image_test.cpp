// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <map>
#include <stdexcept>

#include "arena.hpp"
#include "machine_fixture.hpp"

namespace ao::machine {
namespace {

using message::Value;

const std::string kName(32, 'i');

// A file with a state in it, and what is done to it.
class ImageTest : public testing::Test {
 protected:
  ~ImageTest() override { close(file_); }

  int handed_over() const { return fcntl(file_, F_DUPFD_CLOEXEC, 0); }

  std::unique_ptr<Instance> create() {
    auto made = Instance::create(kName, handed_over());
    EXPECT_TRUE(made);
    return std::move(*made);
  }

  Result<Instance::Woken> wake() { return Instance::wake(kName, handed_over()); }

  std::unique_ptr<Instance> woken(BytesView note = "note") {
    auto woken = wake();
    EXPECT_TRUE(woken) << (woken ? "" : woken.error().text);
    EXPECT_EQ(woken->note, note);
    return std::move(woken->instance);
  }

  const int file_ = memfd_create("image", MFD_CLOEXEC);
};

TEST_F(ImageTest, a_copy_of_the_file_wakes_as_the_instance_was_though_that_goes_on) {
  auto instance = create();
  ask(*instance, "n = 7 text = ('x'):rep(100000)");
  const auto before = instance->state_hash();
  const auto copied = instance->copied("note");
  const int copy = memfd_create("copy", MFD_CLOEXEC);
  Bytes bytes(copied.bytes, '\0');
  ASSERT_EQ(pread(file_, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  ASSERT_EQ(pwrite(copy, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
  ASSERT_EQ(pwrite(copy, copied.head.data(), copied.head.size(), Instance::kArenaBytes),
            static_cast<ssize_t>(copied.head.size()));
  ask(*instance, "n = 8");
  instance->commit();
  EXPECT_NE(instance->state_hash(), before);
  instance.reset();
  auto woken = Instance::wake(kName, copy);
  ASSERT_TRUE(woken);
  EXPECT_EQ(woken->note, "note");
  EXPECT_EQ(woken->instance->state_hash(), before);
  EXPECT_EQ(ask(*woken->instance, "return n").value, Value(7));
}

TEST_F(ImageTest, wakes_with_all_that_a_state_can_hold) {
  auto instance = create();
  ask(*instance, R"(
shared = { n = 0 }
a, b = { shared }, { shared }
counter = (function() local n = 0 return function() n = n + 1 return n end end)()
counter()
thread = coroutine.create(function() for i = 1, 10 do coroutine.yield(i) end end)
coroutine.resume(thread)
object = setmetatable({}, { __index = function(_, key) return key .. "!" end })
order = ""
keyed = {}
for i = 1, 20 do keyed[{}] = i end
for _, value in pairs(keyed) do order = order .. value .. " " end)");
  const auto before = instance->state_hash();
  instance->rest("note");
  instance.reset();

  auto again = woken();
  EXPECT_EQ(again->state_hash(), before);
  EXPECT_EQ(text_of(ask(*again, R"(
a[1].n = 5
local now = ""
for _, value in pairs(keyed) do now = now .. value .. " " end
local _, yielded = coroutine.resume(thread)
return counter() .. " " .. yielded .. " " .. object.key .. " " .. b[1].n .. " " ..
       tostring(now == order))")
                        .value),
            "2 2 key! 5 true");
}

TEST_F(ImageTest, goes_on_after_many_rests_as_if_there_had_been_none) {
  auto undisturbed = Instance::create(std::string(32, 'u'));
  ASSERT_TRUE(undisturbed);
  auto instance = create();
  for (int round = 0; round < 10; ++round) {
    for (Instance* one : {undisturbed->get(), instance.get()})
      ask(*one, "t = t or {} for i = 1, 3000 do t[#t + 1] = { i, tostring(i) } end");
    (*undisturbed)->commit();
    instance->rest("note");
    instance.reset();
    instance = woken();
  }
  EXPECT_EQ(instance->memory_bytes(), (*undisturbed)->memory_bytes());
  EXPECT_EQ(ask(*instance, "return #t").value, Value(30'000));
}

TEST_F(ImageTest, rolls_back_to_what_it_woke_as) {
  auto instance = create();
  ask(*instance, "state = 'saved'");
  instance->rest("note");
  instance.reset();
  auto again = woken();
  const auto before = again->state_hash();
  ask(*again, "state = 'changed' more = {} for i = 1, 1e5 do more[i] = i end");
  EXPECT_NE(again->state_hash(), before);
  again->rollback();
  EXPECT_EQ(again->state_hash(), before);
  EXPECT_EQ(text_of(ask(*again, "return state").value), "saved");
}

// What a store keeps of checkpoints.
class Pages {
 public:
  void take(const Instance::Checkpoint& checkpoint, int file) {
    head_ = checkpoint.head;
    for (const auto& run : checkpoint.runs)
      for (std::uint64_t page = run.first_page; page < run.first_page + run.pages; ++page) {
        Bytes bytes(Instance::kPageBytes, '\0');
        const auto at = static_cast<off_t>(page * Instance::kPageBytes);
        EXPECT_EQ(pread(file, bytes.data(), bytes.size(), at), Instance::kPageBytes);
        pages_[page] = std::move(bytes);
      }
  }

  // A file made of them.
  int file() const {
    const int made = memfd_create("restored", MFD_CLOEXEC);
    for (const auto& [page, bytes] : pages_)
      EXPECT_EQ(
          pwrite(made, bytes.data(), bytes.size(), static_cast<off_t>(page * Instance::kPageBytes)),
          Instance::kPageBytes);
    const auto head_bytes = static_cast<ssize_t>(head_.size());
    EXPECT_EQ(pwrite(made, head_.data(), head_.size(), Instance::kArenaBytes), head_bytes);
    return made;
  }

 private:
  std::map<std::uint64_t, Bytes> pages_;
  Bytes head_;
};

TEST_F(ImageTest, wakes_from_the_pages_of_its_checkpoints) {
  Pages pages;
  auto instance = create();
  ask(*instance, "t = {} for i = 1, 20000 do t[i] = 'text ' .. i end");
  const auto first = instance->checkpoint("one");
  EXPECT_TRUE(first.is_first);
  pages.take(first, file_);

  ask(*instance, "t[1] = 'changed'");
  instance->commit();
  instance->rest("note");  // what was changed before it is remembered
  instance.reset();
  instance = woken();
  ask(*instance, "t[20000] = 'changed too'");
  const auto second = instance->checkpoint("two");
  EXPECT_FALSE(second.is_first);
  const auto count = [](const Instance::Checkpoint& one) {
    std::uint64_t sum = 0;
    for (const auto& run : one.runs)
      sum += run.pages;
    return sum;
  };
  EXPECT_LT(count(second), count(first) / 2) << "only what changed";
  pages.take(second, file_);
  const auto before = instance->state_hash();
  instance.reset();

  auto restored = Instance::wake(kName, pages.file());
  ASSERT_TRUE(restored);
  EXPECT_EQ(restored->note, "two");
  EXPECT_EQ(restored->instance->state_hash(), before);
  EXPECT_EQ(
      text_of(ask(*restored->instance, "return t[1] .. ', ' .. t[2] .. ', ' .. t[20000]").value),
      "changed, text 2, changed too");
}

TEST_F(ImageTest, is_none_once_somebody_goes_on_with_it) {
  create()->rest("note");
  auto instance = woken();
  instance.reset();  // as when its worker dies
  EXPECT_EQ(wake().error().code, "image-malformed");
}

TEST_F(ImageTest, is_none_before_it_rests_nor_when_its_head_was_altered) {
  EXPECT_EQ(wake().error().code, "image-malformed");
  create()->rest("a note of some length");
  constexpr auto kHead = static_cast<off_t>(Instance::kArenaBytes);
  for (const off_t at : {0, 10, 45, 50, 60, 80}) {
    char byte = 0;
    ASSERT_EQ(pread(file_, &byte, 1, kHead + at), 1);
    const char other = static_cast<char>(byte ^ 1);
    ASSERT_EQ(pwrite(file_, &other, 1, kHead + at), 1);
    EXPECT_EQ(wake().error().code, "image-malformed") << at;
    ASSERT_EQ(pwrite(file_, &byte, 1, kHead + at), 1);
  }
  EXPECT_TRUE(wake());
}

// As on a full disk.
TEST(Image, says_when_its_file_takes_no_more) {
  const int file = memfd_create("image", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  auto instance = Instance::create(kName, fcntl(file, F_DUPFD_CLOEXEC, 0));
  ASSERT_TRUE(instance);
  ASSERT_EQ(fcntl(file, F_ADD_SEALS, F_SEAL_GROW), 0);
  ask(**instance, "big = {} for i = 1, 1e5 do big[i] = i end");
  EXPECT_THROW((*instance)->rest("note"), std::runtime_error);
  close(file);
}

}  // namespace
}  // namespace ao::machine
