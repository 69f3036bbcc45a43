// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "trust.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "ao/base/assert.hpp"
#include "tls.hpp"

namespace ao::http {

namespace asio = boost::asio;
using boost::system::error_code;

Trust::Trust() {
  SSL_CTX* const native = context_.native_handle();
  static constexpr unsigned char kProtocols[] = "\x08http/1.1";
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_cipher_list(native, kCiphers);
  SSL_CTX_set_alpn_protos(native, kProtocols, sizeof kProtocols - 1);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(native, SSL_VERIFY_PEER, nullptr);
}

Result<std::shared_ptr<const Trust>> Trust::of_system(const std::filesystem::path& ca_file) {
  const auto trust = std::make_shared<Trust>();
  error_code error;
  trust->context_.set_default_verify_paths(error);  // one that is absent trusts nobody
  if (!ca_file.empty()) {
    trust->context_.load_verify_file(ca_file.string(), error);
    if (error)
      return fail(ErrorKind::kInvalid, "egress-ca-file",
                  ca_file.string() + " cannot be read as PEM certificates: " + reason(error));
  }
  return trust;
}

void Trust::expect(SSL* connection, const Origin& origin) const {
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(connection);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  bool is_set = false;
  if (origin.address) {
    is_set = X509_VERIFY_PARAM_set1_ip_asc(wanted, origin.host.c_str()) == 1;
  } else {
    is_set = X509_VERIFY_PARAM_set1_host(wanted, origin.host.c_str(), origin.host.size()) == 1 &&
             SSL_set_tlsext_host_name(connection, origin.host.c_str()) == 1;
  }
  AO_ASSERT(is_set);  // without a host any certificate would do
}

std::string Trust::doubt(const SSL* connection) {
  const long verdict = SSL_get_verify_result(connection);
  return verdict == X509_V_OK ? std::string() : X509_verify_cert_error_string(verdict);
}

}  // namespace ao::http
