// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "paying.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "answers.hpp"
#include "hooks.hpp"

namespace ao::api {

using message::List;
using message::Map;
using message::Value;
using Refusal = std::optional<http::Response>;

namespace {

constexpr unsigned kPaymentRequired = 402;

http::Response payment_required(Error error, std::uint64_t price,
                                std::optional<std::uint64_t> balance) {
  Map inner{{"code", Bytes(error.code)},
            {"message", std::move(error.text)},
            {"price", static_cast<std::int64_t>(price)}};
  if (balance) inner.set("balance", static_cast<std::int64_t>(*balance));
  return json_answer(Map{{"error", std::move(inner)}}, kPaymentRequired);
}

Refusal refused(Error error) {
  return error_answer(error);
}

// The ledger has the last word: somebody may have spent elsewhere what was there a moment ago.
Refusal not_taken(const Error& error, std::uint64_t price) {
  return error.code == "charge-refused" ? payment_required(error, price, std::nullopt)
                                        : error_answer(error);
}

bool is_allowed(const PaymentTerms& terms, const Visitor& visitor) {
  const auto is_listed = [&](const Signer& signer) {
    return std::ranges::find(terms.allow, signer.address.text) != terms.allow.end();
  };
  return !visitor.signers.empty() && std::ranges::all_of(visitor.signers, is_listed);
}

Error not_allowed(const Visitor& visitor) {
  const std::string who = visitor.signers.empty()
                              ? "nobody signed this request with its path and query (RFC 9421)"
                              : visitor.signers.front().address.text + " signed this request";
  return {ErrorKind::kDenied, "payer-not-allowed",
          fmt::format("{}: only addresses on this node's list are served", who)};
}

std::unexpected<Error> no_price(const std::string& pricing) {
  return fail(ErrorKind::kUnavailable, "price-malformed",
              fmt::format("{} gave no price: a whole number, or infinity", pricing));
}

// Of what a path gave: itself, or what it has under `price` or `body`.
Result<std::uint64_t> price_in(const std::string& pricing, const Value& value) {
  const Value* found = &value;
  for (const char* key : {"price", "body"})
    if (found == &value && value.find(key) != nullptr) found = value.find(key);
  if (found->integer() != nullptr && *found->integer() >= 0)
    return static_cast<std::uint64_t>(*found->integer());
  const BytesView text = found->bytes() != nullptr ? BytesView(*found->bytes()) : BytesView();
  if (text == "infinity")
    return fail(ErrorKind::kDenied, "price-refused",
                fmt::format("{} takes no payment for this request", pricing));
  const auto price = number(text);
  if (!price || *price > payment::kBalanceMax) return no_price(pricing);
  return *price;
}

Task<Result<std::uint64_t>> price_of(const Paying& paying, const Asked& asked,
                                     const Visitor& visitor) {
  const PaymentSettings& settings = paying.settings;
  if (settings.pricing == "simple-pay@1.0") co_return visitor.messages* paying.terms.price;
  if (settings.pricing == "faff@1.0") {
    if (is_allowed(paying.terms, visitor)) co_return std::uint64_t{0};
    co_return std::unexpected(not_allowed(visitor));
  }
  Map message{{"hook", "price"}};
  message.set("body", messages_view(asked));
  message.set("request", request_view(asked, visitor));
  const auto value = co_await ask_path(paying.backend, settings.pricing, std::move(message),
                                       settings.pricing_timeout);
  if (!value) co_return std::unexpected(value.error());
  co_return price_in(settings.pricing, *value);
}

bool is_here(const Backend& backend, const Visitor& visitor) {
  return std::ranges::any_of(visitor.signers, [&](const Signer& signer) {
    return backend.item(signer.reference).has_value();
  });
}

// By the first signer who can. Nothing is held when there is nothing to pay.
Task<Result<std::unique_ptr<Held>>> held_for(const Paying& paying, const Visitor& visitor,
                                             std::uint64_t price) {
  Result<std::unique_ptr<Held>> held = nullptr;
  for (const Signer& signer : visitor.signers) {
    payment::Charge charge{signer.address, price, signer.reference};
    auto made = co_await paying.backend.payments().hold(std::move(charge));
    if (made) co_return std::move(made);
    const bool has_paid = made.error().code == "payment-used";
    if (has_paid && visitor.brings_message) co_return Result<std::unique_ptr<Held>>(nullptr);
    if (&signer == &visitor.signers.front() || made.error().code != "account-low")
      held = std::move(made);
  }
  co_return std::move(held);
}

}  // namespace

FreeRoutes::FreeRoutes(const std::vector<std::string>& patterns) {
  for (const std::string& text : patterns)
    if (auto pattern = parse(text)) patterns_.push_back(std::move(*pattern));
}

Result<FreeRoutes::Pattern> FreeRoutes::parse(const std::string& text) {
  Pattern pattern;
  const std::size_t slash = text.find('/');
  if (slash == text.npos)
    return fail(ErrorKind::kInvalid, "path-malformed", "it has no path, which begins with a slash");
  pattern.method = text.substr(0, slash == 0 ? 0 : slash - 1);
  if (slash > 0 && (text[slash - 1] != ' ' || pattern.method.empty()))
    return fail(ErrorKind::kInvalid, "path-malformed",
                "before its path stands a method or nothing");
  AO_TRY(path, Path::parse(text.substr(slash)));
  pattern.steps = std::move(path.steps);
  pattern.is_open = !pattern.steps.empty() && pattern.steps.back().key == "*" &&
                    pattern.steps.back().device.empty();
  if (pattern.is_open) pattern.steps.pop_back();
  return pattern;
}

namespace {

bool asks_for_more(const Pair& pair) {
  return pair.is_path || pair.type == "resolve";
}

// Whether anything in it is evaluated that its steps do not show.
bool has_paths_within(const Asked& asked, const Visitor& visitor) {
  const auto is_within = [](const Step& step) {
    return step.is_path || std::ranges::any_of(step.pairs, asks_for_more);
  };
  return std::ranges::any_of(asked.path.steps, is_within) ||
         std::ranges::any_of(asked.path.query, asks_for_more) ||
         std::ranges::any_of(visitor.said,
                             [](const auto& one) { return one.first.ends_with("+resolve"); });
}

bool matches(const FreeRoutes::Pattern& pattern, const Asked& asked) {
  const auto& steps = asked.path.steps;
  const std::string& method = asked.request.method;
  if (!pattern.method.empty() && pattern.method != (method == "HEAD" ? "GET" : method))
    return false;
  if (steps.size() < pattern.steps.size()) return false;
  if (!pattern.is_open && steps.size() != pattern.steps.size()) return false;
  for (std::size_t i = 0; i < pattern.steps.size(); ++i) {
    if (pattern.steps[i].key != "*" && pattern.steps[i].key != steps[i].key) return false;
    if (pattern.steps[i].device != steps[i].device) return false;
  }
  // What an open end lets through stays with the device that was named.
  return pattern.steps.empty() ||
         std::all_of(
             steps.begin() + static_cast<std::ptrdiff_t>(pattern.steps.size()), steps.end(),
             [](const Step& step) { return step.device.empty() || step.device == "json@1.0"; });
}

}  // namespace

bool FreeRoutes::contain(const Asked& asked, const Visitor& visitor) const {
  const bool is_more = has_paths_within(asked, visitor);
  return std::ranges::any_of(patterns_, [&](const Pattern& pattern) {
    const bool is_for_all = pattern.is_open && pattern.steps.empty();
    return matches(pattern, asked) && (is_for_all || !is_more);
  });
}

Task<Refusal> ask_p4(const Paying& paying, const Asked& asked, const Visitor& visitor,
                     std::unique_ptr<Held>& held) {
  Backend& backend = paying.backend;
  if (visitor.is_signed_by(backend.address())) co_return Refusal();
  if (paying.free_routes.contain(asked, visitor)) co_return Refusal();
  const auto price = co_await price_of(paying, asked, visitor);
  if (!price) co_return refused(price.error());
  if (*price == 0) co_return Refusal();
  if (visitor.signers.empty())
    co_return payment_required(
        {ErrorKind::kDenied, "payment-required",
         fmt::format("this request costs {}: sign it, with its path and query (RFC 9421)", *price)},
        *price, 0);
  if (is_here(backend, visitor)) {  // and known to all: it proves nothing of who sends it now
    if (visitor.brings_message) co_return Refusal();
    co_return refused({ErrorKind::kConflict, "payment-used",
                       "the message is on this node: what is to be paid for is signed anew"});
  }
  auto made = co_await held_for(paying, visitor, *price);
  if (!made && made.error().code == "account-low") {
    const Address account = visitor.signers.front().address;
    const auto balance = co_await backend.payments().balance(account);
    co_return payment_required(made.error(), *price, balance.value_or(0));
  }
  if (!made) co_return refused(made.error());
  if (*made && visitor.brings_message) {
    const auto taken = co_await (*made)->take();
    if (!taken) co_return not_taken(taken.error(), *price);
  }
  held = std::move(*made);
  co_return Refusal();
}

Refusal ask_faff(const Paying& paying, const Asked& asked, const Visitor& visitor) {
  if (visitor.is_signed_by(paying.backend.address())) return std::nullopt;
  if (paying.free_routes.contain(asked, visitor)) return std::nullopt;
  if (is_allowed(paying.terms, visitor)) return std::nullopt;
  return refused(not_allowed(visitor));
}

Task<http::Response> settled(std::unique_ptr<Held> held, http::Response response) {
  if (!held) co_return std::move(response);
  if (response.status >= 400) {
    if (!held->is_taken()) co_return std::move(response);
    const auto given = co_await held->give_back();
    if (!given) co_return error_answer(given.error());
    co_return std::move(response);
  }
  if (!held->is_taken()) {
    const auto taken = co_await held->take();
    if (!taken) co_return *not_taken(taken.error(), held->charge().quantity);
  }
  held->keep();
  co_return std::move(response);
}

}  // namespace ao::api
