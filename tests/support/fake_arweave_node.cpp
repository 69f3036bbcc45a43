// The Arweave node in FakeArweave: transactions, the chunks of their data, prices.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "support/fake_answers.hpp"
#include "support/fake_arweave.hpp"

namespace ao::test {
namespace {

using message::DataItem;
using nlohmann::json;

constexpr auto kSilence = std::chrono::seconds(5);
constexpr std::size_t kMost = 256 << 10, kLeast = 32 << 10;

Bytes unb64(const json& object, const char* name) {
  return from_base64url(object.at(name).get<std::string>()).value();
}

std::uint64_t number_at(const json& object, const char* name) {
  return std::stoull(object.at(name).get<std::string>());
}

Bytes sha256(const Bytes& bytes) {
  return Bytes(crypto::view(crypto::sha256(bytes)));
}

Bytes sha384(const Bytes& bytes) {
  return Bytes(crypto::view(crypto::sha384(bytes)));
}

// The deep hash, from its definition: a string is a blob, an array a list.
Bytes deep_hash(const json& part) {
  if (part.is_string()) {
    const Bytes blob = unb64(json{{"blob", part}}, "blob");
    return sha384(sha384("blob" + std::to_string(blob.size())) + sha384(blob));
  }
  Bytes hash = sha384("list" + std::to_string(part.size()));
  for (const json& each : part)
    hash = sha384(hash + deep_hash(each));
  return hash;
}

std::string plain(const json& object, const char* name) {
  return base64url(object.at(name).get<std::string>());
}

Bytes signed_of(const json& said) {
  json tags = json::array();
  for (const json& tag : said.at("tags"))
    tags.push_back(json::array({tag.at("name"), tag.at("value")}));
  return deep_hash(json::array({base64url("2"), said.at("owner"), said.at("target"),
                                plain(said, "quantity"), plain(said, "reward"), said.at("last_tx"),
                                tags, plain(said, "data_size"), said.at("data_root")}));
}

Bytes note(std::uint64_t number) {
  Bytes bytes(24, '\0');
  put_u64be(bytes, number);
  return bytes;
}

// The root over data, from its definition: pairs of id and end, joined two by two.
Bytes root_of(const Bytes& data) {
  std::vector<std::pair<Bytes, std::uint64_t>> row;
  std::uint64_t at = 0;
  const auto add = [&](std::uint64_t size) {
    const Bytes hash = sha256(data.substr(at, size));
    at += size;
    row.emplace_back(sha256(sha256(hash) + sha256(note(at))), at);
  };
  for (std::uint64_t rest = data.size(); rest >= kMost; rest = data.size() - at)
    add(rest > kMost && rest < kMost + kLeast ? rest / 2 + rest % 2 : kMost);
  add(data.size() - at);
  while (row.size() > 1) {
    std::vector<std::pair<Bytes, std::uint64_t>> above;
    for (std::size_t i = 0; i < row.size(); i += 2)
      above.push_back(i + 1 == row.size()
                          ? row[i]
                          : std::pair(sha256(sha256(row[i].first) + sha256(row[i + 1].first) +
                                             sha256(note(row[i].second))),
                                      row[i + 1].second));
    row = std::move(above);
  }
  return row.front().first;
}

Bytes anchor_of(std::uint64_t height) {
  return sha384("block " + std::to_string(height));
}

}  // namespace

http::Response saying(unsigned status, std::string body, std::string_view type) {
  http::Response response;
  response.status = status;
  response.headers.set("content-type", type);
  response.body = std::move(body);
  return response;
}

Task<> silence() {
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer timer(executor, kSilence);
  co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
}

void FakeArweave::choose_chunk_faults(ChooseOfChunk choose) {
  const std::lock_guard lock(mutex_);
  choose_of_chunk_ = std::move(choose);
}

std::map<MessageId, FakeArweave::Transaction> FakeArweave::transactions() const {
  const std::lock_guard lock(mutex_);
  return transactions_;
}

std::size_t FakeArweave::chunks() const {
  const std::lock_guard lock(mutex_);
  return chunks_given_;
}

std::optional<http::Response> FakeArweave::answer_as_node(const std::string& target) {
  if (target.starts_with("/price/")) return saying(200, std::to_string(price_), "text/plain");
  if (target.starts_with("/wallet/") && target.ends_with("/balance"))
    return saying(200, std::to_string(balance_), "text/plain");
  if (target == "/tx_anchor") return saying(200, base64url(anchor_of(height_)), "text/plain");
  return std::nullopt;
}

Task<http::Response> FakeArweave::take_transaction(http::Request request) {
  Fault fault = Fault::kNone;
  http::Response answer;
  try {
    const json said = json::parse(request.body);
    const MessageId id = MessageId::from_text(said.at("id").get<std::string>()).value();
    const std::lock_guard lock(mutex_);
    std::size_t& offers = offers_[id];
    if (choose_) fault = choose_(id, offers);
    ++offers;
    ++chosen_[fault];
    const Bytes signature = unb64(said, "signature");
    const bool holds = sha256(signature) == id.bytes() &&
                       crypto::verify(crypto::SignatureType::kArweave, unb64(said, "owner"),
                                      signature, signed_of(said));
    if (!holds) complaints_.push_back("transaction " + id.text() + ": its signature does not hold");
    Transaction transaction;
    transaction.reward = number_at(said, "reward");
    transaction.data_root = unb64(said, "data_root");
    transaction.data_size = number_at(said, "data_size");
    for (std::uint64_t height = 1'000'000; height <= height_; ++height)
      if (unb64(said, "last_tx") == anchor_of(height)) transaction.anchor_height = height;
    const bool is_known = transactions_.contains(id);
    answer = is_known ? saying(208, "Transaction already processed.") : judge(transaction);
    const bool is_taken = fault == Fault::kNone || fault == Fault::kErrorAfterTaken ||
                          fault == Fault::kSilentAfterTaken;
    if (answer.status == 200 && is_taken) {
      transactions_.emplace(id, transaction);
      const Bytes data = unb64(said, "data");
      chunks_[transaction.data_root];  // from now on it takes them
      if (!data.empty()) complete(id, data);
    }
  } catch (const std::exception& error) {
    const std::lock_guard lock(mutex_);
    complaints_.push_back(std::string("no transaction: ") + error.what());
    answer = saying(400, "Invalid JSON.");
  }
  if (fault == Fault::kSilentAfterTaken) co_await silence();
  if (fault == Fault::kBusy) co_return saying(429, "Too Many Requests", "text/plain");
  if (fault == Fault::kRefused) co_return saying(400, "not that", "text/plain");
  if (fault == Fault::kError || fault == Fault::kErrorAfterTaken) co_return saying(500, "oh");
  co_return answer;
}

// In the words of a node.
http::Response FakeArweave::judge(const Transaction& transaction) const {
  if (transaction.anchor_height == 0 || height_ + 1 > transaction.anchor_height + kAnchorBlocks)
    return saying(400, "Invalid anchor (last_tx).", "text/plain");
  if (transaction.reward < price_) return saying(400, "The attached fee is too low.", "text/plain");
  std::uint64_t waiting = transaction.reward;
  for (const auto& [each, other] : transactions_)
    if (other.height == 0) waiting += other.reward;
  if (waiting > balance_) return saying(400, "Waiting TXs exceed balance for wallet.");
  return saying(200, "OK", "text/plain");
}

http::Response FakeArweave::take_chunk(const Bytes& body) {
  const auto refused = [](const char* error) { return saying(400, json{{"error", error}}.dump()); };
  const std::size_t before = chunks_given_++;
  const std::string fault = choose_of_chunk_ ? choose_of_chunk_(before) : "";
  if (!fault.empty()) return refused(fault.c_str());
  const json said = json::parse(body, nullptr, false);
  if (said.is_discarded()) return refused("invalid_json");
  const Bytes root = unb64(said, "data_root"), chunk = unb64(said, "chunk");
  const auto found = chunks_.find(root);
  if (found == chunks_.end()) return refused("data_root_not_found");
  if (chunk.size() > kMost) return refused("chunk_too_big");
  found->second[number_at(said, "offset") + 1] = chunk;
  Bytes data;
  for (const auto& [end, bytes] : found->second)
    if (end == data.size() + bytes.size()) data += bytes;
  if (data.size() != number_at(said, "data_size")) return saying(200, "{}");
  for (const auto& [id, transaction] : std::map(transactions_))
    if (transaction.data_root == root) complete(id, data);
  return saying(200, "{}");
}

// Its data is here: what was signed for, and a bundle of one bundle.
void FakeArweave::complete(const MessageId& id, const Bytes& data) {
  Transaction& transaction = transactions_.at(id);
  if (transaction.item) return;
  const auto complain = [&](const std::string& what) {
    complaints_.push_back("transaction " + id.text() + ": " + what);
  };
  if (transaction.data_size != data.size() || transaction.data_root != root_of(data))
    complain("its data is not what was signed for");
  const auto bundle = message::read_bundle(data, {1'000'000, 9});
  if (!bundle || bundle->size() != 1) return complain("its data is no bundle of one item");
  const DataItem& item = bundle->front().item;
  transaction.item = item.id();
  if (given_.emplace(item.id(), item.bytes()).second) check(item);
  items_.try_emplace(item.id(), Kept{item.bytes(), 0, item.tags(), id});
  follow_transactions();
}

// Items are where what brought them is.
void FakeArweave::follow_transactions() {
  for (auto& [id, kept] : items_)
    if (kept.transaction) kept.height = 0;
  for (const auto& [id, transaction] : transactions_)
    if (transaction.item && transaction.height > 0)
      items_.at(*transaction.item).height = transaction.height;
}

}  // namespace ao::test
