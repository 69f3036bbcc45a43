// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/origin.hpp"

#include <charconv>

namespace ao::message {
namespace {

template <class Number>
std::optional<Number> number(BytesView text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::optional<Origin> claimed_origin(const DataItem& item) {
  const auto process = ProcessId::from_text(item.tag("From-Process"));
  const auto slot = number<std::uint64_t>(item.tag("From-Slot"));
  const auto index = number<std::uint32_t>(item.tag("From-Index"));
  if (!process || !slot || !index) return std::nullopt;
  return Origin{*process, Slot{*slot}, *index};
}

}  // namespace ao::message
