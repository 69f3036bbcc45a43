// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace ao::cron {
namespace {

constexpr std::size_t kNameMax = 64;
constexpr const char* kZoneData = "/usr/share/zoneinfo";

// Nothing that leads out of the folder.
bool is_name(std::string_view name) {
  constexpr std::string_view kPunctuation = "_+-/";
  const auto is_good = [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           kPunctuation.find(c) != std::string_view::npos;
  };
  return !name.empty() && name.size() <= kNameMax && name.front() != '/' &&
         std::ranges::all_of(name, is_good);
}

}  // namespace

// The library remembers every name that it was ever asked for, so it is asked for good ones only.
Result<cctz::time_zone> zone_named(const std::string& name) {
  if (name == "UTC") return cctz::utc_time_zone();
  std::error_code ignored;
  cctz::time_zone zone;
  if (is_name(name) &&
      std::filesystem::is_regular_file(std::filesystem::path(kZoneData) / name, ignored) &&
      cctz::load_time_zone(name, &zone))
    return zone;
  return fail(ErrorKind::kInvalid, "cron-zone",
              fmt::format("'{}' is no time zone here: name one as Europe/Berlin, or UTC",
                          name.substr(0, kNameMax)));
}

}  // namespace ao::cron
