// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/routing/pattern.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

namespace ao::routing {
namespace {

constexpr std::int64_t kMemoryMax = 1 << 20;  // of one that is compiled

std::unexpected<Error> refused(const std::string& text, const std::string& why) {
  return fail(ErrorKind::kInvalid, "route-pattern", fmt::format("pattern '{}': {}", text, why));
}

}  // namespace

Result<Pattern> Pattern::parse(const std::string& text) {
  if (text.size() > kBytesMax)
    return fail(ErrorKind::kTooLarge, "route-pattern-bytes-max",
                fmt::format("a pattern has {} bytes, the limit is {}", text.size(), kBytesMax));
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryMax);
  options.set_encoding(re2::RE2::Options::EncodingLatin1);  // bytes, as paths are
  auto compiled = std::make_shared<const re2::RE2>(text, options);
  if (!compiled->ok()) return refused(text, compiled->error());
  return Pattern(std::move(compiled));
}

bool Pattern::matches(std::string_view text) const {
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled_);
}

std::optional<std::string> Pattern::rewritten(std::string text, const std::string& with) const {
  if (!re2::RE2::Replace(&text, *compiled_, with)) return std::nullopt;
  return text;
}

Result<> Pattern::takes(const std::string& with) const {
  std::string why;
  if (compiled_->CheckRewriteString(with, &why)) return {};
  return refused(with, why);
}

}  // namespace ao::routing
