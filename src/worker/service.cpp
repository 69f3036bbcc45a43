// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/worker/service.hpp"

#include <sys/socket.h>
#include <time.h>

#include <cerrno>
#include <unordered_map>

#include "ao/message/cbor.hpp"
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
constexpr std::int64_t kBatchNanoseconds = 1'000'000'000;
constexpr std::size_t kAnswerBytes = 16 << 20;  // one outcome may be more

std::int64_t processor_time() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

class Service {
 public:
  Value answer(const Value& request) {
    auto answer = dispatch(request);
    return answer ? std::move(*answer) : protocol::failure(answer.error());
  }

 private:
  Result<Value> dispatch(const Value& request) {
    const BytesView op = request.text("op");
    if (op == "open") return open(request);
    if (op == "run") return run(request);
    if (op == "dry-run") return dry_run(request);
    if (op == "close") return close(request);
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
    processes_.erase(definition.id);
    List closed = close_rivals(definition.id);
    AO_TRY(evaluator, Evaluator::create(settings, definition, module));
    const Slot next = evaluator->next();
    processes_.emplace(definition.id, std::move(evaluator));
    return Value(
        Map{{"closed", std::move(closed)}, {"next", static_cast<std::int64_t>(next.number)}});
  }

  // Who has the address that a process needs.
  List close_rivals(const ProcessId& process) {
    List closed;
    for (auto it = processes_.begin(); it != processes_.end();) {
      if (machine::Instance::share_an_address(it->first.bytes(), process.bytes())) {
        closed.emplace_back(it->first.bytes());
        it = processes_.erase(it);
      } else {
        ++it;
      }
    }
    return closed;
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
    return Value(Map{{"outcomes", std::move(outcomes)}});
  }

  Result<Value> dry_run(const Value& request) {
    AO_TRY(evaluator, held(request));
    AO_TRY(item, protocol::read_item(request, "message"));
    AO_TRY(tags, protocol::read_tags(request));
    AO_TRY(now, protocol::read_number(request, "now"));
    const auto outcome = evaluator->dry_run(item, tags, Timestamp{now});
    return Value(Map{{"outcome", message::to_cbor(outcome.value())}});
  }

  Result<Value> close(const Value& request) {
    AO_TRY(process, protocol::read_process(request));
    processes_.erase(process);
    return Value(Map{});
  }

  Result<Evaluator*> held(const Value& request) {
    AO_TRY(process, protocol::read_process(request));
    const auto found = processes_.find(process);
    if (found == processes_.end())
      return fail(ErrorKind::kBusy, "process-not-held", "this worker does not hold the process");
    return found->second.get();
  }

  std::unordered_map<ProcessId, std::unique_ptr<Evaluator>> processes_;
};

// Sizes go over the socket, contents through the memory.
std::optional<std::size_t> receive(int socket) {
  std::uint64_t size = 0;
  ssize_t count = 0;
  do {
    count = recv(socket, &size, sizeof size, MSG_WAITALL);
  } while (count < 0 && errno == EINTR);
  if (count != sizeof size || size > SharedMemory::kHalfBytes) return std::nullopt;
  return size;
}

bool answer(int socket, std::uint64_t size) {
  return send(socket, &size, sizeof size, MSG_NOSIGNAL) == sizeof size;
}

}  // namespace

void serve(int socket, int memory) {
  auto shared = SharedMemory::attach(memory);
  if (!shared) return;
  Service service;
  while (const auto size = receive(socket)) {
    const auto request = message::from_cbor(shared->request(*size));
    if (!request) return;
    const Bytes said = message::to_cbor(service.answer(*request));
    if (said.size() > SharedMemory::kHalfBytes) return;
    shared->put_answer(said);
    if (!answer(socket, said.size())) return;
  }
}

}  // namespace ao::worker
