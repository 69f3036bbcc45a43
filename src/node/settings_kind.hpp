// Kinds of values an option can hold: how each is read from text, refused and shown.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ao/node/settings.hpp"

namespace ao::node {

// A value as somebody wrote it. Flags and the environment have no types, TOML has.
struct Given {
  enum class Form { kUntyped, kString, kInteger, kStrings, kOther };

  Form form = Form::kUntyped;
  std::string text;                // as written; a string without its quotes
  std::vector<std::string> items;  // of kStrings
};

using Complaint = std::optional<std::string>;

struct Kind {
  std::string name;  // "size, 1MiB to 1GiB"
  std::function<Complaint(Settings&, const Given&)> set;
  std::function<std::string(const Settings&)> show;  // as TOML
};

template <class T>
using Field = T& (*)(Settings&);

struct Range {
  std::uint64_t least;
  std::uint64_t most;
};

Kind integer(Field<std::size_t> field, Range range);
Kind size(Field<std::size_t> field, Range bytes);
Kind duration(Field<std::chrono::milliseconds> field, Range milliseconds);
Kind duration(Field<std::chrono::seconds> field, Range milliseconds);  // whole seconds
Kind address(Field<std::string> field);                                // or empty
Kind file_mode(Field<std::size_t> field);
Kind url(Field<std::string> field);  // or empty
Kind url_list(Field<std::vector<std::string>> field);
Kind id_list(Field<std::vector<std::string>> field);
Kind account_list(Field<std::vector<std::string>> field);  // of addresses
Kind name_list(Field<std::vector<std::string>> field);     // of NAME=VALUE
Kind path(Field<std::filesystem::path> field, bool may_be_empty = false);
Kind text(Field<std::string> field);  // or empty
Kind list(Field<std::vector<std::string>> field);
Kind proxy_field(Field<http::ProxyField> field);
Kind level(Field<log::Level> field);
Kind format(Field<log::Format> field);

std::string size_text(std::uint64_t bytes);             // "64MiB"
std::string duration_text(std::uint64_t milliseconds);  // "30s"
std::string toml_string(std::string_view text);         // a TOML string

}  // namespace ao::node
