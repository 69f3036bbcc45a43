// `aonode db verify` against every kind of damage that it promises to find (docs/store.md).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <functional>

#include "ao/message/cbor.hpp"
#include "ao/message/outcome.hpp"
#include "stored_node.hpp"

namespace ao {
namespace {

namespace fs = std::filesystem;
using test::StoredNode;

// One damaged store, and what is to be said about it.
struct Damage {
  std::string name;
  std::function<void(const StoredNode&, const store::Store&, store::Batch&)> apply;
  std::string said;
  bool is_seen_fast = true;
};

// An entry with one byte changed, counted from its end when negative.
void flip(const store::Store& store, const Bytes& key, std::ptrdiff_t at, store::Batch& batch) {
  Bytes value = store.get(key).value();
  const auto place =
      at < 0 ? value.size() - static_cast<std::size_t>(-at) : static_cast<std::size_t>(at);
  value[place] = static_cast<char>(value[place] ^ 1);
  batch.put(key, value);
}

Bytes first_key(const store::Store& store, const Bytes& prefix) {
  Bytes found;
  store.scan(prefix, prefix, [&found](BytesView key, BytesView) {
    found = key;
    return false;
  });
  return found;
}

// The key in table `i` of the message in a slot.
Bytes index_key(const store::Store& store, const ProcessId& process, std::uint64_t slot) {
  Bytes found;
  store.scan("i", "i", [&](BytesView key, BytesView value) {
    const bool is_it = key.ends_with(process.bytes()) && get_u64be(value) == slot;
    if (is_it) found = key;
    return !is_it;
  });
  return found;
}

Bytes outbox_key(const ProcessId& process, std::uint64_t slot, std::uint64_t index) {
  return StoredNode::key('b', process, slot) + StoredNode::number(index);
}

// What the outcome of a slot sent first, as it would wait in the outbox.
Bytes sent(const store::Store& store, const ProcessId& process, std::uint64_t slot) {
  const auto bytes = store.get(StoredNode::key('r', process, slot)).value();
  const auto value = message::from_cbor(bytes).value();
  const auto outcome = message::Outcome::from(value).value();
  return message::to_cbor(outcome.outgoing.at(0).value());
}

std::vector<Damage> damages_of_the_log() {
  using Node = StoredNode;
  using Store = store::Store;
  using Batch = store::Batch;
  return {
      {"a slot gone",
       [](const Node& n, const Store&, Batch& b) { b.remove(Node::key('a', n.sink(), 2)); },
       "slot 2: it is missing in the log"},
      {"a record in another's place",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(Node::key('a', n.sink(), 2), *s.get(Node::key('a', n.sink(), 3)));
       },
       "slot 2: its record is that of slot 3 of process"},
      {"a record of another process",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(Node::key('a', n.sink(), 2), *s.get(Node::key('a', n.forwarder(), 2)));
       },
       "slot 2: its record is that of slot 2 of process"},
      {"a record cut short",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(Node::key('a', n.sink(), 2), s.get(Node::key('a', n.sink(), 2))->substr(0, 50));
       },
       "slot 2: its record cannot be read: its sizes do not add up"},
      {"an assignment with another signature",
       [](const Node& n, const Store& s, Batch& b) {
         flip(s, Node::key('a', n.sink(), 2), 8 + 2 + 5, b);
       },
       "slot 3: the hash chain breaks at slot 3"},
      {"an assignment whose signature does not hold",
       [](const Node& n, const Store& s, Batch& b) {
         flip(s, Node::key('a', n.sink(), 2), 8 + 2 + 5, b);
       },
       "slot 2: the signature of its assignment does not hold", false},
      {"a message with other data",
       [](const Node& n, const Store& s, Batch& b) { flip(s, Node::key('a', n.sink(), 2), -1, b); },
       "slot 2: the signature of its message does not hold", false},
      {"a head that counts one more",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(Node::key('h', n.sink()),
               Node::number(Node::kSlots + 1) + s.get(Node::key('h', n.sink()))->substr(8));
       },
       "its head (h) counts 7 slots, of which the last is missing"},
      {"a head that counts one less",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(Node::key('h', n.sink()),
               Node::number(Node::kSlots - 1) + s.get(Node::key('h', n.sink()))->substr(8));
       },
       "slot 5: it lies behind the head (h)"},
      {"a head that counts far too much",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(Node::key('h', n.sink()),
               Node::number(~std::uint64_t{0}) + s.get(Node::key('h', n.sink()))->substr(8));
       },
       "slot 6: it is missing in the log"},
      {"a head of another time",
       [](const Node& n, const Store& s, Batch& b) { flip(s, Node::key('h', n.sink()), 15, b); },
       "its head (h) has another timestamp"},
      {"a head that names another assignment",
       [](const Node& n, const Store& s, Batch& b) { flip(s, Node::key('h', n.sink()), 16, b); },
       "its head (h) names another assignment"},
      {"a head with another chain hash",
       [](const Node& n, const Store& s, Batch& b) { flip(s, Node::key('h', n.sink()), -1, b); },
       "its head (h) has another chain hash"},
      {"a head cut short",
       [](const Node& n, const Store&, Batch& b) { b.put(Node::key('h', n.sink()), "short"); },
       "its head (h) has 5 bytes"},
      {"no head", [](const Node& n, const Store&, Batch& b) { b.remove(Node::key('h', n.sink())); },
       "it has records and no head"},
      {"a key of no table", [](const Node&, const Store&, Batch& b) { b.put("1zebra", "stripes"); },
       "key 317a65627261 is of no table"},
      {"a key cut short",
       [](const Node& n, const Store&, Batch& b) {
         b.put(Node::key('a', n.sink()), "without a slot");
       },
       "of table a (assignments) has 33 bytes"},
  };
}

