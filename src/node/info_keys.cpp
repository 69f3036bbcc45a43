// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "info_keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "ao/message/cbor.hpp"
#include "ao/message/paths.hpp"
#include "ao/payment/ledger.hpp"
#include "settings_schema.hpp"

namespace ao::node {

using message::Atom;
using message::List;
using message::Map;
using message::Value;

namespace {

constexpr std::size_t kKeyBytesMax = 128;
constexpr std::size_t kMessageBytesMax = 64 << 10;
constexpr std::size_t kHistoryValueBytesMax = 256;
constexpr std::uint64_t kPriceMax = 1'000'000'000'000;
constexpr std::size_t kAllowMax = 1'000;

// What the node says of itself, and what has a meaning in every message.
constexpr std::array<std::string_view, 17> kReserved = {
    "address", "ao-types", "block-height", "body",         "commitments", "content-type",
    "data",    "device",   "identities",   "node-history", "operator",    "path",
    "method",  "software", "status",       "target",       "version"};

// What the reference calls some of our settings.
struct OtherName {
  std::string_view name;
  std::string_view setting;
};
constexpr std::array<OtherName, 14> kOtherNames = {{
    {"port", "[http] listen"},
    {"host", "[node] url"},
    {"store", "[node] data_dir"},
    {"cache_writers", "[cache] writers"},
    {"local_names", "[names] local"},
    {"node_processes", "[names] process_folder"},
    {"on", "[[hooks]]"},
    {"hooks", "[[hooks]]"},
    {"routes", "[[routes]]"},
    {"gateway", "[gateway] urls"},
    {"p4_pricing_device", "[payment] pricing"},
    {"p4_ledger_device", "[payment] ledger"},
    {"p4_non_chargable_routes", "[payment] free_routes"},
    {"bundler_ans104", "[settlement] bundler_urls"},
}};

// `payment.price`, `payment-price` and `payment/price` are the same words.
std::string words_of(BytesView key) {
  std::string words(key);
  std::ranges::replace_if(
      words, [](char c) { return c == '-' || c == '.' || c == '/'; }, '_');
  return words;
}

// The setting of the file that the key may mean.
std::optional<std::string> setting_named(BytesView key) {
  const std::string words = words_of(key);
  for (const OtherName& other : kOtherNames)
    if (words == other.name) return std::string(other.setting);
  for (const Section& section : sections())
    if (words == section.name) return fmt::format("[{}]", section.name);
  for (const Option& option : schema())
    if (words == option.key || words == fmt::format("{}_{}", option.section, option.key))
      return fmt::format("[{}] {}", option.section, option.key);
  return std::nullopt;
}

Result<> check_key(BytesView key) {
  if (message::is_private(key))
    return fail(ErrorKind::kInvalid, "info-key",
                "keys that begin with priv are for files that only the node reads");
  if (key.empty() || key.size() > kKeyBytesMax)
    return fail(ErrorKind::kInvalid, "info-key",
                fmt::format("a key has 1 to {} bytes, '{}' has {}", kKeyBytesMax,
                            key.substr(0, kKeyBytesMax), key.size()));
  std::string words = words_of(key);
  std::ranges::replace(words, '_', '-');
  if (std::ranges::find(kReserved, words) != kReserved.end())
    return fail(ErrorKind::kInvalid, "info-key",
                fmt::format("{} is said by the node itself, and by no order", key));
  const auto setting = setting_named(key);
  if (!setting) return {};
  return fail(
      ErrorKind::kDenied, "settings-fixed",
      fmt::format("{} would be the setting {}, which no request changes: change the settings file "
                  "(aonode --config FILE) and start the node again. While it runs {} and {} "
                  "are changed",
                  key, *setting, kPriceKey, kAllowKey));
}

std::unexpected<Error> bad_value(BytesView key, std::string_view wanted) {
  return fail(ErrorKind::kInvalid, "info-value", fmt::format("{}: {}", key, wanted));
}

Result<Value> price_in(const Value& value) {
  std::uint64_t price = kPriceMax + 1;
  if (const auto* integer = value.integer(); integer != nullptr && *integer >= 0)
    price = static_cast<std::uint64_t>(*integer);
  if (const Bytes* text = value.bytes()) {
    const char* end = text->data() + text->size();
    const auto [stop, error] = std::from_chars(text->data(), end, price);
    if (error != std::errc() || stop != end) price = kPriceMax + 1;
  }
  if (price > kPriceMax) return bad_value(kPriceKey, "a whole number from 0 to 1000000000000");
  return Value(static_cast<std::int64_t>(price));
}

// A list, or a text with commas.
List texts_in(const Value& value) {
  if (value.list() != nullptr) return *value.list();
  List texts;
  BytesView rest = value.bytes() != nullptr ? BytesView(*value.bytes()) : BytesView();
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(','), rest.size());
    BytesView one = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    while (one.starts_with(' '))
      one.remove_prefix(1);
    while (one.ends_with(' '))
      one.remove_suffix(1);
    texts.emplace_back(one);
  }
  return texts;
}

