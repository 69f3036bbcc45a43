// What a signed message costs from the first byte of its request to the answer with its result,
// beside what cannot be avoided: verifying its signature, and HTTP.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <thread>

#include "ao/crypto/digest.hpp"
#include "bench/bare_server.hpp"
#include "bench/load.hpp"
#include "bench/scenario.hpp"
#include "support/workbench.hpp"
#include "torture/cast.hpp"
#include "torture/node_process.hpp"

namespace ao::bench {
namespace {

using namespace std::chrono_literals;
using message::DataItem;
using test::CpuTime;

constexpr std::size_t kSigners = 4;
constexpr std::size_t kRecipients = 64;
constexpr std::size_t kWarmUpMessages = 300;
constexpr std::size_t kHttpRounds = 10;  // HTTP is cheap: the same requests several times

using Keys = std::vector<std::unique_ptr<crypto::Key>>;

double thread_seconds() {
  timespec passed{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &passed);
  return static_cast<double>(passed.tv_sec) + 1e-9 * static_cast<double>(passed.tv_nsec);
}

// `make(i)` for every i below `count`, on every core.
template <class Made, class Make>
std::vector<Made> in_parallel(std::size_t count, Make make) {
  std::vector<std::optional<Made>> slots(count);
  const std::size_t workers = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  for (std::size_t worker = 0; worker < workers; ++worker)
    threads.emplace_back([&, worker] {
      for (std::size_t i = worker; i < count; i += workers)
        slots[i].emplace(make(i));
    });
  for (std::thread& thread : threads)
    thread.join();
  std::vector<Made> made;
  for (auto& slot : slots)
    made.push_back(std::move(*slot));
  return made;
}

Bytes anchor_of(std::uint64_t number) {
  Bytes anchor(24, '0');
  put_u64be(anchor, number);
  return anchor;
}

DataItem transfer(const ProcessId& token, const crypto::Key& signer, std::uint64_t number,
                  const std::string& recipient, const std::string& quantity) {
  auto draft = test::message_draft(token, "Transfer");
  draft.tags.push_back({"Recipient", recipient});
  draft.tags.push_back({"Quantity", quantity});
  draft.anchor = anchor_of(number);
  return test::sign(draft, signer);
}

// A token of which every signer has enough.
ProcessId new_token(test::Connection& connection, const Keys& signers) {
  const auto owner = crypto::Key::new_ed25519();
  const auto source = test::read_file(test::source_folder() / "docs/examples/token.lua");
  const Address node{connection.text("/~meta@1.0/info/address")};
  const auto token = test::spawn_process(connection, source, node, *owner);
  const auto push = [&](const DataItem& item) {
    const auto answer = connection.post(test::path_of(token, "push"), item.bytes());
    if (!answer || answer->status != 200)
      throw std::runtime_error("setting up a token: " +
                               (answer ? answer->body : answer.error().text));
  };
  auto mint = test::message_draft(token, "Mint");
  mint.tags.push_back({"Quantity", "1000000000000"});
  push(test::sign(mint, *owner));
  for (std::size_t i = 0; i < signers.size(); ++i)
    push(transfer(token, *owner, i, signers[i]->address().text, "1000000000"));
  return token;
}

std::vector<DataItem> signed_transfers(const ProcessId& token, const Keys& signers,
                                       std::size_t count) {
  return in_parallel<DataItem>(count, [&](std::size_t i) {
    const auto recipient = crypto::sha256("recipient " + std::to_string(i % kRecipients));
    return transfer(token, *signers[i % signers.size()], i, base64url(crypto::view(recipient)),
                    "1");
  });
}

std::vector<std::string> requests_for(const ProcessId& token, const std::vector<DataItem>& items) {
  std::vector<std::string> requests;
  for (const DataItem& item : items)
    requests.push_back(post_request(test::path_of(token, "push"), item.bytes()));
  return requests;
}

// Microseconds of one message.
struct Sample {
  double verify_item = 0;
  double verify_raw = 0;
  double http = 0;
  double node = 0;
  double node_user_share = 0;
  std::map<std::string, double> node_threads;
  double messages_per_second = 0;
  double body_bytes = 0;
  double messages_per_sync = 0;
};

double verify_items(const std::vector<DataItem>& items) {
  const double before = thread_seconds();
  for (const DataItem& item : items)
    if (!item.verify()) throw std::runtime_error("a good signature was refused");
  return 1e6 * (thread_seconds() - before) / static_cast<double>(items.size());
}

double verify_raw(const Keys& signers, std::size_t count) {
  const Bytes text(48, 'm');  // as long as what a data item's signature covers
  std::vector<Bytes> signatures;
  for (const auto& key : signers)
    signatures.push_back(key->sign(text));
  const double before = thread_seconds();
  for (std::size_t i = 0; i < count; ++i) {
    const crypto::Key& key = *signers[i % signers.size()];
    const Bytes& signature = signatures[i % signers.size()];
    if (!crypto::verify(key.type(), key.public_key(), signature, text))
      throw std::runtime_error("a good signature was refused");
  }
  return 1e6 * (thread_seconds() - before) / static_cast<double>(count);
}

LoadReport load(std::uint16_t port, const std::vector<std::string>& requests,
                std::size_t connections) {
  auto report = send_all(port, requests, connections);
  if (report.refusals > 0)
    throw std::runtime_error(fmt::format("{} of {} requests were refused, the first with {}",
                                         report.refusals, report.answers, report.refusal));
  return report;
}

double measure_http(const std::vector<std::string>& requests, std::size_t body_bytes,
                    std::size_t connections) {
  const BareServer server(body_bytes);
  load(server.port(), requests, connections);
  const double before = test::cpu_time_of(server.pid()).total_seconds;
  for (std::size_t i = 0; i < kHttpRounds; ++i)
    load(server.port(), requests, connections);
  const double spent = test::cpu_time_of(server.pid()).total_seconds - before;
  return 1e6 * spent / static_cast<double>(kHttpRounds * requests.size());
}

double metric(test::Connection& connection, const std::string& name) {
  const std::string text = connection.text("/metrics");
  const std::size_t at = text.find('\n' + name + ' ');
  return at == std::string::npos ? 0 : std::strtod(&text[at + name.size() + 2], nullptr);
}

// Every answer holds the result: the message was durable and handled.
void measure_node(test::NodeProcess& node, test::Connection& connection,
                  const std::vector<std::string>& requests, std::size_t connections,
                  Sample& sample) {
  const double syncs = metric(connection, "aonode_store_syncs");
  const CpuTime before = node.cpu_time();
  const LoadReport report = load(node.port(), requests, connections);
  const CpuTime spent = node.cpu_time().since(before);
  const auto count = static_cast<double>(requests.size());
  sample.node = 1e6 * spent.total_seconds / count;
  sample.node_user_share = spent.user_seconds / (spent.user_seconds + spent.system_seconds);
  for (const auto& [name, seconds] : spent.thread_seconds)
    sample.node_threads[name] = 1e6 * seconds / count;
  sample.messages_per_second = count / report.seconds;
  sample.body_bytes = static_cast<double>(report.body_bytes) / count;
  sample.messages_per_sync = count / (metric(connection, "aonode_store_syncs") - syncs);
}

template <class Get>
double middle(const std::vector<Sample>& samples, Get get) {
  std::vector<double> values;
  for (const Sample& sample : samples)
    values.push_back(get(sample));
  return median(std::move(values));
}

void print_table(const std::vector<Sample>& samples, const Options& options) {
  const auto line = [](const std::string& what, double value, const char* unit) {
    fmt::print("  {:<44}{:>10.1f} {}\n", what, value, unit);
  };
  fmt::print("messages: {} repetitions of {} RSA-4096-signed token transfers over {} connections\n",
             samples.size(), options.messages, options.connections);
  const char* unit = "µs CPU a message";
  const double node = middle(samples, [](const Sample& s) { return s.node; });
  const double user = middle(samples, [](const Sample& s) { return s.node_user_share; });
  line("verify, the signature alone", middle(samples, [](const Sample& s) { return s.verify_raw; }),
       unit);
  line("verify, the data item", middle(samples, [](const Sample& s) { return s.verify_item; }),
       unit);
  line("HTTP alone", middle(samples, [](const Sample& s) { return s.http; }), unit);
  line("the node, end to end", node, unit);
  line("  of it in user mode", node * user, unit);
  line("  of it in the kernel", node * (1 - user), unit);
  for (const auto& [name, ignored] : samples.front().node_threads) {
    const double spent = middle(samples, [&name = name](const Sample& s) {
      const auto found = s.node_threads.find(name);
      return found == s.node_threads.end() ? 0 : found->second;
    });
    if (spent >= 0.5) line("  of it in threads '" + name + "'", spent, unit);
  }
  line("rate, with client and node on this machine",
       middle(samples, [](const Sample& s) { return s.messages_per_second; }), "messages/s");
  line("messages for each synced write",
       middle(samples, [](const Sample& s) { return s.messages_per_sync; }), "");
  line("the body of an answer", middle(samples, [](const Sample& s) { return s.body_bytes; }),
       "bytes");
}

}  // namespace

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::vector<Ratio> measure_messages(const Options& options) {
  const test::Folder folder;
  test::NodePlace place;
  place.binary = options.node;
  place.folder = folder.path();
  place.port = test::free_port();
  test::NodeProcess node(place);
  node.start();
  if (!node.wait_until_ready(30s)) throw std::runtime_error(node.last_log_lines(10));
  test::Connection connection(node.port());
  const Keys signers = in_parallel<std::unique_ptr<crypto::Key>>(
      kSigners, [](std::size_t) { return crypto::Key::new_rsa(); });

  const auto warm_token = new_token(connection, signers);
  const auto warm_items = signed_transfers(warm_token, signers, kWarmUpMessages);
  Sample warm;
  measure_node(node, connection, requests_for(warm_token, warm_items), options.connections, warm);

  std::vector<Sample> samples;
  for (std::size_t i = 0; i < options.repetitions; ++i) {
    const auto token = new_token(connection, signers);
    const auto items = signed_transfers(token, signers, options.messages);
    const auto requests = requests_for(token, items);
    Sample sample;
    sample.verify_raw = verify_raw(signers, items.size());
    sample.verify_item = verify_items(items);
    measure_node(node, connection, requests, options.connections, sample);
    const auto body_bytes = static_cast<std::size_t>(sample.body_bytes);
    sample.http = measure_http(requests, body_bytes, options.connections);
    samples.push_back(std::move(sample));
  }
  print_table(samples, options);
  const auto ratio = [&](const char* name, auto get) {
    return Ratio{name, middle(samples, get), std::nullopt, true};
  };
  return {ratio("messages-over-verify", [](const Sample& s) { return s.node / s.verify_item; }),
          ratio("messages-over-http", [](const Sample& s) { return s.node / s.http; })};
}

}  // namespace ao::bench
