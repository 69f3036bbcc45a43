// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "following.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/use_future.hpp>
#include <span>
#include <stdexcept>

#include "ao/base/log.hpp"
#include "ao/codec/enclosed.hpp"
#include "ao/crypto/digest.hpp"
#include "ao/message/bundle.hpp"
#include "ao/message/json.hpp"

namespace ao::node {

using message::Assignment;

namespace {

constexpr std::size_t kOutcomesAtOnce = 1'000;
constexpr std::size_t kCheckedAtOnce = 64;               // slots, by a thread of the verify pool
constexpr std::chrono::milliseconds kIdlePause{50};      // should the other node answer at once
constexpr std::chrono::milliseconds kComparePause{250};  // while nothing new was evaluated

// Each message with the assignment behind it. Errors: kConflict for what is none.
Result<std::vector<Assignment>> page_in(BytesView body) {
  AO_TRY(items, message::read_bundle(body, {2'000, 1}));
  std::vector<Assignment> page;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    auto made = Assignment::recognise(std::move(items[i + 1].item), std::move(items[i].item));
    if (!made) return fail(ErrorKind::kConflict, made.error().code, made.error().text);
    page.push_back(std::move(*made));
  }
  return page;
}

// Errors: kConflict for what its scheduler cannot have signed, or should not have.
Result<> check_slots(std::span<const Assignment> slots, const ProcessId& process,
                     const Address& scheduler) {
  for (const Assignment& slot : slots) {
    const auto named = [&](std::string_view text) {
      return fmt::format("slot {}, as it was given, {}", slot.slot().number, text);
    };
    if (slot.process() != process)
      return fail(ErrorKind::kConflict, "slot-forged", named("is of another process"));
    if (slot.item().signer() != scheduler)
      return fail(ErrorKind::kConflict, "slot-forged",
                  named("is signed by " + slot.item().signer().text));
    for (const auto& signature : {slot.item().verify(), codec::verify_item(slot.body())})
      if (!signature)
        return fail(ErrorKind::kConflict, "slot-forged",
                    named("does not hold: " + signature.error().text));
  }
  return {};
}

}  // namespace

Following::Following(std::vector<ProcessId> processes, const Address& self, store::Store& store,
                     schedule::Schedule& schedule, process::Follows& follows, Accept& accept,
                     const Modules& modules, Homes& homes, Peering& peering, async::Pool& verify,
                     async::Pool& cpu, Announce announce)
    : processes_(std::move(processes)),
      store_(store),
      schedule_(schedule),
      follows_(follows),
      records_(store),
      accept_(accept),
      modules_(modules),
      homes_(homes),
      peering_(peering),
      verify_(verify),
      announce_(std::move(announce)),
      strand_(boost::asio::make_strand(cpu.executor())) {
  if (!processes_.empty() && peering_.is_alone())
    throw std::runtime_error("[peers] follow: names processes, but peers.urls names no node");
  for (const ProcessId& process : processes_) {
    const auto count = schedule_.log().count(process);
    const auto last = count ? schedule_.log().read(process, Slot{*count - 1}) : std::nullopt;
    if (last && last->item().signer() == self)
      throw std::runtime_error(fmt::format(
          "[peers] follow: process {} is scheduled by this node itself", process.text()));
  }
}

void Following::resume() {
  for (const ProcessId& process : processes_) {
    states_.with([&](States& all) { all[process]; });
    group_.spawn(strand_, take_over(process));
    group_.spawn(strand_, compare(process));
  }
}

void Following::stop() {
  auto halt = [this] {
    stopping_ = true;
    rests_.announce_all();
  };
  boost::asio::post(strand_, boost::asio::use_future(halt)).wait();
  group_.join();
}

std::vector<api::FollowState> Following::states() const {
  std::vector<api::FollowState> states;
  for (const ProcessId& process : processes_) {
    const State state = states_.with([&](const States& all) {
      const auto found = all.find(process);
      return found == all.end() ? State() : found->second;
    });
    states.push_back({process, state.scheduler, schedule_.log().count(process).value_or(0),
                      records_.evaluated(process).number, follows_.compared(process).number,
                      std::string(state.ended.code), state.ended.text});
  }
  return states;
}

// The next page is fetched while one is verified and taken over.
Task<> Following::take_over(ProcessId process) {
  delivery::Backoff backoff;
  Page next;
  while (!has_ended(process)) {
    Result<bool> advanced = false;
    try {
      advanced = co_await advance(process, next);
    } catch (const store::Unreadable& error) {
      advanced = fail(ErrorKind::kUnavailable, "store-failed", error.what());
    }
    if (!advanced) next.reset();
    co_await pause_after(process, advanced, backoff, kIdlePause);
  }
}

// What was evaluated here is compared with what its scheduler's node says.
Task<> Following::compare(ProcessId process) {
  delivery::Backoff backoff;
  while (!has_ended(process)) {
    Result<bool> compared = false;
    try {
      compared = co_await compare_next(process);
    } catch (const store::Unreadable& error) {
      compared = fail(ErrorKind::kUnavailable, "store-failed", error.what());
    }
    co_await pause_after(process, compared, backoff, kComparePause);
  }
}

bool Following::has_ended(const ProcessId& process) const {
  return stopping_ ||
         states_.with([&](const States& all) { return !all.at(process).ended.text.empty(); });
}

// `done`: whether it did anything, or why it could not.
Task<> Following::pause_after(ProcessId process, Result<bool> done, delivery::Backoff& backoff,
                              std::chrono::milliseconds idle) {
  std::chrono::milliseconds pause{0};
  if (done) {
    backoff.succeeded();
    if (!*done) pause = idle;
  } else if (done.error().kind == ErrorKind::kConflict) {
    co_return end(process, done.error());
  } else {
    pause = backoff.failed(random_());
    log::debug("a followed process waits",
               {{"process", process.text()}, {"reason", done.error().text}});
  }
  if (!stopping_) co_await rests_.wait(process, std::chrono::steady_clock::now() + pause);
}

void Following::end(const ProcessId& process, const Error& reason) {
  if (has_ended(process)) return;
  log::error("a process is followed no more",
             {{"process", process.text()}, {"code", reason.code}, {"reason", reason.text}});
  states_.with([&](States& all) { all[process].ended = reason; });
  rests_.announce(process);
}

// True when there were new slots. Errors: kConflict for what ends the following, others for what
// may pass.
Task<Result<bool>> Following::advance(ProcessId process, Page& next) {
  const Slot none;
  if (!follows_.contains(process)) {
    AO_CO_CHECK(co_await follows_.note(store_, process, none));
  }
  AO_CO_TRY(scheduler, co_await homes_.find(process));
  const auto url = peering_.url_of(scheduler);
  Error error{ErrorKind::kUnavailable, "peers-silent",
              fmt::format("it is not known where {} answers", scheduler.text)};
  if (!url) co_return std::unexpected(std::move(error));
  states_.with([&](States& all) { all[process].scheduler = *url; });
  const std::uint64_t known = schedule_.log().count(process).value_or(0);
  if (!next) fetch_behind(process, known, *url, next);
  auto fetched = co_await next->get();
  next.reset();
  AO_CO_TRY(body, std::move(fetched));
  auto read = [&body] { return page_in(body); };
  AO_CO_TRY(page, co_await async::run_on(verify_.executor(), read));
  error = {ErrorKind::kConflict, "schedule-shortened",
           fmt::format("{} has no slot {} any more, which it gave before", *url,
                       known - (known > 0 ? 1 : 0))};
  if (page.empty() && known > 0) co_return std::unexpected(std::move(error));
  const std::uint64_t fresh = page.size() - (known > 0 ? 1 : 0);
  if (fresh > 0) fetch_behind(process, known + fresh, *url, next);
  AO_CO_CHECK(co_await verify(page, process, scheduler));
  if (known == 0 && !page.empty()) {
    auto definition = message::Definition::of(page.front().body());
    AO_CO_CHECK(co_await fetch_module(std::move(definition), *url));
  }
  const auto placements = co_await schedule_.adopt(std::move(page));
  bool is_new = false;
  for (const auto& placement : placements) {
    if (!placement) {
      error = placement.error();
      const bool is_wrong = error.code == "chain-broken" || error.code == "slot-taken";
      error.kind = is_wrong ? ErrorKind::kConflict : ErrorKind::kUnavailable;
      co_return std::unexpected(std::move(error));
    }
    if (placement->is_new) announce_(*placement);
    is_new = is_new || placement->is_new;
  }
  co_return is_new;
}

void Following::fetch_behind(const ProcessId& process, std::uint64_t known, const std::string& url,
                             Page& page) {
  std::string target =
      fmt::format("/~peer@1.0/schedule?process={}&known={}", process.text(), known);
  page.emplace(group_, strand_, ask(url, std::move(target)));
}

// On all threads of the verify pool.
Task<Result<>> Following::verify(const std::vector<Assignment>& page, ProcessId process,
                                 Address scheduler) {
  std::vector<async::Ahead<Result<>>> parts;
  const std::span<const Assignment> all(page);
  for (std::size_t from = 0; from < page.size(); from += kCheckedAtOnce) {
    auto work = [slots = all.subspan(from, std::min(kCheckedAtOnce, page.size() - from)), &process,
                 &scheduler] { return check_slots(slots, process, scheduler); };
    parts.emplace_back(group_, strand_, async::run_on(verify_.executor(), std::move(work)));
  }
  Result<> verified;
  for (auto& part : parts) {  // each is waited for: it reads the page
    auto checked = co_await part.get();
    if (verified && !checked) verified = std::move(checked);
  }
  co_return verified;
}

// What the process runs, unless it is here. Errors: kUnavailable "module-unknown" while its
// scheduler does not give it.
Task<Result<>> Following::fetch_module(message::Definition definition, std::string url) {
  if (modules_.find(definition.module)) co_return Result<>();
  AO_CO_TRY(answer, co_await peering_.fetch_item(url, definition.module));
  const auto admitted = co_await accept_.admit(std::move(answer.body));
  Error error{ErrorKind::kUnavailable, "module-unknown",
              fmt::format("{} gave something else for module {}", url, definition.module)};
  if (!admitted || admitted->id().text() != definition.module ||
      admitted->kind() != message::Admitted::Kind::kData)
    co_return std::unexpected(std::move(error));
  store::Batch batch;
  process::Records::write(admitted->item(), batch);
  auto kept = co_await store_.commit(std::move(batch));
  co_return kept;
}

// Where the outcomes of an answer begin: at a later slot than `asked` when those before it are kept
// no more.
Slot Following::first_of(const message::Value& answer, Slot asked) {
  const message::Value* from = answer.find("from");
  if (from == nullptr || from->integer() == nullptr) return asked;
  return std::max(asked, Slot{static_cast<std::uint64_t>(*from->integer())});
}

// The outcomes that are new here with those of the scheduler's node. True when there were any.
Task<Result<bool>> Following::compare_next(ProcessId process) {
  const std::string url =
      states_.with([&](const States& all) { return all.at(process).scheduler; });
  const Slot compared = follows_.compared(process);
  const Slot evaluated = records_.evaluated(process);
  if (url.empty() || evaluated <= compared) co_return false;
  const std::uint64_t count =
      std::min<std::uint64_t>(kOutcomesAtOnce, evaluated.number - compared.number);
  std::string target = fmt::format("/~peer@1.0/outcomes?process={}&from={}&count={}",
                                   process.text(), compared.number, count);
  AO_CO_TRY(body, co_await ask(url, std::move(target)));
  const auto said = message::from_json(body);
  const message::Value* digests = said ? said->find("outcomes") : nullptr;
  Error error{ErrorKind::kUnavailable, "peer-refused", url + " gave no list of outcomes"};
  if (digests == nullptr || digests->list() == nullptr) co_return std::unexpected(std::move(error));
  if (const Slot first = first_of(*said, compared); first > compared) {
    log::warn("outcomes of a followed process cannot be compared: its scheduler keeps them no more",
              {{"process", process.text()},
               {"from", compared.number},
               {"end", std::min(first, evaluated).number}});
    AO_CO_CHECK(co_await follows_.note(store_, process, std::min(first, evaluated)));
    co_return true;
  }
  Slot slot = compared;
  for (const message::Value& digest : *digests->list()) {
    const auto outcome = records_.outcome_bytes(process, slot);
    if (slot.number >= compared.number + count || !outcome) break;
    const Bytes ours = base64url(crypto::view(crypto::sha256(*outcome)));
    const Bytes theirs = digest.bytes() == nullptr ? Bytes() : *digest.bytes();
    error = {ErrorKind::kConflict, "outcome-differs",
             fmt::format("slot {} of process {} gave outcome {} here and {} at {}", slot.number,
                         process.text(), ours, theirs, url)};
    if (ours != theirs) co_return std::unexpected(std::move(error));
    slot = slot.next();
  }
  if (slot == compared) co_return false;
  AO_CO_CHECK(co_await follows_.note(store_, process, slot));
  co_return true;
}

// Errors: those of the peers; kUnavailable "peer-refused" for another status than 200.
Task<Result<Bytes>> Following::ask(std::string url, std::string target) {
  http::Request request;
  request.target = std::move(target);
  const std::string what = url + request.target;
  auto answer = co_await peering_.fetch_slots(std::move(url), std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  Error error{ErrorKind::kUnavailable, "peer-refused",
              fmt::format("{} answered {}", what, answer->status)};
  if (answer->status != 200) co_return std::unexpected(std::move(error));
  co_return std::move(answer->body);
}

}  // namespace ao::node
