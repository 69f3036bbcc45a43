// Whose certificates are believed, and how connections that this node makes speak TLS.
//
// TLS 1.2 and 1.3, with the ciphers of the server side (tls.hpp); ALPN offers http/1.1. The
// authorities are the system's, as OpenSSL was told, and those of one more file. Shared by
// connections; immutable.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>

#include "ao/base/result.hpp"
#include "ao/http/url.hpp"

namespace ao::http {

class Trust {
 public:
  // Errors: kInvalid "egress-ca-file", naming the file and what is wrong with it.
  static Result<std::shared_ptr<const Trust>> of_system(const std::filesystem::path& ca_file);

  Trust();

  // A context is not const for Asio, though nobody changes it here.
  boost::asio::ssl::context& context() const { return context_; }

  // Before the handshake: the certificate must be of this host; a name is sent (SNI).
  void expect(SSL* connection, const Origin& origin) const;

  // After a handshake that failed: why the certificate was not believed; empty when it was.
  static std::string doubt(const SSL* connection);

 private:
  mutable boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
};

}  // namespace ao::http
