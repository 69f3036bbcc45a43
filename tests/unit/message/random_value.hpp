// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
// Values of every kind from a seed, for round trips.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cmath>
#include <random>

#include "ao/message/value.hpp"

namespace ao::test {

class RandomValues {
 public:
  explicit RandomValues(std::uint64_t seed, bool text_only = false)
      : random_(seed), is_text_only_(text_only) {}

  message::Value next(int depth = 0) {
    switch (random_() % (depth < 5 ? 9 : 6)) {
      case 0:
        return {};
      case 1:
        return random_() % 2 == 0;
      case 2:
        return static_cast<std::int64_t>(random_() >> random_() % 64);
      case 3:
        return -static_cast<std::int64_t>(random_() >> (1 + random_() % 63)) - 1;
      case 4:
        return real();
      case 5:
        return is_text_only_ ? message::Value(bytes(9))
                             : message::Value::atom(bytes(1 + random_() % 9));
      case 6:
        return bytes(random_() % 70);
      case 7: {
        message::List list;
        for (std::uint64_t i = random_() % 6; i > 0; --i)
          list.push_back(next(depth + 1));
        return list;
      }
      default: {
        message::Map map;
        for (std::uint64_t i = random_() % 6; i > 0; --i)
          map.set(bytes(random_() % 30), next(depth + 1));
        return map;
      }
    }
  }

 private:
  double real() {
    const auto value = std::bit_cast<double>(random_());
    if (random_() % 2 == 0)
      return static_cast<double>(static_cast<std::int64_t>(random_() % 2000)) / 8 - 100;
    return std::isfinite(value) ? value : 0.5;  // NaN equals nothing, itself included
  }

  Bytes bytes(std::uint64_t size) {
    static const std::vector<Bytes> characters = {"a",
                                                  "Z",
                                                  "\"",
                                                  "\\",
                                                  "\n",
                                                  Bytes(1, '\0'),
                                                  "\x7f",
                                                  "/",
                                                  "\xc3\xa1",
                                                  "\xe2\x82\xac",
                                                  "\xf0\x9f\x98\x80"};
    Bytes made;
    for (; size > 0; --size)
      made += is_text_only_ ? characters[random_() % characters.size()]
                            : Bytes(1, static_cast<char>(random_()));
    return made;
  }

  std::mt19937_64 random_;
  bool is_text_only_;
};

}  // namespace ao::test
