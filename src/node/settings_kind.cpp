// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_kind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <span>

#include "ao/payment/ledger.hpp"

namespace ao::node {
namespace {

using Form = Given::Form;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};
constexpr std::array kSizeUnits{Unit{"GiB", 1 << 30}, Unit{"MiB", 1 << 20}, Unit{"KiB", 1 << 10},
                                Unit{"B", 1}};
constexpr std::array kDurationUnits{Unit{"h", 3'600'000}, Unit{"m", 60'000}, Unit{"s", 1'000},
                                    Unit{"ms", 1}};

std::string as_written(const Given& given) {
  return given.form == Form::kUntyped || given.form == Form::kString ? toml_string(given.text)
                                                                     : given.text;
}

bool is_text(const Given& given) {
  return given.form == Form::kUntyped || given.form == Form::kString;
}

std::string_view leading_digits(std::string_view text) {
  return text.substr(0, std::min(text.find_first_not_of("0123456789"), text.size()));
}

std::optional<std::uint64_t> number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value);
  if (error != std::errc() || end != digits.end() || digits.empty()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> number_with_unit(std::string_view text, std::span<const Unit> units) {
  const std::string_view digits = leading_digits(text);
  const auto count = number(digits);
  if (!count) return std::nullopt;
  for (const Unit& unit : units)
    if (text.substr(digits.size()) == unit.name) {
      if (*count > std::numeric_limits<std::uint64_t>::max() / unit.factor) return std::nullopt;
      return *count * unit.factor;
    }
  return std::nullopt;
}

std::string text_with_unit(std::uint64_t value, std::span<const Unit> units) {
  for (const Unit& unit : units)
    if (value >= unit.factor && value % unit.factor == 0)
      return fmt::format("{}{}", value / unit.factor, unit.name);
  return fmt::format("0{}", units.back().name);
}

// What the writer of "64MX" may have meant.
std::string with_likely_unit(std::string_view text, std::string_view unit, std::string fallback) {
  const std::string_view digits = leading_digits(text);
  return digits.empty() ? std::move(fallback) : fmt::format("{}{}", digits, unit);
}

using Show = std::string (*)(std::uint64_t);

std::string plain(std::uint64_t value) {
  return std::to_string(value);
}

Complaint outside(std::uint64_t value, Range range, Show show, const Given& given) {
  if (value < range.least)
    return fmt::format("{} is less than the least, {}", as_written(given), show(range.least));
  if (value > range.most)
    return fmt::format("{} is more than the most, {}", as_written(given), show(range.most));
  return std::nullopt;
}

std::string name_with_range(std::string_view name, Range range, Show show) {
  return fmt::format("{}, {} to {}", name, show(range.least), show(range.most));
}

Settings& unlocked(const Settings& settings) {  // fields are named by mutable accessors only
  return const_cast<Settings&>(settings);
}

std::string likely_unit(std::string_view text) {
  return text.find_first_of("kK") != text.npos   ? "KiB"
         : text.find_first_of("gG") != text.npos ? "GiB"
                                                 : "MiB";
}

// Milliseconds, or why not.
std::expected<std::uint64_t, std::string> read_duration(const Given& given, Range range) {
  const auto value = is_text(given) ? number_with_unit(given.text, kDurationUnits) : std::nullopt;
  if (!value)
    return std::unexpected(
        fmt::format("{} is not a duration (try \"{}\")", as_written(given),
                    with_likely_unit(given.text, "s", duration_text(range.most))));
  if (auto complaint = outside(*value, range, duration_text, given))
    return std::unexpected(*complaint);
  return *value;
}

template <class Duration>
Kind duration_of(Field<Duration> field, Range range) {
  const auto set = [=](Settings& settings, const Given& given) -> Complaint {
    const auto milliseconds = read_duration(given, range);
    if (!milliseconds) return milliseconds.error();
    const std::chrono::milliseconds exact(*milliseconds);
    const auto whole = std::chrono::duration_cast<Duration>(exact);
    if (whole != exact) return fmt::format("{} is not whole seconds", as_written(given));
    field(settings) = whole;
    return std::nullopt;
  };
  const auto show = [=](const Settings& settings) {
    const std::chrono::milliseconds value = field(unlocked(settings));
    return toml_string(duration_text(static_cast<std::uint64_t>(value.count())));
  };
  return {name_with_range("duration", range, duration_text), set, show};
}

bool is_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return false;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  const auto port = number(digits);
  if (!port || *port > 65'535) return false;
  const bool is_ipv6 = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (is_ipv6) host = host.substr(1, host.size() - 2);
  const std::string_view allowed =
      is_ipv6 ? "0123456789abcdefABCDEF:."
              : "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
  return !host.empty() && host.find_first_not_of(allowed) == host.npos;
}

template <class Enum>
Kind choice(Field<Enum> field, std::vector<std::pair<std::string, Enum>> names) {
  std::string all;
  for (const auto& [name, value] : names)
    all += (all.empty() ? "" : ", ") + name;
  const auto set = [=](Settings& settings, const Given& given) -> Complaint {
    for (const auto& [name, value] : names)
      if (is_text(given) && name == given.text) {
        field(settings) = value;
        return std::nullopt;
      }
    return fmt::format("{} is none of {}", as_written(given), all);
  };
  const auto show = [=](const Settings& settings) {
    const auto is_held = [&](const auto& each) { return each.second == field(unlocked(settings)); };
    return toml_string(std::ranges::find_if(names, is_held)->first);
  };
  return {"one of " + all, set, show};
}

}  // namespace

