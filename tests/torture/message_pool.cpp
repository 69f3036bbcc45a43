// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/message_pool.hpp"

#include <random>
#include <stdexcept>

#include "ao/admission/admission.hpp"
#include "support/workbench.hpp"

namespace ao::test {
namespace {

// Most are small; some fill pages of the log, a few its blocks of 32 KiB.
std::size_t some_size(std::mt19937_64& random) {
  const std::uint64_t die = random() % 100;
  if (die < 70) return random() % 400;
  if (die < 97) return random() % 6'000;
  return random() % 45'000;
}

Bytes some_bytes(std::size_t size, std::mt19937_64& random) {
  Bytes bytes;
  while (bytes.size() < size)
    put_u64be(bytes, random());
  bytes.resize(size);
  return bytes;
}

}  // namespace

MessagePool::MessagePool(std::size_t processes, std::size_t messages, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (std::size_t i = 0; i < processes; ++i) {
    add(spawn_draft("module " + std::to_string(i), node_key_->address()), *client_key_);
    processes_.push_back(messages_.back().process());
  }
  for (std::size_t i = 0; i < messages; ++i) {
    const ProcessId& process = processes_[random() % processes];
    auto draft = message_draft(process, "Test", some_bytes(some_size(random), random));
    draft.anchor = Bytes(24, '0');
    put_u64be(draft.anchor, i);
    const bool is_pushed = i % 10 == 0;
    if (is_pushed) {
      draft.tags.push_back({"From-Process", processes_[random() % processes].text()});
      draft.tags.push_back({"From-Slot", std::to_string(i)});
      draft.tags.push_back({"From-Index", "0"});
    }
    add(draft, is_pushed ? *node_key_ : *client_key_);
  }
}

void MessagePool::add(const message::Draft& draft, const crypto::Key& key) {
  const admission::Admission admission({}, node_key_->address());
  auto admitted = admission.admit(sign(draft, key).bytes());
  if (!admitted) throw std::runtime_error(admitted.error().text);
  indices_[admitted->id()] = messages_.size();
  messages_.push_back(std::move(*admitted));
}

std::optional<std::size_t> MessagePool::index_of(const MessageId& id) const {
  const auto found = indices_.find(id);
  if (found == indices_.end()) return std::nullopt;
  return found->second;
}

}  // namespace ao::test
