// The values that messages, handlers and results are made of.
//
// A value is null, a boolean, an integer, a float, a byte string, an atom, a list, a map from byte
// strings to values, or a link to a map that is kept elsewhere. A message is a map. Maps keep their
// keys sorted by bytes, so that equal values have equal encodings on every node (promise P4).
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <utility>
#include <variant>
#include <vector>

#include "ao/base/ids.hpp"

namespace ao::message {

// A name that stands for itself, as Erlang's atoms do. `true`, `false` and `null` are values of
// their own kind: `Value::atom` makes the right one.
struct Atom {
  Bytes name;

  bool operator==(const Atom&) const = default;
};

// A message kept elsewhere, by its id. Under key `k` of a map it is spelled `k+link` on the wire.
struct Link {
  MessageId id;

  bool operator==(const Link&) const = default;
};

class Value;
using List = std::vector<Value>;

// A sorted map in one vector: small, quick to build in order, and iterated in canonical order.
class Map {
 public:
  using Entry = std::pair<Bytes, Value>;

  Map() = default;
  Map(std::initializer_list<Entry> entries);

  // Sorts once, so that many keys in any order cost no quadratic time. The last of equals stays.
  static Map from(std::vector<Entry> entries);

  void set(Bytes key, Value value);  // replaces; appending in key order costs O(1)
  void remove(BytesView key);
  const Value* find(BytesView key) const;
  Value* find(BytesView key);

  bool empty() const;
  std::size_t size() const;
  std::vector<Entry>::const_iterator begin() const;
  std::vector<Entry>::const_iterator end() const;

  bool operator==(const Map&) const;

 private:
  std::vector<Entry> entries_;
};

class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}
  Value(bool value) : held_(value) {}
  Value(std::int64_t value) : held_(value) {}
  Value(int value) : held_(std::int64_t{value}) {}
  Value(double value) : held_(value) {}
  Value(Bytes value) : held_(std::move(value)) {}
  Value(BytesView value) : held_(Bytes(value)) {}
  Value(const char* value) : held_(Bytes(value)) {}
  Value(List value) : held_(std::move(value)) {}
  Value(Map value) : held_(std::move(value)) {}
  Value(Atom value) : held_(std::move(value)) {}
  Value(Link value) : held_(value) {}

  static Value atom(BytesView name);

  bool is_null() const { return std::holds_alternative<std::monostate>(held_); }
  const bool* boolean() const { return std::get_if<bool>(&held_); }
  const std::int64_t* integer() const { return std::get_if<std::int64_t>(&held_); }
  const double* floating() const { return std::get_if<double>(&held_); }
  const Bytes* bytes() const { return std::get_if<Bytes>(&held_); }
  const Atom* atom() const { return std::get_if<Atom>(&held_); }
  const Link* link() const { return std::get_if<Link>(&held_); }
  const List* list() const { return std::get_if<List>(&held_); }
  const Map* map() const { return std::get_if<Map>(&held_); }
  Bytes* bytes() { return std::get_if<Bytes>(&held_); }
  List* list() { return std::get_if<List>(&held_); }
  Map* map() { return std::get_if<Map>(&held_); }

  // The value at `key` when this is a map that has it, else null.
  const Value* find(BytesView key) const { return map() ? map()->find(key) : nullptr; }
  // The byte string at `key`, or "" when there is none.
  BytesView text(BytesView key) const;

  bool operator==(const Value&) const = default;

 private:
  std::variant<std::monostate, bool, std::int64_t, double, Bytes, List, Map, Atom, Link> held_;
};

// Here, where Value is complete: clang looks into the entries for each of these.
inline bool Map::empty() const {
  return entries_.empty();
}
inline std::size_t Map::size() const {
  return entries_.size();
}
inline std::vector<Map::Entry>::const_iterator Map::begin() const {
  return entries_.begin();
}
inline std::vector<Map::Entry>::const_iterator Map::end() const {
  return entries_.end();
}

}  // namespace ao::message
