// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "recipes.hpp"

#include <fmt/format.h>

namespace ao::node {

Result<worker::Recipe> Recipes::find(const ProcessId& process, bool wakes) const {
  const auto first = log_.spawn(process);
  if (!first)
    return fail(ErrorKind::kNotFound, "process-unknown",
                fmt::format("process {} is not scheduled on this node", process.text()));
  if (wakes) return worker::Recipe{first->body(), std::nullopt, true};
  AO_TRY(module, modules_.find(message::Definition::of(first->body()).module));
  return worker::Recipe{first->body(), std::move(module), false};
}

std::optional<process::Checkpoint> Recipes::usable_checkpoint(const ProcessId& process) const {
  auto found = checkpoints_.find(process);
  const bool is_usable = found && found->build == worker::Workers::build() &&
                         found->next <= records_.evaluated(process);
  if (!is_usable) return std::nullopt;
  return found;
}

std::optional<Slot> Recipes::checkpoint(const ProcessId& process) const {
  const auto found = usable_checkpoint(process);
  if (!found) return std::nullopt;
  return found->next;
}

// A checkpoint that is replaced in the middle of it is read again: those are seconds apart.
Result<std::uint64_t> Recipes::restore(const ProcessId& process, Slot end,
                                       const worker::Workers& workers) const {
  for (auto found = usable_checkpoint(process); found && found->next <= end;) {
    worker::Changes image{found->next, found->head, true, {}};
    checkpoints_.read_pages(process, [&image](std::uint64_t page, BytesView bytes) {
      image.pages.emplace_back(page, bytes);
      return true;
    });
    auto still = usable_checkpoint(process);
    if (still && still->head == found->head) {
      AO_CHECK(workers.write_image(process, image));
      return image.pages.size() * process::Checkpoints::kPageBytes;
    }
    found = std::move(still);
  }
  return 0;
}

}  // namespace ao::node
