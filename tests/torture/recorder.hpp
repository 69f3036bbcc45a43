// What clients know, kept outside the node: what they sent and what was promised to them.
//
// Any thread. Written to a file as well, so that a failure can be studied afterwards.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "ao/crypto/digest.hpp"
#include "ao/message/data_item.hpp"

namespace ao::test {

// SHA-256 over what anyone can read of a scheduled message.
struct Content {
  std::string owner;   // an address
  std::string target;  // base64url, like the anchor
  std::string anchor;
  message::Tags tags;
  Bytes data;

  static Content of(const message::DataItem& item);
  crypto::Digest256 digest() const;
};

struct Sent {
  ProcessId process;
  crypto::Digest256 content;
  crypto::Digest256 bytes;
  std::optional<Slot> slot;  // when acknowledged
};

class Recorder {
 public:
  explicit Recorder(const std::filesystem::path& file);

  // Before the first attempt.
  void sending(const message::DataItem& item, const ProcessId& process);

  // An answer 2xx. Complains when another slot was promised before.
  void acknowledged(const MessageId& id, Slot slot);

  // A rule that a client saw broken.
  void complain(const std::string& what);

  // A promise that nobody made, to show that the audit notices.
  void invent_acknowledgement(const ProcessId& process);

  // When the clients have stopped.
  const std::unordered_map<MessageId, Sent>& sent() const { return sent_; }
  const std::vector<std::string>& complaints() const { return complaints_; }

  std::size_t acknowledged_count() const;

 private:
  mutable std::mutex mutex_;
  std::ofstream file_;
  std::unordered_map<MessageId, Sent> sent_;
  std::vector<std::string> complaints_;
  std::size_t acknowledged_ = 0;
};

}  // namespace ao::test
