// A certificate authority, for servers that clients are to believe, or not.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <filesystem>
#include <memory>
#include <string>

namespace ao::test {

struct CertificateOf {
  std::string names;     // as OpenSSL writes them: DNS:a.example,IP:127.0.0.1
  long begins_in = -60;  // seconds
  long ends_in = 86'400;
};

class Authority {
 public:
  explicit Authority(const std::string& name) : key_(EVP_EC_gen("P-256"), EVP_PKEY_free) {
    certificate_ = draft(name, CertificateOf{}, key_.get());
    extend(NID_basic_constraints, "critical,CA:TRUE");
    sign(certificate_.get());
  }

  void write(const std::filesystem::path& file) const { write(file, certificate_.get()); }

  // A certificate for P-256, and its key, as PEM files.
  void issue(const std::filesystem::path& certificate_file, const std::filesystem::path& key_file,
             const CertificateOf& whose) const {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const Certificate certificate = draft("server", whose, key.get());
    X509_set_issuer_name(certificate.get(), X509_get_subject_name(certificate_.get()));
    if (!whose.names.empty()) extend(certificate.get(), NID_subject_alt_name, whose.names.c_str());
    sign(certificate.get());
    write(certificate_file, certificate.get());
    FILE* const file = std::fopen(key_file.c_str(), "w");
    EXPECT_EQ(PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
    std::fclose(file);
  }

 private:
  using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

  static Certificate draft(const std::string& name, const CertificateOf& whose, EVP_PKEY* key) {
    static long serial = 0;
    Certificate certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), whose.begins_in);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), whose.ends_in);
    X509_set_pubkey(certificate.get(), key);
    X509_NAME* const subject = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), subject);
    return certificate;
  }

  void extend(int what, const char* text) { extend(certificate_.get(), what, text); }

  static void extend(X509* certificate, int what, const char* text) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, what, text);
    EXPECT_EQ(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
  }

  void sign(X509* certificate) const {
    EXPECT_GT(X509_sign(certificate, key_.get(), EVP_sha256()), 0);
  }

  static void write(const std::filesystem::path& path, X509* certificate) {
    FILE* const file = std::fopen(path.c_str(), "w");
    EXPECT_EQ(PEM_write_X509(file, certificate), 1);
    std::fclose(file);
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
  Certificate certificate_{nullptr, X509_free};
};

}  // namespace ao::test
