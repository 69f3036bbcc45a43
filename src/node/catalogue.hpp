// Which items are on this node, as a gateway is asked for them.
//
// Asked for by id it looks them up. Otherwise it goes through the shortest of the index's lists
// (message/item_index.hpp) that must have what is looked for, and reads what stands there: in
// pieces, one after the other on one strand of the cpu pool, so that whoever asks much holds up
// nobody but those who ask too. Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/catalogue.hpp"
#include "ao/process/records.hpp"
#include "ao/schedule/log.hpp"
#include "item_indexing.hpp"

namespace ao::node {

class Catalogue {
 public:
  // `location` tells where this node is found; `builtin` are modules without an item.
  Catalogue(store::Store& store, const schedule::Log& log, message::DataItem location,
            const std::vector<std::string>& builtin, async::Pool& pool);

  // Of stores that were written before there was an index.
  void resume() { indexing_.resume(); }
  void stop() { indexing_.stop(); }

  // As api::Backend::find_items.
  Task<Result<api::FoundItems>> find(api::ItemQuery query, api::SearchBudget& budget);

 private:
  using Lists = std::vector<Bytes>;  // prefixes
  struct Search;

  Lists shortest_lists(const api::ItemQuery& query) const;
  std::size_t length_of(const Lists& lists) const;
  void look_up(Search& search) const;
  void go_on(Search& search) const;
  void list_places(Search& search) const;
  void read_next(Search& search) const;
  std::vector<Bytes> next_places(Search& search) const;
  const api::ItemFacts* own_at(const Bytes& place) const;
  std::optional<api::ItemFacts> read_at(const Bytes& place) const;
  std::optional<api::ItemFacts> facts_of(const MessageId& id) const;

  const store::Store& store_;
  const schedule::Log& log_;
  process::Records records_;
  std::vector<api::ItemFacts> own_;  // this node's location and builtin modules, by place
  ItemIndexing indexing_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
};

}  // namespace ao::node
