// One process in memory: its Lua state and the next slot it expects. Assignments in, outcomes out.
//
// Pure apart from CPU time: an evaluator fed the same assignments gives the same outcomes, on any
// node (promise P4). A message that fails (an error, its gas, its memory)
// costs its own slot an error outcome: the state is as before it, and the next slot runs (P8).
// Owned by the worker that holds the process; one thread at a time.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/machine/instance.hpp"
#include "ao/message/assignment.hpp"
#include "ao/message/definition.hpp"
#include "ao/message/outcome.hpp"
#include "ao/message/trial.hpp"

namespace ao::execution {

struct Settings {
  std::uint64_t gas_per_message = 50'000'000;
  std::uint64_t gas_per_dry_run = 5'000'000;
  std::uint64_t memory_bytes = 64 << 20;  // of a process's Lua state
  std::uint64_t output_bytes = 4 << 20;   // of what one evaluation returns
  std::size_t outgoing_max = 100;         // messages and spawns of one evaluation
};

class Evaluator {
 public:
  // `module` is absent for processes of the built-in runtime alone. A module that does not load is
  // no error here: its process answers every slot with why. Errors: those of Instance::create.
  static Result<std::unique_ptr<Evaluator>> create(const Settings& settings,
                                                   message::Definition definition,
                                                   const std::optional<message::DataItem>& module,
                                                   int file = machine::Instance::kInMemory);

  // One that was put to rest in `file`, by a program of the same build. Errors: those of
  // Instance::wake; kConflict "image-foreign" for that of another build or process.
  static Result<std::unique_ptr<Evaluator>> wake(const Settings& settings,
                                                 message::Definition definition, int file,
                                                 BytesView build);

  // Ends it; its file holds it. Throws std::runtime_error when the file takes no more.
  void rest(BytesView build);

  // See machine::Instance. Throws the same.
  machine::Instance::Checkpoint checkpoint(BytesView build);
  machine::Instance::Copied copied(BytesView build);

  const message::Definition& definition() const { return definition_; }
  Slot next() const { return next_; }
  std::uint64_t memory_bytes() const { return instance_->memory_bytes(); }
  crypto::Digest256 state_hash() const { return instance_->state_hash(); }

  // Gas of everything that ran, messages run again after a rollback included.
  std::uint64_t gas_spent() const { return gas_spent_; }

  // `assignment` is that of slot `next()`.
  message::Outcome run(const message::Assignment& assignment);

  // From now on; see machine::Instance. Of the runtime's own lines nothing is heard.
  using Tracer = machine::Instance::Tracer;
  void trace(Tracer tracer);

  // What the message would do now; the state stays as it is.
  message::Outcome dry_run(const message::Trial& trial, Timestamp now);

 private:
  Evaluator(const Settings& settings, message::Definition definition,
            std::unique_ptr<machine::Instance> instance);

  void save();
  Bytes note(BytesView build) const;
  void boot(const std::optional<message::DataItem>& module);
  std::string first_failure(const std::optional<message::DataItem>& module);
  machine::Evaluation call(const message::Value& argument, const machine::Limits& budget);
  message::Outcome evaluate(const message::Value& argument, std::uint64_t gas);
  void read_returned(message::Value& returned, message::Outcome& outcome);
  machine::Limits limits(std::uint64_t gas) const;

  Settings settings_;
  message::Definition definition_;
  std::unique_ptr<machine::Instance> instance_;
  std::string boot_failure_;  // empty when the module loaded
  message::Value shown_;      // the state that a module of the compute convention last returned
  Slot next_;
  std::uint64_t gas_spent_ = 0;
  std::vector<message::Value> unsaved_;  // what ran since the savepoint, in order
  std::size_t unsaved_bytes_ = 0;
  std::uint64_t unsaved_gas_ = 0;
  std::size_t stride_ = 1;  // messages between savepoints; see run()
};

}  // namespace ao::execution
