// A coroutine. On g++ 12.2 a statement with co_await holds nothing else: no braces, no lambda, no
// `?:`, no aggregate (they free memory twice); scripts/check_source.py refuses them.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/awaitable.hpp>

namespace ao {

template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace ao
