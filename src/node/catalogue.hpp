// Which items are on this node, as a gateway is asked for them.
//
// Asked for by id it looks them up. Otherwise it reads modules and the first messages of processes,
// up to a limit: that is for a node that people develop on, and no index of the whole network.
// Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/catalogue.hpp"
#include "ao/process/records.hpp"
#include "ao/schedule/log.hpp"

namespace ao::node {

class Catalogue {
 public:
  // `location` tells where this node is found; `builtin` are modules without an item.
  Catalogue(const store::Store& store, const schedule::Log& log, message::DataItem location,
            std::vector<std::string> builtin);

  api::FoundItems find(const api::ItemQuery& query) const;

 private:
  template <class Visit>
  void each(const api::ItemQuery& query, Visit visit) const;
  template <class Visit>
  void each_by_id(const std::vector<MessageId>& ids, Visit visit) const;

  const store::Store& store_;
  const schedule::Log& log_;
  process::Records records_;
  message::DataItem location_;
  std::vector<std::string> builtin_;
};

}  // namespace ao::node
