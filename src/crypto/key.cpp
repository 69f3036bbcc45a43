// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/crypto/key.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "ao/base/assert.hpp"
#include "private_keys.hpp"
#include "verifiers.hpp"

namespace ao::crypto {
namespace {

constexpr std::size_t kFileBytesMax = 64 * 1024;

class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (is_open()) ::close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return descriptor_ >= 0; }
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

std::string reason() {
  return std::generic_category().message(errno);
}

bool write_and_sync(const File& file, BytesView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.descriptor(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(file.descriptor()) == 0;
}

// The name of a new file is durable when its folder is.
bool sync_folder_of(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const File opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return opened.is_open() && ::fsync(opened.descriptor()) == 0;
}

std::unexpected<Error> unreadable(const std::filesystem::path& file, std::string_view why) {
  return fail(ErrorKind::kUnavailable, "key-unreadable",
              fmt::format("key file {}: {}", file.native(), why));
}

}  // namespace

std::unique_ptr<Key> Key::new_ed25519() {
  return generate_ed25519();
}
std::unique_ptr<Key> Key::new_ethereum() {
  return generate_ethereum();
}
std::unique_ptr<Key> Key::new_rsa() {
  return generate_rsa();
}

std::optional<HttpAlgorithm> Key::http_algorithm() const {
  switch (type()) {
    case SignatureType::kArweave:
      return HttpAlgorithm::kRsaPssSha512;
    case SignatureType::kEd25519:
      return HttpAlgorithm::kEd25519;
    case SignatureType::kEthereum:
      return std::nullopt;
  }
  AO_ASSERT(!"a signature type without an answer");
}

Result<std::unique_ptr<Key>> Key::from_jwk(std::string_view json) {
  AO_TRY(jwk, Jwk::parse(json));
  AO_TRY(kind, jwk.text("kty"));
  if (kind == "RSA") return rsa_from(jwk);
  if (kind == "OKP") return ed25519_from(jwk);
  if (kind == "EC") return ethereum_from(jwk);
  return malformed_key(
      fmt::format("\"kty\" of the JSON Web Key is {}; it must be RSA, OKP or EC", kind));
}

Result<std::unique_ptr<Key>> Key::load(const std::filesystem::path& path) {
  const File file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a FIFO must not hang
  if (!file.is_open()) return unreadable(path, reason());
  struct stat status;
  if (::fstat(file.descriptor(), &status) != 0) return unreadable(path, reason());
  if (!S_ISREG(status.st_mode)) return unreadable(path, "not a regular file");
  if ((status.st_mode & 077) != 0)
    return fail(ErrorKind::kDenied, "key-exposed",
                fmt::format("key file {} has mode {:04o}: others than its owner may use it; "
                            "chmod it to 0600",
                            path.native(), status.st_mode & 07777));
  std::string json;
  std::array<char, 4096> chunk;
  for (;;) {
    const ssize_t got = ::read(file.descriptor(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return unreadable(path, reason());
    if (got == 0) return from_jwk(json);
    json.append(chunk.data(), static_cast<std::size_t>(got));
    if (json.size() > kFileBytesMax)
      return unreadable(path, fmt::format("more than {} bytes", kFileBytesMax));
  }
}

Result<> Key::save(const std::filesystem::path& path) const {
  const File file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file.is_open() && errno == EEXIST)
    return fail(ErrorKind::kConflict, "key-exists",
                fmt::format("key file {} exists; a key is never overwritten", path.native()));
  if (file.is_open() && write_and_sync(file, jwk() + "\n") && sync_folder_of(path)) return {};
  const std::string why = reason();
  if (file.is_open()) ::unlink(path.c_str());  // ours, and half written
  return fail(ErrorKind::kUnavailable, "key-unwritable",
              fmt::format("key file {}: {}", path.native(), why));
}

}  // namespace ao::crypto
