// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/patch.hpp"

#include <fmt/format.h>

namespace ao::message {
namespace {

constexpr std::size_t kKeyBytesMax = 1024;
constexpr std::size_t kDepthMax = 60;

Result<> check_below(const Map& map, std::size_t depth) {
  if (depth > kDepthMax)
    return fail(ErrorKind::kTooLarge, "patch-malformed",
                fmt::format("a patch nests deeper than {}", kDepthMax));
  for (const auto& [key, value] : map) {
    const bool nameable = !key.empty() && key.size() <= kKeyBytesMax &&
                          key.find('\0') == Bytes::npos && key.find('/') == Bytes::npos;
    if (!nameable)
      return fail(ErrorKind::kInvalid, "patch-malformed",
                  fmt::format("a key of a patch must have 1 to {} bytes, and neither a slash nor a "
                              "zero byte",
                              kKeyBytesMax));
    if (value.map() != nullptr) AO_CHECK(check_below(*value.map(), depth + 1));
  }
  return {};
}

}  // namespace

Result<> check_patch(const Value& patch) {
  if (patch.map() == nullptr)
    return fail(ErrorKind::kInvalid, "patch-malformed", "a patch is a table with named keys");
  return check_below(*patch.map(), 0);
}

}  // namespace ao::message
