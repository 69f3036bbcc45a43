// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "decimal.hpp"

#include <charconv>

namespace ao::settlement {

std::optional<std::uint64_t> decimal(BytesView text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc() && end == text.data() + text.size();
  const bool has_needless = text.size() > 1 && text.front() == '0';
  return is_whole && !has_needless ? std::optional(number) : std::nullopt;
}

std::optional<std::uint64_t> decimal_at(const message::Value& value, BytesView name) {
  const message::Value* found = value.find(name);
  if (found == nullptr) return std::nullopt;
  if (const auto* integer = found->integer())
    return *integer >= 0 ? std::optional(static_cast<std::uint64_t>(*integer)) : std::nullopt;
  return found->bytes() == nullptr ? std::nullopt : decimal(*found->bytes());
}

}  // namespace ao::settlement