std::vector<Damage> damages_of_indexes() {
  using Node = StoredNode;
  using Store = store::Store;
  using Batch = store::Batch;
  return {
      {"a message that the index lacks",
       [](const Node& n, const Store& s, Batch& b) { b.remove(index_key(s, n.sink(), 2)); },
       "slot 2: the index (i) does not have its message"},
      {"a message at another slot in the index",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(index_key(s, n.sink(), 2), Node::number(4));
       },
       "slot 2: the index (i) has its message"},
      {"an index entry of no message",
       [](const Node& n, const Store&, Batch& b) {
         b.put('i' + Bytes(32, 'm') + Bytes(n.sink().bytes()), Node::number(2));
       },
       "slot 2: the index (i) has message bW1tbW1t"},
      {"an index entry behind the head",
       [](const Node& n, const Store&, Batch& b) {
         b.put('i' + Bytes(32, 'm') + Bytes(n.sink().bytes()), Node::number(999));
       },
       "slot 999: the index (i) has message bW1tbW1t"},
      {"an index entry of an unknown process",
       [](const Node&, const Store&, Batch& b) {
         b.put('i' + Bytes(32, 'm') + Bytes(32, 'p'), Node::number(0));
       },
       "process cHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHA: it has records and no head"},
      {"an origin that the index lacks",
       [](const Node& n, const Store& s, Batch& b) {
         b.remove(first_key(s, Node::key('x', n.sink())));
       },
       "the index of twins (x) has its twin"},
      {"an origin at another slot",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(first_key(s, Node::key('x', n.sink())), Node::number(0));
       },
       "which its message is not"},
      {"an origin of nothing",
       [](const Node& n, const Store&, Batch& b) {
         b.put(Node::key('x', n.sink()) + Bytes(48, 'o'), Node::number(2));
       },
       "slot 2: the index of twins (x) has it under 6f6f"},
      {"a place gone from the log of a shard",
       [](const Node&, const Store& s, Batch& b) { b.remove(first_key(s, "l")); },
       "entry 1 of its log (l) follows where 0 was due"},
      {"a place of another slot in the log of a shard",
       [](const Node&, const Store& s, Batch& b) {
         const Bytes key = first_key(s, "l");
         b.put(key, s.get(key)->substr(0, 32) + Node::number(3));
       },
       "has it where slot 0 was due"},
      {"a place of another process in the log of a shard",
       [](const Node&, const Store& s, Batch& b) {
         b.put(first_key(s, "l"), Bytes(32, 'p') + Node::number(0));
       },
       "in its log (l), which is not of this process"},
      {"a place cut short in the log of a shard",
       [](const Node&, const Store& s, Batch& b) { b.put(first_key(s, "l"), "short"); },
       "entry 0 of its log (l) has 5 bytes"},
      {"a head of a shard that counts more",
       [](const Node&, const Store& s, Batch& b) {
         const Bytes key = first_key(s, "s");
         b.put(key, s.get(key)->substr(0, 8) + Node::number(99));
       },
       "its head (s) counts 99 entries, its log (l) has"},
      {"an evaluated slot marked as unevaluated",
       [](const Node& n, const Store&, Batch& b) { b.put(Node::key('q', n.sink(), 2), ""); },
       "slot 2: it is marked as unevaluated (q) and has an outcome"},
      {"a slot marked as unevaluated that is not scheduled",
       [](const Node& n, const Store&, Batch& b) { b.put(Node::key('q', n.sink(), 77), ""); },
       "slot 77: it is marked as unevaluated (q) and is not scheduled"},
      {"an unevaluated slot that is not marked",
       [](const Node& n, const Store&, Batch& b) {
         b.remove(Node::key('r', n.sink(), 5));
         b.put(Node::key('c', n.sink()), Node::number(5));
       },
       "slot 5: it has no outcome and is not marked as unevaluated (q)"},
  };
}

