// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <fstream>
#include <iterator>

namespace ao::http {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using boost::system::error_code;

constexpr std::string_view kSessionContext = "aonode";

int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_bytes,
                    const unsigned char* in, unsigned in_bytes, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_bytes, kOurs, sizeof kOurs - 1, in, in_bytes) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301 §3.2: no protocol in common
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Result<std::string> contents(const fs::path& file, std::string_view code) {
  std::error_code error;
  if (!fs::is_regular_file(file, error))
    return fail(ErrorKind::kInvalid, code, file.string() + " is no file that can be read");
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) return fail(ErrorKind::kInvalid, code, file.string() + " cannot be read");
  return text;
}

bool is_over(const X509* certificate) {
  return X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0;
}

void choose_parameters(asio::ssl::context& context) {
  SSL_CTX* const native = context.native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(native, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_cipher_list(native, kCiphers);
  SSL_CTX_set_alpn_select_cb(native, choose_protocol, nullptr);
  SSL_CTX_set_session_id_context(native,
                                 reinterpret_cast<const unsigned char*>(kSessionContext.data()),
                                 static_cast<unsigned>(kSessionContext.size()));
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);  // tickets, which cost no memory
}

}  // namespace

std::string reason(const error_code& error) {
  const char* text = ERR_reason_error_string(static_cast<unsigned long>(error.value()));
  ERR_clear_error();
  return text == nullptr ? error.message() : text;
}

Result<TlsIdentity> read_identity(const fs::path& certificate, const fs::path& key) {
  AO_TRY(chain, contents(certificate, "tls-certificate"));
  AO_TRY(secret, contents(key, "tls-key"));
  auto identity = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  choose_parameters(*identity);
  identity->set_password_callback(  // instead of asking on the terminal
      [](std::size_t, asio::ssl::context::password_purpose) { return std::string(); });
  error_code error;
  identity->use_certificate_chain(asio::buffer(chain), error);
  if (error)
    return fail(ErrorKind::kInvalid, "tls-certificate",
                certificate.string() + " is no PEM certificate: " + reason(error));
  if (is_over(SSL_CTX_get0_certificate(identity->native_handle())))
    return fail(ErrorKind::kInvalid, "tls-certificate", certificate.string() + " has expired");
  identity->use_private_key(asio::buffer(secret), asio::ssl::context::pem, error);
  if (error)
    return fail(ErrorKind::kInvalid, "tls-key",
                key.string() + " is no PEM key without a password for " + certificate.string() +
                    ": " + reason(error));
  if (SSL_CTX_check_private_key(identity->native_handle()) != 1) {
    ERR_clear_error();
    return fail(ErrorKind::kInvalid, "tls-key",
                key.string() + " is not the key of " + certificate.string());
  }
  return identity;
}

}  // namespace ao::http
