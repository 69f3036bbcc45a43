// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_schema.hpp"

#include <algorithm>
#include <array>

namespace ao::node {
namespace {

constexpr std::array kSections = {
    Section{"node", "Where this node keeps what it must not lose."},
    Section{"http", "The HTTP/1.1 server that clients and peers speak to."},
    Section{"events", "Streams of what happens, and requests that await it (docs/events.md)."},
    Section{"store",
            "RocksDB, where everything durable is. Every acknowledged message was synced."},
    Section{"lua", "The limits of one evaluation, and how many processes stay in memory."},
    Section{"admission", "What may be submitted at all."},
    Section{"cron", "Scheduled tasks (docs/cron.md)."},
    Section{"peers", "Other nodes (docs/peers.md)."},
    Section{"delivery", "What processes send to each other (docs/peers.md)."},
    Section{"names", "What names stand for, and processes of the node's own (docs/names.md)."},
    Section{"cache", "What named signers write here (docs/cache.md)."},
    Section{"payment", "What requests cost, and who may send them (docs/payment.md)."},
    Section{"gateway", "What the network has and this node does not (docs/gateway.md)."},
    Section{"relay", "What this node asks of others for its clients (docs/relay.md)."},
    Section{"settlement", "What was scheduled, brought to Arweave (docs/settlement.md)."},
    Section{"retention", "What is kept here when it is settled (docs/settlement.md)."},
    Section{"threads", "Threads by what they do (docs/threads.md)."},
    Section{"log", "Logs go to standard error, one line an event."},
};

std::vector<Option> node_options() {
  return {
      {"node", "data_dir",
       path([](Settings& s) -> std::filesystem::path& { return s.node.data_dir; }),
       "The folder of the store. Relative paths start at this file's folder."},
      {"node", "key_file",
       path([](Settings& s) -> std::filesystem::path& { return s.node.key_file; }),
       "The key that signs assignments and pushed messages, a JSON Web Key with mode 0600.\n"
       "Ed25519 by default: RSA-4096 signs 265 times a second and core, Ed25519 70,000 times."},
      {"node", "url", url([](Settings& s) -> std::string& { return s.node.url; }),
       "Where clients and other nodes reach this node, as they are told when they look for it;\n"
       "empty: at http.listen. Set it when a proxy stands before the node."},
  };
}

std::vector<Option> store_options() {
  return {
      {"store", "cache_bytes",
       size([](Settings& s) -> std::size_t& { return s.store.cache_bytes; }, {kMiB, 1024 * kGiB}),
       "Memory for blocks read from disk."},
      {"store", "group_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.store.group_bytes_max; }, {kKiB, kGiB}),
       "The most that one synced write gathers. Commits that arrive during a sync share the next."},
      {"store", "waiting_commits_max",
       integer([](Settings& s) -> std::size_t& { return s.store.waiting_commits_max; },
               {1, 100'000'000}),
       "Commits that may wait for a sync; more are refused with 429."},
      {"store", "free_bytes_min",
       size([](Settings& s) -> std::size_t& { return s.store.free_bytes_min; }, {0, 1024 * kGiB}),
       "With less room on the disk nothing new is taken in; what was taken in is still evaluated\n"
       "and delivered. 0 takes 2 GiB, or 5 % of the disk if that is less."},
      {"store", "anchor_dir",
       path([](Settings& s) -> std::filesystem::path& { return s.store.anchor_directory; }, true),
       "The folder of the head anchor, which tells when a store has lost its end. Best on another\n"
       "disk than the store; empty: the store's own."},
  };
}

std::vector<Option> lua_options() {
  return {
      {"lua", "gas_per_message",
       integer([](Settings& s) -> std::size_t& { return s.lua.gas_per_message; },
               {1'000, 1'000'000'000'000}),
       "Gas of one evaluation (docs/gas.md); about half a second of one core. Nodes that should\n"
       "agree on outcomes need the same value."},
      {"lua", "gas_per_dry_run",
       integer([](Settings& s) -> std::size_t& { return s.lua.gas_per_dry_run; },
               {1'000, 1'000'000'000'000}),
       "Gas of a dry run, which nobody pays for."},
      {"lua", "memory_max",
       size([](Settings& s) -> std::size_t& { return s.lua.memory_max; }, {4 * kMiB, kGiB}),
       "Memory of one process's Lua state. Nodes that should agree need the same value."},
      {"lua", "output_max",
       size([](Settings& s) -> std::size_t& { return s.lua.output_max; }, {kKiB, 256 * kMiB}),
       "The most that one evaluation may return: output, messages, patches."},
      {"lua", "outbox_messages_max",
       integer([](Settings& s) -> std::size_t& { return s.lua.outbox_messages_max; }, {1, 100'000}),
       "Messages and spawns that one evaluation may send."},
      {"lua", "workers",
       integer([](Settings& s) -> std::size_t& { return s.lua.workers; }, {0, 256}),
       "Worker processes, in which Lua runs shut in; 0 takes the number of cores."},
      {"lua", "live_processes_max",
       integer([](Settings& s) -> std::size_t& { return s.lua.live_processes_max; }, {1, 30'000}),
       "Processes kept in memory; the least recently used are put to rest in files, and wake from\n"
       "them in less than a millisecond."},
      {"lua", "live_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.lua.live_bytes_max; },
            {16 * kMiB, 1024 * kGiB}),
       "Memory of those."},
      {"lua", "images_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.lua.images_bytes_max; }, {0, 1024 * kGiB}),
       "Files of processes at rest, beside the store; who rests longest goes, and is replayed "
       "when\n"
       "it is needed. They are only good for as long as the node runs."},
      {"lua", "batch_messages_max",
       integer([](Settings& s) -> std::size_t& { return s.lua.batch_messages_max; }, {1, 10'000}),
       "Messages of one process evaluated before it is the others' turn, and committed together."},
      {"lua", "checkpoint_gas",
       integer([](Settings& s) -> std::size_t& { return s.lua.checkpoint_gas; },
               {100'000, 1'000'000'000'000}),
       "How much a process may use until the pages of its state that changed are written to the\n"
       "store. After a kill that much is replayed at most, a few seconds of one core; a node of\n"
       "another build replays everything."},
      {"lua", "copies_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.lua.copies_bytes_max; },
            {16 * kMiB, 1024 * kGiB}),
       "Memory of the copies of processes that dry runs are answered from while those are busy,\n"
       "and as much for states after past slots. Each has a worker process of its own."},
      {"lua", "past_gas_max",
       integer([](Settings& s) -> std::size_t& { return s.lua.past_gas_max; },
               {100'000, 1'000'000'000'000}),
       "How much may be evaluated for a dry run after a past slot, to get there from the last\n"
       "checkpoint before it. Below checkpoint_gas not every slot since that is reached at once."},
      {"lua", "builtin_modules",
       list([](Settings& s) -> std::vector<std::string>& { return s.lua.builtin_modules; }),
       "Values of a process's Module tag that mean the built-in runtime alone. The long one is\n"
       "what the aos console asks for."},
  };
}

std::vector<Option> other_options() {
  return {
      {"admission", "data_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.admission.data_bytes_max; }, {kKiB, kGiB}),
       "The largest data field of a message."},
      {"admission", "verify_queue_max",
       integer([](Settings& s) -> std::size_t& { return s.admission.verify_queue_max; },
               {1, 1'000'000}),
       "Messages that may wait for their signature to be checked; more are refused with 429."},
      {"admission", "verify_queue_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.admission.verify_queue_bytes_max; },
            {kKiB, 1024 * kGiB}),
       "The bytes of those messages; more are refused with 429. At least http.body_bytes_max."},
      {"admission", "verifications_per_second",
       integer(
           [](Settings& s) -> std::size_t& { return s.admission.rates.verifications_per_second; },
           {0, 1'000'000}),
       "Messages a second that one IPv4 address or IPv6 /64 network may have verified, before\n"
       "429 with Retry-After; 0 is no limit. A core verifies about 15,000 a second, so the\n"
       "default never holds back a client whose messages are good: it keeps one address from\n"
       "having several cores. Behind a proxy see http.trusted_proxies."},
      {"admission", "verifications_burst",
       integer([](Settings& s) -> std::size_t& { return s.admission.rates.verifications_burst; },
               {1, 10'000'000}),
       "How many it may have verified at once after a pause."},
      {"admission", "refused_cost",
       integer([](Settings& s) -> std::size_t& { return s.admission.rates.refused_cost; },
               {1, 1'000'000}),
       "For how many a refused message counts: by default an address gets 400 a second refused,\n"
       "3% of a core, and its good messages wait with the bad ones."},
      {"admission", "signer_messages_per_second",
       integer([](Settings& s) -> std::size_t& { return s.admission.signers.messages_per_second; },
               {0, 1'000'000}),
       "Messages a second of one signer that are accepted, wherever they come from, before 429 "
       "with\n"
       "Retry-After; 0 is no limit."},
      {"admission", "signer_messages_burst",
       integer([](Settings& s) -> std::size_t& { return s.admission.signers.messages_burst; },
               {1, 10'000'000}),
       "How many it may send at once after a pause."},
      {"admission", "signers_max",
       integer([](Settings& s) -> std::size_t& { return s.admission.signers.signers_max; },
               {1, 10'000'000}),
       "Signers whose rate is remembered, about 250 bytes each; the one away longest goes."},
      {"admission", "clients_max",
       integer([](Settings& s) -> std::size_t& { return s.admission.rates.clients_max; },
               {1, 10'000'000}),
       "Addresses whose rate is remembered, about 120 bytes each; the one away longest goes."},
      {"cron", "tasks_per_process_max",
       integer([](Settings& s) -> std::size_t& { return s.cron.tasks_per_process_max; },
               {0, 1'000'000}),
       "Scheduled tasks of one process; setting more is refused."},
      {"cron", "tasks_max",
       integer([](Settings& s) -> std::size_t& { return s.cron.tasks_max; }, {0, 100'000'000}),
       "Those of all processes together, about 700 bytes of memory each."},
      {"cron", "interval_min",
       duration([](Settings& s) -> std::chrono::milliseconds& { return s.cron.interval_min; },
                {1, kHour}),
       "The least time between two ticks of a task. Each tick is a message with a slot for good."},
      {"peers", "urls",
       url_list([](Settings& s) -> std::vector<std::string>& { return s.peers.urls; }),
       "Nodes of other operators, each http://HOST:PORT, to which messages for their processes "
       "are\n"
       "brought. They are asked who they are, and believed what they sign; through them this node\n"
       "learns of others, and others of it. Without any it calls nobody."},
      {"peers", "gossip_interval",
       duration([](Settings& s) -> std::chrono::milliseconds& { return s.peers.gossip_interval; },
                {50, kHour}),
       "The time between two rounds of gossip, in each of which three nodes are called."},
      {"peers", "follow",
       id_list([](Settings& s) -> std::vector<std::string>& { return s.peers.follow; }),
       "Processes of other nodes that this one follows: it takes over their messages, evaluates "
       "them,\n"
       "compares the outcomes and serves reads, also when the other node is gone."},
      {"peers", "allowed_networks", list([](Settings& s) -> std::vector<std::string>& {
         return s.peers.egress.allowed_networks;
       }),
       "A peer's record says where it answers, and may say anything: it is reached by https alone, "
       "at\n"
       "ports 443 and 8734, and at public addresses or those of these networks (10.0.0.0/8, "
       "fd00::/8).\n"
       "The URLs above are reached wherever they are."},
      {"peers", "ca_file",
       path([](Settings& s) -> std::filesystem::path& { return s.peers.egress.ca_file; }, true),
       "A PEM file: authorities that are believed beside the system's. Empty: none."},
      {"delivery", "depth_max",
       integer([](Settings& s) -> std::size_t& { return s.delivery.depth_max; },
               {1, 1'000'000'000}),
       "How many messages may follow from one of a client or a scheduled task, each sent because "
       "of\n"
       "the one before. What is sent beyond is a dead letter: so processes that answer each other\n"
       "for ever come to an end."},
      {"delivery", "give_up_after",
       duration([](Settings& s) -> std::chrono::milliseconds& { return s.delivery.give_up_after; },
                {kSecond, 365 * 24 * kHour}),
       "For how long a message is tried whose target's node does not take it; then it is a dead\n"
       "letter, which can be sent once more (docs/peers.md)."},
      {"delivery", "dead_letters_max",
       integer([](Settings& s) -> std::size_t& { return s.delivery.dead_letters_max; },
               {1, 1'000'000}),
       "Dead letters of one process that are kept: its oldest make room."},
      {"delivery", "dead_letters_bytes",
       size([](Settings& s) -> std::size_t& { return s.delivery.dead_letters_bytes; },
            {kMiB, 1024 * kGiB}),
       "Bytes of them."},
      {"threads", "net",
       integer([](Settings& s) -> std::size_t& { return s.threads.net; }, {1, 64}),
       "Sockets and HTTP; one serves some 50,000 requests a second."},
      {"threads", "verify",
       integer([](Settings& s) -> std::size_t& { return s.threads.verify; }, {0, 1'024}),
       "Signatures; 0 takes the number of cores."},
      {"threads", "cpu",
       integer([](Settings& s) -> std::size_t& { return s.threads.cpu; }, {0, 1'024}),
       "The order of messages and their signatures by this node; 0 takes the number of cores."},
      {"log", "level", level([](Settings& s) -> log::Level& { return s.log.level; }),
       "Payloads are never logged above debug."},
      {"log", "format", format([](Settings& s) -> log::Format& { return s.log.format; }),
       "text for people, json for machines."},
  };
}

// The Damerau-free edit distance is enough for names of a few words.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j)
    row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row.back();
}

}  // namespace

std::span<const Section> sections() {
  return kSections;
}

const std::vector<Option>& schema() {
  static const std::vector<Option> kSchema = [] {
    std::vector<Option> all;
    for (auto options : {node_options, http_options, event_options, store_options, lua_options,
                         other_options, name_options, cache_options, payment_options,
                         gateway_options, relay_options, settlement_options})
      for (Option& option : options())
        all.push_back(std::move(option));
    return all;
  }();
  return kSchema;
}

std::string_view renamed(std::string_view section, std::string_view key) {
  return section == "settlement" && key == "gateway_urls" ? "[gateway] urls" : "";
}

std::string environment_name(const Option& option) {
  std::string name = "AONODE_" + std::string(option.section) + '_' + std::string(option.key);
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  });
  return name;
}

std::string flag_name(const Option& option) {
  return std::string(option.section) + '.' + std::string(option.key);
}

std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates) {
  std::optional<std::string> best;
  std::size_t least = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : candidates)
    if (const std::size_t d = distance(name, candidate); d < least) {
      least = d;
      best = candidate;
    }
  return best;
}

}  // namespace ao::node
