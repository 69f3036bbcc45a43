// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "torture/client.hpp"
#include "torture/new_folder.hpp"
#include "torture/node_process.hpp"
#include "torture/programme.hpp"
#include "torture/syscall_trace.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 60s;
const std::vector<std::string> kCalls{"write",   "writev", "pwrite64", "sendto",
                                      "sendmsg", "fsync",  "fdatasync"};

bool is_sync(const SystemCall& call) {
  return (call.name == "fsync" || call.name == "fdatasync") && call.result == 0;
}

bool is_log_write(const SystemCall& call) {
  return call.file.ends_with(".log") && !is_sync(call) && call.result > 0;
}

// Every answer 2xx that names the message.
bool is_answer(const SystemCall& call) {
  return call.file.starts_with("socket:") && call.data.starts_with("HTTP/1.1 2");
}

class SyncBeforeAck {
 public:
  SyncBeforeAck(const Options& options, Checks& checks)
      : options_(options),
        checks_(checks),
        folder_(new_folder("sync-before-ack")),
        node_(place(folder_, options)),
        recorder_(folder_ / "acknowledged.txt") {}

  void run() {
    node_.start();
    checks_.expect("the node is ready", node_.wait_until_ready(kPatience));
    if (checks_.failed() > 0) return;
    Connection connection(node_.port());
    const Cast cast = set_up_cast(connection);
    Tracer tracer(node_.pid(), kCalls, folder_ / "trace");
    serve_clients(cast);
    calls_ = tracer.detach();
    node_.stop(20s);
    if (options_.sabotage == "drop-syncs") std::erase_if(calls_, is_sync);
    judge();
    if (checks_.failed() == 0) {
      std::filesystem::remove_all(folder_);
    } else {
      fmt::print("kept for study: {}\n", folder_.string());
    }
  }

 private:
  static NodePlace place(const std::filesystem::path& folder, const Options& options) {
    NodePlace place;
    place.binary = options.node;
    place.folder = folder;
    place.port = free_port();
    place.environment = {{"AONODE_HTTP_PUSH_WAIT", "20ms"}};
    return place;
  }

  void serve_clients(const Cast& cast) {
    std::atomic<bool> stopping = false;
    std::vector<std::thread> clients;
    std::mt19937_64 random(options_.seed);
    for (std::size_t i = 0; i < options_.clients; ++i)
      clients.emplace_back([this, &cast, &stopping, seed = random()] {
        Client(cast, node_.port(), seed, recorder_).run(stopping);
      });
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (recorder_.acknowledged_count() < options_.count &&
           std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(20ms);
    stopping = true;
    for (std::thread& client : clients)
      client.join();
  }

  void judge() {
    const auto count = [this](auto is) { return std::ranges::count_if(calls_, is); };
    fmt::print("{} system calls: {} writes to logs, {} syncs, {} answers 2xx\n", calls_.size(),
               count(is_log_write), count(is_sync), count(is_answer));
    std::vector<std::string> unseen;
    std::vector<std::string> early;
    std::size_t judged = 0;
    for (const auto& [id, sent] : recorder_.sent()) {
      if (!sent.slot) continue;
      const SystemCall* answer = first_answer(id);
      if (answer == nullptr) {
        unseen.push_back(fmt::format("no answer names {}", id.text()));
      } else if (!was_synced_before(id, answer->began)) {
        early.push_back(
            fmt::format("message {} was acknowledged at line {} of the trace, and not "
                        "synced before",
                        id.text(), answer->began));
      }
      ++judged;
    }
    checks_.expect(fmt::format("{} messages were acknowledged", options_.count),
                   judged >= options_.count, fmt::format("only {}", judged));
    checks_.expect("clients saw no rule broken", recorder_.complaints());
    checks_.expect("every acknowledgement is in the trace", unseen);
    checks_.expect(fmt::format("{} acknowledgements came after a sync of the log that holds their "
                               "message",
                               judged),
                   early);
  }

  const SystemCall* first_answer(const MessageId& id) const {
    const SystemCall* first = nullptr;
    for (const SystemCall& call : calls_)
      if (is_answer(call) && call.data.find(id.text()) != Bytes::npos)
        if (first == nullptr || call.began < first->began) first = &call;
    return first;
  }

  // A write of the message to a log had ended before a sync of that log began, which had ended
  // before `moment`. The id is in the key of the index, and as text in the assignment; only one of
  // them can be cut in two by the end of a block.
  bool was_synced_before(const MessageId& id, std::size_t moment) const {
    for (const SystemCall& write : calls_) {
      if (!is_log_write(write) || write.ended >= moment) continue;
      if (write.data.find(id.bytes()) == Bytes::npos && write.data.find(id.text()) == Bytes::npos)
        continue;
      for (const SystemCall& sync : calls_)
        if (is_sync(sync) && sync.file == write.file && sync.began > write.ended &&
            sync.ended < moment)
          return true;
    }
    return false;
  }

  const Options& options_;
  Checks& checks_;
  const std::filesystem::path folder_;
  NodeProcess node_;
  Recorder recorder_;
  std::vector<SystemCall> calls_;
};

}  // namespace

void run_sync_before_ack(const Options& options, Checks& checks) {
  SyncBeforeAck(options, checks).run();
}

}  // namespace ao::test