std::vector<Damage> damages_of_outcomes() {
  using Node = StoredNode;
  using Store = store::Store;
  using Batch = store::Batch;
  return {
      {"an outcome gone",
       [](const Node& n, const Store&, Batch& b) { b.remove(Node::key('r', n.sink(), 2)); },
       "slot 2: its outcome (r) cannot be read: it is missing"},
      {"an outcome that does not parse",
       [](const Node& n, const Store&, Batch& b) { b.put(Node::key('r', n.sink(), 2), "\xff"); },
       "slot 2: its outcome (r) cannot be read: "},
      {"an outcome of another slot",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(Node::key('r', n.sink(), 2), *s.get(Node::key('r', n.sink(), 3)));
       },
       "slot 2: its outcome (r) is that of slot 3"},
      {"an outcome of another message",
       [](const Node& n, const Store& s, Batch& b) {
         Bytes value = *s.get(Node::key('r', n.sink(), 2));
         const Bytes message = index_key(s, n.sink(), 2).substr(1, 32);
         value[value.find(message)] ^= 1;
         b.put(Node::key('r', n.sink(), 2), value);
       },
       "slot 2: its outcome (r) is of another message"},
      {"an outcome behind the cursor",
       [](const Node& n, const Store&, Batch& b) {
         b.put(Node::key('c', n.sink()), Node::number(5));
       },
       "slot 5: it has an outcome (r) behind the cursor (c)"},
      {"a cursor ahead of the schedule",
       [](const Node& n, const Store&, Batch& b) {
         b.put(Node::key('c', n.sink()), Node::number(9));
       },
       "its cursor (c) counts 9 evaluated slots of 6 scheduled"},
      {"a cursor cut short",
       [](const Node& n, const Store&, Batch& b) { b.put(Node::key('c', n.sink()), "1"); },
       "its cursor (c) has 1 bytes"},
      {"an outbox entry of a slot without outcome",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(outbox_key(n.forwarder(), 99, 0), sent(s, n.forwarder(), 2));
       },
       "slot 99: its outbox entry 0 (b) is of a slot without an outcome"},
      {"an outbox entry that was never sent",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(outbox_key(n.forwarder(), 2, 7), sent(s, n.forwarder(), 2));
       },
       "slot 2: its outbox entry 7 (b) is one that its outcome, of 1 messages, did not send"},
      {"an outbox entry of another slot",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(outbox_key(n.forwarder(), 2, 0), sent(s, n.forwarder(), 3));
       },
       "slot 2: its outbox entry 0 (b) is not what its outcome sent"},
      {"an outbox entry that does not parse",
       [](const Node& n, const Store&, Batch& b) {
         b.put(outbox_key(n.forwarder(), 2, 0), "\xff");
       },
       "slot 2: its outbox entry 0 (b) cannot be read"},
      {"a visible value that does not parse",
       [](const Node& n, const Store& s, Batch& b) {
         b.put(first_key(s, Node::key('v', n.sink())), "\xff");
       },
       "its visible state (v) at count/"},
      {"a visible value below another",
       [](const Node& n, const Store&, Batch& b) {
         b.put(Node::key('v', n.sink()) + Bytes("count\0more\0", 11), "\x01");
       },
       "its visible state (v) at count/more/: it lies below another value"},
      {"a visible path without an end",
       [](const Node& n, const Store&, Batch& b) {
         b.put(Node::key('v', n.sink()) + "open", "\x01");
       },
       "its visible state (v) at open: the path does not end"},
      {"what a slot found, without an end of its path",
       [](const Node& n, const Store&, Batch& b) {
         b.put(Node::key('u', n.sink()) + "open12345678", "\x01");
       },
       "the past of its visible state (u) at open12345678: the path does not end"},
      {"what a slot found that was not evaluated",
       [](const Node& n, const Store&, Batch& b) {
         b.put(Node::key('u', n.sink()) + Bytes("count\0\0\0\0\0\0\0\1\0", 14), "\x01");
       },
       "slot 256: what it found (u) at count/: the slot is behind the cursor (c)"},
      {"a past that does not say where it begins",
       [](const Node& n, const Store&, Batch& b) { b.remove(Node::key('u', n.sink())); },
       "the past of its visible state (u) does not say where it begins"},
      {"an item that does not parse",
       [](const Node&, const Store& s, Batch& b) { b.put(first_key(s, "d"), "garbage"); },
       "(d) cannot be read"},
      {"an item under another's id",
       [](const Node&, const Store& s, Batch& b) {
         b.put('d' + Bytes(32, 'i'), *s.get(first_key(s, "d")));
       },
       "item aWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWk (d) holds another item"},
      {"an item with other data",
       [](const Node&, const Store& s, Batch& b) { flip(s, first_key(s, "d"), -1, b); },
       "(d) has a signature that does not hold", false},
  };
}

