// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/admission/admission.hpp"

#include <fmt/format.h>

#include <charconv>

namespace ao::admission {
namespace {

using message::Admitted;
using message::DataItem;
using message::Origin;

template <class Number>
std::optional<Number> number(BytesView text) {
  Number value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Origin> origin_of(const DataItem& item) {
  const auto process = ProcessId::from_text(item.tag("From-Process"));
  const auto slot = number<std::uint64_t>(item.tag("From-Slot"));
  const auto index = number<std::uint32_t>(item.tag("From-Index"));
  if (!process || !slot || !index) return std::nullopt;
  return Origin{*process, Slot{*slot}, *index};
}

Result<> check_spawn(const DataItem& item) {
  for (const std::string_view name : {"Module", "Scheduler"})
    if (item.tag(name).empty())
      return fail(ErrorKind::kInvalid, "process-malformed",
                  fmt::format("a message of Type Process needs a tag {}", name));
  return {};
}

}  // namespace

Admission::Admission(const Settings& settings, Address self)
    : settings_(settings), self_(std::move(self)) {}

Result<Admitted> Admission::admit(Bytes bytes) const {
  AO_TRY(item, DataItem::parse(std::move(bytes)));
  if (item.data().size() > settings_.data_bytes_max)
    return fail(ErrorKind::kTooLarge, "data-too-large",
                fmt::format("the data has {} bytes, the limit is {}", item.data().size(),
                            settings_.data_bytes_max));

  const bool is_spawn = item.tag("Type") == "Process";
  const bool is_message = !is_spawn && !item.target().empty();
  if (is_spawn) AO_CHECK(check_spawn(item));
  AO_CHECK(item.verify());

  const auto kind = is_spawn     ? Admitted::Kind::kSpawn
                    : is_message ? Admitted::Kind::kMessage
                                 : Admitted::Kind::kData;
  Admitted admitted(kind, std::move(item));
  admitted.signer_ = admitted.item_.signer();
  if (is_spawn) admitted.process_ = process_named_by(admitted.id());
  if (is_message) admitted.process_ = *ProcessId::from_bytes(admitted.item_.target());
  if (is_message && admitted.signer_ == self_) admitted.origin_ = origin_of(admitted.item_);
  return admitted;
}

}  // namespace ao::admission
