// The table of all options: what each is called, may hold and is for.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "settings_kind.hpp"

namespace ao::node {

inline constexpr std::uint64_t kKiB = 1 << 10;
inline constexpr std::uint64_t kMiB = 1 << 20;
inline constexpr std::uint64_t kGiB = 1 << 30;
inline constexpr std::uint64_t kSecond = 1'000;
inline constexpr std::uint64_t kHour = 3'600 * kSecond;

struct Option {
  std::string_view section;
  std::string_view key;
  Kind kind;
  std::string_view reason;
};

struct Section {
  std::string_view name;
  std::string_view about;
};

std::vector<Option> http_options();        // src/node/settings_http.cpp, for its size
std::vector<Option> event_options();       // src/node/settings_events.cpp
std::vector<Option> name_options();        // src/node/settings_names.cpp
std::vector<Option> cache_options();       // src/node/settings_cache.cpp
std::vector<Option> gateway_options();     // src/node/settings_gateway.cpp
std::vector<Option> relay_options();       // src/node/settings_relay.cpp
std::vector<Option> payment_options();     // src/node/settings_payment.cpp
std::vector<Option> settlement_options();  // src/node/settings_settlement.cpp

// [[routes]], as a comment at the end of the file; src/node/settings_relay.cpp.
std::string_view routes_example();

std::span<const Section> sections();
const std::vector<Option>& schema();

// What an option of earlier versions is called now; empty for what never was one.
std::string_view renamed(std::string_view section, std::string_view key);

std::string environment_name(const Option& option);  // AONODE_HTTP_LISTEN
std::string flag_name(const Option& option);         // http.listen

// The candidate that a person who typed `name` most likely meant.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates);

}  // namespace ao::node