TEST(DbVerifyFlow, a_node_that_was_stopped_has_no_fault) {
  StoredNode stored;
  const auto said = test::aonode({"db", "verify", "--store", stored.directory().string()});
  EXPECT_EQ(said.code, 0) << said.out << said.err;
  EXPECT_NE(said.out.find("verified: 2 processes, 12 messages, "), std::string::npos) << said.out;
  EXPECT_NE(said.out.find("no fault"), std::string::npos) << said.out;
  EXPECT_EQ(said.err, "");
}

// Each on a copy of its own; what needs a signature to be seen is not seen without.
void expect_found(const std::vector<Damage>& damages) {
  StoredNode stored;
  for (const Damage& damage : damages) {
    const fs::path copy = stored.copy(damage.name);
    {
      const auto store = stored.open(copy);
      store::Batch batch;
      damage.apply(stored, *store, batch);
      ASSERT_TRUE(stored.commit(*store, std::move(batch))) << damage.name;
    }
    const auto said = test::aonode({"db", "verify", "--store", copy.string()});
    EXPECT_EQ(said.code, 1) << damage.name;
    EXPECT_NE(said.out.find(damage.said), std::string::npos) << damage.name << "\n" << said.out;
    EXPECT_NE(said.out.find("damaged: "), std::string::npos) << said.out;
    const auto fast = test::aonode({"db", "verify", "--fast", "--store", copy.string()});
    EXPECT_EQ(fast.out.find(damage.said) != std::string::npos, damage.is_seen_fast)
        << damage.name << "\n"
        << fast.out;
    fs::remove_all(copy);
  }
}

