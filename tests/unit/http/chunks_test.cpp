// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "chunks.hpp"

#include <gtest/gtest.h>

namespace ao::http {
namespace {

// 200, the status of the refusal, or 0 when the body does not end.
unsigned status_of(std::string_view wire, const Limits& limits = {}) {
  ChunkDecoder decoder(limits);
  Bytes body;
  const auto taken = decoder.feed(wire, body);
  if (!taken) return taken.error().status;
  return decoder.done() ? 200 : 0;
}

TEST(Chunks, decode_the_same_wherever_the_wire_is_cut) {
  const std::string wire = "3;a=b\r\nabc\r\n00a\r\n0123456789\r\n0\r\nX: y\r\n\r\n";
  const Limits limits;
  for (std::size_t first = 0; first <= wire.size(); ++first)
    for (std::size_t second = first; second <= wire.size(); ++second) {
      ChunkDecoder decoder(limits);
      Bytes body;
      const std::string_view view = wire;
      ASSERT_EQ(decoder.feed(view.substr(0, first), body), first);
      ASSERT_EQ(decoder.feed(view.substr(first, second - first), body), second - first);
      ASSERT_EQ(decoder.feed(view.substr(second), body), wire.size() - second);
      ASSERT_TRUE(decoder.done());
      ASSERT_EQ(body, "abc0123456789");
    }
}

TEST(Chunks, leave_what_follows_the_body) {
  const Limits limits;
  ChunkDecoder decoder(limits);
  Bytes body;
  EXPECT_EQ(decoder.feed("0\r\n\r\nGET /", body), 5u);
  EXPECT_TRUE(decoder.done());
}

TEST(Chunks, refuse_every_other_framing) {
  using namespace std::string_literals;
  const std::string wires[] = {
      "0x3\r\nabc\r\n0\r\n\r\n",      // a prefix
      " 3\r\nabc\r\n0\r\n\r\n",       // white space
      "3 \r\nabc\r\n0\r\n\r\n",       //
      "3\t;a\r\nabc\r\n0\r\n\r\n",    //
      "+3\r\nabc\r\n0\r\n\r\n",       // signs
      "-3\r\nabc\r\n0\r\n\r\n",       //
      "g\r\nabc\r\n0\r\n\r\n",        // no digit
      "\r\nabc\r\n0\r\n\r\n",         // no size
      ";a\r\nabc\r\n0\r\n\r\n",       //
      "3\nabc\r\n0\r\n\r\n",          // bare LF after the size
      "3;a\nabc\r\n0\r\n\r\n",        // and after an extension
      "3\r\rabc\r\n0\r\n\r\n",        // CR without LF
      "3\r\nabc\n0\r\n\r\n",          // bare LF after the data
      "3\r\nabc\r0\r\n\r\n",          // CR without LF
      "3\r\nabcd\r\n0\r\n\r\n",       // more data than announced
      "3\r\nab\r\n0\r\n\r\n",         // less
      "3;a\0b\r\nabc\r\n0\r\n\r\n"s,  // controls
      "3\r\nabc\r\n0\r\n\n",          // bare LF at the end
      "3\r\nabc\r\n0\r\nX: y\n\r\n",  // and after a trailer
      "3\r\nabc\r\n0\r\nX : y\r\n\r\n",
      "3\r\nabc\r\n0\r\n X: y\r\n\r\n",
      "3\r\nabc\r\n0\r\nXy\r\n\r\n",
      "00000000000000003\r\nabc\r\n0\r\n\r\n",  // over 16 digits
      "10000000000000003\r\nabc\r\n0\r\n\r\n",  // over 64 bits
  };
  for (const std::string& wire : wires)
    EXPECT_EQ(status_of(wire), 400u) << wire;
}

TEST(Chunks, limit_the_body_before_it_is_read) {
  Limits limits;
  limits.body_bytes_max = 16;
  EXPECT_EQ(status_of("10\r\n0123456789abcdef\r\n0\r\n\r\n", limits), 200u);
  EXPECT_EQ(status_of("11\r\n", limits), 413u);
  EXPECT_EQ(status_of("8\r\n01234567\r\n9\r\n", limits), 413u);
  EXPECT_EQ(status_of("1\r\n0\r\nffffffffffffffff\r\n", limits), 413u) << "the sum overflows";
}

TEST(Chunks, limit_each_extension) {
  Limits limits;
  limits.chunk_extension_bytes_max = 10;
  const auto wire = [](std::size_t bytes) {
    const std::string extension = ";" + std::string(bytes - 1, 'a');
    return "1" + extension + "\r\nx\r\n0" + extension + "\r\n\r\n";
  };
  EXPECT_EQ(status_of(wire(10), limits), 200u);
  EXPECT_EQ(status_of(wire(11), limits), 400u);
}

TEST(Chunks, limit_the_trailers) {
  Limits limits;
  limits.trailer_fields_max = 2;
  limits.header_field_bytes_max = 10;
  EXPECT_EQ(status_of("0\r\nA: a\r\nB: b\r\n\r\n", limits), 200u);
  EXPECT_EQ(status_of("0\r\nA: a\r\nB: b\r\nC: c\r\n\r\n", limits), 400u);
  EXPECT_EQ(status_of("0\r\nA: 3456789\r\n\r\n", limits), 200u);
  EXPECT_EQ(status_of("0\r\nA: 34567890\r\n\r\n", limits), 431u);
}

}  // namespace
}  // namespace ao::http
