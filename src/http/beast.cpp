// The one place where Beast itself is compiled.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <boost/beast/src.hpp>
