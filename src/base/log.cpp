// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/base/log.hpp"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace ao::log {
namespace {

Format format_in_use = Format::kText;

spdlog::level::level_enum spdlog_level(Level level) {
  switch (level) {
    case Level::kTrace:
      return spdlog::level::trace;
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarn:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

// A JSON string. Bytes outside printable ASCII are escaped one by one, so that a log line is one
// line and shows what was really there.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out.push_back(c);
    }
  }
  return out + '"';
}

bool is_plain(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text)
    if (c <= ' ' || c >= 0x7f || c == '"' || c == '=' || c == '\\') return false;
  return true;
}

}  // namespace

void start(Level level, Format format) {
  format_in_use = format;
  auto logger = spdlog::stderr_color_mt("aonode");
  spdlog::set_default_logger(logger);
  spdlog::set_level(spdlog_level(level));
  spdlog::flush_on(spdlog::level::warn);
  spdlog::set_pattern(format == Format::kText
                          ? "%Y-%m-%dT%H:%M:%S.%e%z %^%-5l%$ %v"
                          : R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})");
}

bool enabled(Level level) {
  return spdlog::should_log(spdlog_level(level));
}

void write(Level level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  std::string line;
  if (format_in_use == Format::kJson) {
    line = "\"event\":" + quoted(event);
    for (const Field& field : fields)
      line += fmt::format(",{}:{}", quoted(field.key),
                          field.is_number ? field.value : quoted(field.value));
  } else {
    line = event;
    for (const Field& field : fields)
      line += fmt::format(" {}={}", field.key,
                          is_plain(field.value) ? field.value : quoted(field.value));
  }
  spdlog::log(spdlog_level(level), "{}", line);
}

}  // namespace ao::log
