// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/api/bulletin.hpp"

#include <fmt/format.h>

#include <random>

#include "ao/base/assert.hpp"

namespace ao::api {
namespace {

// Not secret: it only has to be another one after each start.
std::string new_start() {
  std::random_device entropy;
  return fmt::format("{:08x}{:08x}", entropy(), entropy());
}

}  // namespace

Bulletin::Bulletin(std::size_t kept_max) : kept_max_(kept_max), start_(new_start()) {
  AO_ASSERT(kept_max > 0);
}

void Bulletin::post(const std::vector<Notice>& notices) {
  if (notices.empty()) return;
  const auto wakers = state_.with([&](State& state) {
    for (const Notice& notice : notices) {
      AO_ASSERT(notice.process == notices.front().process);
      if (state.ring.size() < kept_max_) {
        state.ring.push_back(notice);
      } else {
        state.ring[state.end % kept_max_] = notice;
      }
      ++state.end;
    }
    return wakers_for(state, notices.front().process);
  });
  for (const auto& wake : wakers)
    (*wake)();
}

void Bulletin::delivered(const ProcessId& sender) {
  const auto wakers = state_.with([&](const State& state) { return wakers_for(state, sender); });
  for (const auto& wake : wakers)
    (*wake)();
}

std::vector<std::shared_ptr<const Bulletin::Waker>> Bulletin::wakers_for(const State& state,
                                                                         const ProcessId& process) {
  std::vector<std::shared_ptr<const Waker>> wakers;
  for (const auto& [key, waker] : state.of_all)
    wakers.push_back(waker);
  if (const auto found = state.of_process.find(process); found != state.of_process.end())
    for (const auto& [key, waker] : found->second)
      wakers.push_back(waker);
  return wakers;
}

Bulletin::Following Bulletin::follow(std::optional<ProcessId> process, Waker waker) {
  auto kept = std::make_shared<const Waker>(std::move(waker));
  const Key key = state_.with([&](State& state) {
    auto& place = process ? state.of_process[*process] : state.of_all;
    place.emplace(state.next_key, std::move(kept));
    return state.next_key++;
  });
  return Following(nullptr, [this, process, key](void*) { leave(process, key); });
}

void Bulletin::leave(const std::optional<ProcessId>& process, Key key) {
  state_.with([&](State& state) {
    if (!process) {
      state.of_all.erase(key);
      return;
    }
    const auto found = state.of_process.find(*process);
    found->second.erase(key);
    if (found->second.empty()) state.of_process.erase(found);
  });
}

Bulletin::Range Bulletin::kept_in(const State& state, std::size_t kept_max) {
  return {state.end - std::min<std::uint64_t>(state.end, kept_max), state.end};
}

Bulletin::Range Bulletin::kept() const {
  return state_.with([this](const State& state) { return kept_in(state, kept_max_); });
}

std::optional<Notice> Bulletin::at(std::uint64_t number) const {
  return state_.with([&](const State& state) {
    const Range kept = kept_in(state, kept_max_);
    const bool is_kept = number >= kept.first && number < kept.end;
    return is_kept ? std::optional(state.ring[number % kept_max_]) : std::nullopt;
  });
}

std::size_t Bulletin::followers() const {
  return state_.with([](const State& state) {
    std::size_t count = state.of_all.size();
    for (const auto& [process, wakers] : state.of_process)
      count += wakers.size();
    return count;
  });
}

}  // namespace ao::api
