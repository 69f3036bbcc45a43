// The node: builds every part, owns it, and joins them with the arrows of the pipeline.
//
// Owned by `app` and by whole-node tests. `start` and `stop` are called from one thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ao/base/clock.hpp"
#include "ao/crypto/key.hpp"
#include "ao/node/settings.hpp"

namespace ao::node {

class Node {
 public:
  // Throws std::runtime_error with one clear line: the store, or the address to listen on.
  static std::unique_ptr<Node> start(const Settings& settings, std::unique_ptr<crypto::Key> key,
                                     const Clock& clock);

  // Stops as `stop` does.
  virtual ~Node() = default;

  // Answers what was begun, settles what was accepted, closes the store. Once.
  virtual void stop() = 0;

  // Reads certificate and key again; when they are no pair the old ones stay. Logs which.
  virtual void reload_certificate() = 0;

  virtual std::uint16_t port() const = 0;      // 0 when it does not listen there
  virtual std::uint16_t tls_port() const = 0;  // the same
  virtual const Address& address() const = 0;
};

}  // namespace ao::node
