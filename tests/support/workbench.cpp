// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "support/workbench.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace ao::test {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "aonode-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path source_folder() {
  return AO_SOURCE_DIR;
}

Bytes read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

message::DataItem sign(const message::Draft& draft, const crypto::Key& key) {
  auto item = message::DataItem::sign(draft, key);
  if (!item) throw std::runtime_error(item.error().text);
  return std::move(*item);
}

message::Draft spawn_draft(const std::string& module, const Address& scheduler) {
  message::Draft draft;
  draft.tags = {{"Data-Protocol", "ao"},       {"Variant", "ao.N.1"}, {"Type", "Process"},
                {"Scheduler", scheduler.text}, {"Module", module},    {"Name", "test"},
                {"Authority", scheduler.text}};
  return draft;
}

message::Draft message_draft(const ProcessId& target, const std::string& action,
                             const std::string& data) {
  message::Draft draft;
  draft.target = target.bytes();
  draft.tags = {
      {"Data-Protocol", "ao"}, {"Variant", "ao.N.1"}, {"Type", "Message"}, {"Action", action}};
  draft.data = data;
  return draft;
}

message::Draft module_draft(const std::string& source, const std::string& name) {
  message::Draft draft;
  draft.tags = {{"Data-Protocol", "ao"}, {"Type", "Module"}, {"Name", name}};
  draft.data = source;
  return draft;
}

}  // namespace ao::test
