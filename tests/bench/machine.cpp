// What the Lua machine costs: its gas beside Lua as it is published, the runtime beside a bare
// interpreter, waking and checkpoints beside the size of the state.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/strand.hpp>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "ao/admission/admission.hpp"
#include "ao/execution/evaluator.hpp"
#include "ao/schedule/log.hpp"
#include "ao/worker/workers.hpp"
#include "bench/scenario.hpp"
#include "support/workbench.hpp"

namespace ao::bench {
namespace {

using execution::Evaluator;
using machine::Instance;
using message::Assignment;

constexpr machine::Limits kUnlimited{
    .gas = std::uint64_t{1} << 60, .memory_bytes = Instance::kArenaBytes, .output_bytes = 1 << 20};
constexpr std::size_t kTransfers = 20'000;
constexpr double kTransfersTarget = 100'000;  // a second and core
constexpr double kWakeTargetMs = 2;
constexpr std::size_t kTokens = 600;
constexpr std::size_t kTurns = 8;                 // of each
constexpr std::uint64_t kTurnsMemory = 16 << 20;  // a tenth of what they need
constexpr double kTurnsTarget = 5'000;            // messages a second

const std::filesystem::path kScripts = test::source_folder() / "tests/bench/machine";

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
      .count();
}

template <class T>
T expected(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().text);
  return std::move(*result);
}

void expect_returned(const machine::Evaluation& evaluation) {
  if (evaluation.ending != machine::Ending::kReturned)
    throw std::runtime_error(evaluation.value.bytes() != nullptr ? *evaluation.value.bytes()
                                                                 : "it did not return");
}

// Of the script in the published interpreter, in a process of its own.
double plain_seconds(const std::filesystem::path& script) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  const std::string command = (program / "ao_plain_lua").string() + ' ' + script.string();
  FILE* const pipe = ::popen(command.c_str(), "r");
  double seconds = 0;
  const bool read = pipe != nullptr && std::fscanf(pipe, "%lf", &seconds) == 1;
  if (pipe == nullptr || ::pclose(pipe) != 0 || !read)
    throw std::runtime_error("cannot run " + command);
  return seconds;
}

double metered_seconds(const std::filesystem::path& script) {
  const auto instance = expected(Instance::create(Bytes(32, 'b')));
  const double before = cpu_seconds();
  expect_returned(instance->load({script.filename(), test::read_file(script)}, kUnlimited));
  return cpu_seconds() - before;
}

Ratio measure_gas(const std::string& name, std::size_t repetitions) {
  std::vector<double> ratios;
  const auto script = kScripts / (name + ".lua");
  for (std::size_t i = 0; i < repetitions; ++i) {
    const double plain = plain_seconds(script);
    ratios.push_back(metered_seconds(script) / plain);
  }
  return {"machine-gas-" + name, median(ratios), 1.07};
}

enum class Ending { kGood, kFailing };

// A token and transfers to it, with their slots. One that fails does so at its very end.
class Transfers {
 public:
  explicit Transfers(std::size_t count, Ending ending = Ending::kGood)
      : module_(test::sign(test::module_draft(program(ending), "token.lua"), key())) {
    append(test::spawn_draft(module_.id().text(), key().address()));
    const ProcessId process = assignments_.front().process();
    for (std::size_t i = 0; i < count; ++i) {
      auto draft = test::message_draft(process, "Transfer");
      draft.tags.push_back({"Recipient", fmt::format("recipient-{}", i % 64)});
      draft.tags.push_back({"Quantity", "3"});
      draft.data = std::to_string(i);
      append(draft);
    }
  }

  const std::vector<Assignment>& assignments() const { return assignments_; }
  ProcessId process() const { return assignments_.front().process(); }
  worker::Recipe recipe() const { return {assignments_.front().body(), module_}; }

 private:
  static const crypto::Key& key() {
    static const auto made = crypto::Key::new_ed25519();
    return *made;
  }
  static std::string program(Ending ending) {
    std::string text = test::read_file(kScripts / "token.lua");
    if (ending == Ending::kFailing) text.insert(text.rfind("end)"), "  error('broken')\n");
    return text;
  }

