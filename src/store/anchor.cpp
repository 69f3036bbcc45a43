// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "anchor.hpp"

#include <fmt/format.h>

#include <charconv>
#include <vector>

#include "checksum.hpp"

namespace ao::store {
namespace {

constexpr std::string_view kFirstLine = "aonode anchor 1";
constexpr std::string_view kStore = "store ";
constexpr std::string_view kSum = "xxh3 ";

std::string sum_of(std::string_view lines) {
  return fmt::format("{:016x}", XXH3_64bits(lines.data(), lines.size()));
}

std::unexpected<Error> malformed(std::size_t line, std::string_view what) {
  return fail(ErrorKind::kInvalid, "anchor-malformed", fmt::format("line {}: {}", line, what));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;  // a cut last line is no line
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

// Takes a number and the blank behind it off the front.
std::optional<std::uint64_t> take_number(std::string_view& line) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), number);
  if (error != std::errc()) return std::nullopt;
  line.remove_prefix(static_cast<std::size_t>(end - line.data()));
  if (line.starts_with(' ')) line.remove_prefix(1);
  return number;
}

}  // namespace

std::string Anchor::text() const {
  std::string lines = fmt::format("{}\n{}{}\n", kFirstLine, kStore, store);
  for (std::size_t shard = 0; shard < kShards; ++shard)
    if (heads[shard] != ShardHead{})
      lines += fmt::format("{} {} {}\n", shard, heads[shard].epoch, heads[shard].next);
  return lines + fmt::format("{}{}\n", kSum, sum_of(lines));
}

Result<Anchor> Anchor::from_text(std::string_view text) {
  const auto lines = lines_of(text);
  if (lines.empty() || lines.front() != kFirstLine)
    return malformed(1, fmt::format("'{}' is due", kFirstLine));
  if (lines.size() < 3 || !lines[1].starts_with(kStore))
    return malformed(2, "the store's id is due");
  const std::string_view last = lines.back();
  const std::string_view summed =
      text.substr(0, static_cast<std::size_t>(last.data() - text.data()));
  if (!last.starts_with(kSum) || last.substr(kSum.size()) != sum_of(summed) ||
      text.size() != summed.size() + last.size() + 1)
    return malformed(lines.size(), "the checksum of the lines before is due, as the last line");

  Anchor anchor;
  anchor.store = lines[1].substr(kStore.size());
  for (std::size_t i = 2; i + 1 < lines.size(); ++i) {
    std::string_view line = lines[i];
    const auto shard = take_number(line), epoch = take_number(line), next = take_number(line);
    if (!shard || *shard >= kShards || !epoch || !next || !line.empty())
      return malformed(i + 1, "a shard below 256, its epoch and its count are due");
    anchor.heads[*shard] = {*epoch, *next};
  }
  return anchor;
}

std::string Anchor::missing_in(const ShardHeads& there) const {
  std::uint64_t missing = 0;
  std::size_t shards = 0;
  for (std::size_t shard = 0; shard < kShards; ++shard) {
    if (there[shard].next >= heads[shard].next && there[shard].epoch >= heads[shard].epoch)
      continue;
    ++shards;
    if (there[shard].next < heads[shard].next) missing += heads[shard].next - there[shard].next;
  }
  if (shards == 0) return {};
  return fmt::format(
      "{} shard logs end before their anchor, at least {} acknowledged messages are "
      "missing",
      shards, missing);
}

}  // namespace ao::store
