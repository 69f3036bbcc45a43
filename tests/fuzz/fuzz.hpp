// What the fuzzers share. Each file beside this one is a program (scripts/fuzz): a function that
// libFuzzer calls with one input after another, and that stops the program, by AO_ASSERT, when a
// property of the decoder does not hold.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

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

// A refusal has one of the codes that the header promises, and says in words what was wrong. The
// value is what LLVMFuzzerTestOneInput returns: keep the input if it reached something new.
inline int refused(const Error& error, std::initializer_list<std::string_view> codes) {
  AO_ASSERT(std::ranges::find(codes, error.code) != codes.end());
  AO_ASSERT(!error.text.empty() && is_utf8(error.text));
  return 0;
}

}  // namespace ao::fuzz
