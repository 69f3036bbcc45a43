// Says of names what a test wants: one list of addresses after the other, the last one for ever.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "ao/http/resolver.hpp"

namespace ao::http {

class FakeResolver final : public Resolver {
 public:
  explicit FakeResolver(std::vector<std::vector<const char*>> answers)
      : answers_(std::move(answers)) {}

  // An empty answer never comes.
  Task<Result<Addresses>> resolve(std::string, Time deadline) override {
    const std::size_t turn = std::min<std::size_t>(asked_++, answers_.size() - 1);
    Addresses addresses;
    for (const char* text : answers_[turn])
      addresses.push_back(boost::asio::ip::make_address(text));
    if (!addresses.empty()) co_return addresses;
    const auto strand = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(strand, deadline);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    co_return fail(ErrorKind::kTimeout, "name-timeout", "nobody answers");
  }

  std::size_t asked() const { return asked_; }

 private:
  std::vector<std::vector<const char*>> answers_;
  std::atomic<std::size_t> asked_ = 0;
};

}  // namespace ao::http
