// One instance for a test, and short ways to ask it things.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "ao/machine/instance.hpp"

namespace ao::machine {

constexpr Limits kAmple{.gas = 50'000'000, .memory_bytes = 64 << 20, .output_bytes = 4 << 20};

inline std::unique_ptr<Instance> open_instance(const std::string& name = std::string(32, 'n')) {
  auto instance = Instance::create(name);
  EXPECT_TRUE(instance.has_value());
  return instance ? std::move(*instance) : nullptr;
}

// Runs `body` as the body of a function of `x`.
inline Evaluation ask(Instance& instance, const std::string& body,
                      const message::Value& argument = nullptr, const Limits& limits = kAmple) {
  const Evaluation loaded = instance.load({"test", "function asked(x) " + body + "\nend"}, kAmple);
  if (loaded.ending != Ending::kReturned) return loaded;
  return instance.call("asked", argument, limits);
}

inline std::string text_of(const message::Value& value) {
  return value.bytes() != nullptr ? *value.bytes() : "(no text)";
}

}  // namespace ao::machine
