// `aonode db`: what an operator does with the store of a stopped node, and that the node goes on
// with it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fstream>

#include "ao/message/bundle.hpp"
#include "ao/schedule/log.hpp"
#include "stored_node.hpp"

namespace ao {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using test::aonode;
using test::StoredNode;

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What verification says of a store that is whole, but for time and size.
bool is_whole(const fs::path& store) {
  return aonode({"db", "verify", "--store", store.string()}).code == 0;
}

class DbFlow : public testing::Test {
 protected:
  fs::path file(const std::string& name) const { return folder_.path() / name; }

  std::string own() { return stored_.directory().string(); }

  // The node goes on, on another store.
  void start_on(const fs::path& store) {
    stored_.node().settings().store.directory = store;
    stored_.node().restart();
  }

  std::string count_shown() {
    return stored_.node().text("/" + stored_.sink().text() + "~process@1.0/now/count");
  }

  json result_of(const ProcessId& process, std::uint64_t slot) {
    return stored_.node().get("/" + process.text() +
                              "~process@1.0/compute/results=" + std::to_string(slot));
  }

  std::vector<std::string> import(const fs::path& bundle, const fs::path& store) {
    return {"db",           "import",      bundle.string(),         "--store",
            store.string(), "--scheduler", stored_.scheduler().text};
  }

  // The records of the log of a process, and what is indexed of it.
  std::map<Bytes, Bytes> log_of(const fs::path& store, const ProcessId& process) {
    std::map<Bytes, Bytes> entries;
    const auto opened = stored_.open(store);
    opened->scan({}, {}, [&](BytesView key, BytesView value) {
      const bool is_log = key.starts_with('a') || key.starts_with('h') || key.starts_with('i') ||
                          key.starts_with('x');
      if (is_log && key.find(process.bytes()) != BytesView::npos) entries.emplace(key, value);
      return true;
    });
    return entries;
  }

