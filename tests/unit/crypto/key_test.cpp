// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/crypto/key.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "unit/message/fixtures.hpp"

namespace ao::crypto {
namespace {

using nlohmann::json;
using test::code_of;

json rsa_jwk() {
  return test::fixture("wallets.json")["rsa1"]["jwk"];
}

class KeyFile : public testing::Test {
 protected:
  test::Folder folder_;
  std::filesystem::path file_ = folder_.path() / "key.json";
};

TEST(Key, of_any_kind_survives_its_JSON_form_and_signs_the_same_bytes) {
  const auto ed25519 = Key::new_ed25519();
  const auto rsa = Key::from_jwk(rsa_jwk().dump()).value();
  const auto ethereum = Key::new_ethereum();
  for (const Key* key : {ed25519.get(), rsa.get(), ethereum.get()}) {
    const auto copy = Key::from_jwk(key->jwk());
    ASSERT_TRUE(copy) << copy.error().text;
    EXPECT_EQ((*copy)->type(), key->type());
    EXPECT_EQ((*copy)->address(), key->address());
    EXPECT_EQ((*copy)->sign("message"), key->sign("message"));
    EXPECT_TRUE(verify(key->type(), key->public_key(), key->sign("message"), "message"));
  }
  EXPECT_EQ(json::parse(rsa->jwk()), rsa_jwk());  // members and their spelling
}

TEST(Key, of_Ed25519_is_new_each_time_and_follows_RFC_8037) {
  EXPECT_NE(Key::new_ed25519()->public_key(), Key::new_ed25519()->public_key());
  // RFC 8037, appendix A.1 and A.2.
  const auto key = Key::from_jwk(R"({"kty":"OKP","crv":"Ed25519",
      "d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
      "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})");
  ASSERT_TRUE(key) << key.error().text;
  EXPECT_EQ(base64url((*key)->public_key()), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
}

TEST(Key, of_Ethereum_is_new_each_time_and_signs_in_the_one_form_that_is_accepted) {
  const auto key = Key::new_ethereum();
  EXPECT_NE(key->public_key(), Key::new_ethereum()->public_key());
  EXPECT_EQ(key->http_algorithm(), std::nullopt);
  for (int i = 0; i < 64; ++i) {  // low and high s, both parities of R
    const std::string message(static_cast<std::size_t>(i), 'm');
    const auto verdict = verify(key->type(), key->public_key(), key->sign(message), message);
    EXPECT_TRUE(verdict) << verdict.error().text;
  }
}

TEST(Key, of_RSA_can_be_made) {
  const auto key = Key::new_rsa();
  EXPECT_EQ(key->public_key().size(), 512U);
  EXPECT_TRUE(verify(key->type(), key->public_key(), key->sign("m"), "m"));
  EXPECT_TRUE(Key::from_jwk(key->jwk()));
}

TEST(Key, names_the_member_that_is_missing_or_wrong) {
  for (const std::string member : {"n", "e", "d", "p", "q", "dp", "dq", "qi"}) {
    json without = rsa_jwk();
    without.erase(member);
    json changed = rsa_jwk();
    Bytes bytes = from_base64url(changed[member].get<std::string>()).value();
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 2);
    changed[member] = base64url(bytes);
    json foreign = rsa_jwk();
    foreign[member] = "not base64!";
    for (const json& jwk : {without, changed, foreign}) {
      const auto key = Key::from_jwk(jwk.dump());
      ASSERT_EQ(code_of(key), "key-malformed") << member;
      // That n is not p times q tells nobody which of the three is wrong.
      const bool is_of_product = member == "n" || member == "p" || member == "q";
      const std::string named = jwk == changed && is_of_product ? "p" : member;
      EXPECT_NE(key.error().text.find('"' + named + '"'), std::string::npos) << key.error().text;
    }
  }
}

TEST(Key, refuses_other_kinds_sizes_and_contradictions) {
  json ed25519 = json::parse(Key::new_ed25519()->jwk());
  ed25519["x"] = base64url(Key::new_ed25519()->public_key());
  EXPECT_EQ(code_of(Key::from_jwk(ed25519.dump())), "key-malformed");
  ed25519["crv"] = "X25519";
  EXPECT_EQ(code_of(Key::from_jwk(ed25519.dump())), "key-malformed");
  json huge = rsa_jwk();
  huge["n"] = base64url(Bytes(100'000, '\xff'));
  EXPECT_EQ(code_of(Key::from_jwk(huge.dump())), "key-malformed");
  json zero = rsa_jwk();
  for (const char* member : {"d", "p", "q", "dp", "dq", "qi"})
    zero[member] = "";
  EXPECT_EQ(code_of(Key::from_jwk(zero.dump())), "key-malformed");
  for (const char* text : {"", "{}", "[]", "{", R"({"kty":"EC"})", R"({"kty":7})"})
    EXPECT_EQ(code_of(Key::from_jwk(text)), "key-malformed") << text;
}

TEST_F(KeyFile, is_for_its_owner_only_and_loads_again) {
  const auto key = Key::new_ed25519();
  const auto saved = key->save(file_);
  ASSERT_TRUE(saved) << saved.error().text;
  struct stat status;
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  const auto loaded = Key::load(file_);
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ((*loaded)->public_key(), key->public_key());
}

TEST_F(KeyFile, is_never_overwritten) {
  ASSERT_TRUE(Key::new_ed25519()->save(file_));
  const Bytes before = test::read_file(file_);
  EXPECT_EQ(code_of(Key::new_ed25519()->save(file_)), "key-exists");
  EXPECT_EQ(test::read_file(file_), before);
}

TEST_F(KeyFile, is_not_written_through_a_link) {
  const auto elsewhere = folder_.path() / "elsewhere";
  std::filesystem::create_symlink(elsewhere, file_);
  EXPECT_EQ(code_of(Key::new_ed25519()->save(file_)), "key-exists");
  EXPECT_FALSE(std::filesystem::exists(elsewhere));
}

TEST_F(KeyFile, is_refused_when_others_may_use_it) {
  ASSERT_TRUE(Key::new_ed25519()->save(file_));
  for (const mode_t mode : {0640U, 0620U, 0604U, 0601U, 0666U}) {
    ASSERT_EQ(::chmod(file_.c_str(), mode), 0);
    EXPECT_EQ(code_of(Key::load(file_)), "key-exposed") << std::oct << mode;
  }
  ASSERT_EQ(::chmod(file_.c_str(), 0400), 0);
  EXPECT_TRUE(Key::load(file_));
}

TEST_F(KeyFile, that_cannot_be_read_says_so) {
  EXPECT_EQ(code_of(Key::load(file_)), "key-unreadable");
  EXPECT_EQ(code_of(Key::load(folder_.path())), "key-unreadable");
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  EXPECT_EQ(code_of(Key::load(file_)), "key-unreadable");  // and does not wait for a writer
  const auto large = folder_.path() / "large";
  std::ofstream(large) << std::string(100'000, ' ');
  ASSERT_EQ(::chmod(large.c_str(), 0600), 0);
  EXPECT_EQ(code_of(Key::load(large)), "key-unreadable");
  EXPECT_EQ(code_of(Key::new_ed25519()->save(folder_.path() / "absent" / "key")), "key-unwritable");
}

}  // namespace
}  // namespace ao::crypto
