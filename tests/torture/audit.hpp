// Whether what a node shows agrees with what clients were promised: each rule a counted check.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "torture/checks.hpp"
#include "torture/observation.hpp"

namespace ao::test {

class Audit {
 public:
  Audit(const Cast& cast, const Recorder& recorder, Checks& checks)
      : cast_(cast), recorder_(recorder), checks_(checks) {}

  // Reads everything and checks it.
  void examine(Connection& connection);

  // After another restart: nothing that was seen before has changed or grown.
  void examine_again(Connection& connection);

 private:
  const Observation& seen(const ProcessId& process) const { return seen_.at(process); }
  void check_promises(const std::string& name, const ProcessId& process);
  void check_origins(const std::string& name, const ProcessId& process);
  void check_chain(const std::string& name, const ProcessId& process);
  void check_results(const std::string& name, const ProcessId& process);
  void check_deliveries();
  void check_counter();
  void check_sink();
  void check_exchange();

  const Cast& cast_;
  const Recorder& recorder_;
  Checks& checks_;
  std::unordered_map<ProcessId, Observation> seen_;
};

}  // namespace ao::test
