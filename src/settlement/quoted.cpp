// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "quoted.hpp"

namespace ao::settlement {
namespace {

constexpr std::size_t kShownBytes = 160;

}  // namespace

std::string quoted(BytesView body) {
  std::string text(body.substr(0, kShownBytes));
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = ' ';
  return text;
}

}  // namespace ao::settlement
