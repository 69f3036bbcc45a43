// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "image.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>

#include "ao/crypto/digest.hpp"
#include "arena.hpp"

namespace ao::machine {
namespace {

//   magic digest size:u64
//   savepoint_bytes:u64 lua:u64 has_checkpoint:u64 runs:u64 (first:u64 pages:u64)… note
// The digest is of all behind it; the size is of what follows.
constexpr BytesView kMagic = "AOIMAGE1";
constexpr std::size_t kDigestBytes = 32;
constexpr std::size_t kHeadBytes = 8 + kDigestBytes + 8;
constexpr std::size_t kBodyBytesMin = 4 * 8;
constexpr std::size_t kBodyBytesMax = 64 << 20;
constexpr auto kOffset = static_cast<off_t>(Image::kOffset);

std::unexpected<Error> malformed(const char* what) {
  return fail(ErrorKind::kInvalid, "image-malformed",
              fmt::format("the file is no image: {}", what));
}

std::optional<Bytes> read(int file, off_t offset, std::size_t size) {
  Bytes bytes(size, '\0');
  const ssize_t count = pread(file, bytes.data(), size, offset);
  if (count != static_cast<ssize_t>(size)) return std::nullopt;
  return bytes;
}

std::optional<Image> of_body(BytesView body) {
  Image image{get_u64be(body), get_u64be(body.substr(8)), get_u64be(body.substr(16)) != 0, {}, {}};
  const std::uint64_t runs = get_u64be(body.substr(24));
  body.remove_prefix(kBodyBytesMin);
  if (image.savepoint_bytes > Arena::kBytes || runs > body.size() / 16) return std::nullopt;
  constexpr std::uint64_t kPages = Arena::kBytes / Arena::kPageBytes;
  for (std::uint64_t i = 0; i < runs; ++i, body.remove_prefix(16)) {
    const Arena::Run run{get_u64be(body), get_u64be(body.substr(8))};
    if (run.first_page > kPages || run.pages > kPages - run.first_page) return std::nullopt;
    image.written.push_back(run);
  }
  image.note = body;
  return image;
}

}  // namespace

Bytes Image::bytes() const {
  Bytes body;
  for (const std::uint64_t number :
       {savepoint_bytes, lua, std::uint64_t{has_checkpoint}, std::uint64_t{written.size()}})
    put_u64be(body, number);
  for (const Arena::Run& run : written) {
    put_u64be(body, run.first_page);
    put_u64be(body, run.pages);
  }
  body += note;
  Bytes sized;
  put_u64be(sized, body.size());
  sized += body;
  return Bytes(kMagic) + Bytes(crypto::view(crypto::sha256(sized))) + sized;
}

void Image::write(int file) const {
  const Bytes all = bytes();
  if (pwrite(file, all.data(), all.size(), ::ao::machine::kOffset) !=
      static_cast<ssize_t>(all.size()))
    throw std::runtime_error(
        fmt::format("the image of a process cannot be written: {}", std::strerror(errno)));
}

Result<Image> Image::take_from(int file) {
  const auto head = read(file, ::ao::machine::kOffset, kHeadBytes);
  if (!head || !head->starts_with(kMagic)) return malformed("it has no head");
  const BytesView digest = BytesView(*head).substr(kMagic.size(), kDigestBytes);
  const BytesView size = BytesView(*head).substr(kMagic.size() + kDigestBytes);
  const std::uint64_t body_bytes = get_u64be(size);
  if (body_bytes < kBodyBytesMin || body_bytes > kBodyBytesMax) return malformed("its size");
  const auto body = read(file, ::ao::machine::kOffset + static_cast<off_t>(kHeadBytes), body_bytes);
  if (!body) return malformed("its head is cut");
  if (crypto::view(crypto::sha256(Bytes(size) + *body)) != digest)
    return malformed("its head is not what was written");
  auto image = of_body(*body);
  if (!image) return malformed("its head does not add up");
  if (ftruncate(file, static_cast<off_t>(image->savepoint_bytes)) != 0)
    return malformed("it cannot be cut");
  return std::move(*image);
}

}  // namespace ao::machine
