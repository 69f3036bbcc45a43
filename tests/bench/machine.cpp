// What the Lua machine costs: its gas beside Lua as it is published, the runtime beside a bare
// interpreter, waking and checkpoints beside the size of the state.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <stdexcept>

#include "ao/admission/admission.hpp"
#include "ao/execution/evaluator.hpp"
#include "ao/schedule/log.hpp"
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

const std::filesystem::path kScripts = std::filesystem::path(AO_SOURCE_DIR) / "tests/bench/machine";

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

// Transfers to one token, with their slots.
class Transfers {
 public:
  Transfers()
      : module_(test::sign(test::module_draft(test::read_file(kScripts / "token.lua"), "token.lua"),
                           *key_)) {
    append(test::spawn_draft(module_.id().text(), key_->address()));
    const ProcessId process = assignments_.front().process();
    for (std::size_t i = 0; i < kTransfers; ++i) {
      auto draft = test::message_draft(process, "Transfer");
      draft.tags.push_back({"Recipient", fmt::format("recipient-{}", i % 64)});
      draft.tags.push_back({"Quantity", "3"});
      draft.data = std::to_string(i);
      append(draft);
    }
  }

  double seconds() const {
    const auto definition = message::Definition::of(assignments_.front().body());
    const auto evaluator = expected(Evaluator::create({}, definition, module_));
    evaluator->run(assignments_.front());
    const double before = cpu_seconds();
    for (std::size_t i = 1; i < assignments_.size(); ++i)
      if (const auto outcome = evaluator->run(assignments_[i]); outcome.outgoing.size() != 2)
        throw std::runtime_error("a transfer failed: " + outcome.error);
    return cpu_seconds() - before;
  }

 private:
  void append(const message::Draft& draft) {
    const auto admitted = expected(admission_.admit(test::sign(draft, *key_).bytes()));
    const auto entry = schedule::Log::extend(head_, admitted, {}, Timestamp{1}, *key_);
    assignments_.push_back(
        schedule::Log::assignment_in(entry.process, entry.slot, entry.body).value());
  }

  std::unique_ptr<crypto::Key> key_ = crypto::Key::new_ed25519();
  admission::Admission admission_{{}, key_->address()};
  schedule::Head head_{};
  message::DataItem module_;
  std::vector<Assignment> assignments_;
};

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
  const Transfers transfers;
  std::vector<double> ratios, rates;
  for (std::size_t i = 0; i < repetitions; ++i) {
    const double ours = transfers.seconds();
    ratios.push_back(ours / bare_transfer_seconds(folder));
    rates.push_back(kTransfers / ours);
  }
  fmt::print("  {:<44}{:>12.0f} a second and core\n", "transfers through the runtime",
             median(rates));
  return {{"machine-transfer-over-bare", median(ratios), 8},
          {"machine-replay-of-100000", median(rates) / kTransfersTarget, 1, false}};
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
  for (Ratio& ratio : measure_sizes(options.repetitions))
    ratios.push_back(std::move(ratio));
  return ratios;
}

}  // namespace ao::bench
