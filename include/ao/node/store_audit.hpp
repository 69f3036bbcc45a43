// Proves a whole store: every table by the module that it belongs to, on all cores.
//
// Called from one thread, which waits. Reads only; what cannot be read is a finding too.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/node/census.hpp"
#include "ao/schedule/audit.hpp"

namespace ao::node {

struct StoreAuditSettings {
  schedule::AuditSettings schedule;  // `signatures` counts for items too
  std::size_t threads = 1;
  std::size_t findings_kept_max = 100;
};

// Of what `census` counted. Progress in slots, index entries and items.
Findings audit_store(const store::Store& store, const Census& census,
                     const StoreAuditSettings& settings, const Progress& progress);

}  // namespace ao::node
