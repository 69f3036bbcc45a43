// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/cron/order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "ao/crypto/digest.hpp"
#include "ao/message/cbor.hpp"
#include "ao/message/outcome.hpp"
#include "ao/message/tick.hpp"

namespace ao::cron {

using message::find_tag;
using message::Tag;
using message::Tags;

namespace {

constexpr std::string_view kTagPrefix = "Cron-Tag-";
constexpr std::size_t kNameMax = 128;
// Together with what every tick says they fit the tags of a data item.
constexpr std::size_t kTagsMax = 100;
constexpr std::size_t kTagBytesMax = 3'072;
constexpr std::size_t kDataMax = 64 << 10;

constexpr std::array<std::string_view, 12> kFields = {"action",     "name",   "interval", "time",
                                                      "expression", "zone",   "first",    "until",
                                                      "runs",       "missed", "overlap",  "device"};
// What every outgoing message has.
constexpr std::array<std::string_view, 5> kPassedOver = {"Data-Protocol", "Variant", "Type",
                                                         "Reference", "Content-Type"};
// What only the node says to a process, and it says it of every tick.
constexpr std::array<std::string_view, 4> kReserved = {"Data-Protocol", "Variant", "Type",
                                                       "Pushed-For"};

template <class Names>
bool is_one_of(const Names& names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view one) { return same_key(name, one); });
}

bool has_prefix(BytesView name, std::string_view prefix) {
  return name.size() > prefix.size() && same_key(name.substr(0, prefix.size()), prefix);
}

std::unexpected<Error> bad_field(std::string text) {
  return fail(ErrorKind::kInvalid, "cron-field", std::move(text));
}

BytesView value_of(const Tags& fields, std::string_view name) {
  const Bytes* value = find_tag(fields, name);
  return value != nullptr ? BytesView(*value) : BytesView();
}

Result<Tags> tags_in(const Tags& fields) {
  Tags tags;
  std::size_t bytes = 0;
  for (const Tag& field : fields) {
    if (!has_prefix(field.name, kTagPrefix)) {
      if (is_one_of(kFields, field.name) || is_one_of(kPassedOver, field.name)) continue;
      return bad_field(
          fmt::format("'{}' says nothing about a task; tags of its messages are "
                      "written Cron-Tag-NAME",
                      field.name.substr(0, kNameMax)));
    }
    Tag tag{field.name.substr(kTagPrefix.size()), field.value};
    if (is_one_of(kReserved, tag.name) || has_prefix(tag.name, "From-") ||
        message::is_tick_tag(tag.name))
      return fail(ErrorKind::kInvalid, "cron-tag-reserved",
                  fmt::format("only the node itself writes the tag {}", tag.name));
    bytes += tag.name.size() + tag.value.size() + 4;
    tags.push_back(std::move(tag));
  }
  if (tags.size() > kTagsMax || bytes > kTagBytesMax)
    return fail(ErrorKind::kTooLarge, "cron-task-size",
                fmt::format("a task has at most {} tags in {} bytes", kTagsMax, kTagBytesMax));
  return tags;
}

Result<std::optional<Timestamp>> time_in(const Tags& fields, std::string_view name) {
  const Bytes* text = find_tag(fields, name);
  if (text == nullptr) return std::optional<Timestamp>();
  AO_TRY(time, time_from(*text));
  return std::optional(time);
}

Result<std::uint64_t> runs_in(const Tags& fields) {
  const Bytes* text = find_tag(fields, "runs");
  if (text == nullptr) return 0;
  std::uint64_t runs = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), runs);
  if (error != std::errc() || end != text->data() + text->size() || runs == 0 || runs > 1U << 31)
    return bad_field(fmt::format("runs '{}' is no number of ticks", text->substr(0, kNameMax)));
  return runs;
}

Result<When> when_of(BytesView action, const Tags& fields, std::chrono::milliseconds least,
                     Timestamp now) {
  if (action == "once") return When::once(std::to_string(now.milliseconds));
  const std::string_view field = action == "every" ? "interval"
                                 : action == "at"  ? "time"
                                                   : "expression";
  const Bytes* text = find_tag(fields, field);
  if (text == nullptr) return bad_field(fmt::format("{} needs a field {}", action, field));
  if (action == "every") return When::every(*text, least);
  if (action == "at") return When::once(*text);
  return When::expression(*text, value_of(fields, "zone"));
}

