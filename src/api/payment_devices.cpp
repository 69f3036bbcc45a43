// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "payment_devices.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ao::api {

using message::List;
using message::Map;
using message::Value;

namespace {

constexpr std::uint64_t kHistoryShown = 100;

std::int64_t integer(std::uint64_t number) {
  return static_cast<std::int64_t>(number);
}

Result<Address> account_of(const Inquiry& inquiry, const Asking& asking) {
  const BytesView named = asking.text("address");
  if (named.empty() && !inquiry.asker.signers.empty()) return inquiry.asker.signers.front();
  if (payment::is_account(named)) return Address{std::string(named)};
  return fail(ErrorKind::kInvalid, "account-malformed",
              named.empty() ? "address names the account, or who signs the request with its path"
                            : fmt::format("'{}' is no address", named.substr(0, 64)));
}

Task<Result<Value>> balance(const Inquiry& inquiry, Asking asking) {
  AO_CO_TRY(account, account_of(inquiry, asking));
  AO_CO_TRY(balance, co_await inquiry.backend.payments().balance(account));
  co_return Value(integer(balance));
}

std::optional<std::uint64_t> number_at(const Asking& asking, BytesView key) {
  const Value* found = asking.arguments.find(key);
  if (found == nullptr) return std::nullopt;
  if (found->integer() != nullptr && *found->integer() >= 0)
    return static_cast<std::uint64_t>(*found->integer());
  return found->bytes() != nullptr ? number(*found->bytes()) : std::nullopt;
}

std::string_view name_of(payment::Entry::Kind kind) {
  switch (kind) {
    case payment::Entry::Kind::kCharge:
      return "charge";
    case payment::Entry::Kind::kReturn:
      return "return";
    case payment::Entry::Kind::kTopUp:
      break;
  }
  return "top-up";
}

Result<Value> history(const Inquiry& inquiry, const Asking& asking) {
  AO_TRY(account, account_of(inquiry, asking));
  const Asker& asker = inquiry.asker;
  if (!asker.is_signed_by(account) && !asker.is_signed_by(inquiry.backend.address()))
    return fail(ErrorKind::kDenied, "history-denied",
                fmt::format("the payments of account {} are shown to it and to this node's "
                            "operator, who sign the request with its path and query",
                            account.text));
  const std::uint64_t most =
      std::min(number_at(asking, "limit").value_or(kHistoryShown), kHistoryShown);
  List entries;
  for (const payment::Entry& entry : inquiry.backend.payments().history(account, most))
    entries.emplace_back(Map{{"at", integer(entry.at.milliseconds)},
                             {"balance", integer(entry.balance)},
                             {"kind", name_of(entry.kind)},
                             {"number", integer(entry.number)},
                             {"quantity", integer(entry.quantity)},
                             {"reference", entry.reference}});
  return Value(std::move(entries));
}

Task<Result<Value>> top_up(const Inquiry& inquiry, Asking asking) {
  if (!inquiry.asker.is_order_of(inquiry.backend.address()))
    co_return Result<Value>(
        fail(ErrorKind::kDenied, "top-up-denied",
             "accounts are topped up by this node's operator, who alone signs the request, with "
             "its path and query (RFC 9421)"));
  payment::TopUp wanted;
  wanted.account.text = asking.text("recipient");
  wanted.quantity = number_at(asking, "amount").value_or(0);
  wanted.reference = asking.text("reference");
  const Address account = wanted.account;
  Payments& payments = inquiry.backend.payments();
  const auto added = co_await payments.top_up(std::move(wanted));
  if (!added) co_return std::unexpected(added.error());
  AO_CO_TRY(balance, co_await payments.balance(account));
  co_return Value(integer(balance));
}

}  // namespace

Task<Result<Value>> ask_p4_device(const Inquiry& inquiry, Value, Asking asking) {
  if (asking.path == "balance") co_return co_await balance(inquiry, std::move(asking));
  co_return Result<Value>(no_device(asking.device, asking.path));
}

Task<Result<Value>> ask_simple_pay(const Inquiry& inquiry, Value, Asking asking) {
  if (asking.path == "balance") co_return co_await balance(inquiry, std::move(asking));
  if (asking.path == "history") co_return history(inquiry, asking);
  if (asking.path == "topup") co_return co_await top_up(inquiry, std::move(asking));
  if (asking.path == "estimate")
    co_return Value(integer(inquiry.backend.node_info().terms()->price));
  co_return Result<Value>(no_device(asking.device, asking.path));
}

Task<Result<Value>> ask_faff_device(const Inquiry& inquiry, Value, Asking asking) {
  if (asking.path != "estimate") co_return Result<Value>(no_device(asking.device, asking.path));
  const auto terms = inquiry.backend.node_info().terms();
  const auto& allowed = terms->allow;
  const auto is_listed = [&](const Address& signer) {
    return std::ranges::find(allowed, signer.text) != allowed.end();
  };
  const bool is_free = std::ranges::any_of(inquiry.asker.signers, is_listed);
  co_return is_free ? Value(0) : Value("infinity");
}

}  // namespace ao::api
