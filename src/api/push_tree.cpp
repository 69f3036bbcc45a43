// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "push_tree.hpp"

#include <fmt/format.h>

#include <memory>
#include <unordered_map>

#include "answers.hpp"
#include "ao/http/live.hpp"
#include "awaiting.hpp"
#include "views.hpp"

namespace ao::api {
namespace {

using message::Map;
using message::Outcome;
using message::Value;
using Clock = std::chrono::steady_clock;
using Sent = Trace::Sent;

constexpr std::size_t kDepthMax = 32;
constexpr std::size_t kDepthOfSlot = 8;  // of whoever asks for a slot and says none
constexpr std::size_t kTwigsMax = 256;   // of one answer

// A slot, what came of it, and what it sent.
struct Twig {
  struct Branch {
    std::optional<Sent> sent;
    std::unique_ptr<Twig> twig;
  };

  ProcessId process;
  Slot slot;
  std::size_t depth = 0;  // 0 of the message that was pushed
  std::optional<Outcome> outcome{};
  bool is_pruned = false;
  std::vector<Branch> branches{};
};

// Grows while messages are evaluated and delivered. Of one request.
class Tree {
 public:
  Tree(const Backend& backend, const Submitted& submitted, const PushOrder& order,
       Bulletin::Waker waker)
      : backend_(backend),
        depth_(order.depth.value_or(0)),
        result_depth_(order.result_depth),
        waker_(std::move(waker)),
        root_{submitted.process, submitted.slot} {}

  // Whether nothing is left to wait for.
  bool grow() { return grow(root_); }

  Map view() const { return view(root_); }
  bool is_cut() const { return is_cut_; }

 private:
  // Followed first: what is posted between the look and the wait is not missed.
  bool grow(Twig& twig) {
    if (twig.is_pruned) return true;
    if (!twig.outcome) {
      follow(twig.process);
      twig.outcome = backend_.stored_outcome(twig.process, twig.slot);
      if (!twig.outcome) {
        twig.is_pruned = twig.slot < backend_.outcomes_kept_from(twig.process);
        return twig.is_pruned;
      }
      if (twig.depth < depth_) twig.branches.resize(twig.outcome->outgoing.size());
    }
    bool is_whole = true;
    for (std::size_t i = 0; i < twig.branches.size(); ++i)
      is_whole = grow(twig, i) && is_whole;
    return is_whole;
  }

  bool grow(Twig& parent, std::size_t index) {
    Twig::Branch& branch = parent.branches[index];
    if (!branch.sent) {
      branch.sent = backend_.settled(*parent.outcome, index);
      if (!branch.sent) return false;
      put_twig(parent, branch);
    }
    return branch.twig == nullptr || grow(*branch.twig);
  }

  void put_twig(const Twig& parent, Twig::Branch& branch) {
    const auto target = ProcessId::from_text(branch.sent->target);
    if (branch.sent->state != Sent::State::kScheduled || !branch.sent->slot || !target) return;
    if (twigs_ >= kTwigsMax) {
      is_cut_ = true;
      return;
    }
    ++twigs_;
    branch.twig = std::make_unique<Twig>(Twig{*target, *branch.sent->slot, parent.depth + 1});
  }

  void follow(const ProcessId& process) {
    auto& following = followed_[process];
    if (following == nullptr) following = backend_.bulletin().follow(process, waker_);
  }

  Map view(const Twig& twig) const {
    Map said;
    if (twig.outcome && twig.depth < result_depth_) said = *results_view(*twig.outcome).map();
    said.set("process", twig.process.text());
    said.set("slot", static_cast<std::int64_t>(twig.slot.number));
    if (twig.is_pruned) said.set("status", "pruned");
    if (!twig.outcome && !twig.is_pruned) said.set("status", "pending");
    for (std::size_t i = 0; i < twig.branches.size(); ++i)
      said.set(std::to_string(i + 1), view(twig, i));
    return said;
  }

  Map view(const Twig& twig, std::size_t index) const {
    const Twig::Branch& branch = twig.branches[index];
    const message::Outgoing& outgoing = twig.outcome->outgoing[index];
    Map said{{"target", outgoing.target}};
    if (!branch.sent) {
      said.set("status", "waiting");
      return said;
    }
    const Sent& sent = *branch.sent;
    said.set("target", sent.target);
    said.set("status", Bytes(state_name(sent.state)));
    if (sent.message) said.set("id", sent.message->text());
    if (sent.slot) said.set("slot", static_cast<std::int64_t>(sent.slot->number));
    if (!sent.url.empty()) said.set("node", sent.url);
    if (!sent.reason.empty()) {
      said.set("response", "error");
      said.set("reason", sent.reason);
    }
    if (branch.twig != nullptr) said.set("resulted-in", view(*branch.twig));
    return said;
  }

