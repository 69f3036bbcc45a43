// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/paths.hpp"

#include <algorithm>

namespace ao::message {

bool is_id_key(BytesView key) {
  return key.size() == 32 || key.size() == 42 || key.size() == 43;
}

Bytes normal_key(BytesView key) {
  Bytes normal(key);
  if (is_id_key(key)) return normal;
  std::ranges::transform(normal, normal.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return normal;
}

bool is_private(BytesView key) {
  return key.size() >= 4 && same_key(key.substr(0, 4), "priv");
}

}  // namespace ao::message
