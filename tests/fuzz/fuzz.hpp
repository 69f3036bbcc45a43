// What the fuzzers share. Each file beside this one is a program (scripts/fuzz): a function that
// libFuzzer calls with one input after another, and that stops the program, by AO_ASSERT, when a
// property of its decoder does not hold.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

#include "ao/base/assert.hpp"
#include "ao/base/bytes.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace ao::fuzz {

inline BytesView view(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline bool lies_inside(BytesView part, BytesView whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// A refusal has a code of this family, and says in words what was wrong. Returns what
// LLVMFuzzerTestOneInput does, so that a refused input is kept if it reached something new.
template <class Refusal>  // Error, or what http answers with
int refused(const Refusal& refusal, std::string_view family) {
  AO_ASSERT(refusal.code.starts_with(family));
  AO_ASSERT(!refusal.text.empty() && is_utf8(refusal.text));
  return 0;
}

}  // namespace ao::fuzz
