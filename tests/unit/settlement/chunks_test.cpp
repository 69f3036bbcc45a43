// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/chunks.hpp"

#include <gtest/gtest.h>

namespace ao::settlement {
namespace {

Bytes patterned(std::size_t size) {
  Bytes data(size, '\0');
  for (std::size_t i = 0; i < size; ++i)
    data[i] = static_cast<char>(i * 7 % 251);
  return data;
}

struct Case {
  std::size_t size;
  const char* root;
  std::vector<std::uint64_t> ends;
};

// As arweave-js has them; tests/clients/oracles.mjs asks it about thousands more.
const std::vector<Case> kCases{
    {1, "Ht_yZhXGBDUZfLv4OD6we7FkrjcpDpGPwQZEZgEJVfk", {1}},
    {262'143, "iwPUKzuFr7AOzwvfbXvVskrobLtGD1cVuYiHHGwrzro", {262'143}},
    {262'144, "3S_4SKh9Dgf-VZorGHoWIosP_3cUqBv-hBuDWzdngVk", {262'144}},
    {262'145, "d6nDWqcOJIPQPC7oVLu1dfUONz0ZJcTPsZQ9WlkBXoY", {131'073, 262'145}},
    {294'911, "9yDTGJrmMSH_Rt70bi3C87vMEhiHbJdP2xE1_nHKgmc", {147'456, 294'911}},
    {294'912, "CqqLHS8q9-3L-qkyUtIrYsiilGonCaUXTu-pT9tMjNA", {262'144, 294'912}},
    {600'000, "FylthviLfdPzoMeT5-ewos4tP3Mblmr4Gbj7EeZQ6ao", {262'144, 524'288, 600'000}}};

TEST(ChunksTest, are_cut_as_every_client_cuts_them) {
  for (const Case& each : kCases) {
    const Chunks chunks(patterned(each.size));
    EXPECT_EQ(base64url(chunks.root()), each.root) << each.size;
    std::vector<std::uint64_t> ends;
    for (const Chunk& chunk : chunks.all())
      ends.push_back(chunk.end);
    EXPECT_EQ(ends, each.ends) << each.size;
  }
}

TEST(ChunksTest, no_data_has_no_root_and_no_chunk) {
  const Chunks chunks("");
  EXPECT_EQ(chunks.root(), "");
  EXPECT_TRUE(chunks.all().empty());
}

TEST(ChunksTest, each_is_proven_by_its_path_and_comes_back_from_its_json) {
  for (const Case& each : kCases) {
    const Bytes data = patterned(each.size);
    const Chunks chunks(data);
    for (const Chunk& chunk : chunks.all()) {
      for (const std::uint64_t offset : {chunk.begin, chunk.end - 1}) {
        const auto place = prove_chunk(chunks.root(), each.size, offset, chunk.path);
        ASSERT_TRUE(place) << place.error().text;
        EXPECT_EQ(place->begin, chunk.begin);
        EXPECT_EQ(place->end, chunk.end);
      }
      const auto read = read_chunk(chunks.json(chunk, data));
      ASSERT_TRUE(read) << read.error().text;
      EXPECT_EQ(read->root, chunks.root());
      EXPECT_EQ(read->size, each.size);
      EXPECT_EQ(read->bytes, BytesView(data).substr(chunk.begin, chunk.end - chunk.begin));
    }
  }
}

TEST(ChunksTest, a_path_proves_nothing_else) {
  const Bytes data = patterned(600'000);
  const Chunks chunks(data);
  const Chunk& middle = chunks.all()[1];
  const auto refuses = [&](BytesView root, std::uint64_t size, std::uint64_t offset,
                           BytesView path) {
    const auto place = prove_chunk(root, size, offset, path);
    return !place && place.error().code == "chunk-path";
  };
  EXPECT_FALSE(refuses(chunks.root(), data.size(), middle.begin, middle.path));
  EXPECT_TRUE(refuses(chunks.root(), data.size(), middle.begin - 1, middle.path));
  EXPECT_TRUE(refuses(chunks.root(), data.size(), middle.end, middle.path));
  EXPECT_TRUE(refuses(chunks.root(), data.size(), data.size(), middle.path));
  EXPECT_TRUE(refuses("", data.size(), middle.begin, middle.path));
  EXPECT_TRUE(refuses(chunks.root(), data.size(), middle.begin, ""));
  for (std::size_t at = 0; at < middle.path.size(); ++at) {
    Bytes changed = middle.path;
    changed[at] ^= 1;
    EXPECT_TRUE(refuses(chunks.root(), data.size(), middle.begin, changed)) << at;
    EXPECT_TRUE(refuses(chunks.root(), data.size(), middle.begin, middle.path.substr(0, at)));
  }
  EXPECT_TRUE(refuses(chunks.root(), data.size(), middle.begin, middle.path + Bytes(96, '\0')));
  const Chunk& last = chunks.all()[2];
  EXPECT_TRUE(refuses(chunks.root(), data.size() + 1, last.begin, last.path)) << "another size";
}

TEST(ChunksTest, a_chunk_that_is_none_is_refused_by_the_name_of_its_member) {
  const Bytes data = patterned(300'000);
  const Chunks chunks(data);
  const Bytes good = chunks.json(chunks.all()[0], data);
  for (const char* member : {"chunk", "data_path", "data_root", "data_size", "offset"}) {
    Bytes bad = good;
    bad.replace(bad.find('"' + std::string(member) + '"') + 1, 1, "_");
    const auto read = read_chunk(bad);
    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code, "chunk-malformed");
    EXPECT_NE(read.error().text.find(member), std::string::npos) << read.error().text;
  }
  Bytes other = data;
  other[0] ^= 1;
  EXPECT_EQ(read_chunk(chunks.json(chunks.all()[0], other)).error().code, "chunk-path");
  EXPECT_EQ(read_chunk("[]").error().code, "chunk-malformed");
}

}  // namespace
}  // namespace ao::settlement
