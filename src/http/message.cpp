// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/message.hpp"

#include "syntax.hpp"

namespace ao::http {

void Headers::add(std::string_view name, std::string_view value) {
  fields_.push_back(Field{std::string(name), std::string(value)});
}

void Headers::set(std::string_view name, std::string_view value) {
  std::erase_if(fields_,
                [name](const Field& field) { return equal_without_case(field.name, name); });
  add(name, value);
}

const std::string* Headers::find(std::string_view name) const {
  for (const Field& field : fields_)
    if (equal_without_case(field.name, name)) return &field.value;
  return nullptr;
}

}  // namespace ao::http
