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

std::optional<Origin> origin_in(const DataItem& item, std::string_view process,
                                std::string_view slot, std::string_view index) {
  const auto from = ProcessId::from_text(item.tag(process));
  const auto at = number<std::uint64_t>(item.tag(slot));
  const auto which = number<std::uint32_t>(item.tag(index));
  if (!from || !at || !which) return std::nullopt;
  return Origin{*from, Slot{*at}, *which};
}

std::optional<Origin> claimed_origin(const DataItem& item) {
  return origin_in(item, "From-Process", "From-Slot", "From-Index");
}

}  // namespace ao::message