  const Backend& backend_;
  std::size_t depth_;
  std::size_t result_depth_;
  Bulletin::Waker waker_;
  Twig root_;
  std::size_t twigs_ = 1;
  bool is_cut_ = false;
  std::unordered_map<ProcessId, Bulletin::Following> followed_;
};

Task<http::Response> grown_answer(Backend& backend, Submitted submitted, PushOrder order,
                                  http::Caller& caller) {
  const auto until = Clock::now() + order.patience;
  Tree tree(backend, submitted, order, caller.waker());
  bool is_whole = tree.grow();
  bool is_wanted = true;
  while (!is_whole && is_wanted && Clock::now() < until) {
    is_wanted = co_await caller.wait(until);
    is_whole = tree.grow();
  }
  Map said = submitted_view(submitted);
  for (auto& [key, value] : tree.view())
    said.set(key, value);
  if (tree.is_cut()) said.set("cut-at", static_cast<std::int64_t>(kTwigsMax));
  co_return json_answer(said, is_whole ? 200 : 202);
}

const Bytes* asked_for(const http::Request& request, const Path& path, std::size_t step,
                       std::string_view name) {
  const Bytes* in_path = path.find(step, name);
  return in_path != nullptr ? in_path : request.headers.find(name);
}

Result<std::optional<std::size_t>> depth_in(const Bytes* text, std::string_view name) {
  if (text == nullptr) return std::optional<std::size_t>();
  const auto depth = number(*text);
  if (!depth)
    return fail(ErrorKind::kInvalid, "depth-malformed",
                fmt::format("{}: '{}' is no number", name, *text));
  if (*depth > kDepthMax)
    return fail(ErrorKind::kInvalid, "depth-range",
                fmt::format("{}: {} is more than {}", name, *depth, kDepthMax));
  return static_cast<std::size_t>(*depth);
}

}  // namespace

Result<PushOrder> push_order_of(const Backend& backend, const http::Request& request,
                                const Path& path, std::size_t step) {
  PushOrder order;
  AO_TRY(depth, depth_in(asked_for(request, path, step, "max-depth"), "max-depth"));
  AO_TRY(results, depth_in(asked_for(request, path, step, "result-depth"), "result-depth"));
  // Results reach as deep as is looked, and one message deep when only the depth is said.
  order.depth = depth ? depth : results;
  order.result_depth = results.value_or(1);
  AO_TRY(patience, patience_of(backend, path, step));
  order.patience = patience;
  const Bytes* mode = asked_for(request, path, step, "push-mode");
  order.is_async = mode != nullptr && *mode == "async";
  if (mode != nullptr && *mode != "async" && *mode != "sync")
    return fail(ErrorKind::kInvalid, "push-mode-unknown",
                fmt::format("push-mode: '{}' is neither sync nor async", *mode));
  return order;
}

http::Response tree_answer(Backend& backend, Submitted submitted, const PushOrder& order) {
  http::Response response;
  response.later = [&backend, submitted = std::move(submitted), order](http::Caller& caller) {
    return grown_answer(backend, submitted, order, caller);
  };
  return response;
}

Result<http::Response> slot_tree_answer(Backend& backend, const ProcessId& process, Slot slot,
                                        PushOrder order) {
  AO_TRY(count, backend.slot_count(process));
  const auto found = backend.schedule(process, slot, 1);
  if (slot.number >= count || found.empty())
    return fail(ErrorKind::kNotFound, "slot-unknown",
                fmt::format("process {} has {} slots, and none of number {}", process.text(), count,
                            slot.number));
  const message::Assignment& assignment = found.front();
  if (!order.depth) order.depth = kDepthOfSlot;
  return tree_answer(backend,
                     {process,
                      slot,
                      assignment.body().id(),
                      assignment.id(),
                      assignment.timestamp(),
                      std::nullopt,
                      {},
                      assignment.block_height()},
                     order);
}

http::Response async_answer(const Submitted& submitted) {
  return pending_answer(submitted, submitted_view);
}

}  // namespace ao::api
