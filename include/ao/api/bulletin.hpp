// What became durable, told to whoever follows it.
//
// The stages post here after their commits; streams look into the store for the rest, so a notice
// is a number and a place, never a text. The last `kept_max` notices stay, each under the next
// number of this start of the node. Owned by `node`, and outlives whoever posts or follows; any
// thread. Wakers are called on the thread that posts, and must not block.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "ao/async/guarded.hpp"
#include "ao/base/ids.hpp"

namespace ao::api {

struct Notice {
  enum class What : std::uint8_t { kScheduled, kEvaluated };

  What what;
  ProcessId process;
  Slot slot;

  bool operator==(const Notice&) const = default;
};

class Bulletin {
 public:
  using Waker = std::function<void()>;
  using Following = std::shared_ptr<void>;  // for as long as it lives

  explicit Bulletin(std::size_t kept_max);

  void post(const std::vector<Notice>& notices);  // all of one process
  void delivered(const ProcessId& sender);        // some of its outbox entries are settled

  // `waker` is called after every post about that process, or about any. It may still be called
  // once while the following ends.
  [[nodiscard]] Following follow(std::optional<ProcessId> process, Waker waker);

  // Names this start of the node: a number of another start means another notice.
  const std::string& start() const { return start_; }

  // Kept are the numbers from `first` on, and up to without `end`.
  struct Range {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
  };
  Range kept() const;

  std::optional<Notice> at(std::uint64_t number) const;  // nullopt when it is not kept

  std::size_t followers() const;

 private:
  using Key = std::uint64_t;

  struct State {
    std::vector<Notice> ring;  // number n at n % kept_max
    std::uint64_t end = 0;
    Key next_key = 0;
    std::unordered_map<Key, std::shared_ptr<const Waker>> of_all;
    std::unordered_map<ProcessId, std::unordered_map<Key, std::shared_ptr<const Waker>>> of_process;
  };

  static std::vector<std::shared_ptr<const Waker>> wakers_for(const State& state,
                                                              const ProcessId& process);
  static Range kept_in(const State& state, std::size_t kept_max);
  void leave(const std::optional<ProcessId>& process, Key key);

  std::size_t kept_max_;
  std::string start_;
  async::Guarded<State> state_;
};

}  // namespace ao::api
