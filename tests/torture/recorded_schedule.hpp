// The schedule of one process with its module, made without a node, and as bytes that another
// process reads: all that the process's outcomes may depend on.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/admission/admission.hpp"
#include "ao/message/assignment.hpp"
#include "ao/message/definition.hpp"
#include "ao/message/value.hpp"
#include "ao/schedule/log.hpp"

namespace ao::test {

struct RecordedSchedule {
  message::DataItem module;
  std::vector<message::Assignment> assignments;  // the first is the process's spawn

  message::Definition definition() const {
    return message::Definition::of(assignments.front().body());
  }

  message::Value value() const;
  // Throws std::runtime_error for anything that `value` did not make.
  static RecordedSchedule from(const message::Value& value);
};

// A key that is the same in every run, so that a seed makes the same ids.
std::unique_ptr<crypto::Key> constant_key();

// Makes a schedule, one message after another. The scheduler signs the messages too.
class ScheduleRecorder {
 public:
  ScheduleRecorder(const crypto::Key& key, const std::string& module_source);

  void add(const std::string& action, const std::string& data);
  RecordedSchedule take() { return std::move(made_); }

 private:
  void append(const message::Draft& draft);

  const crypto::Key& key_;
  admission::Admission admission_;
  schedule::Head head_{};
  RecordedSchedule made_;
};

}  // namespace ao::test
