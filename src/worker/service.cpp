// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/worker/service.hpp"

#include <time.h>
#include <unistd.h>

#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "ao/message/cbor.hpp"
#include "message_socket.hpp"
#include "protocol.hpp"
#include "shared_memory.hpp"

namespace ao::worker {

using execution::Evaluator;
using message::Assignment;
using message::List;
using message::Map;
using message::Value;

namespace {

// A batch ends when it took this much: others wait, and the node watches the time.
constexpr std::int64_t kBatchNanoseconds = 100'000'000;
constexpr std::size_t kAnswerBytes = 16 << 20;  // one outcome may be more

std::int64_t processor_time() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

Value number(std::uint64_t value) {
  return static_cast<std::int64_t>(value);
}

class Service {
 public:
  // Takes the file over.
  Value answer(const Value& request, int file) {
    file_ = file;
    Result<Value> answer;
    try {
      answer = dispatch(request);
    } catch (const std::runtime_error& error) {  // a savepoint that could not be written
      if (const auto process = protocol::read_process(request)) processes_.erase(*process);
      answer = fail(ErrorKind::kUnavailable, "state-not-saved", error.what());
    }
    if (file_ != kNoFile) ::close(file_);
    return answer ? std::move(*answer) : protocol::failure(answer.error());
  }

 private:
  Result<Value> dispatch(const Value& request) {
    const BytesView op = request.text("op");
    if (op == "open") return open(request);
    if (op == "wake") return wake(request);
    if (op == "run") return run(request);
    if (op == "dry-run") return dry_run(request);
    if (op == "rest") return rest(request);
    if (op == "checkpoint") return checkpoint(request);
    if (op == "copy") return copy(request);
    return protocol::malformed("op");
  }

  Result<Value> open(const Value& request) {
    AO_TRY(settings, protocol::read_settings(request));
    AO_TRY(spawn, protocol::read_item(request, "spawn"));
    std::optional<message::DataItem> module;
    if (request.find("module") != nullptr) {
      AO_TRY(item, protocol::read_item(request, "module"));
      module = std::move(item);
    }
    const auto definition = message::Definition::of(spawn);
    List rested = rest_rivals(definition.id, request.text("build"));
    AO_TRY(evaluator, Evaluator::create(settings, definition, module, take_file()));
    return hold(std::move(evaluator), std::move(rested));
  }

  Result<Value> wake(const Value& request) {
    AO_TRY(settings, protocol::read_settings(request));
    AO_TRY(spawn, protocol::read_item(request, "spawn"));
    const auto definition = message::Definition::of(spawn);
    const BytesView build = request.text("build");
    List rested = rest_rivals(definition.id, build);
    AO_TRY(evaluator, Evaluator::wake(settings, definition, take_file(), build));
    return hold(std::move(evaluator), std::move(rested));
  }

  Value hold(std::unique_ptr<Evaluator> evaluator, List rested) {
    Map answer{{"memory", number(evaluator->memory_bytes())},
               {"next", number(evaluator->next().number)},
               {"rested", std::move(rested)}};
    processes_[evaluator->definition().id] = std::move(evaluator);
    return answer;
  }

  int take_file() { return std::exchange(file_, kNoFile); }

  // Who has the address that a process needs. The process itself is only forgotten: it is here
  // still when the node lost sight of it.
  List rest_rivals(const ProcessId& process, BytesView build) {
    processes_.erase(process);
    List rested;
    for (auto it = processes_.begin(); it != processes_.end();) {
      if (!machine::Instance::share_an_address(it->first.bytes(), process.bytes())) {
        ++it;
        continue;
      }
      it->second->rest(build);
      rested.emplace_back(it->first.bytes());
      it = processes_.erase(it);
    }
    return rested;
  }

  Result<Value> run(const Value& request) {
    AO_TRY(evaluator, held(request));
    AO_TRY(batch, protocol::read_items(request));
    if (batch.empty() || batch.front().slot() != evaluator->next())
      return protocol::malformed("items");
    const std::int64_t deadline = processor_time() + kBatchNanoseconds;
    List outcomes;
    std::size_t bytes = 0;
    for (const Assignment& assignment : batch) {
      Bytes stored = message::to_cbor(evaluator->run(assignment).value());
      bytes += stored.size();
      outcomes.emplace_back(std::move(stored));
      if (bytes >= kAnswerBytes || processor_time() >= deadline) break;
    }
    return Value(
        Map{{"memory", number(evaluator->memory_bytes())}, {"outcomes", std::move(outcomes)}});
  }

  Result<Value> dry_run(const Value& request) {
    AO_TRY(evaluator, held(request));
    AO_TRY(trial, protocol::read_trial(request));
    AO_TRY(now, protocol::read_number(request, "now"));
    const auto outcome = evaluator->dry_run(trial, Timestamp{now});
    return Value(Map{{"outcome", message::to_cbor(outcome.value())}});
  }

  Result<Value> rest(const Value& request) {
    AO_TRY(evaluator, held(request));
    evaluator->rest(request.text("build"));
    const ProcessId process = evaluator->definition().id;
    processes_.erase(process);
    return Value(Map{});
  }

  Result<Value> checkpoint(const Value& request) {
    AO_TRY(evaluator, held(request));
    const auto made = evaluator->checkpoint(request.text("build"));
    List runs;
    for (const auto& run : made.runs) {
      runs.push_back(number(run.first_page));
      runs.push_back(number(run.pages));
    }
    return Value(Map{{"head", made.head},
                     {"is-first", made.is_first},
                     {"next", number(evaluator->next().number)},
                     {"runs", std::move(runs)}});
  }

  Result<Value> copy(const Value& request) {
    AO_TRY(evaluator, held(request));
    const auto made = evaluator->copied(request.text("build"));
    return Value(Map{{"bytes", number(made.bytes)},
                     {"head", made.head},
                     {"next", number(evaluator->next().number)}});
  }

  Result<Evaluator*> held(const Value& request) {
    AO_TRY(process, protocol::read_process(request));
    const auto found = processes_.find(process);
    if (found == processes_.end())
      return fail(ErrorKind::kBusy, "process-not-held", "this worker does not hold the process");
    return found->second.get();
  }

  std::unordered_map<ProcessId, std::unique_ptr<Evaluator>> processes_;
  int file_ = kNoFile;  // of the request that is being answered
};

}  // namespace

void serve(int socket, int memory) {
  auto shared = SharedMemory::attach(memory);
  if (!shared) return;
  Service service;
  while (const auto received = receive_size(socket)) {
    if (received->size > SharedMemory::kHalfBytes) return;
    const auto request = message::from_cbor(shared->request(received->size));
    if (!request) return;
    const Bytes said = message::to_cbor(service.answer(*request, received->file));
    if (said.size() > SharedMemory::kHalfBytes) return;
    shared->put_answer(said);
    if (!send_size(socket, said.size())) return;
  }
}

}  // namespace ao::worker