Result<Rule> rule_of(BytesView action, const Tags& fields, Bytes data,
                     std::chrono::milliseconds least, Timestamp now) {
  AO_TRY(when, when_of(action, fields, least, now));
  AO_TRY(tags, tags_in(fields));
  if (data.size() > kDataMax)
    return fail(
        ErrorKind::kTooLarge, "cron-task-size",
        fmt::format("the data of a task has {} bytes, the limit is {}", data.size(), kDataMax));
  Rule rule{.when = std::move(when),
            .tags = std::move(tags),
            .data = std::move(data),
            .first = {},
            .until = {}};
  AO_TRY(first, time_in(fields, "first"));
  AO_TRY(until, time_in(fields, "until"));
  AO_TRY(runs, runs_in(fields));
  rule.first = first;
  rule.until = until;
  rule.runs_max = runs;
  if (const Bytes* text = find_tag(fields, "missed")) {
    const auto missed = missed_from(*text);
    if (!missed) return bad_field("missed is once, all or skip");
    rule.missed = *missed;
  }
  if (const Bytes* text = find_tag(fields, "overlap")) {
    const auto overlap = overlap_from(*text);
    if (!overlap) return bad_field("overlap is skip or queue");
    rule.overlap = *overlap;
  }
  return rule;
}

// Who says the same twice means one task.
std::string name_by(const Rule& rule) {
  const message::Map said{
      {"data", rule.data}, {"tags", message::tags_value(rule.tags)}, {"when", rule.when.value()}};
  return base64url(crypto::view(crypto::sha256(message::to_cbor(said))));
}

}  // namespace

Result<Order> Order::from(const Tags& fields, Bytes data, std::chrono::milliseconds interval_least,
                          Timestamp now) {
  Order order;
  order.at = now;
  order.name = value_of(fields, "name");
  if (order.name.size() > kNameMax || !is_utf8(order.name))
    return bad_field(fmt::format("a name is a text of at most {} bytes", kNameMax));
  const BytesView action = value_of(fields, "action");
  if (action == "stop" || action == "pause" || action == "resume") {
    order.action = action == "stop"    ? Action::kStop
                   : action == "pause" ? Action::kPause
                                       : Action::kResume;
    if (order.name.empty()) return bad_field(fmt::format("{} needs the name of a task", action));
    return order;
  }
  if (action != "every" && action != "at" && action != "expression" && action != "once")
    return fail(ErrorKind::kInvalid, "cron-action",
                fmt::format("'{}' is nothing that can be done to a task: every, at, expression, "
                            "once, stop, pause and resume are",
                            action.substr(0, kNameMax)));
  AO_TRY(rule, rule_of(action, fields, std::move(data), interval_least, now));
  if (order.name.empty()) order.name = name_by(rule);
  order.rule = std::move(rule);
  return order;
}

std::vector<Tags> orders_in_definition(const Tags& definition) {
  std::vector<Tags> orders;
  for (const Tag& tag : definition) {
    const bool is_interval = same_key(tag.name, "Cron-Interval");
    if (is_interval || same_key(tag.name, "Cron-Expression")) {
      orders.push_back({{"name", fmt::format("definition-{}", orders.size() + 1)},
                        {"action", is_interval ? "every" : "expression"},
                        {is_interval ? "interval" : "expression", tag.value}});
    } else if (orders.empty()) {
      continue;
    } else if (same_key(tag.name, "Cron-Zone")) {
      orders.back().push_back({"zone", tag.value});
    } else if (has_prefix(tag.name, kTagPrefix)) {
      orders.back().push_back(tag);
    }
  }
  return orders;
}

bool is_order(const Tags& tags) {
  const Bytes* device = find_tag(tags, "Device");
  return device != nullptr && *device == "cron@1.0";
}

}  // namespace ao::cron
