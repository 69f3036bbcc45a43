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

// Mozilla's "intermediate": of TLS 1.2 only ephemeral keys and authenticated encryption.
constexpr const char* kCiphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

using TlsIdentity = std::shared_ptr<boost::asio::ssl::context>;  // none: plain

// Errors: kInvalid "tls-certificate" or "tls-key", each naming the file and what is wrong with it.
Result<TlsIdentity> read_identity(const std::filesystem::path& certificate,
                                  const std::filesystem::path& key);

// Of a failure of OpenSSL: its own words, which are short, or that the form is wrong.
std::string reason(const boost::system::error_code& error);

}  // namespace ao::http
