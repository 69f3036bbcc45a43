// What a file needs beside the savepoint to be mapped again as the instance that it was.
//
// It lies behind the last byte that a savepoint can have, in a file that has a hole before it, and
// is cut off when the instance goes on: who dies in between leaves no image.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "arena.hpp"

namespace ao::machine {

struct Image {
  static constexpr std::uint64_t kOffset = Arena::kBytes;  // in its file

  std::uint64_t savepoint_bytes;
  std::uint64_t lua;  // the address of the state, inside the arena
  bool has_checkpoint;
  std::vector<Arena::Run> written;  // pages that it lacks
  Bytes note;

  Bytes bytes() const;
  // Throws std::runtime_error when the file takes no more.
  void write(int file) const;

  // Errors: kInvalid "image-malformed".
  static Result<Image> take_from(int file);
};

}  // namespace ao::machine
