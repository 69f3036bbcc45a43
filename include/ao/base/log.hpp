// Structured logs: one event name and key-value pairs a line, as text, logfmt-like, or JSON.
//
//   log::info("process spawned", {{"process", id.text()}, {"slot", 0}});
//
// Any thread. Values from the outside are escaped; payloads are never logged above debug. Stages do
// not log what they return: the shell around them (node, app) does.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

namespace ao::log {

enum class Level { kTrace, kDebug, kInfo, kWarn, kError, kOff };
enum class Format { kText, kJson };

struct Field {
  std::string_view key;
  std::string value;
  bool is_number = false;

  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  Field(std::string_view k, const std::string& v) : key(k), value(v) {}
  template <std::integral Number>
  Field(std::string_view k, Number v) : key(k), value(std::to_string(v)), is_number(true) {}
};

using Fields = std::initializer_list<Field>;

// Once, before the first event and before threads start. Logs go to standard error.
void start(Level level, Format format);

bool enabled(Level level);
void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) {
  if (enabled(Level::kDebug)) write(Level::kDebug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::kInfo, event, fields);
}
inline void warn(std::string_view event, Fields fields = {}) {
  write(Level::kWarn, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::kError, event, fields);
}

}  // namespace ao::log
