// Regular expressions that operators write and strangers' paths are matched with.
//
// RE2's syntax, which is Perl's without what takes more than linear time. A value; copies share
// what was compiled. Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ao/base/result.hpp"

namespace re2 {
class RE2;
}

namespace ao::routing {

class Pattern {
 public:
  static constexpr std::size_t kBytesMax = 512;

  // Errors: kInvalid "route-pattern", saying what RE2 says; kTooLarge "route-pattern-bytes-max".
  static Result<Pattern> parse(const std::string& text);

  // Whether it matches a part of the text: `^` and `$` say where.
  bool matches(std::string_view text) const;

  // The text with the first part that matches replaced by `with`, in which \1 to \9 are its groups
  // and \0 all of it; nullopt when nothing matches.
  std::optional<std::string> rewritten(std::string text, const std::string& with) const;

  // Errors: kInvalid "route-pattern" for a group that the pattern does not have.
  Result<> takes(const std::string& with) const;

 private:
  explicit Pattern(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace ao::routing