  void append(message::Draft draft) {
    static std::uint64_t made = 0;
    draft.anchor = Bytes(24, 'a');
    put_u64be(draft.anchor, ++made);
    const admission::Admission admission({}, key().address());
    const auto admitted = expected(admission.admit(test::sign(draft, key()).bytes()));
    const auto entry = schedule::Log::extend(head_, admitted, {}, Timestamp{1}, key());
    assignments_.push_back(
        schedule::Log::assignment_in(entry.process, entry.slot, entry.body).value());
  }

  message::DataItem module_;
  schedule::Head head_{};
  std::vector<Assignment> assignments_;
};

double evaluation_seconds(const Transfers& transfers, Ending ending = Ending::kGood) {
  const std::size_t sent = ending == Ending::kGood ? 2 : 0;
  const worker::Recipe recipe = transfers.recipe();
  const auto evaluator =
      expected(Evaluator::create({}, message::Definition::of(recipe.spawn), recipe.module));
  const auto& assignments = transfers.assignments();
  evaluator->run(assignments.front());
  const double before = cpu_seconds();
  for (std::size_t i = 1; i < assignments.size(); ++i)
    if (const auto outcome = evaluator->run(assignments[i]);
        outcome.outgoing.size() != sent || outcome.error.empty() != (sent != 0))
      throw std::runtime_error("a transfer ended otherwise: " + outcome.error);
  return cpu_seconds() - before;
}

// The same handler as often, in the published interpreter.
double bare_transfer_seconds(const test::Folder& folder) {
  const auto script = folder.path() / "bare_token.lua";
  std::string text = test::read_file(kScripts / "bare_token.lua");
  const auto put = [&text](std::string_view word, const std::string& value) {
    text.replace(text.find(word), word.size(), value);
  };
  put("HANDLER()", test::read_file(kScripts / "token.lua"));
  put("COUNT", std::to_string(kTransfers));
  std::ofstream(script) << text;
  return plain_seconds(script);
}

std::vector<Ratio> measure_transfers(std::size_t repetitions) {
  const test::Folder folder;
  const Transfers transfers(kTransfers);
  const Transfers failing(kTransfers, Ending::kFailing);
  std::vector<double> ratios, rates, failures;
  for (std::size_t i = 0; i < repetitions; ++i) {
    const double ours = evaluation_seconds(transfers);
    ratios.push_back(ours / bare_transfer_seconds(folder));
    rates.push_back(kTransfers / ours);
    failures.push_back(evaluation_seconds(failing, Ending::kFailing) / ours);
  }
  fmt::print("  {:<44}{:>12.0f} a second and core\n", "transfers through the runtime",
             median(rates));
  return {{"machine-transfer-over-bare", median(ratios), 8},
          {"machine-failing-over-good", median(failures), 3},
          {"machine-replay-of-100000", median(rates) / kTransfersTarget, 1, false}};
}

struct Lane {
  std::size_t number;
  std::size_t of;
};

// Each process in turn gets its next message, in the workers' hands.
Task<> take_turns(worker::Workers& workers, const std::vector<Transfers>& tokens, Lane lane,
                  std::size_t first_slot, std::size_t last_slot) {
  for (std::size_t slot = first_slot; slot <= last_slot; ++slot)
    for (std::size_t i = lane.number; i < tokens.size(); i += lane.of) {
      const ProcessId process = tokens[i].process();
      if (!workers.next(process)) {
        auto recipe = tokens[i].recipe();
        auto opened = co_await workers.open(process, std::move(recipe));
        expected(std::move(opened));
      }
      std::vector<Assignment> batch(1, tokens[i].assignments()[slot]);
      auto ran = co_await workers.run(process, std::move(batch));
      expected(std::move(ran));
    }
}