TEST(DbVerifyFlow, finds_every_kind_of_damage_to_the_log) {
  expect_found(damages_of_the_log());
}

TEST(DbVerifyFlow, finds_every_kind_of_damage_to_indexes) {
  expect_found(damages_of_indexes());
}

TEST(DbVerifyFlow, finds_every_kind_of_damage_to_outcomes) {
  expect_found(damages_of_outcomes());
}

TEST(DbVerifyFlow, an_outbox_entry_that_waits_is_no_fault) {
  StoredNode stored;
  const fs::path copy = stored.copy("waiting");
  {
    const auto store = stored.open(copy);
    store::Batch batch;
    batch.put(outbox_key(stored.forwarder(), 2, 0), sent(*store, stored.forwarder(), 2));
    ASSERT_TRUE(stored.commit(*store, std::move(batch)));
  }
  const auto said = test::aonode({"db", "verify", "--store", copy.string()});
  EXPECT_EQ(said.code, 0) << said.out;
}

TEST(DbVerifyFlow, names_a_table_with_a_changed_bit) {
  StoredNode stored;
  const fs::path copy = stored.copy("rotten");
  stored.open(copy);  // turns the log into tables
  fs::path largest;
  for (const auto& entry : fs::directory_iterator(copy))
    if (entry.path().extension() == ".sst")
      if (largest.empty() || entry.file_size() > fs::file_size(largest)) largest = entry.path();
  {
    std::fstream stream(largest, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(100);
    const char byte = static_cast<char>(stream.get() ^ 1);
    stream.seekp(100);
    stream.put(byte);
  }
  const auto said = test::aonode({"db", "verify", "--store", copy.string()});
  EXPECT_EQ(said.code, 1) << said.out;
  EXPECT_NE(said.out.find("table " + largest.string() + " is damaged"), std::string::npos)
      << said.out;
}

TEST(DbVerifyFlow, an_assignment_of_another_scheduler_is_a_fault_unless_it_is_named) {
  StoredNode stored;
  const std::string own = stored.node().settings().store.directory.string();
  const std::string stranger(43, 'S');
  const auto foreign = test::aonode({"db", "verify", "--store", own, "--scheduler", stranger});
  EXPECT_EQ(foreign.code, 1);
  EXPECT_NE(foreign.out.find("not by this node"), std::string::npos) << foreign.out;
  const auto named = test::aonode({"db", "verify", "--store", own, "--scheduler", stranger,
                                   "--scheduler", stored.scheduler().text});
  EXPECT_EQ(named.code, 0) << named.out;
}

TEST(DbVerifyFlow, lists_up_to_a_limit_and_counts_the_rest) {
  StoredNode stored;
  const fs::path copy = stored.copy("many");
  {
    const auto store = stored.open(copy);
    store::Batch batch;
    for (std::uint64_t slot = 1'000; slot < 1'150; ++slot)
      batch.put(StoredNode::key('q', stored.sink(), slot), "");
    ASSERT_TRUE(stored.commit(*store, std::move(batch)));
  }
  const auto said = test::aonode({"db", "verify", "--store", copy.string()});
  EXPECT_EQ(said.code, 1);
  EXPECT_NE(said.out.find("and 50 more"), std::string::npos) << said.out;
  EXPECT_NE(said.out.find("150 faults"), std::string::npos) << said.out;
}

}  // namespace
}  // namespace ao
