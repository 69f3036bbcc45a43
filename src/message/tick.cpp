// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/tick.hpp"

#include <algorithm>
#include <charconv>

namespace ao::message {

std::optional<Tick> claimed_tick(const DataItem& item) {
  if (item.tag("Cron") != "true") return std::nullopt;
  const auto task = TaskId::from_text(item.tag("Cron-Task"));
  const BytesView text = item.tag("Cron-Time");
  std::uint64_t due = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), due);
  if (!task || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Tick{*task, Timestamp{due}};
}

bool is_tick_tag(BytesView name) {
  return std::ranges::any_of(kTickTags, [&](BytesView one) { return same_key(name, one); });
}

bool asks_for_tasks(const DataItem& spawn) {
  return std::ranges::any_of(spawn.tags(), [](const Tag& tag) {
    return same_key(tag.name, "Cron-Interval") || same_key(tag.name, "Cron-Expression");
  });
}

}  // namespace ao::message