// Far more processes than there is memory for, so that nearly every message wakes one.
std::vector<Ratio> measure_turns() {
  const test::Folder folder;
  std::vector<Transfers> tokens;
  for (std::size_t i = 0; i < kTokens; ++i)
    tokens.emplace_back(kTurns);
  async::Pool pool("turns", 1);
  worker::Settings settings;
  settings.workers = std::max(1u, std::thread::hardware_concurrency());
  settings.memory_bytes = kTurnsMemory;
  settings.images = folder.path() / "images";
  const auto strand = boost::asio::make_strand(pool.executor());
  worker::Workers workers(settings, strand);
  const auto take = [&](std::size_t first_slot, std::size_t last_slot) {
    const std::size_t lanes = 2 * settings.workers;
    std::vector<std::future<void>> turns;
    for (std::size_t lane = 0; lane < lanes; ++lane)
      turns.push_back(boost::asio::co_spawn(
          strand, take_turns(workers, tokens, {lane, lanes}, first_slot, last_slot),
          boost::asio::use_future));
    for (auto& turn : turns)
      turn.get();
  };
  take(0, 0);  // they are built
  const std::uint64_t evicted = workers.evicted();
  const auto start = std::chrono::steady_clock::now();
  take(1, kTurns);
  constexpr std::size_t kMessages = kTokens * kTurns;
  const double rate = 1e3 * static_cast<double>(kMessages) / milliseconds_since(start);
  fmt::print("  {:<44}{:>12.0f} a second; {} of {} messages woke a process\n",
             "taking turns under a budget of memory", rate, workers.evicted() - evicted, kMessages);
  return {{"machine-turns-of-5000", rate / kTurnsTarget, 1, false}};
}

// A state of about this size, in a file.
class Sized {
 public:
  explicit Sized(std::size_t megabytes)
      : file_(::open((folder_.path() / "image").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    instance_ = expected(Instance::create(kName, duplicate()));
    const std::string source = fmt::format(
        "blocks = {{}} for i = 1, {} do blocks[i] = string.rep('x', 1000) .. i end "
        "function touch(n) for i = 1, 200 do blocks[i] = string.rep('y', 1000) .. i .. n end "
        "return #blocks end "
        "function answer() return #blocks end",
        megabytes * 1000);
    expect_returned(instance_->load({"sized", source}, kUnlimited));
    instance_->checkpoint("");
  }
  ~Sized() { ::close(file_); }

  double checkpoint_ms() {
    expect_returned(instance_->call("touch", std::int64_t{++round_}, kUnlimited));
    const auto start = std::chrono::steady_clock::now();
    instance_->checkpoint("");
    return milliseconds_since(start);
  }

  // Until the first answer.
  double wake_ms() {
    instance_->rest("");
    instance_.reset();
    const auto start = std::chrono::steady_clock::now();
    instance_ = std::move(expected(Instance::wake(kName, duplicate())).instance);
    expect_returned(instance_->call("answer", nullptr, kUnlimited));
    return milliseconds_since(start);
  }

 private:
  static inline const Bytes kName{32, 's'};
  int duplicate() const { return ::fcntl(file_, F_DUPFD_CLOEXEC, 0); }

  const test::Folder folder_;
  const int file_;
  std::unique_ptr<Instance> instance_;
  std::int64_t round_ = 0;
};

std::vector<Ratio> measure_sizes(std::size_t repetitions) {
  std::vector<double> checkpoints, wakes;
  fmt::print("  {:>12}{:>18}{:>18}\n", "MB", "checkpoint ms", "wake ms");
  for (const std::size_t megabytes : {1, 10, 100}) {
    Sized sized(megabytes);
    std::vector<double> checkpoint, wake;
    for (std::size_t i = 0; i < 4 * repetitions; ++i) {
      checkpoint.push_back(sized.checkpoint_ms());
      wake.push_back(sized.wake_ms());
    }
    checkpoints.push_back(median(checkpoint));
    wakes.push_back(median(wake));
    fmt::print("  {:>12}{:>18.3f}{:>18.3f}\n", megabytes, checkpoints.back(), wakes.back());
  }
  return {{"machine-checkpoint-100mb-over-1mb", checkpoints.back() / checkpoints.front(), {}},
          {"machine-wake-100mb-of-2ms", wakes.back() / kWakeTargetMs, 1}};
}

}  // namespace

std::vector<Ratio> measure_machine(const Options& options) {
  fmt::print("machine:\n");
  std::vector<Ratio> ratios;
  for (const char* script : {"fib", "loops", "tables"})
    ratios.push_back(measure_gas(script, options.repetitions));
  for (Ratio& ratio : measure_transfers(options.repetitions))
    ratios.push_back(std::move(ratio));
  for (Ratio& ratio : measure_turns())
    ratios.push_back(std::move(ratio));
  for (Ratio& ratio : measure_sizes(options.repetitions))
    ratios.push_back(std::move(ratio));
  return ratios;
}

}  // namespace ao::bench
