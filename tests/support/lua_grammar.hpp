// Lua programs out of a grammar, by a row of choices: random ones, or the bytes of a fuzzer.
//
// They use what could make two runs of one program differ: tables with tables as keys, sorting,
// closures, coroutines that live on, metatables, random numbers, numbers as text, the functions of
// `math`, errors, `load`, and now and then more gas or memory than they have. They always end but
// for the latter.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace ao::test {

class LuaGrammar {
 public:
  enum class Place { kInstance, kProcess };  // the latter has Send, Handlers, require, …

  // `below(n)` chooses one of 0 … n-1. A choice of 0 leads to an end soon.
  using Below = std::function<std::uint64_t(std::uint64_t)>;

  LuaGrammar(Place place, Below below) : place_(place), below_(std::move(below)) {}

  // Defines what the others use: `note`, `try`, `keep`, the globals g0 to g7. Loaded before them.
  static std::string_view prelude();

  // A body of a function whose arguments are `x` and `y`, about `size` statements and expressions
  // long. `told()` in it gives all that was noted, as one text.
  std::string body(int size);

  // A process's module with a handler for each of Act0 to Act3.
  std::string module();

  struct Message {
    std::string action;
    std::string data;
  };
  Message message();  // to a process of such a module, from its owner

 private:
  using Forms = std::span<const std::string_view>;

  std::string grow(Forms forms, Forms ends, int depth);
  std::string expand(std::string_view form, int depth);
  std::string part(char kind, int depth);
  std::string block(int depth);
  std::string_view one_of(Forms forms) { return forms[below_(forms.size())]; }

  Place place_;
  Below below_;
  int left_ = 0;           // nodes that may still branch
  int long_brackets_ = 0;  // each text for `load` has longer ones than those inside it
};

}  // namespace ao::test
