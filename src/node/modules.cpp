// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "modules.hpp"

namespace ao::node {

Result<std::optional<message::DataItem>> Modules::find(const std::string& module) const {
  if (module.empty() || builtin_.contains(module)) return std::optional<message::DataItem>();
  if (const auto id = MessageId::from_text(module)) {
    if (auto item = records_.item(*id)) return item;
    if (const auto scheduled = log_.find(*id)) return scheduled->body();
  }
  return fail(ErrorKind::kInvalid, "module-unknown",
              "module '" + module + "' is not on this node: upload it with POST /tx first");
}

}  // namespace ao::node
