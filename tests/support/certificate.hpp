// Self-signed certificates with their keys, and a peer that speaks TLS.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <string>

namespace ao::test {

// Writes both files, for a P-256 key and one day; `name` is what a peer sees.
inline void write_certificate(const std::filesystem::path& certificate,
                              const std::filesystem::path& key_file, const std::string& name) {
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const x509 = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -60);
  X509_gmtime_adj(X509_getm_notAfter(x509), 86'400);
  X509_set_pubkey(x509, key);
  X509_NAME* const subject = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(x509, subject);
  EXPECT_GT(X509_sign(x509, key, EVP_sha256()), 0);
  FILE* file = std::fopen(certificate.c_str(), "w");
  EXPECT_EQ(PEM_write_X509(file, x509), 1);
  std::fclose(file);
  file = std::fopen(key_file.c_str(), "w");
  EXPECT_EQ(PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr), 1);
  std::fclose(file);
  X509_free(x509);
  EVP_PKEY_free(key);
}

struct TlsWishes {
  int version_max = TLS1_3_VERSION;
  const char* ciphers = nullptr;          // of TLS 1.2
  std::string protocol = "\x08http/1.1";  // as ALPN writes them; empty: offers none
};

class TlsPeer {
 public:
  explicit TlsPeer(std::uint16_t port, const TlsWishes& wishes = {})
      : context_(SSL_CTX_new(TLS_client_method())), bio_(BIO_new_ssl_connect(context_)) {
    std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to servers that have hung up
    SSL_CTX_set_min_proto_version(context_, TLS1_VERSION);
    SSL_CTX_set_security_level(context_, 0);
    BIO_get_ssl(bio_, &ssl_);
    SSL_set_security_level(ssl_, 0);
    SSL_set_min_proto_version(ssl_, TLS1_VERSION);
    SSL_set_max_proto_version(ssl_, wishes.version_max);
    if (wishes.ciphers != nullptr) SSL_set_cipher_list(ssl_, wishes.ciphers);
    if (!wishes.protocol.empty())
      SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(wishes.protocol.data()),
                          static_cast<unsigned>(wishes.protocol.size()));
    BIO_set_conn_hostname(bio_, ("127.0.0.1:" + std::to_string(port)).c_str());
    is_agreed_ = BIO_do_connect(bio_) == 1 && BIO_do_handshake(bio_) == 1;
  }
  TlsPeer(const TlsPeer&) = delete;
  TlsPeer& operator=(const TlsPeer&) = delete;
  ~TlsPeer() {
    BIO_free_all(bio_);
    SSL_CTX_free(context_);
  }

  bool is_agreed() const { return is_agreed_; }
  std::string version() const { return SSL_get_version(ssl_); }
  std::string name_of_server() const {
    X509* const x509 = SSL_get1_peer_certificate(ssl_);
    char name[64] = "";
    if (x509 != nullptr)
      X509_NAME_get_text_by_NID(X509_get_subject_name(x509), NID_commonName, name, sizeof name);
    X509_free(x509);
    return name;
  }
  std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    SSL_get0_alpn_selected(ssl_, &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }

  // Everything up to `end`, or what came before the server closed.
  std::string ask(std::string_view wire, std::string_view end) {
    std::size_t written = 0;
    if (BIO_write_ex(bio_, wire.data(), wire.size(), &written) != 1) return {};
    std::string heard;
    char bytes[16384];
    while (!heard.ends_with(end)) {
      const int count = BIO_read(bio_, bytes, sizeof bytes);
      if (count <= 0) break;
      heard.append(bytes, static_cast<std::size_t>(count));
    }
    return heard;
  }

 private:
  SSL_CTX* context_;
  BIO* bio_;
  SSL* ssl_ = nullptr;
  bool is_agreed_ = false;
};

}  // namespace ao::test