  test::Folder folder_;
  StoredNode stored_;
};

TEST_F(DbFlow, stats_counts_what_the_store_holds) {
  const auto said = aonode({"db", "stats", "--json", "--store", own()});
  ASSERT_EQ(said.code, 0) << said.err;
  const json stats = json::parse(said.out);
  EXPECT_EQ(stats["processes"], 2);
  EXPECT_EQ(stats["messages"], 12);
  EXPECT_EQ(stats["outcomes"], 12);
  EXPECT_EQ(stats["unevaluated"], 0);
  EXPECT_EQ(stats["outbox"], 0);
  EXPECT_GT(stats["disk"]["log_bytes"], 0);
  std::map<std::string, int> keys;
  for (const json& table : stats["tables"])
    keys[table["letter"]] = table["keys"];
  const std::map<std::string, int> expected = {
      {"$", 0}, {"A", 0},  {"B", 0}, {"C", 0}, {"G", 0}, {"M", 0}, {"N", 0}, {"R", 0},  {"a", 12},
      {"b", 0}, {"c", 2},  {"d", 2}, {"e", 0}, {"f", 0}, {"g", 0}, {"h", 2}, {"i", 12}, {"j", 2},
      {"k", 0}, {"l", 12}, {"m", 0}, {"n", 0}, {"o", 0}, {"p", 0}, {"q", 0}, {"r", 12}, {"t", 0},
      {"u", 8}, {"v", 2},  {"w", 0}, {"x", 5}, {"y", 0}, {"z", 0}};
  EXPECT_GE(keys["s"], 1);  // the shards that both have, which may be one
  keys.erase("s");
  EXPECT_GE(std::exchange(keys["G"], 0), 20);  // a handful for each item and process
  EXPECT_EQ(keys, expected);
  ASSERT_EQ(stats["largest"].size(), 2U);
  EXPECT_EQ(stats["largest"][0]["messages"], 6);

  const auto table = aonode({"db", "stats", "--store", own()});
  EXPECT_TRUE(contains(table.out, "messages    12, of which 12 have an outcome and 0 wait"))
      << table.out;
  EXPECT_TRUE(contains(table.out, stored_.sink().text())) << table.out;
}

TEST_F(DbFlow, a_store_in_use_and_one_that_is_not_there_are_refused) {
  EXPECT_EQ(aonode({"db", "stats", "--store", file("none").string()}).code, 1);
  EXPECT_FALSE(fs::exists(file("none")));
  stored_.node().restart();
  for (const char* command : {"stats", "verify", "compact"}) {
    const auto said = aonode({"db", command, "--store", own()});
    EXPECT_EQ(said.code, 1) << command;
    EXPECT_TRUE(contains(said.err, "is open in this process already")) << said.err;
  }
}

TEST_F(DbFlow, takes_the_store_and_the_key_from_the_nodes_settings) {
  ASSERT_EQ(aonode({"init", file("mynode").string()}).code, 0);
  const std::string config = file("mynode/node.toml");
  fs::create_directories(file("mynode/data"));
  fs::copy(own(), file("mynode/data/store"));
  EXPECT_EQ(aonode({"db", "stats", "--config", config}).code, 0);
  EXPECT_EQ(aonode({"--config", config, "db", "stats"}).code, 0);
  const auto said = aonode({"db", "verify", "--config", config});
  EXPECT_EQ(said.code, 1) << "its key is not the one that signed";
  EXPECT_TRUE(contains(said.out, "not by this node")) << said.out;
  EXPECT_EQ(aonode({"db", "stats", "--config", file("nothing.toml")}).code, 2);
}

TEST_F(DbFlow, the_node_goes_on_with_a_compacted_store) {
  const auto said = aonode({"db", "compact", "--store", own()});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(contains(said.out, "compacted: ")) << said.out;
  EXPECT_TRUE(is_whole(own()));
  stored_.node().restart();
  EXPECT_EQ(count_shown(), "6");
  EXPECT_EQ(stored_.node().push(stored_.sink(), "More")["slot"], 6);
}

TEST_F(DbFlow, the_node_goes_on_with_a_restored_backup) {
  const std::string backup = file("backup");
  const auto made = aonode({"db", "backup", backup, "--store", own()});
  ASSERT_EQ(made.code, 0) << made.err;
  EXPECT_TRUE(contains(made.out, "backed up: ")) << made.out;
  EXPECT_TRUE(is_whole(backup));
  EXPECT_EQ(aonode({"db", "backup", backup, "--store", own()}).code, 1) << "over another";

  const std::string restored = file("restored");
  const auto said = aonode({"db", "restore", backup, "--store", restored});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(contains(said.err, "WARNING")) << said.err;
  EXPECT_EQ(aonode({"db", "restore", backup, "--store", restored}).code, 1) << "over another";
  const json before = [this] {
    stored_.node().restart();
    const json result = result_of(stored_.forwarder(), 3);
    stored_.node().stop();
    return result;
  }();
  start_on(restored);
  EXPECT_EQ(count_shown(), "6");
  EXPECT_EQ(result_of(stored_.forwarder(), 3), before);
  EXPECT_EQ(stored_.node().push(stored_.sink(), "More")["slot"], 6);
}

TEST_F(DbFlow, an_export_is_a_bundle_of_modules_messages_and_their_assignments) {
  const std::string bundle = file("all.bundle");
  const auto said = aonode({"db", "export", bundle, "--store", own()});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(contains(said.out, "exported: 2 processes, 12 messages, 2 other items")) << said.out;
  EXPECT_EQ(aonode({"db", "export", bundle, "--store", own()}).code, 1) << "over another";
  const auto items = message::read_bundle(test::read_file(bundle));
  ASSERT_TRUE(items) << items.error().text;
  ASSERT_EQ(items->size(), 2U + 2 * 12);
  for (const auto& item : *items)
    EXPECT_TRUE(item.item.verify());
  EXPECT_EQ((*items)[0].item.tag("Type"), "Module");
  EXPECT_EQ((*items)[1].item.tag("Type"), "Module");
  std::optional<message::Assignment> previous;
  for (std::size_t i = 2; i < items->size(); i += 2) {
    auto assignment = message::Assignment::recognise((*items)[i + 1].item, (*items)[i].item);
    ASSERT_TRUE(assignment) << assignment.error().text;
    const bool is_first = i == 2 || i == 14;
    EXPECT_TRUE(schedule::Log::check_link(is_first ? nullptr : &*previous, *assignment));
    previous = std::move(*assignment);
  }
}

TEST_F(DbFlow, one_process_is_exported_with_its_module) {
  const std::string bundle = file("one.bundle");
  const auto said =
      aonode({"db", "export", bundle, "--process", stored_.sink().text(), "--store", own()});
  ASSERT_EQ(said.code, 0) << said.err;
  const auto items = message::read_bundle(test::read_file(bundle));
  ASSERT_TRUE(items);
  ASSERT_EQ(items->size(), 1U + 2 * 6);
  EXPECT_EQ((*items)[1].item.tag("Module"), (*items)[0].item.id().text());
  const auto unknown = aonode(
      {"db", "export", file("no.bundle"), "--process", std::string(43, 'A'), "--store", own()});
  EXPECT_EQ(unknown.code, 1);
  EXPECT_TRUE(contains(unknown.err, "is not scheduled in this store")) << unknown.err;
  EXPECT_FALSE(fs::exists(file("no.bundle")));
  EXPECT_FALSE(fs::exists(file("no.bundle.partial")));
}

TEST_F(DbFlow, a_node_recomputes_what_was_imported_to_the_same_outcomes) {
  const fs::path bundle = file("all.bundle");
  const fs::path fresh = file("fresh");
  ASSERT_EQ(aonode({"db", "export", bundle, "--store", own()}).code, 0);
  const auto said = aonode(import(bundle, fresh));
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(contains(said.out, "imported: 12 messages and 2 other items, of 2 processes; 0 were"))
      << said.out;
  for (const ProcessId& process : {stored_.sink(), stored_.forwarder()})
    EXPECT_EQ(log_of(fresh, process), log_of(own(), process));
  EXPECT_TRUE(is_whole(fresh)) << "with every slot unevaluated";

  stored_.node().restart();
  std::vector<json> before;
  for (std::uint64_t slot = 0; slot < StoredNode::kSlots; ++slot)
    before.push_back(result_of(stored_.sink(), slot));
  stored_.node().stop();
  start_on(fresh);
  for (std::uint64_t slot = 0; slot < StoredNode::kSlots; ++slot)
    EXPECT_EQ(result_of(stored_.sink(), slot), before[slot]);
  EXPECT_EQ(count_shown(), "6") << "what the forwarder sent again is there already";
  EXPECT_EQ(stored_.node().push(stored_.sink(), "More")["slot"], 6);
  stored_.node().stop();
  EXPECT_TRUE(is_whole(fresh));
}

TEST_F(DbFlow, importing_again_changes_nothing_and_completes_an_old_store) {
  const fs::path bundle = file("all.bundle");
  const fs::path old = stored_.copy("old");
  stored_.node().restart();
  for (int i = 0; i < 3; ++i)
    stored_.node().push(stored_.sink(), "More");
  stored_.node().stop();
  ASSERT_EQ(aonode({"db", "export", bundle, "--store", own()}).code, 0);

  const auto completed = aonode(import(bundle, old));
  ASSERT_EQ(completed.code, 0) << completed.err;
  EXPECT_TRUE(contains(completed.out, "imported: 3 messages and 0 other items")) << completed.out;
  EXPECT_EQ(log_of(old, stored_.sink()), log_of(own(), stored_.sink()));
  EXPECT_TRUE(is_whole(old));

  const auto again = aonode(import(bundle, old));
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_TRUE(contains(again.out, "imported: 0 messages and 0 other items")) << again.out;
  EXPECT_TRUE(contains(again.out, "17 were here already")) << again.out;
}

TEST_F(DbFlow, what_only_claims_to_be_an_assignment_is_imported_as_what_it_is) {
  stored_.node().restart();
  message::Draft draft;
  draft.tags = {{"Data-Protocol", "ao"},
                {"Type", "Assignment"},
                {"Message", stored_.sink().text()},
                {"Process", stored_.sink().text()}};
  const auto item = test::sign(draft, stored_.node().client());
  EXPECT_EQ(stored_.node().fetch("POST", "/tx", item.bytes()).status, 200U);
  draft.target = stored_.sink().bytes();
  const auto message = test::sign(draft, stored_.node().client());
  EXPECT_EQ(stored_.node().push_item(stored_.sink(), message.bytes())["slot"], 6);
  stored_.node().push(stored_.sink(), "More");
  stored_.node().stop();
  const fs::path bundle = file("all.bundle");
  const fs::path fresh = file("fresh");
  ASSERT_EQ(aonode({"db", "export", bundle, "--store", own()}).code, 0);
  const auto said = aonode(import(bundle, fresh));
  EXPECT_TRUE(contains(said.out, "imported: 14 messages and 3 other items"))
      << said.out << said.err;
  EXPECT_EQ(log_of(fresh, stored_.sink()), log_of(own(), stored_.sink()));
}

TEST_F(DbFlow, a_slot_that_holds_something_else_is_named) {
  const fs::path other = stored_.copy("other");
  stored_.node().restart();
  stored_.node().push(stored_.sink(), "One");
  stored_.node().stop();
  const fs::path bundle = file("all.bundle");
  ASSERT_EQ(aonode({"db", "export", bundle, "--store", own()}).code, 0);
  start_on(other);
  stored_.node().push(stored_.sink(), "Another");
  stored_.node().stop();
  const auto said = aonode(import(bundle, other));
  EXPECT_EQ(said.code, 1);
  EXPECT_TRUE(contains(said.err, "process " + stored_.sink().text() +
                                     ", slot 6: this store has another message there"))
      << said.err;
  EXPECT_TRUE(is_whole(other)) << "what is here stays";
}

TEST_F(DbFlow, assignments_of_another_scheduler_are_taken_over_only_when_allowed) {
  const fs::path bundle = file("all.bundle");
  ASSERT_EQ(aonode({"db", "export", bundle, "--store", own()}).code, 0);
  const std::string fresh = file("fresh");
  const auto unsaid = aonode({"db", "import", bundle, "--store", fresh});
  EXPECT_EQ(unsaid.code, 1);
  EXPECT_TRUE(contains(unsaid.err, "whose assignments")) << unsaid.err;
  const auto foreign =
      aonode({"db", "import", bundle, "--store", fresh, "--scheduler", std::string(43, 'S')});
  EXPECT_EQ(foreign.code, 1);
  EXPECT_TRUE(contains(foreign.err, "which is not this node")) << foreign.err;
  EXPECT_EQ(aonode({"db", "import", bundle, "--store", fresh, "--foreign-scheduler"}).code, 0);
  EXPECT_TRUE(is_whole(fresh));
}

// Bundles that no export writes.
class DbImportFlow : public DbFlow {
 protected:
  DbImportFlow() {
    const std::string bundle = file("good.bundle");
    EXPECT_EQ(
        aonode({"db", "export", bundle, "--process", stored_.sink().text(), "--store", own()}).code,
        0);
    const auto read = message::read_bundle(test::read_file(bundle));
    for (const auto& one : *read)
      items_.push_back(one.item);
  }

