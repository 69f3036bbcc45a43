// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/worker/workers.hpp"

#include <algorithm>
#include <stdexcept>

#include "ao/base/assert.hpp"
#include "ao/crypto/digest.hpp"
#include "ao/message/cbor.hpp"
#include "image_folder.hpp"
#include "program.hpp"
#include "protocol.hpp"
#include "worker.hpp"

namespace ao::worker {

using message::Assignment;
using message::List;
using message::Outcome;
using message::Value;

namespace {

// What a worker says a slot became, as far as the node knows better.
Result<Evaluated> evaluated_in(const Value& stored, const Assignment& assignment) {
  if (stored.bytes() == nullptr) return protocol::malformed("outcomes");
  AO_TRY(value, message::from_cbor(*stored.bytes()));
  AO_TRY(outcome, Outcome::from(value));
  if (outcome.process != assignment.process() || outcome.slot != assignment.slot() ||
      outcome.message != assignment.body().id())
    return protocol::malformed("outcomes");
  return Evaluated{std::move(outcome), *stored.bytes()};
}

Result<std::vector<Evaluated>> read_outcomes(const Value& answer,
                                             const std::vector<Assignment>& batch) {
  const Value* outcomes = answer.find("outcomes");
  if (outcomes == nullptr || outcomes->list() == nullptr || outcomes->list()->empty() ||
      outcomes->list()->size() > batch.size())
    return protocol::malformed("outcomes");
  std::vector<Evaluated> evaluated;
  for (std::size_t i = 0; i < outcomes->list()->size(); ++i) {
    AO_TRY(one, evaluated_in((*outcomes->list())[i], batch[i]));
    evaluated.push_back(std::move(one));
  }
  return evaluated;
}

Result<Outcome> read_dry_run(const Value& answer) {
  const Value* stored = answer.find("outcome");
  if (stored == nullptr || stored->bytes() == nullptr) return protocol::malformed("outcome");
  AO_TRY(value, message::from_cbor(*stored->bytes()));
  return Outcome::from(value);
}

struct Opened {
  Slot next;
  std::uint64_t bytes;
  std::vector<ProcessId> rested;
};
Result<Opened> read_opened(const Value& answer) {
  AO_TRY(next, protocol::read_number(answer, "next"));
  AO_TRY(bytes, protocol::read_number(answer, "memory"));
  Opened opened{Slot{next}, bytes, {}};
  const Value* rested = answer.find("rested");
  if (rested == nullptr || rested->list() == nullptr) return protocol::malformed("rested");
  for (const Value& one : *rested->list()) {
    const auto process = ProcessId::from_bytes(one.bytes() != nullptr ? *one.bytes() : "");
    if (!process) return protocol::malformed("rested");
    opened.rested.push_back(*process);
  }
  return opened;
}

}  // namespace

Workers::Workers(const Settings& settings, boost::asio::any_io_executor strand)
    : settings_(settings),
      strand_(std::move(strand)),
      images_(std::make_unique<ImageFolder>(settings.images)) {
  AO_ASSERT(settings_.workers > 0);
  for (std::size_t i = 0; i < settings_.workers; ++i) {
    auto worker = start();
    if (!worker) throw std::runtime_error(worker.error().text);
    workers_.push_back(std::move(*worker));
  }
}

Workers::~Workers() = default;

BytesView Workers::build() {
  static const auto digest = crypto::sha256(program_image());
  return crypto::view(digest);
}

std::optional<Slot> Workers::next(const ProcessId& process) const {
  const auto seat = seats_.find(process);
  if (seat == seats_.end() || seat->second.worker->has_ended()) return std::nullopt;
  return seat->second.next;
}

Result<std::shared_ptr<Worker>> Workers::start() {
  return Worker::start(strand_, settings_.patience);
}

std::shared_ptr<Worker> Workers::least_busy() {
  for (auto& worker : workers_) {
    if (!worker->has_ended()) continue;
    auto another = start();
    if (!another) continue;
    worker = std::move(*another);
    ++deaths_;
  }
  const auto load = [](const std::shared_ptr<Worker>& worker) {
    return std::tuple(worker->has_ended(), worker->calls(), worker->seats);
  };
  return *std::ranges::min_element(workers_, {}, load);
}

Task<Result<Slot>> Workers::open(ProcessId process, Recipe recipe) {
  co_await make_room();
  auto worker = least_busy();
  const bool wakes = rests(process);
  if (recipe.wakes && !wakes) {  // its file had to make room meanwhile
    Error gone{ErrorKind::kBusy, "process-not-held", "the process rests no more"};
    co_return std::unexpected(std::move(gone));
  }
  auto request = protocol::open(recipe, settings_.execution, build());
  if (wakes) request = protocol::wake(recipe, settings_.execution, build());
  auto file = images_->create_or_open(process, !wakes);
  forget_image(process);  // in a worker's hands it is none
  if (!file) co_return std::unexpected(file.error());
  auto answer = co_await ask(worker, std::move(request), std::move(*file));
  if (!answer) co_return std::unexpected(answer.error());
  auto opened = read_opened(*answer);
  if (!opened) {
    bury(worker);
    co_return std::unexpected(protocol::lied(opened.error()));
  }
  for (const ProcessId& rested : opened->rested)
    lay_down(rested);
  seat(process, worker, opened->next, opened->bytes);
  co_return opened->next;
}

Task<Result<std::vector<Evaluated>>> Workers::run(ProcessId process,
                                                  std::vector<Assignment> batch) {
  auto request = protocol::run(process, batch);
  auto answer = co_await ask(process, std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  auto evaluated = read_outcomes(*answer, batch);
  const auto seat = seats_.find(process);
  if (!evaluated) {
    if (seat != seats_.end()) bury(seat->second.worker);
    co_return std::unexpected(protocol::lied(evaluated.error()));
  }
  const auto bytes = protocol::read_number(*answer, "memory");
  if (seat != seats_.end() && bytes) {
    seat->second.next = evaluated->back().outcome.slot.next();
    seats_bytes_ += *bytes - seat->second.bytes;
    seat->second.bytes = *bytes;
  }
  co_return evaluated;
}

Task<Result<Outcome>> Workers::dry_run(ProcessId process, message::Trial trial, Timestamp now) {
  auto request = protocol::dry_run(process, trial, now);
  auto answer = co_await ask(process, std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  auto outcome = read_dry_run(*answer);
  const auto seat = seats_.find(process);
  if (outcome || seat == seats_.end()) co_return outcome;
  bury(seat->second.worker);
  co_return std::unexpected(protocol::lied(outcome.error()));
}

void Workers::drop(const ProcessId& process) {
  forget(process);
  forget_image(process);
}

Task<> Workers::make_room() {
  while (!order_.empty() &&
         (seats_.size() >= settings_.processes_max || seats_bytes_ >= settings_.memory_bytes)) {
    const ProcessId oldest = order_.back();
    co_await rest(oldest);
  }
}

Task<> Workers::rest(ProcessId process) {
  auto request = protocol::rest(process, build());
  auto rested = co_await ask(process, std::move(request));
  if (rested) lay_down(process);
}

Task<Result<Value>> Workers::ask(ProcessId process, Value request) {
  const auto seat = seats_.find(process);
  if (seat == seats_.end()) {
    Error closed{ErrorKind::kBusy, "process-not-held", "no worker holds the process"};
    co_return std::unexpected(std::move(closed));
  }
  order_.splice(order_.begin(), order_, seat->second.place);
  auto worker = seat->second.worker;
  auto answer = co_await ask(worker, std::move(request), std::nullopt);
  const bool is_gone = !answer && (answer.error().code == "process-not-held" ||
                                   answer.error().code == "state-not-saved");
  if (is_gone) leave(process, worker);
  co_return answer;
}

Task<Result<Value>> Workers::ask(std::shared_ptr<Worker> worker, Value request,
                                 std::optional<ImageFile> file) {
  auto said = co_await worker->call(std::move(request), std::move(file));
  if (!said && said.error().code == "cbor-malformed")
    said = std::unexpected(protocol::lied(said.error()));
  auto answer = said ? protocol::read_answer(std::move(*said)) : std::move(said);
  const bool is_spoilt =
      !answer && (answer.error().code == "worker-died" || answer.error().code == "worker-protocol");
  if (is_spoilt) bury(worker);
  co_return answer;
}

void Workers::forget(const ProcessId& process) {
  const auto seat = seats_.find(process);
  if (seat == seats_.end()) return;
  seats_bytes_ -= seat->second.bytes;
  --seat->second.worker->seats;
  order_.erase(seat->second.place);
  seats_.erase(seat);
}

// Unless it has a seat elsewhere by now.
void Workers::leave(const ProcessId& process, const std::shared_ptr<Worker>& worker) {
  const auto seat = seats_.find(process);
  if (seat != seats_.end() && seat->second.worker == worker) forget(process);
}

void Workers::seat(const ProcessId& process, std::shared_ptr<Worker> worker, Slot next,
                   std::uint64_t bytes) {
  forget(process);
  order_.push_front(process);
  seats_bytes_ += bytes;
  ++worker->seats;
  seats_.emplace(process, Seat{std::move(worker), next, bytes, order_.begin()});
}

// Another takes its place when the next process is opened.
void Workers::bury(const std::shared_ptr<Worker>& worker) {
  worker->kill();
  std::vector<ProcessId> held;
  for (const auto& [process, seat] : seats_)
    if (seat.worker == worker) held.push_back(process);
  for (const ProcessId& process : held)
    forget(process);
}

}  // namespace ao::worker
