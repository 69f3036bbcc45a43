// What an operator can choose, from four sources: flags > environment > file > defaults.
//
// One table (src/node/settings_schema.cpp) names every option once; the file, `AONODE_SECTION_KEY`,
// `--section.key`, config/node.toml and the checks all come from it. A plain value, made by `app`.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>

#include "ao/api/event_settings.hpp"
#include "ao/api/gate_settings.hpp"
#include "ao/base/log.hpp"
#include "ao/execution/evaluator.hpp"
#include "ao/http/egress.hpp"
#include "ao/http/server.hpp"
#include "ao/node/cache_settings.hpp"
#include "ao/node/gateway_settings.hpp"
#include "ao/node/name_settings.hpp"
#include "ao/node/rate_settings.hpp"
#include "ao/node/relay_settings.hpp"
#include "ao/node/retention_settings.hpp"
#include "ao/node/settlement_settings.hpp"
#include "ao/store/store.hpp"

namespace ao::node {

// Where the values come from.
struct Sources {
  std::optional<std::filesystem::path> file;
  std::map<std::string, std::string> environment;          // all of it, or what matters
  std::vector<std::pair<std::string, std::string>> flags;  // "http.listen" and its value
};

struct Settings {
  struct Node {
    std::filesystem::path data_dir = "./data";
    std::filesystem::path key_file = "./node-key.json";
    std::string url;  // empty: that of http.listen
  };
  struct Http : http::ServerSettings {
    Http() {
      listen = "127.0.0.1:8734";
      rate.requests_per_second = 20'000;
    }
    std::chrono::milliseconds drain_grace{5'000};
    std::chrono::milliseconds push_wait{30'000};  // for the result of a pushed message
  };
  struct Lua {
    std::uint64_t gas_per_message = 50'000'000;
    std::uint64_t gas_per_dry_run = 5'000'000;
    std::size_t memory_max = 64 << 20;
    std::size_t output_max = 4 << 20;
    std::size_t outbox_messages_max = 100;
    std::size_t workers = 0;  // load() puts the number of cores for 0
    std::size_t live_processes_max = 1'000;
    std::size_t live_bytes_max = std::size_t{1} << 30;
    std::size_t images_bytes_max = std::size_t{8} << 30;
    std::size_t batch_messages_max = 64;
    std::uint64_t checkpoint_gas = 500'000'000;
    std::size_t copies_bytes_max = 256 << 20;
    std::uint64_t past_gas_max = 500'000'000;
    // Values of a process's Module tag that mean the runtime compiled into the node.
    std::vector<std::string> builtin_modules = {"aos",
                                                "ISShJH1ij-hPPt9St5UFFr_8Ys3Kj5cyg7zrMGt7H9s"};
  };
  struct Admission {
    std::size_t data_bytes_max = 10 << 20;
    std::size_t verify_queue_max = 4'096;
    std::size_t verify_queue_bytes_max = 256 << 20;
    ClientRateSettings rates;
    SignerRateSettings signers;
  };
  struct Cron {
    std::size_t tasks_per_process_max = 100;
    std::size_t tasks_max = 1'000'000;
    std::chrono::milliseconds interval_min{100};
  };
  struct Peers {
    Peers() { egress.ports = {443, 8734}; }
    std::vector<std::string> urls;
    std::chrono::milliseconds gossip_interval{5'000};
    std::vector<std::string> follow;  // ids of processes
    http::EgressSettings egress;
  };
  struct Delivery {
    std::size_t depth_max = 10'000;
    std::chrono::milliseconds give_up_after{7 * 24 * 3'600'000ll};
    std::size_t dead_letters_max = 1'000;  // of one process
    std::size_t dead_letters_bytes = 64 << 20;
  };
  struct Threads {
    std::size_t net = 1;
    std::size_t verify = 0;  // load() puts the number of cores for 0
    std::size_t cpu = 0;     // the same
  };
  struct Log {
    log::Level level = log::Level::kInfo;
    log::Format format = log::Format::kText;
  };

  execution::Settings execution() const;  // the limits of one evaluation

  Node node;
  Http http;
  api::EventSettings events;
  api::GateSettings gate;
  store::Settings store;  // load() puts its directory inside data_dir
  Lua lua;
  Admission admission;
  Cron cron;
  Peers peers;
  Delivery delivery;
  NameSettings names;
  CacheSettings cache;
  GatewaySettings gateway;
  RelaySettings relay;
  SettlementSettings settlement;
  RetentionSettings retention;
  Threads threads;
  Log log;

  // Every complaint at once, each a line that names its place: `node.toml:14:14: [lua] workers: …`.
  // Relative paths of the file and of the defaults start at its folder, others at the current one.
  static std::expected<Settings, std::vector<std::string>> load(const Sources& sources);
};

// One option as a person sees it.
struct OptionText {
  std::string section;
  std::string key;
  std::string environment;    // AONODE_HTTP_LISTEN
  std::string type;           // "size", with its range
  std::string default_value;  // as in TOML
  std::string reason;         // lines of text
};
std::vector<OptionText> option_texts();

// config/node.toml: every option with its default, unit and reason.
std::string example_file();

}  // namespace ao::node
