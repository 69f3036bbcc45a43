// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settlement_commands.hpp"

#include <fmt/format.h>

#include <iostream>
#include <stdexcept>
#include <thread>

#include "ao/message/json.hpp"
#include "ao/node/settlement_proof.hpp"
#include "gateway.hpp"
#include "progress.hpp"

namespace ao::app {
namespace {

namespace fs = std::filesystem;
using message::Assignment;
using message::List;
using message::Value;
using settlement::Retrieval;
using settlement::Retrieved;
using Unit = ProgressLine::Unit;

std::uint64_t number_in(const Value& value, BytesView name) {
  const Value* found = value.find(name);
  return found == nullptr || found->integer() == nullptr
             ? 0
             : static_cast<std::uint64_t>(*found->integer());
}

Value parsed(const http::Response& response) {
  auto value = message::from_json(response.body);
  if (!value) throw std::runtime_error(value.error().text);
  return std::move(*value);
}

void print_bundle(const Value& bundle) {
  fmt::print("{:>8}  {}  {:<9}  {:>7} messages  {:>10}  sent {} times{}\n",
             number_in(bundle, "number"), bundle.text("id"), bundle.text("state"),
             count_text(number_in(bundle, "messages")), bytes_text(number_in(bundle, "bytes")),
             number_in(bundle, "sends"),
             bundle.text("reason").empty() ? "" : "  " + std::string(bundle.text("reason")));
  const Value* transactions = bundle.find("transactions");
  if (transactions == nullptr || transactions->list() == nullptr) return;
  for (const Value& each : *transactions->list())
    fmt::print("          in transaction {}, {} winston\n", each.text("id"),
               count_text(number_in(each, "winston")));
}

void print_endpoints(const Value& info, BytesView name, std::string_view what) {
  const Value* endpoints = info.find(name);
  if (endpoints == nullptr || endpoints->list() == nullptr) return;
  for (const Value& endpoint : *endpoints->list())
    fmt::print("{:<9} {}{}\n", what, endpoint.text("url"),
               endpoint.text("reason").empty() ? "" : ": " + std::string(endpoint.text("reason")));
}

void print_wallet(const Value& wallet) {
  const std::string balance = wallet.find("balance-winston") == nullptr
                                  ? "not asked yet"
                                  : count_text(number_in(wallet, "balance-winston")) + " winston";
  fmt::print("wallet    {}: {}; within a day {} of {} winston were spent\n", wallet.text("address"),
             balance, count_text(number_in(wallet, "spent-winston")),
             count_text(number_in(wallet, "spend-max-winston")));
}

void print_summary(const Value& info) {
  const Value* on = info.find("on");
  if (on == nullptr || on->boolean() == nullptr || !*on->boolean()) {
    fmt::print("this node settles nothing: its settings name neither bundler nor node\n");
    return;
  }
  fmt::print("backlog   {} messages, {}, the first of {} seconds ago\n",
             count_text(number_in(info, "backlog-messages")),
             bytes_text(number_in(info, "backlog-bytes")),
             number_in(info, "oldest-unconfirmed-seconds"));
  if (const Value* bundles = info.find("bundles"); bundles != nullptr && bundles->map() != nullptr)
    for (const auto& [state, count] : *bundles->map())
      fmt::print(
          "{:<9} {} bundles\n", state,
          count_text(count.integer() == nullptr ? 0
                                                : static_cast<std::uint64_t>(*count.integer())));
  print_endpoints(info, "bundlers", "bundler");
  print_endpoints(info, "nodes", "node");
  print_endpoints(info, "gateways", "gateway");
  if (const Value* wallet = info.find("wallet")) print_wallet(*wallet);
  for (const char* name : {"warning", "failure"})
    if (!info.text(name).empty()) fmt::print("{:<9} {}\n", name, info.text(name));
}

void print_place(const Value& place) {
  fmt::print("{}  {}\n", place.text("id"), place.text("state"));
  if (!place.text("process").empty())
    fmt::print("slot {} of process {}, assignment {}\n", number_in(place, "slot"),
               place.text("process"), place.text("assignment"));
  if (const Value* bundle = place.find("bundle")) print_bundle(*bundle);
  if (place.find("slots") != nullptr)
    fmt::print("{} of the {} slots of this process are confirmed\n",
               count_text(number_in(place, "slots-confirmed")),
               count_text(number_in(place, "slots")));
}

struct Fetched {
  Retrieved retrieved;
  std::size_t bundles = 0;
};

// From the gateway, in order, and proven.
Fetched fetch_proven(const RetrievalOptions& options) {
  const auto process = ProcessId::from_text(options.process);
  if (!process)
    throw std::runtime_error("'" + options.process + "' is not a process id (43 characters)");
  Gateway gateway(options.gateway);
  Retrieval retrieval(*process, options.schedulers);
  ProgressLine fetching("fetching", Unit::kEntries, options.quiet);
  gateway.retrieve(retrieval, *process, options.all_bundles, fetching.teller());
  auto retrieved = retrieval.in_order();
  if (!retrieved) {
    const std::string more =
        options.all_bundles ? "" : "; --all-bundles looks into those that do not name the process";
    throw std::runtime_error(fmt::format("{} ({} bundles were read, {} could not be){}",
                                         retrieved.error().text, gateway.bundles(),
                                         gateway.unreadable(), more));
  }
  ProgressLine proving("proving", Unit::kEntries, options.quiet);
  const std::size_t threads = std::max(1u, std::thread::hardware_concurrency());
  if (const auto proven = node::prove(*retrieved, threads, proving.teller()); !proven)
    throw std::runtime_error(proven.error().text);
  return {std::move(*retrieved), gateway.bundles()};
}

// The id of the one assignment on a page of a schedule, or "".
BytesView assignment_in(const Value& page) {
  const Value* edges = page.find("edges");
  if (edges == nullptr || edges->list() == nullptr || edges->list()->empty()) return {};
  const Value* node = edges->list()->front().find("node");
  const Value* assignment = node == nullptr ? nullptr : node->find("assignment");
  return assignment == nullptr ? BytesView() : assignment->text("Id");
}

// What the node must agree on: an assignment names the one before it by its hash, so that the last
// stands for all.
void compare(const ClientOptions& node, const Retrieved& retrieved) {
  Client client(node);
  const Assignment& last = retrieved.slots.back();
  const std::string process = last.process().text();
  const Value known = parsed(client.fetch("GET", "/" + process + "/settlement"));
  const std::uint64_t confirmed = number_in(known, "slots-confirmed");
  if (retrieved.slots.size() < confirmed)
    throw std::runtime_error(fmt::format("the node has {} slots confirmed, the gateway has {}",
                                         confirmed, retrieved.slots.size()));
  const std::string slot = std::to_string(last.slot().number);
  const Value page =
      parsed(client.fetch("GET", "/~scheduler@1.0/schedule?target=" + process + "&from=" + slot +
                                     "&to=" + slot + "&accept=application/aos-2"));
  const BytesView here = assignment_in(page);
  if (here.empty()) throw std::runtime_error("the node has no slot " + slot + " of the process");
  if (here != last.id().text())
    throw std::runtime_error(fmt::format("slot {}: the node has assignment {}, the gateway {}",
                                         slot, here, last.id().text()));
}

}  // namespace

int settlement_status(const ClientOptions& node, const std::string& id) {
  Client client(node);
  const auto response = client.fetch(
      "GET", id.empty() ? std::string("/~settlement@1.0/info") : "/~settlement@1.0/item?id=" + id);
  if (node.as_json) {
    std::cout << response.body << '\n';
  } else if (id.empty()) {
    print_summary(parsed(response));
  } else {
    print_place(parsed(response));
  }
  return 0;
}

int settlement_list(const ClientOptions& node, const std::string& from) {
  Client client(node);
  const auto response =
      client.fetch("GET", "/~settlement@1.0/bundles" + (from.empty() ? "" : "?from=" + from));
  if (node.as_json) {
    std::cout << response.body << '\n';
    return 0;
  }
  const Value bundles = parsed(response);
  if (bundles.list() == nullptr) throw std::runtime_error("the node answered no list");
  for (const Value& bundle : *bundles.list())
    print_bundle(bundle);
  if (bundles.list()->empty())
    fmt::print("there are no bundles{}\n", from.empty() ? " that are not confirmed" : "");
  return 0;
}

int settlement_retry(const ClientOptions& node, const std::string& bundle) {
  Client client(node);
  message::Draft draft;
  draft.tags = {{"Type", "Retry"}, {"Bundle", bundle}};
  client.fetch("POST", "/~settlement@1.0/retry", client.sign(std::move(draft)).bytes(),
               "application/octet-stream");
  fmt::print("{} is sent once more\n", bundle == "all" ? "every bundle" : "bundle " + bundle);
  return 0;
}

int settlement_verify(const ClientOptions& node, const RetrievalOptions& options) {
  const auto [retrieved, bundles] = fetch_proven(options);
  if (!options.is_alone) compare(node, retrieved);
  fmt::print("verified: {} slots of process {} in {} bundles: every signature and the chain{}\n",
             count_text(retrieved.slots.size()), options.process, count_text(bundles),
             options.is_alone ? "" : ", as the node has them");
  return 0;
}

int settlement_recover(const DbOptions& db, const RetrievalOptions& options) {
  const auto [retrieved, bundles] = fetch_proven(options);
  const fs::path file = db.store.directory.string() + ".recovered-" + options.process;
  fs::remove(file);
  if (file.has_parent_path()) fs::create_directories(file.parent_path());
  node::write_archive(retrieved, file);
  fmt::print("fetched: {} slots of process {} in {} bundles{}\n",
             count_text(retrieved.slots.size()), options.process, count_text(bundles),
             retrieved.module ? ", with its module" : "");
  DbOptions quiet = db;
  quiet.schedulers.insert(options.schedulers.begin(), options.schedulers.end());
  int code = 1;
  try {
    code = db_import(quiet, file, options.is_foreign_allowed);
  } catch (...) {
    fs::remove(file);
    throw;
  }
  fs::remove(file);
  return code;
}

}  // namespace ao::app
