// What the outside did wrong, as a value: bad input, an absent process, a full queue.
//
// Broken invariants of our own go to AO_ASSERT instead; a machine that refuses at start-up goes to
// an exception (see docs/architecture.md, "Four kinds of failure").
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace ao {

// What the caller can do about it; `api` maps each kind to one HTTP status.
enum class ErrorKind {
  kInvalid,      // the input can never be accepted
  kDenied,       // well formed, and not allowed
  kNotFound,     // names something that is not here
  kConflict,     // contradicts what is already here
  kTooLarge,     // over a named limit
  kBusy,         // over a rate or queue limit: try again later
  kTimeout,      // not ready in time: try again later
  kUnavailable,  // this node cannot do it now; the reason is in /readyz
};

struct Error {
  ErrorKind kind;
  std::string_view code;  // stable, kebab-case, static storage: clients may branch on it
  std::string text;       // names the thing and the limit, for a person
  std::chrono::seconds retry_after{1};  // of kBusy and kUnavailable
};

// Whether another attempt may not meet it; every other refusal is final.
inline bool is_temporary(const Error& error) {
  return error.kind == ErrorKind::kBusy || error.kind == ErrorKind::kTimeout ||
         error.kind == ErrorKind::kUnavailable;
}

template <class T = void>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string_view code, std::string text) {
  return std::unexpected(Error{kind, code, std::move(text)});
}

}  // namespace ao

// `AO_TRY(item, DataItem::parse(bytes));` declares `item` or returns the error. The expression may
// not hold a co_await; the AO_CO_ forms are for coroutines, and take nothing beside a co_await
// (docs/threads.md). AO_CHECK and AO_CO_CHECK are for results whose value does not matter.
#define AO_TRY(name, expression)                                                    \
  auto name##_or_error = (expression);                                              \
  if (!name##_or_error) return std::unexpected(std::move(name##_or_error).error()); \
  auto& name = *name##_or_error

#define AO_CO_TRY(name, expression)                                                    \
  auto name##_or_error = expression;                                                   \
  if (!name##_or_error) co_return std::unexpected(std::move(name##_or_error).error()); \
  auto& name = *name##_or_error

#define AO_CHECK(expression)                               \
  do {                                                     \
    if (auto checked_ = (expression); !checked_)           \
      return std::unexpected(std::move(checked_).error()); \
  } while (false)

#define AO_CO_CHECK(expression)                                            \
  do {                                                                     \
    auto checked_ = expression;                                            \
    if (!checked_) co_return std::unexpected(std::move(checked_).error()); \
  } while (false)
