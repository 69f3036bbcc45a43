// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/chunks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ao/message/json.hpp"
#include "decimal.hpp"

namespace ao::settlement {
namespace {

constexpr std::size_t kHashBytes = 32;
constexpr std::size_t kNoteBytes = 32;
constexpr std::size_t kBranchBytes = 2 * kHashBytes + kNoteBytes;
constexpr std::size_t kLeafBytes = kHashBytes + kNoteBytes;

std::unexpected<Error> untrue(std::string text) {
  return fail(ErrorKind::kInvalid, "chunk-path", std::move(text));
}

Bytes hashed(BytesView bytes) {
  return Bytes(crypto::view(crypto::sha256(bytes)));
}

Bytes note(std::uint64_t number) {
  Bytes bytes(kNoteBytes - sizeof number, '\0');
  put_u64be(bytes, number);
  return bytes;
}

// Nullopt for one that no data reaches.
std::optional<std::uint64_t> number_in(BytesView note) {
  const std::size_t zeros = kNoteBytes - sizeof(std::uint64_t);
  if (note.substr(0, zeros).find_first_not_of('\0') != note.npos) return std::nullopt;
  return get_u64be(note.substr(zeros));
}

struct Node {
  Bytes id;
  Bytes start;  // of a path that comes by it: what stands there of this node
  std::uint64_t end = 0;
  const Node* left = nullptr;
  const Node* right = nullptr;
};

Node leaf(BytesView chunk, std::uint64_t end) {
  const Bytes hash = hashed(chunk);
  return {hashed(hashed(hash) + hashed(note(end))), hash + note(end), end};
}

Node branch(const Node& left, const Node& right) {
  return {hashed(hashed(left.id) + hashed(right.id) + hashed(note(left.end))),
          left.id + right.id + note(left.end), right.end, &left, &right};
}

// Where each chunk ends; the last may be empty.
std::vector<std::uint64_t> ends_of(std::uint64_t size) {
  std::vector<std::uint64_t> ends;
  std::uint64_t at = 0;
  while (size - at >= kChunkBytesMax) {
    const std::uint64_t rest = size - at, next = rest - kChunkBytesMax;
    at += next > 0 && next < kChunkBytesMin ? (rest + 1) / 2 : kChunkBytesMax;
    ends.push_back(at);
  }
  ends.push_back(size);
  return ends;
}

// Paths in the order of the leaves.
void collect(const Node& node, const Bytes& above, std::vector<Bytes>& paths) {
  Bytes path = above + node.start;
  if (node.left == nullptr) return paths.push_back(std::move(path));
  collect(*node.left, path, paths);
  collect(*node.right, path, paths);
}

}  // namespace

Chunks::Chunks(BytesView data) : size_(data.size()) {
  if (data.empty()) return;
  std::vector<std::vector<Node>> layers(1);
  std::uint64_t begin = 0;
  for (const std::uint64_t end : ends_of(size_)) {
    layers.front().push_back(leaf(data.substr(begin, end - begin), end));
    if (end > begin) chunks_.push_back({begin, end, {}});
    begin = end;
  }
  while (layers.back().size() > 1) {
    std::vector<Node>& below = layers.back();
    std::vector<Node> layer;
    for (std::size_t i = 0; i + 1 < below.size(); i += 2)
      layer.push_back(branch(below[i], below[i + 1]));
    if (below.size() % 2 != 0) layer.push_back(below.back());  // it goes up as it is
    layers.push_back(std::move(layer));
  }
  root_ = layers.back().front().id;
  std::vector<Bytes> paths;
  collect(layers.back().front(), {}, paths);
  for (std::size_t i = 0; i < chunks_.size(); ++i)
    chunks_[i].path = std::move(paths[i]);
}

Bytes Chunks::json(const Chunk& chunk, BytesView data) const {
  return message::to_json(
      message::Map{{"chunk", base64url(data.substr(chunk.begin, chunk.end - chunk.begin))},
                   {"data_path", base64url(chunk.path)},
                   {"data_root", base64url(root_)},
                   {"data_size", std::to_string(size_)},
                   {"offset", std::to_string(chunk.end - 1)}});
}

Result<Proven> prove_chunk(BytesView root, std::uint64_t size, std::uint64_t offset,
                           BytesView path) {
  if (root.size() != kHashBytes) return untrue("the root of the data has no 32 bytes");
  if (offset >= size) return untrue(fmt::format("there is no byte {} in {}", offset, size));
  Proven place{0, size, {}};
  Bytes due(root);
  for (; path.size() > kLeafBytes; path.remove_prefix(kBranchBytes)) {
    if (path.size() < kBranchBytes + kLeafBytes) return untrue("the path ends within a node");
    const BytesView left = path.substr(0, kHashBytes), right = path.substr(kHashBytes, kHashBytes);
    const BytesView mark = path.substr(2 * kHashBytes, kNoteBytes);
    if (hashed(hashed(left) + hashed(right) + hashed(mark)) != due)
      return untrue("a branch is not what the node above it names");
    const auto split = number_in(mark);
    if (!split || *split <= place.begin || *split > place.end)
      return untrue("a branch is split where it has no bytes");
    const bool is_left = offset < *split;
    (is_left ? place.end : place.begin) = *split;
    due = Bytes(is_left ? left : right);
  }
  if (path.size() != kLeafBytes) return untrue("the path ends without a leaf");
  const BytesView hash = path.substr(0, kHashBytes), mark = path.substr(kHashBytes);
  if (hashed(hashed(hash) + hashed(mark)) != due)
    return untrue("the leaf is not what the node above it names");
  if (number_in(mark) != place.end) return untrue("the leaf ends elsewhere than its branch");
  std::ranges::copy(hash, place.hash.begin());
  return place;
}

Result<ReadChunk> read_chunk(BytesView json) {
  const auto malformed = [](std::string_view member) {
    return fail(ErrorKind::kInvalid, "chunk-malformed",
                fmt::format("the chunk's \"{}\" is missing or is none", member));
  };
  const auto value = message::from_json(json);
  if (!value || value->map() == nullptr) return malformed("JSON");
  ReadChunk read;
  const auto size = decimal_at(*value, "data_size"), offset = decimal_at(*value, "offset");
  if (!size) return malformed("data_size");
  if (!offset) return malformed("offset");
  read.size = *size;
  Bytes path;
  for (const auto& [name, field] :
       {std::pair("data_root", &read.root), std::pair("data_path", &path),
        std::pair("chunk", &read.bytes)}) {
    auto bytes = from_base64url(value->text(name));
    if (!bytes || bytes->empty()) return malformed(name);
    *field = std::move(*bytes);
  }
  AO_TRY(place, prove_chunk(read.root, read.size, *offset, path));
  read.place = place;
  if (crypto::sha256(read.bytes) != place.hash)
    return untrue("the chunk is not what its leaf names");
  if (read.bytes.size() != place.end - place.begin)
    return untrue(fmt::format("the chunk has {} bytes, its place {}", read.bytes.size(),
                              place.end - place.begin));
  return read;
}

}  // namespace ao::settlement
