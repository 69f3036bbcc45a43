// The certificate and the key that this server shows, read from PEM files.
//
// TLS 1.2 and 1.3, with ciphers that keep what was said secret when the key is lost later; ALPN
// offers http/1.1. A connection keeps the identity that it began with.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>

#include "ao/base/result.hpp"

namespace ao::http {

using TlsIdentity = std::shared_ptr<boost::asio::ssl::context>;  // none: plain

// Errors: kInvalid "tls-certificate" or "tls-key", each naming the file and what is wrong with it.
Result<TlsIdentity> read_identity(const std::filesystem::path& certificate,
                                  const std::filesystem::path& key);

}  // namespace ao::http
