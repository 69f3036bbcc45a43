// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_schema.hpp"

namespace ao::node {

std::vector<Option> name_options() {
  return {
      {"names", "local",
       name_list([](Settings& s) -> std::vector<std::string>& { return s.names.local; }),
       "Names that ~local-name@1.0 and ~name@1.0 know, each NAME=VALUE, beside those that are\n"
       "registered: most often ids, of processes above all."},
      {"names", "process_folder",
       path([](Settings& s) -> std::filesystem::path& { return s.names.process_folder; }, true),
       "A folder of Lua programs: NAME.lua is what the process /NAME~node-process@1.0 runs, which\n"
       "this node spawns when it is asked for the first time. Empty: there are none."},
  };
}

}  // namespace ao::node