  // What importing these items says.
  std::string refusal(const std::string& name) {
    const fs::path bundle = file(name + ".bundle");
    std::ofstream(bundle, std::ios::binary) << message::write_bundle(items_);
    const fs::path store = file(name);
    const auto said = aonode(import(bundle, store));
    EXPECT_EQ(said.code, 1) << name;
    EXPECT_TRUE(is_whole(store)) << name << ": what was taken before is a whole beginning";
    return said.err;
  }

  void flip_last_byte(std::size_t item) {
    Bytes bytes = items_[item].bytes();
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    items_[item] = *message::DataItem::parse(bytes);
  }

  std::vector<message::DataItem> items_;  // a module; message, assignment; message, …
};

TEST_F(DbImportFlow, a_message_that_was_changed_is_refused) {
  flip_last_byte(5);
  EXPECT_TRUE(contains(refusal("changed"), "item " + items_[5].id().text()));
}

TEST_F(DbImportFlow, a_slot_left_out_is_refused) {
  items_.erase(items_.begin() + 5, items_.begin() + 7);
  const std::string said = refusal("gap");
  EXPECT_TRUE(contains(said, "slot 3: slot 3 follows where 2 was due")) << said;
}

TEST_F(DbImportFlow, a_schedule_without_its_beginning_is_refused) {
  items_.erase(items_.begin() + 1, items_.begin() + 3);
  const std::string said = refusal("headless");
  EXPECT_TRUE(contains(said, "slot 1: slot 1 follows where 0 was due")) << said;
}

TEST_F(DbImportFlow, messages_and_assignments_that_do_not_pair_are_refused) {
  const auto good = items_;
  std::swap(items_[3], items_[5]);
  const std::string swapped = refusal("swapped");
  EXPECT_TRUE(contains(swapped, "has no assignment behind it")) << swapped;
  items_ = good;
  items_.erase(items_.begin() + 3);
  const std::string alone = refusal("alone");
  EXPECT_TRUE(contains(alone, "has no message before it")) << alone;
  items_ = good;
  items_.pop_back();
  const std::string unassigned = refusal("unassigned");
  EXPECT_TRUE(contains(unassigned, "has no assignment behind it")) << unassigned;
}

TEST_F(DbImportFlow, a_file_that_is_no_bundle_is_refused) {
  const fs::path bundle = file("bad.bundle");
  for (const Bytes& content : {Bytes("short"), Bytes(32, '\x01'), Bytes(31, '\0') + "\x01"}) {
    std::ofstream(bundle, std::ios::binary | std::ios::trunc) << content;
    const auto said = aonode(import(bundle, file("fresh")));
    EXPECT_EQ(said.code, 1);
    EXPECT_TRUE(contains(said.err, bundle.string())) << said.err;
  }
  const auto cut = file("cut.bundle");
  const Bytes whole = message::write_bundle(items_);
  std::ofstream(cut, std::ios::binary) << whole.substr(0, whole.size() - 1);
  EXPECT_TRUE(contains(aonode(import(cut, file("fresh"))).err, "the bundle ends after"));
}

}  // namespace
}  // namespace ao
