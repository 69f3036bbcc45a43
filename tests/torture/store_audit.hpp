// Whether a store that was opened again holds what was promised, and nothing that nobody sent.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "torture/opened_store.hpp"

namespace ao::test {

struct Findings {
  std::vector<std::string> wrong;  // told to nobody: fewer or other data
  std::vector<std::string> older;  // outcomes that were acknowledged and are gone, without a trace
  std::vector<std::string> damaged;  // processes whose schedule says that it is damaged

  std::vector<std::string> all() const;
};

// What was found is entered into the ledger. Throws what reading throws.
Findings audit_store(OpenedStore& opened, const MessagePool& pool, Ledger& ledger);

}  // namespace ao::test
