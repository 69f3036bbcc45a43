// One Lua 5.4 state that can be metered, abandoned at any instruction, and rolled back.
//
// An instance lives whole inside an arena: a memory region at an address derived from its name, so
// that the same evaluations leave the same bytes on every node. The region is a private mapping
// over the last savepoint: `commit` makes the present the savepoint, `rollback` returns to it.
// An evaluation that runs out of gas or memory is abandoned by jumping out of the interpreter;
// nothing in Lua can catch or delay that. After every ending but kReturned, and kRaised, the state
// must be rolled back before the next call.
//
// Owned by `execution`; used by one thread at a time, on the cpu pool. Knows no process, no disk.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "ao/crypto/digest.hpp"
#include "ao/message/value.hpp"

namespace ao::machine {

struct Limits {
  std::uint64_t gas;           // units of the gas table (docs/gas.md) for one evaluation
  std::uint64_t memory_bytes;  // blocks in use in the arena; at most kArenaBytes
  std::uint64_t output_bytes;  // of the returned value, counted as bytes plus 16 for each value
};

// Lua source text; `name` is what errors call it.
struct Chunk {
  std::string name;
  Bytes source;
};

enum class Ending {
  kReturned,     // `value` is what the function returned
  kRaised,       // a Lua error nobody caught: `value` is its text, `traceback` where it was
  kOutOfGas,     // abandoned
  kOutOfMemory,  // abandoned
};

struct Evaluation {
  Ending ending = Ending::kReturned;
  message::Value value;
  std::string traceback;
  std::uint64_t gas_used = 0;
};

class Instance {
 public:
  static constexpr std::uint64_t kArenaBytes = std::uint64_t{1} << 30;

  // Does now what a sandbox would refuse to `create` later. Optional.
  static void prepare();

  // An instance with the whitelisted standard library and the host functions of docs/lua.md, and no
  // program; that is its first savepoint. `name` fixes the address: 32 bytes, in practice a process
  // id. Errors: kBusy "arena-taken" while another live instance holds that address; kUnavailable
  // "arena-refused" when the system gives no memory.
  // The savepoint is kept in `file`, an empty one, which the instance closes; by default in memory.
  static constexpr int kInMemory = -1;
  static Result<std::unique_ptr<Instance>> create(BytesView name, int file = kInMemory);

  // An instance that was put to rest in `file`, and the note that was left with it; closes the file
  // in the end. Nothing is read but what is needed, so the size of the state costs nothing. Errors:
  // those of create; kInvalid "image-malformed" when the file holds none.
  struct Woken {
    std::unique_ptr<Instance> instance;
    Bytes note;
  };
  static Result<Woken> wake(BytesView name, int file);

  // Whether two names have the same address, so that their instances cannot both be alive.
  static bool share_an_address(BytesView name, BytesView other);

  virtual ~Instance() = default;

  // Runs a chunk as a main program; its return values are dropped.
  virtual Evaluation load(const Chunk& chunk, const Limits& limits) = 0;

  // Calls the global function `function` with one argument.
  virtual Evaluation call(const std::string& function, const message::Value& argument,
                          const Limits& limits) = 0;

  // `commit` throws std::runtime_error when the file takes no more: the instance is lost then.
  virtual void commit() = 0;
  virtual void rollback() = 0;

  // Commits, and leaves in the file what `wake` needs. The instance is not to be used any more.
  // Throws as commit does.
  virtual void rest(BytesView note) = 0;

  // Commits, and tells which pages of the file the last checkpoint lacks. The pages up to the
  // file's end as they are then, and `head` behind kArenaBytes, make a file that wakes as this
  // instance is now. At first
  // that is all pages. Throws as commit does.
  struct Checkpoint {
    struct Run {
      std::uint64_t first_page;  // of kPageBytes
      std::uint64_t pages;
    };
    Bytes head;
    bool is_first;  // `runs` are all pages
    std::vector<Run> runs;
  };
  static constexpr std::uint64_t kPageBytes = 4096;
  virtual Checkpoint checkpoint(BytesView note) = 0;

  // Commits, and tells what a copy of the file needs to wake as this instance is now: its first
  // `bytes`, and `head` behind kArenaBytes. Throws as commit does.
  struct Copied {
    Bytes head;
    std::uint64_t bytes;
  };
  virtual Copied copied(BytesView note) = 0;

  // Hears of each line before Lua runs it, with the name of its chunk; from inside the evaluation,
  // so it must not throw, nor ask anything of the instance. Uses stack, and so some gas.
  using Tracer = std::function<void(std::string_view chunk, int line)>;
  virtual void trace(Tracer tracer) = 0;

  virtual std::uint64_t memory_bytes() const = 0;  // of the arena, in use

  // Of all that the next evaluation can depend on. Equal after the same evaluations, in any process
  // and any build. Reads the whole state.
  virtual crypto::Digest256 state_hash() const = 0;
};

}  // namespace ao::machine
