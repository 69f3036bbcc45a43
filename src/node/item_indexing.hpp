// Puts the items and processes of a store that was written before there was an index into it
// (message/item_index.hpp), once.
//
//   G → the key of table d or h behind which it goes on; "done"
//
// What comes meanwhile is indexed where it is written. In pieces, each with how far it is in one
// write, so that it goes on after a stop. On one strand of the pool; the rest for any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/strand.hpp>

#include "ao/async/pool.hpp"
#include "ao/async/task_group.hpp"
#include "ao/base/finding.hpp"
#include "ao/schedule/log.hpp"

namespace ao::node {

class ItemIndexing {
 public:
  ItemIndexing(store::Store& store, const schedule::Log& log, async::Pool& pool);
  ~ItemIndexing() { stop(); }

  void resume();  // a store without anything is done at once
  void stop();    // the piece that is under way is written
  bool is_done() const { return is_done_; }

  // That whatever the index names is there.
  static void audit(const store::Store& store, Findings& findings);

 private:
  struct Piece {
    store::Batch batch;
    Bytes reached;  // the last key that was looked at; empty when there is no more
  };

  Task<> index_all();
  Piece next_piece(const Bytes& behind) const;
  void add(BytesView key, BytesView value, store::Batch& batch) const;

  store::Store& store_;
  const schedule::Log& log_;
  boost::asio::strand<boost::asio::thread_pool::executor_type> strand_;
  std::atomic<bool> is_done_ = false, is_stopping_ = false;
  async::TaskGroup group_;
};

}  // namespace ao::node
