// The one place where Asio itself is compiled.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/impl/src.hpp>
