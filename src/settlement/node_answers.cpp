// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/node_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "ao/gateway/answer.hpp"
#include "ao/message/json.hpp"
#include "decimal.hpp"

namespace ao::settlement {
namespace {

constexpr std::array<BytesView, 7> kFinalOfChunks{
    "invalid_json",   "chunk_too_big",     "data_path_too_big",
    "offset_too_big", "data_size_too_big", "chunk_proof_ratio_not_attractive",
    "invalid_proof"};

bool is_later(unsigned status) {
  return status == 408 || status / 100 == 5 || status / 100 == 3;
}

BytesView trimmed(BytesView text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
    text.remove_suffix(1);
  return text;
}

}  // namespace

Result<> transaction_taken(unsigned status, BytesView body) {
  if (status / 100 == 2) return {};
  const std::string text =
      fmt::format("it answered the transaction with {}: {}", status, gateway::shown(body));
  if (status == 429) return fail(ErrorKind::kBusy, "arweave-busy", text);
  if (is_later(status)) return fail(ErrorKind::kUnavailable, "arweave-failed", text);
  return fail(ErrorKind::kInvalid, "arweave-refused", text);
}

Result<> chunk_taken(unsigned status, BytesView body) {
  if (status / 100 == 2) return {};
  const std::string text =
      fmt::format("it answered a chunk with {}: {}", status, gateway::shown(body));
  if (status == 429) return fail(ErrorKind::kBusy, "arweave-busy", text);
  const auto said = message::from_json(body);
  const BytesView error = said ? said->text("error") : BytesView();
  const bool is_final = std::ranges::find(kFinalOfChunks, error) != kFinalOfChunks.end();
  if (is_final || status == 413) return fail(ErrorKind::kInvalid, "chunk-refused", text);
  return fail(ErrorKind::kUnavailable, "chunk-failed", text);
}

std::optional<std::uint64_t> amount_in(unsigned status, BytesView body) {
  const BytesView digits = trimmed(body);
  const bool has_digits = !digits.empty() && digits.size() <= 30 &&
                          digits.find_first_not_of("0123456789") == digits.npos;
  if (status != 200 || !has_digits) return std::nullopt;
  const bool is_counted = digits.size() < 20 || decimal(digits);
  return is_counted ? decimal(digits) : std::numeric_limits<std::uint64_t>::max();
}

std::optional<Bytes> anchor_in(unsigned status, BytesView body) {
  auto bytes = from_base64url(trimmed(body));
  const bool has_size = bytes && (bytes->size() == 32 || bytes->size() == 48);
  if (status != 200 || !has_size) return std::nullopt;
  return std::move(*bytes);
}

std::optional<Sight> transaction_sight(unsigned status, BytesView body) {
  if (status == 404) return Sight();
  return sight_in_status(status, body);
}

}  // namespace ao::settlement
