// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/cast.hpp"

#include <atomic>
#include <stdexcept>

#include "support/workbench.hpp"

namespace ao::test {
namespace {

constexpr const char* kCounter = R"(
count = count or 0
Handlers.add("add", "Add", function(msg)
  count = count + 1
  Send({ device = "patch@1.0", count = count })
end)
Handlers.add("fail", "Fail", function(msg)
  count = count + 1000000
  Send({ device = "patch@1.0", count = count })
  Send({ Target = msg.From, Data = "must not leave" })
  error("on purpose")
end)
)";

constexpr const char* kForwarder = R"(
Handlers.add("forward", "Forward", function(msg)
  Send({ Target = msg.To, Action = "Note", Data = msg.Data })
  Send({ Target = msg.To, Action = "Note", Data = msg.Data .. " again" })
end)
)";

constexpr const char* kSink = R"(
notes = notes or 0
Handlers.add("note", "Note", function(msg)
  notes = notes + 1
  Send({ device = "patch@1.0", notes = notes, last = msg.Data })
end)
)";

void expect_accepted(const Result<http::Response>& answer, const std::string& what) {
  if (!answer) throw std::runtime_error(what + ": " + answer.error().text);
  if (answer->status / 100 != 2)
    throw std::runtime_error(what + ": " + std::to_string(answer->status) + ' ' + answer->body);
}

}  // namespace

ProcessId spawn_process(Connection& connection, const std::string& source, const Address& scheduler,
                        const crypto::Key& owner, const message::Tags& more) {
  const auto module = sign(module_draft(source, "cast.lua"), owner);
  expect_accepted(connection.post("/tx", module.bytes()), "uploading a module");
  auto draft = spawn_draft(module.id().text(), scheduler);
  static std::atomic<std::uint64_t> spawns = 0;  // two of one source are two processes
  draft.anchor = Bytes(24, '0');
  put_u64be(draft.anchor, ++spawns);
  draft.tags.insert(draft.tags.end(), more.begin(), more.end());
  const auto spawn = sign(draft, owner);
  expect_accepted(connection.post("/push", spawn.bytes()), "spawning a process");
  return process_named_by(spawn.id());
}

Cast set_up_cast(Connection& connection) {
  const auto owner = crypto::Key::new_ed25519();
  const auto dex = read_file(test::source_folder() / "docs/examples/dex.lua");
  Cast cast;
  cast.node.text = connection.text("/~meta@1.0/info/address");
  cast.counter = spawn_process(connection, kCounter, cast.node, *owner);
  cast.forwarder = spawn_process(connection, kForwarder, cast.node, *owner);
  cast.sink = spawn_process(connection, kSink, cast.node, *owner);
  cast.exchange = spawn_process(connection, dex, cast.node, *owner);
  return cast;
}

std::string path_of(const ProcessId& process, const std::string& rest) {
  return '/' + process.text() + "~process@1.0/" + rest;
}

}  // namespace ao::test
