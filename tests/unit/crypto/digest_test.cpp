// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/crypto/digest.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace ao::crypto {
namespace {

std::string hex256(BytesView bytes) {
  return hex(view(sha256(bytes)));
}

TEST(Digest, matches_the_published_values_of_the_empty_string_and_abc) {
  EXPECT_EQ(hex256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(view(sha384("abc"))),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
            "8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(hex(view(sha384(""))),
            "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
            "274edebfe76f65fbd51ad2f14898b95b");
  EXPECT_EQ(hex(view(sha512("abc"))),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

// RFC 4231, test cases 1, 2 and 6 (a key longer than a block); and no key at all.
TEST(Digest, of_a_message_under_a_key_follows_RFC_4231) {
  EXPECT_EQ(hex(view(hmac_sha256(Bytes(20, '\x0b'), "Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(view(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(view(hmac_sha256(Bytes(131, '\xaa'),
                                 "Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(hex(view(hmac_sha256("", ""))),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Digest, keccak_pads_as_Ethereum_does_and_not_as_SHA3) {
  EXPECT_EQ(hex(view(keccak256(""))),
            "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  EXPECT_EQ(hex(view(keccak256("abc"))),
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
}

TEST(Digest, carries_nothing_over_from_one_call_or_thread_to_another) {
  const std::string expected = hex256("abc");
  std::vector<std::jthread> threads;
  std::array<bool, 4> same{};
  for (bool& one : same)
    threads.emplace_back([&one, &expected] {
      one = true;
      for (std::size_t i = 0; i < 1000; ++i) {
        sha256(Bytes(i, 'x'));
        one = one && hex256("abc") == expected;
      }
    });
  threads.clear();
  EXPECT_EQ(same, (std::array{true, true, true, true}));
}

}  // namespace
}  // namespace ao::crypto
