// Signed and admitted messages for a few processes, made beforehand: signing is not what the
// storage programmes spend their time on.
//
// Sizes come from the seed, keys are new. Read from any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unordered_map>
#include <vector>

#include "ao/crypto/key.hpp"
#include "ao/message/admitted.hpp"

namespace ao::test {

class MessagePool {
 public:
  // The first `processes` messages are the spawns. One in ten of the others was pushed for an
  // outbox entry.
  MessagePool(std::size_t processes, std::size_t messages, std::uint64_t seed);

  std::size_t size() const { return messages_.size(); }
  const message::Admitted& operator[](std::size_t index) const { return messages_[index]; }
  const std::vector<ProcessId>& processes() const { return processes_; }
  std::optional<std::size_t> index_of(const MessageId& id) const;
  const crypto::Key& node_key() const { return *node_key_; }

 private:
  void add(const message::Draft& draft, const crypto::Key& key);

  std::unique_ptr<crypto::Key> node_key_ = crypto::Key::new_ed25519();
  std::unique_ptr<crypto::Key> client_key_ = crypto::Key::new_ed25519();
  std::vector<ProcessId> processes_;
  std::vector<message::Admitted> messages_;
  std::unordered_map<MessageId, std::size_t> indices_;
};

}  // namespace ao::test
