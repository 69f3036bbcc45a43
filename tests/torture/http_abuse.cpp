// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <signal.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <optional>
#include <thread>

#include "support/workbench.hpp"
#include "torture/floods.hpp"
#include "torture/honest_client.hpp"
#include "torture/http_limits.hpp"
#include "torture/new_folder.hpp"
#include "torture/node_process.hpp"
#include "torture/programme.hpp"
#include "torture/raw_socket.hpp"
#include "torture/smuggling.hpp"

namespace ao::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::duration<double, std::milli>;

constexpr auto kWindow = 1'200ms;
constexpr int kAttempts = 4;        // of a flood that the machine may have slowed
constexpr double kRatioMax = 3;     // of the 99th percentiles
constexpr Milliseconds kNoise{25};  // of a busy machine, on either side
constexpr auto kSettlePatience = 15s;
constexpr double kHeightBytes = 384 << 20;  // what a flood may take while it lasts
constexpr double kRestBytes = 64 << 20;     // and what may be left of all of them

constexpr const char* kCounter = R"(
Handlers.add("add", "Add", function(msg) msg.reply({ Data = msg.Data }) end)
)";

// Files of the store come and go by themselves.
std::size_t descriptors_of(const NodeProcess& node) {
  const std::string store = node.data_folder().string();
  std::size_t count = 0;
  const auto folder = std::filesystem::path("/proc") / std::to_string(node.pid()) / "fd";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::error_code gone;
    if (!std::filesystem::read_symlink(entry, gone).string().starts_with(store) && !gone) ++count;
  }
  return count;
}

double thread_seconds() {
  timespec passed{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &passed);
  return static_cast<double>(passed.tv_sec) + 1e-9 * static_cast<double>(passed.tv_nsec);
}

class HttpAbuse {
 public:
  HttpAbuse(const Options& options, Checks& checks)
      : options_(options),
        checks_(checks),
        random_(options.seed),
        folder_(new_folder("http-abuse", in_memory())),
        node_([&] {
          NodePlace place;
          place.binary = options.node;
          place.folder = folder_;
          place.port = free_port();
          place.environment = abuse_settings();
          place.environment["AONODE_HTTP_UNIX_SOCKET"] = socket_file().string();
          place.environment["AONODE_HTTP_TRUSTED_PROXIES"] = "unix";
          if (options.sabotage == "loose-limits") {
            place.environment["AONODE_HTTP_HEADER_FIELDS_MAX"] = "257";
            place.environment["AONODE_HTTP_HEADER_TIMEOUT"] = "10s";
            place.environment["AONODE_HTTP_CONNECTIONS_PER_ADDRESS_MAX"] = "257";
          }
          return place;
        }()) {}

  void run() {
    node_.start();
    if (!node_.wait_until_ready(60s)) throw std::runtime_error("the node does not start");
    const auto owner = crypto::Key::new_ed25519();
    Connection connection(node_.port());
    const Address node{connection.text("/~meta@1.0/info/address")};
    process_ = spawn_process(connection, kCounter, node, *owner);
    started_as_ = node_.pid();

    check_sizes(node_.port(), checks_);
    check_ambiguities(node_.port(), checks_);
    check_json(node_.port(), checks_);
    check_times(node_.port(), checks_);
    check_connections(node_.port(), checks_);
    flood(*owner);
    check_smuggling(node_.port(), socket_file(), folder_, process_, options_, checks_);
    conclude();
    leave(folder_, node_, checks_);
  }

 private:
  std::filesystem::path socket_file() const { return folder_ / "node.sock"; }

  void flood(const crypto::Key& owner) {
    HonestClient honest(node_.port(), node_.pid(), process_);
    honest.call_until(Clock::now() + kWindow);  // warms up
    Arena arena{node_.port(), random_, valid_requests(owner)};
    double height = 0;
    arena.at_the_height = [&] { height = std::max(height, resident_bytes_of(node_.pid())); };
    wait_until_settled_at(0);
    const std::size_t descriptors = descriptors_of(node_);
    const double resident = resident_bytes_of(node_.pid());
    for (std::size_t round = 0; round < options_.count; ++round)
      for (const Flood& one : floods())
        play(one, arena, honest);

    if (options_.sabotage == "hold") held_.emplace(node_.port(), Source{20, 1});
    std::size_t left = wait_until_settled_at(descriptors);
    checks_.expect("every request of the honest client was answered", honest.complaints());
    checks_.expect("no request is answered 500, or not in HTTP, or never", arena.complaints);
    checks_.expect("the node's descriptors are as many as before", left == descriptors,
                   fmt::format("{} instead of {}", left, descriptors));
    const double rest = resident_bytes_of(node_.pid());
    fmt::print("memory: {:.0f} MiB before the floods, {:.0f} at most, {:.0f} after\n",
               resident / (1 << 20), height / (1 << 20), rest / (1 << 20));
    checks_.expect(
        fmt::format("no flood takes over {:.0f} MiB of memory", kHeightBytes / (1 << 20)),
        height < resident + kHeightBytes);
    checks_.expect(
        fmt::format("the node's memory is within {:.0f} MiB of before", kRestBytes / (1 << 20)),
        rest < resident + kRestBytes);
  }

