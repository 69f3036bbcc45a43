// The one place where Beast and Asio's TLS themselves are compiled.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