Result<Value> addresses_in(const Value& value) {
  if (value.list() == nullptr && value.bytes() == nullptr)
    return bad_value(kAllowKey, "a list of addresses, or a text of them with commas");
  List addresses = texts_in(value);
  if (addresses.size() > kAllowMax)
    return bad_value(kAllowKey, fmt::format("at most {} addresses", kAllowMax));
  for (const Value& one : addresses)
    if (one.bytes() == nullptr || !payment::is_account(*one.bytes()))
      return bad_value(
          kAllowKey,
          fmt::format("'{}' is no address",
                      one.bytes() != nullptr ? BytesView(*one.bytes()).substr(0, 64) : "that"));
  return Value(std::move(addresses));
}

Result<Value> initialized_in(const Value& value) {
  const Bytes* text = value.bytes();
  const bool is_permanent = (text != nullptr && *text == "permanent") ||
                            (value.atom() != nullptr && value.atom()->name == "permanent");
  if (is_permanent) return Value("permanent");
  const bool is_true =
      (text != nullptr && *text == "true") || (value.boolean() != nullptr && *value.boolean());
  if (is_true) return Value("true");
  return bad_value(kInitializedKey, "true, or permanent, after which nothing is changed any more");
}

bool is_unset(const Value& value) {
  return value.atom() != nullptr && value.atom()->name == "unset";
}

Result<Value> checked_value(BytesView key, const Value& value) {
  if (is_unset(value)) return value;
  if (key == kPriceKey) return price_in(value);
  if (key == kAllowKey) return addresses_in(value);
  if (key == kInitializedKey) return initialized_in(value);
  if (const Map* map = value.map()) return Value(message::without_private(*map));
  return value;
}

std::unexpected<Error> too_large(std::string_view what) {
  return fail(ErrorKind::kTooLarge, "info-size",
              fmt::format("{} has over {} bytes", what, kMessageBytesMax));
}

}  // namespace

Result<Map> checked_order(const Map& said) {
  if (said.empty())
    return fail(ErrorKind::kInvalid, "info-empty",
                "the order says nothing: its keys are signed header fields, or a signed body");
  if (message::to_cbor(said).size() > kMessageBytesMax) return too_large("the order");
  Map order;
  for (const auto& [key, value] : said) {
    AO_CHECK(check_key(key));
    AO_TRY(kept, checked_value(key, value));
    order.set(key, std::move(kept));
  }
  return order;
}

Result<Map> merged(Map message, const Map& order) {
  for (const auto& [key, value] : order) {
    if (is_unset(value)) {
      message.remove(key);
    } else {
      message.set(key, value);
    }
  }
  if (message::to_cbor(message).size() > kMessageBytesMax) return too_large("the node's message");
  return message;
}

api::PaymentTerms terms_with(api::PaymentTerms others, const Map& message) {
  if (const Value* price = message.find(kPriceKey); price != nullptr && price->integer() != nullptr)
    others.price = static_cast<std::uint64_t>(*price->integer());
  const Value* allow = message.find(kAllowKey);
  if (allow == nullptr || allow->list() == nullptr) return others;
  others.allow.clear();
  for (const Value& one : *allow->list())
    if (one.bytes() != nullptr) others.allow.push_back(*one.bytes());
  return others;
}

Map shown_in_history(const Map& order) {
  Map shown;
  for (const auto& [key, value] : order) {
    const std::size_t bytes = message::to_cbor(value).size();
    if (bytes <= kHistoryValueBytesMax) {
      shown.set(key, value);
    } else {
      shown.set(key, fmt::format("({} bytes)", bytes));
    }
  }
  return shown;
}

}  // namespace ao::node