  std::vector<std::string> valid_requests(const crypto::Key& owner) const {
    const auto get = [](const std::string& target, const std::string& fields = "") {
      return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
    };
    const std::string item = sign(message_draft(process_, "Add", "1"), owner).bytes();
    const std::string push = "POST " + path_of(process_, "push") +
                             " HTTP/1.1\r\nHost: a\r\nContent-Type: application/ans104\r\n";
    const std::string json = R"({"query":"{ transactions { edges { node { id } } } }"})";
    return {
        get("/healthz"),
        get(path_of(process_, "schedule?from=0&to=5"), "Accept: application/json\r\n"),
        get(path_of(process_, "slot/current"), "Range: bytes=0-9\r\nIf-Range: \"x\"\r\n"),
        get(path_of(process_, "now"), "Accept-Encoding: gzip;q=0.5, zstd\r\n"),
        get("/metrics",
            "Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Version: 13\r\n"),
        get("http://a/~meta@1.0/info"),
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        push + fmt::format("Content-Length: {}\r\n\r\n{}", item.size(), item),
        push + fmt::format("Transfer-Encoding: chunked\r\n\r\n{:x};a=b\r\n{}\r\n0\r\nT: a\r\n\r\n",
                           item.size(), item),
        fmt::format("POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                    "Content-Length: {}\r\n\r\n{}",
                    json.size(), json)};
  }

  // A quiet window, then a hostile one. In the quiet one a thread uses as much of the processor as
  // a flood may, so that only what the node makes the client wait for tells them apart.
  void play(const Flood& one, Arena& arena, HonestClient& honest) {
    std::vector<std::string> complaints;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      std::size_t did = 0;
      double spent = 0;
      const auto hostile = window(honest, [&](Clock::time_point end) {
        const double before = thread_seconds();
        did = one.run(arena, end);
        spent = thread_seconds() - before;
      });
      const double share = std::min(1.0, spent / std::chrono::duration<double>(kWindow).count());
      const auto quiet = window(honest, [&](Clock::time_point end) { spin(share, end); });
      const double quiet_p99 = percentile_99(quiet);
      const double hostile_p99 = percentile_99(hostile);
      fmt::print(
          "  {:<34} {:>8}; p99 of {:>4} calls {:>5.1f} ms, of {:>4} quiet ones {:>5.1f} ms\n",
          one.name, did, hostile.size(), hostile_p99, quiet.size(), quiet_p99);
      complaints.clear();
      if (did == 0) complaints.push_back("it did nothing");
      const double most = std::max(kRatioMax * quiet_p99, quiet_p99 + kNoise.count());
      if (hostile_p99 > most)
        complaints.push_back(fmt::format("{:.1f} ms instead of {:.1f} ms, {} times", hostile_p99,
                                         quiet_p99, attempt + 1));
      if (complaints.empty()) break;
    }
    checks_.expect("an honest client's p99 at most triples during: " + one.name, complaints);
  }

  template <class Background>
  std::vector<double> window(HonestClient& honest, Background background) {
    const auto end = Clock::now() + kWindow;
    std::string failure;
    std::thread other([&] {
      try {
        background(end);
      } catch (const std::exception& error) {
        failure = error.what();
      }
    });
    std::atomic<bool> is_over = false;
    std::thread stalling;
    if (options_.sabotage == "stall") stalling = std::thread([&] { stall(is_over); });
    auto times = honest.call_until(end);
    is_over = true;
    if (stalling.joinable()) stalling.join();
    other.join();
    if (!failure.empty()) throw std::runtime_error(failure);
    if (times.empty()) times.push_back(1e9);
    return times;
  }

  // Every other window: the hostile ones come first.
  void stall(const std::atomic<bool>& is_over) {
    if (windows_++ % 2 == 1) return;
    while (!is_over) {
      ::kill(node_.pid(), SIGSTOP);
      std::this_thread::sleep_for(100ms);
      ::kill(node_.pid(), SIGCONT);
      std::this_thread::sleep_for(100ms);
    }
  }

  static void spin(double share, Clock::time_point end) {
    constexpr auto kTurn = 5ms;
    while (Clock::now() < end) {
      const auto begin = Clock::now();
      while (Clock::now() < begin + share * kTurn) {
      }
      std::this_thread::sleep_until(begin + kTurn);
    }
  }

  // Until so few descriptors are open, or, of 0, until nothing changes; how many there are.
  std::size_t wait_until_settled_at(std::size_t wanted) {
    std::size_t before = 0;
    std::size_t now = descriptors_of(node_);
    const auto deadline = Clock::now() + kSettlePatience;
    while (Clock::now() < deadline && (wanted == 0 ? now != before : now != wanted)) {
      if (held_) held_->say("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
      std::this_thread::sleep_for(wanted == 0 ? 3s : 100ms);  // longer than a close may take
      before = std::exchange(now, descriptors_of(node_));
    }
    return now;
  }

  void conclude() {
    Connection connection(node_.port());
    const auto ready = connection.get("/readyz");
    checks_.expect(
        "the node is the one that was started, and ready",
        node_.is_running() && node_.pid() == started_as_ && ready && ready->status == 200);
    checks_.expect("it stops when asked to", node_.stop(20s) == 0, "another exit code than 0");
    std::vector<std::string> errors;
    std::ifstream log(node_.log_file());
    for (std::string line; std::getline(log, line);)
      if (line.find("error") != std::string::npos) errors.push_back(line);
    checks_.expect("its log tells of no error", errors);
  }

  const Options& options_;
  Checks& checks_;
  std::mt19937_64 random_;
  std::filesystem::path folder_;
  NodeProcess node_;
  ProcessId process_;
  pid_t started_as_ = -1;
  int windows_ = 0;
  std::optional<RawSocket> held_;
};

}  // namespace

void run_http_abuse(const Options& options, Checks& checks) {
  HttpAbuse(options, checks).run();
}

}  // namespace ao::test
