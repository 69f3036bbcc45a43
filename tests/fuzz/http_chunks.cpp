// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "http/chunks.hpp"

#include "fuzz/fuzz.hpp"

namespace ao::http {
namespace {

// Small, so that inputs reach them.
constexpr Limits kLimits{.header_field_bytes_max = 64,
                         .body_bytes_max = 1'000,
                         .chunk_extension_bytes_max = 16,
                         .trailer_fields_max = 3};

struct Decoded {
  std::size_t taken = 0;
  bool done = false;
  Bytes body;
  unsigned status = 0;  // of the refusal

  bool operator==(const Decoded&) const = default;
};

// `step` bytes arrive at a time.
Decoded decode(std::string_view wire, std::size_t step) {
  ChunkDecoder decoder(kLimits);
  Decoded decoded;
  for (std::size_t at = 0; at < wire.size() && !decoder.done(); at += step) {
    const std::string_view piece = wire.substr(at, step);
    const auto taken = decoder.feed(piece, decoded.body);
    if (!taken) {
      fuzz::refused(taken.error(), "");
      decoded.taken = 0;
      decoded.status = taken.error().status;
      AO_ASSERT(decoded.status >= 400 && decoded.status <= 505);
      break;
    }
    AO_ASSERT(*taken == piece.size() || decoder.done());
    decoded.taken += *taken;
  }
  decoded.done = decoder.done();
  AO_ASSERT(decoded.body.size() <= kLimits.body_bytes_max);
  return decoded;
}

}  // namespace

// How the bytes are cut on their way does not matter; a body means the same in one chunk.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = fuzz::view(data, size);
  const Decoded whole = decode(input, input.size() + 1);
  AO_ASSERT(decode(input, 1) == whole);
  AO_ASSERT(decode(input, 5) == whole);
  if (!whole.done) return 0;
  AO_ASSERT(whole.taken <= input.size());
  Bytes wire;
  if (!whole.body.empty()) {
    Bytes length;
    put_u64be(length, whole.body.size());
    wire = hex(length) + "\r\n" + whole.body + "\r\n";
  }
  wire += "0\r\n\r\n";
  const Decoded again = decode(wire, wire.size());
  AO_ASSERT(again.done && again.taken == wire.size() && again.body == whole.body);
  return 0;
}

}  // namespace ao::http
