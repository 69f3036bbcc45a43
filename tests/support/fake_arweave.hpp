// A bundler, an Arweave node and a gateway on one port of the loopback, which fail as they are
// told.
//
// What is given to POST /tx is checked as a stranger would: a data item whose signature holds,
// whose data is a bundle of items whose signatures hold; or a transaction in JSON, whose data, at
// once or in chunks, is a bundle of one such item. Transactions and the roots of their data are
// checked without the code that is tested. What was taken comes into a block with `mine`. Any
// thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <set>

#include "ao/async/pool.hpp"
#include "ao/http/server.hpp"
#include "ao/message/bundle.hpp"

namespace ao::test {

class FakeArweave {
 public:
  enum class Fault {
    kNone,
    kBusy,             // 429, and not taken
    kError,            // 500, and not taken
    kRefused,          // 400, and not taken
    kErrorAfterTaken,  // 500, and taken
    kSilentAfterTaken,
    kWrongId,  // another id is answered, and not taken
    kLost,     // said to be taken, and forgotten
  };
  static constexpr std::size_t kFaults = 8;
  static constexpr std::uint64_t kAnchorBlocks = 50;
  using Choose = std::function<Fault(const MessageId& item, std::size_t offers_before)>;

  explicit FakeArweave(std::uint16_t port = 0);
  ~FakeArweave();

  std::uint16_t port() const { return server_->port(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()); }

  void choose_faults(Choose choose);  // of transactions too, by their ids
  // What is wrong with a chunk, of which so many came before; "": nothing, and it is taken.
  using ChooseOfChunk = std::function<std::string(std::size_t chunks_before)>;
  void choose_chunk_faults(ChooseOfChunk choose);
  void set_price(std::uint64_t winston) { price_ = winston; }      // of any transaction
  void set_balance(std::uint64_t winston) { balance_ = winston; }  // of any wallet, paid or not
  void set_down(bool is_down) { is_down_ = is_down; }              // everything is answered 503
  void set_keyed_by_block(bool is_set) { has_status_ = !is_set; }  // no /tx/ID/status, but GraphQL

  // An item that somebody else brought there, in a bundle or as a transaction of its own; and one
  // of the same id, told and served as `bytes` have it.
  void publish(const message::DataItem& item, bool is_bundled = true);
  void publish_as(const MessageId& id, const Bytes& bytes);
  void set_silent(bool is_silent) { is_silent_ = is_silent; }  // GraphQL answers when it is not
  void set_height(std::uint64_t height);
  void set_knows_blocks(bool knows) { knows_blocks_ = knows; }  // of /block/…, beside /info
  std::string hash() const;                                     // of the last block
  // How often was asked for what: "/graphql", "/raw", "/info", "/block".
  std::size_t asked(const std::string& what) const;

  // One more block, with what was taken, or with those alone that `takes` says.
  void mine(const std::function<bool(const MessageId&)>& takes = {});
  // The last blocks never were, though never more than two of the highest that there was: what was
  // in them waits again.
  void forget_blocks(std::size_t count);

  struct Kept {
    Bytes bytes;
    std::uint64_t height = 0;  // 0: in no block yet
    message::Tags tags;
    std::optional<MessageId> transaction = {};  // that brought it
    bool is_bundled = true;
  };
  std::map<MessageId, Kept> items() const;  // as they were given
  struct Transaction {
    std::uint64_t height = 0;  // 0: in no block yet
    std::uint64_t reward = 0;
    std::uint64_t anchor_height = 0;  // in no block more than 50 above
    Bytes data_root;
    std::uint64_t data_size = 0;
    std::optional<MessageId> item;  // once its data is here
  };
  std::map<MessageId, Transaction> transactions() const;  // in blocks, and waiting
  std::size_t chunks() const;                             // how many were given
  std::uint64_t height() const;
  std::set<MessageId> ids_within() const;           // of all items in them
  std::vector<std::string> complaints() const;      // what was given and should not have been
  std::map<MessageId, std::size_t> offers() const;  // how often each was given
  std::map<Fault, std::size_t> faults() const;      // how often each was chosen
  // Damages what it serves of an item.
  void alter(const MessageId& item, std::function<void(Bytes&)> change);

 private:
  Task<http::Response> answer(http::Request request);
  Task<http::Response> take(http::Request request);
  Task<http::Response> take_transaction(http::Request request);
  http::Response judge(const Transaction& transaction) const;
  http::Response take_chunk(const Bytes& body);
  std::optional<http::Response> answer_as_node(const std::string& target);
  void complete(const MessageId& id, const Bytes& data);
  void follow_transactions();
  http::Response status(const std::string& id);
  http::Response data(const std::string& id);
  http::Response graphql(const Bytes& body);
  http::Response block(const std::string& path) const;
  void check(const message::DataItem& item);

  mutable std::mutex mutex_;
  Choose choose_;
  std::map<MessageId, Kept> items_;
  std::set<MessageId> within_;
  std::map<MessageId, std::size_t> offers_;
  std::map<MessageId, Bytes> given_;
  std::map<Fault, std::size_t> chosen_;
  std::vector<std::string> complaints_;
  ChooseOfChunk choose_of_chunk_;
  std::map<MessageId, Transaction> transactions_;
  std::map<Bytes, std::map<std::uint64_t, Bytes>> chunks_;  // by the root of the data, and the end
  std::size_t chunks_given_ = 0;
  std::atomic<std::uint64_t> price_ = 1'000, balance_ = 1'000'000'000'000;
  std::map<std::string, std::size_t> asked_;
  std::uint64_t height_ = 1'000'000, top_ = 1'000'000;
  std::atomic<bool> is_down_ = false, has_status_ = true, is_silent_ = false, knows_blocks_ = true;
  async::Pool net_{"arweave", 2}, heavy_{"heavy", 1};
  std::unique_ptr<http::Server> server_;
  std::future<void> ended_;
};

}  // namespace ao::test
