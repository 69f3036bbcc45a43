// Structured fields of every kind from a seed, for round trips.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <random>

#include "ao/codec/structured_fields.hpp"

namespace ao::test {

class RandomFields {
 public:
  RandomFields(std::uint64_t seed, codec::sf::Keys keys) : random_(seed), keys_(keys) {}

  codec::sf::Item item() { return {bare(), parameters()}; }

  codec::sf::List list() {
    codec::sf::List list;
    for (std::size_t i = below(6); i > 0; --i)
      list.push_back(member());
    return list;
  }

  codec::sf::Dictionary dictionary() {
    codec::sf::Dictionary dictionary;
    for (std::size_t i = below(6); i > 0; --i)
      dictionary.push_back({key(i, keys_), member()});
    return dictionary;
  }

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  bool flip() { return below(2) == 0; }

  codec::sf::Member member() {
    if (flip()) return item();
    codec::sf::InnerList list;
    for (std::size_t i = below(4); i > 0; --i)
      list.items.push_back(item());
    list.parameters = parameters();
    return list;
  }

  codec::sf::Parameters parameters() {
    codec::sf::Parameters parameters;
    for (std::size_t i = below(4); i > 0; --i)
      parameters.push_back({key(i, codec::sf::Keys::kStrict), bare()});
    return parameters;
  }

  // The number at its end keeps it from being another's twin.
  Bytes key(std::size_t number, codec::sf::Keys keys) {
    const bool is_strict = keys == codec::sf::Keys::kStrict;
    Bytes key = some(1, is_strict ? "abcxyz*" : "aZ09.%(_-/:\xc3\xff");
    return key + some(below(8), is_strict ? "az09_-.*" : "aZ09.%)'_-/:?@\xa1") +
           std::to_string(number);
  }

  Bytes some(std::size_t size, std::string_view characters) {
    Bytes made;
    for (; size > 0; --size)
      made.push_back(characters[below(characters.size())]);
    return made;
  }

  std::int64_t number() {
    const auto size =
        static_cast<std::int64_t>((random_() >> below(64)) % (codec::sf::kIntegerMax + 1));
    return flip() ? size : -size;
  }

  codec::sf::BareItem bare() {
    switch (below(8)) {
      case 0:
        return number();
      case 1:
        return codec::sf::Decimal{number()};
      case 2: {
        Bytes string;
        for (std::size_t i = below(20); i > 0; --i)
          string.push_back(static_cast<char>(' ' + below(95)));
        return string;
      }
      case 3:
        return codec::sf::Token{some(1, "aZ*") + some(below(9), "aZ09!#$%&'*+-.^_`|~:/")};
      case 4: {
        Bytes bytes;
        for (std::size_t i = below(40); i > 0; --i)
          bytes.push_back(static_cast<char>(random_()));
        return codec::sf::ByteSequence{bytes};
      }
      case 5:
        return flip();
      case 6:
        return codec::sf::Date{number()};
      default: {
        static const std::vector<Bytes> characters = {
            "a", "%", "\"", "\\", "\n", Bytes(1, '\0'), "\x7f", "\xc3\xa1", "\xf0\x9f\x98\x80"};
        Bytes text;
        for (std::size_t i = below(12); i > 0; --i)
          text += characters[below(characters.size())];
        return codec::sf::DisplayString{text};
      }
    }
  }

  std::mt19937_64 random_;
  codec::sf::Keys keys_;
};

}  // namespace ao::test
