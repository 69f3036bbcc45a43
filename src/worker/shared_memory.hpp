// Memory that a node shares with one worker: a request in the first half, the answer in the second.
//
// Costs what was written to it. The node reads an answer from a copy, since its worker may go on
// writing.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/base/bytes.hpp"

namespace ao::worker {

class SharedMemory {
 public:
  static constexpr std::size_t kHalfBytes = std::size_t{1} << 30;

  // Errors: kUnavailable "worker-unstartable".
  static Result<SharedMemory> create();
  // Takes the descriptor over.
  static Result<SharedMemory> attach(int descriptor);

  ~SharedMemory();
  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory& operator=(SharedMemory&&) = delete;

  int descriptor() const { return descriptor_; }

  void put_request(BytesView bytes) { put(base_, bytes); }
  void put_answer(BytesView bytes) { put(base_ + kHalfBytes, bytes); }
  BytesView request(std::size_t size) const { return {base_, size}; }
  Bytes answer(std::size_t size) const { return {base_ + kHalfBytes, size}; }

  // Gives back what big requests and answers took.
  void shrink();

 private:
  SharedMemory(int descriptor, char* base) : descriptor_(descriptor), base_(base) {}
  void put(char* where, BytesView bytes);

  int descriptor_;
  char* base_;
  bool big_ = false;
};

}  // namespace ao::worker