std::string size_text(std::uint64_t bytes) {
  return text_with_unit(bytes, kSizeUnits);
}

std::string duration_text(std::uint64_t milliseconds) {
  return text_with_unit(milliseconds, kDurationUnits);
}

std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out.push_back('\\');
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04X}", byte);
    } else {
      out.push_back(c);
    }
  }
  return out + '"';
}

Kind integer(Field<std::size_t> field, Range range) {
  const auto set = [=](Settings& settings, const Given& given) -> Complaint {
    const bool is_form = given.form == Form::kUntyped || given.form == Form::kInteger;
    const auto value = is_form ? number(given.text) : std::nullopt;
    if (!value)
      return fmt::format("{} is not a whole number (try {})", as_written(given),
                         with_likely_unit(given.text, "", plain(range.most)));
    if (auto complaint = outside(*value, range, plain, given)) return complaint;
    field(settings) = *value;
    return std::nullopt;
  };
  const auto show = [=](const Settings& settings) { return plain(field(unlocked(settings))); };
  return {name_with_range("number", range, plain), set, show};
}

Kind size(Field<std::size_t> field, Range range) {
  const auto set = [=](Settings& settings, const Given& given) -> Complaint {
    const auto value = is_text(given) ? number_with_unit(given.text, kSizeUnits) : std::nullopt;
    if (!value)
      return fmt::format(
          "{} is not a size (try \"{}\")", as_written(given),
          with_likely_unit(given.text, likely_unit(given.text), size_text(range.most)));
    if (auto complaint = outside(*value, range, size_text, given)) return complaint;
    field(settings) = *value;
    return std::nullopt;
  };
  const auto show = [=](const Settings& settings) {
    return toml_string(size_text(field(unlocked(settings))));
  };
  return {name_with_range("size", range, size_text), set, show};
}

Kind duration(Field<std::chrono::milliseconds> field, Range range) {
  return duration_of(field, range);
}
Kind duration(Field<std::chrono::seconds> field, Range range) {
  return duration_of(field, range);
}

Kind address(Field<std::string> field) {
  const auto set = [=](Settings& settings, const Given& given) -> Complaint {
    if (!is_text(given) || (!given.text.empty() && !is_address(given.text)))
      return fmt::format("{} is not HOST:PORT with a port from 0 to 65535 (try \"127.0.0.1:8734\")",
                         as_written(given));
    field(settings) = given.text;
    return std::nullopt;
  };
  const auto show = [=](const Settings& settings) {
    return toml_string(field(unlocked(settings)));
  };
  return {"address, HOST:PORT, or empty", set, show};
}

Kind file_mode(Field<std::size_t> field) {
  const auto set = [=](Settings& settings, const Given& given) -> Complaint {
    const bool is_form = is_text(given) && given.text.size() == 4 && given.text[0] == '0' &&
                         given.text.find_first_not_of("01234567") == given.text.npos;
    if (!is_form) return fmt::format("{} is not a file mode (try \"0660\")", as_written(given));
    field(settings) = std::stoul(given.text, nullptr, 8);
    return std::nullopt;
  };
  const auto show = [=](const Settings& settings) {
    return toml_string(fmt::format("{:04o}", field(unlocked(settings))));
  };
  return {"file mode, four octal digits", set, show};
}

namespace {

bool is_url(std::string_view text) {
  const bool is_web = text.starts_with("http://") || text.starts_with("https://");
  const bool is_plain = std::ranges::all_of(text, [](char c) { return c > ' ' && c < 127; });
  return is_web && is_plain && !text.ends_with('/');
}

}  // namespace

Kind url(Field<std::string> field) {
  const auto set = [=](Settings& settings, const Given& given) -> Complaint {
    if (!is_text(given) || (!given.text.empty() && !is_url(given.text)))
      return fmt::format("{} is no http:// or https:// URL without a slash at its end",
                         as_written(given));
    field(settings) = given.text;
    return std::nullopt;
  };
  const auto show = [=](const Settings& settings) {
    return toml_string(field(unlocked(settings)));
  };
  return {"URL", set, show};
}

