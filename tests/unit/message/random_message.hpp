// Messages from a seed: deep, wide, empty, binary, with keys that are ids.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "ao/message/value.hpp"

namespace ao::test {

class RandomMessages {
 public:
  explicit RandomMessages(std::uint64_t seed) : random_(seed) {}

  message::Map next() { return map(0, random_() % 50 == 0 ? 1'000 : random_() % 12); }

 private:
  message::Map map(int depth, std::uint64_t size) {
    std::vector<message::Map::Entry> entries;
    for (; size > 0; --size)
      entries.emplace_back(key(), value(depth));
    return message::Map::from(std::move(entries));
  }

  message::Value value(int depth) {
    switch (random_() % (depth < 6 ? 12 : 8)) {
      case 0:
        return static_cast<std::int64_t>(random_());
      case 1:
        return static_cast<double>(static_cast<std::int64_t>(random_())) / 1024;
      case 2:
        return random_() % 2 == 0;
      case 3:
        return message::Value::atom("atom-" + std::to_string(random_() % 9));
      case 4:
        return text(random_() % 60, "aZ09-_ \"\\/:;=,+%~\t");
      case 5:
        return text(random_() % 60, Bytes("\0\n\r\xff\x80 \x01z", 8));
      case 6:
        return random_() % 20 == 0 ? text(4'000 + random_() % 300, "abc") : Bytes("caf\xc3\xa9");
      case 7:
        return "";
      case 8:
      case 9: {
        message::List list;
        for (auto n = random_() % 5; n > 0; --n)
          list.push_back(value(depth + 1));
        return list;
      }
      default:
        return map(depth + 1, random_() % 6);
    }
  }

  // No slash: in the name of a part it is a step down.
  Bytes key() {
    switch (random_() % 14) {
      case 0:
        return text(43, "ABCabc-_019");
      case 1:
        return "0x" + text(40, "ABCdef012");
      case 2:
        return text(32, "ABCxyz");
      case 3:
        return "body";
      case 4:
        return "data";
      case 5:
        return "key " + text(3, "ab.~%") + "x";
      case 6:
        return "k\xc3\xa9" + text(2, "ab");
      default:
        return "k" + text(1 + random_() % 6, "abcdefg-_.0");
    }
  }

  Bytes text(std::uint64_t size, const Bytes& characters) {
    Bytes made;
    for (; size > 0; --size)
      made += characters[random_() % characters.size()];
    return made;
  }

  std::mt19937_64 random_;
};

}  // namespace ao::test