Kind path(Field<std::filesystem::path> field, bool may_be_empty) {
  const auto set = [=](Settings& settings, const Given& given) -> Complaint {
    if (!is_text(given) || (given.text.empty() && !may_be_empty) ||
        given.text.find('\0') != given.text.npos)
      return fmt::format("{} is not a path", as_written(given));
    field(settings) = given.text;
    return std::nullopt;
  };
  const auto show = [=](const Settings& settings) {
    return toml_string(field(unlocked(settings)).string());
  };
  return {"path", set, show};
}

Kind text(Field<std::string> field) {
  const auto set = [=](Settings& settings, const Given& given) -> Complaint {
    const bool is_plain =
        std::ranges::all_of(given.text, [](char c) { return c > ' ' && c < 127; });
    if (!is_text(given) || !is_plain)
      return fmt::format("{} is no text without blanks", as_written(given));
    field(settings) = given.text;
    return std::nullopt;
  };
  const auto show = [=](const Settings& settings) {
    return toml_string(field(unlocked(settings)));
  };
  return {"text", set, show};
}

Kind list(Field<std::vector<std::string>> field) {
  const auto set = [=](Settings& settings, const Given& given) -> Complaint {
    std::vector<std::string> items = given.items;
    if (given.form == Form::kUntyped) {
      for (std::size_t at = 0; at < given.text.size();) {
        const std::size_t comma = std::min(given.text.find(',', at), given.text.size());
        items.push_back(given.text.substr(at, comma - at));
        at = comma + 1;
      }
    } else if (given.form != Form::kStrings) {
      return fmt::format("{} is not a list of strings (try [{}])", as_written(given),
                         toml_string(given.form == Form::kString ? given.text : "aos"));
    }
    for (const std::string& item : items)
      if (item.empty()) return "the list holds an empty string";
    field(settings) = std::move(items);
    return std::nullopt;
  };
  const auto show = [=](const Settings& settings) {
    std::string text;
    for (const std::string& item : field(unlocked(settings)))
      text += (text.empty() ? "" : ", ") + toml_string(item);
    return '[' + text + ']';
  };
  return {"list of strings", set, show};
}

Kind url_list(Field<std::vector<std::string>> field) {
  Kind kind = list(field);
  kind.name = "list of URLs";
  kind.set = [set = kind.set, field](Settings& settings, const Given& given) -> Complaint {
    if (auto complaint = set(settings, given)) return complaint;
    for (const std::string& item : field(settings))
      if (!is_url(item))
        return fmt::format("'{}' is no http:// or https:// URL without a slash at its end", item);
    return std::nullopt;
  };
  return kind;
}

Kind id_list(Field<std::vector<std::string>> field) {
  Kind kind = list(field);
  kind.name = "list of process ids";
  kind.set = [set = kind.set, field](Settings& settings, const Given& given) -> Complaint {
    if (auto complaint = set(settings, given)) return complaint;
    for (const std::string& item : field(settings))
      if (!ProcessId::from_text(item)) return fmt::format("'{}' is no id of a process", item);
    return std::nullopt;
  };
  return kind;
}

Kind account_list(Field<std::vector<std::string>> field) {
  Kind kind = list(field);
  kind.name = "list of addresses";
  kind.set = [set = kind.set, field](Settings& settings, const Given& given) -> Complaint {
    if (auto complaint = set(settings, given)) return complaint;
    for (const std::string& item : field(settings))
      if (!payment::is_account(item)) return fmt::format("'{}' is no address", item);
    return std::nullopt;
  };
  return kind;
}

Kind name_list(Field<std::vector<std::string>> field) {
  Kind kind = list(field);
  kind.name = "list of NAME=VALUE";
  kind.set = [set = kind.set, field](Settings& settings, const Given& given) -> Complaint {
    if (auto complaint = set(settings, given)) return complaint;
    for (const std::string& item : field(settings)) {
      const std::size_t equals = item.find('=');
      if (equals == item.npos || equals + 1 == item.size() || !is_name(item.substr(0, equals)))
        return fmt::format("'{}' is not NAME=VALUE, with a name of letters, digits and -_.", item);
    }
    return std::nullopt;
  };
  return kind;
}

Kind proxy_field(Field<http::ProxyField> field) {
  return choice<http::ProxyField>(field, {{"x-forwarded-for", http::ProxyField::kXForwardedFor},
                                          {"forwarded", http::ProxyField::kForwarded}});
}

Kind level(Field<log::Level> field) {
  return choice<log::Level>(field, {{"trace", log::Level::kTrace},
                                    {"debug", log::Level::kDebug},
                                    {"info", log::Level::kInfo},
                                    {"warn", log::Level::kWarn},
                                    {"error", log::Level::kError},
                                    {"off", log::Level::kOff}});
}

Kind format(Field<log::Format> field) {
  return choice<log::Format>(field, {{"text", log::Format::kText}, {"json", log::Format::kJson}});
}

}  // namespace ao::node
