// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "support/fake_arweave.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <nlohmann/json.hpp>

#include "ao/base/clock.hpp"
#include "ao/codec/enclosed.hpp"
#include "support/fake_answers.hpp"

namespace ao::test {
namespace {

using message::DataItem;
using nlohmann::json;

constexpr std::uint64_t kBlocksForgottenMax = 2;
constexpr auto kMoment = std::chrono::milliseconds(5);

http::ServerSettings settings_at(std::uint16_t port) {
  http::ServerSettings settings;
  settings.listen = "127.0.0.1:" + std::to_string(port);
  settings.limits.body_bytes_max = 64 << 20;
  return settings;
}

// The value behind `name: "Process", values: ["` and the like.
std::string value_behind(const std::string& query, const std::string& words) {
  const std::size_t at = query.find(words);
  if (at == query.npos) return {};
  const std::size_t begin = query.find('"', at + words.size());
  if (begin == query.npos) return {};
  return query.substr(begin + 1, query.find('"', begin + 1) - begin - 1);
}

std::string hash_at(std::uint64_t height) {
  std::string hash = std::to_string(height);
  return std::string(64 - hash.size(), 'b') + hash;
}

std::uint64_t seconds_now() {
  return SystemClock().now().milliseconds / 1'000;
}

json tags_of(const message::Tags& tags) {
  json all = json::array();
  for (const message::Tag& tag : tags)
    all.push_back(json{{"name", tag.name}, {"value", tag.value}});
  return all;
}

// All that is told of an item, as far as it is one.
json node_of(const MessageId& id, const FakeArweave::Kept& kept) {
  json node{{"id", id.text()}, {"block", nullptr}, {"bundledIn", nullptr}};
  if (kept.height > 0) node["block"] = json{{"height", kept.height}};
  if (kept.is_bundled) node["bundledIn"] = json{{"id", base64url(Bytes(32, 'p'))}};
  const auto item = DataItem::parse(kept.bytes);
  if (!item) return node;
  node["anchor"] = base64url(item->anchor());
  node["signature"] = base64url(item->signature());
  node["recipient"] = base64url(item->target());
  node["owner"] = json{{"address", item->signer().text}, {"key", base64url(item->owner())}};
  node["data"] = json{{"size", std::to_string(item->data().size())}};
  node["tags"] = tags_of(item->tags());
  return node;
}

bool has_tag(const message::Tags& tags, BytesView name, BytesView value) {
  for (const message::Tag& tag : tags)
    if (tag.name == name && tag.value == value) return true;
  return false;
}

}  // namespace

FakeArweave::FakeArweave(std::uint16_t port) {
  server_ = http::Server::listen(net_, heavy_, settings_at(port), [this](http::Request request) {
    return answer(std::move(request));
  });
  ended_ = boost::asio::co_spawn(net_.executor(), server_->run(), boost::asio::use_future);
}

FakeArweave::~FakeArweave() {
  server_->stop(std::chrono::milliseconds(0));
  ended_.get();
  net_.stop();
  net_.join();
  heavy_.join();
}

void FakeArweave::choose_faults(Choose choose) {
  const std::lock_guard lock(mutex_);
  choose_ = std::move(choose);
}

void FakeArweave::publish(const DataItem& item, bool is_bundled) {
  const std::lock_guard lock(mutex_);
  items_[item.id()] = Kept{item.bytes(), height_, item.tags(), {}, is_bundled};
}

void FakeArweave::publish_as(const MessageId& id, const Bytes& bytes) {
  const std::lock_guard lock(mutex_);
  items_[id] = Kept{bytes, height_, {}, {}, true};
}

void FakeArweave::set_height(std::uint64_t height) {
  const std::lock_guard lock(mutex_);
  height_ = height;
}

std::string FakeArweave::hash() const {
  return hash_at(height());
}

std::uint64_t FakeArweave::height() const {
  const std::lock_guard lock(mutex_);
  return height_;
}

std::size_t FakeArweave::asked(const std::string& what) const {
  const std::lock_guard lock(mutex_);
  const auto found = asked_.find(what);
  return found == asked_.end() ? 0 : found->second;
}

void FakeArweave::mine(const std::function<bool(const MessageId&)>& takes) {
  const std::lock_guard lock(mutex_);
  ++height_;
  top_ = std::max(top_, height_);
  for (auto& [id, kept] : items_)
    if (kept.height == 0 && !kept.transaction && (!takes || takes(id))) kept.height = height_;
  // One that is too old is forgotten.
  std::erase_if(transactions_, [this](const auto& each) {
    return each.second.height == 0 && height_ > each.second.anchor_height + kAnchorBlocks;
  });
  for (auto& [id, transaction] : transactions_)
    if (transaction.height == 0 && (!takes || takes(id))) transaction.height = height_;
  follow_transactions();
}

void FakeArweave::forget_blocks(std::size_t count) {
  const std::lock_guard lock(mutex_);
  height_ = std::max(height_ - count, top_ - kBlocksForgottenMax);
  for (auto& [id, kept] : items_)
    if (kept.height > height_) kept.height = 0;
  for (auto& [id, transaction] : transactions_)
    if (transaction.height > height_) transaction.height = 0;
  follow_transactions();
}

std::map<MessageId, FakeArweave::Kept> FakeArweave::items() const {
  const std::lock_guard lock(mutex_);
  return items_;
}

std::set<MessageId> FakeArweave::ids_within() const {
  const std::lock_guard lock(mutex_);
  return within_;
}

std::vector<std::string> FakeArweave::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

std::map<MessageId, std::size_t> FakeArweave::offers() const {
  const std::lock_guard lock(mutex_);
  return offers_;
}

std::map<FakeArweave::Fault, std::size_t> FakeArweave::faults() const {
  const std::lock_guard lock(mutex_);
  return chosen_;
}

void FakeArweave::alter(const MessageId& item, std::function<void(Bytes&)> change) {
  const std::lock_guard lock(mutex_);
  change(items_.at(item).bytes);
}

Task<http::Response> FakeArweave::answer(http::Request request) {
  if (is_down_) co_return saying(503, "down");
  const std::string target = request.target;
  const bool is_offer = target == "/tx" && request.method == "POST";
  if (is_offer && request.body.starts_with('{'))
    co_return co_await take_transaction(std::move(request));
  if (is_offer) co_return co_await take(std::move(request));
  {
    const std::lock_guard lock(mutex_);
    ++asked_[target.substr(0, target.find('/', 1))];
  }
  while (target == "/graphql" && is_silent_ && !is_down_) {
    const auto executor = co_await boost::asio::this_coro::executor;
    boost::asio::steady_timer timer(executor, kMoment);
    co_await timer.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
  const std::lock_guard lock(mutex_);
  if (target == "/chunk") co_return take_chunk(request.body);
  if (auto said = answer_as_node(target)) co_return std::move(*said);
  if (target == "/graphql") co_return graphql(request.body);
  if (target == "/info")
    co_return saying(200, json{{"height", height_}, {"current", hash_at(height_)}}.dump());
  if (target.starts_with("/block/")) co_return block(target);
  if (target.starts_with("/tx/") && target.ends_with("/status"))
    co_return has_status_ ? status(target.substr(4, 43)) : saying(404, "Not Found.");
  if (target.starts_with("/raw/")) co_return data(target.substr(5));
  co_return saying(404, "Not Found.");
}

Task<http::Response> FakeArweave::take(http::Request request) {
  auto item = DataItem::parse(request.body);
  Fault fault = Fault::kNone;
  if (item) {
    const std::lock_guard lock(mutex_);
    std::size_t& offers = offers_[item->id()];
    if (choose_) fault = choose_(item->id(), offers);
    ++offers;
    ++chosen_[fault];
    const auto [given, is_new] = given_.emplace(item->id(), request.body);
    if (given->second != request.body)
      complaints_.push_back("item " + item->id().text() + " came with other bytes");
    if (is_new) check(*item);
    const bool is_taken = fault == Fault::kNone || fault == Fault::kErrorAfterTaken ||
                          fault == Fault::kSilentAfterTaken;
    if (is_taken) items_.try_emplace(item->id(), Kept{request.body, 0, item->tags()});
  } else {
    const std::lock_guard lock(mutex_);
    complaints_.push_back("no item: " + item.error().text);
  }
  if (!item) co_return saying(400, "no item", "text/plain");
  if (fault == Fault::kSilentAfterTaken) co_await silence();
  if (fault == Fault::kBusy) co_return saying(429, "too many", "text/plain");
  if (fault == Fault::kRefused) co_return saying(400, "not that", "text/plain");
  if (fault == Fault::kError || fault == Fault::kErrorAfterTaken) co_return saying(500, "oh");
  const std::string id =
      fault == Fault::kWrongId ? MessageId().text() : std::string(item->id().text());
  co_return saying(200, json{{"id", id}, {"timestamp", 1}}.dump());
}

// As a stranger would.
void FakeArweave::check(const DataItem& item) {
  const auto complain = [&](const std::string& what) {
    complaints_.push_back("item " + item.id().text() + ": " + what);
  };
  if (!item.verify()) complain("its signature does not hold");
  if (!message::is_bundle(item)) complain("its tags do not say that it is a bundle");
  const auto bundle = message::read_bundle(item.data(), {1'000'000, 8});
  if (!bundle) return complain(bundle.error().text);
  for (const auto& one : *bundle) {
    if (!one.item.verify()) complain("holds an item whose signature does not hold");
    within_.insert(one.item.id());
    const auto enclosed = codec::unwrapped(one.item);
    if (!enclosed) continue;
    if (!codec::verify_item(*enclosed)) complain("holds a message that does not hold");
    within_.insert(enclosed->id());
  }
}

http::Response FakeArweave::status(const std::string& text) {
  const auto id = MessageId::from_text(text);
  const auto found = id ? items_.find(*id) : items_.end();
  const auto transaction = id ? transactions_.find(*id) : transactions_.end();
  const bool is_transaction = transaction != transactions_.end();
  if (found == items_.end() && !is_transaction) return saying(404, "Not Found.", "text/plain");
  const std::uint64_t height = is_transaction ? transaction->second.height : found->second.height;
  if (height == 0) return saying(202, "Pending", "text/plain");
  return saying(200, json{{"block_height", height},
                          {"block_indep_hash", "hash"},
                          {"number_of_confirmations", height_ - height + 1}}
                         .dump());
}

http::Response FakeArweave::data(const std::string& text) {
  const auto id = MessageId::from_text(text);
  const auto found = id ? items_.find(*id) : items_.end();
  if (found == items_.end()) return saying(404, "Not Found.", "text/plain");
  const auto item = DataItem::parse(found->second.bytes);
  if (!item) return saying(404, "damaged", "text/plain");
  return saying(200, Bytes(item->data()), "application/octet-stream");
}

http::Response FakeArweave::block(const std::string& path) const {
  const bool is_it = path == "/block/hash/" + hash_at(height_) ||
                     path == "/block/height/" + std::to_string(height_);
  if (!knows_blocks_ || !is_it) return saying(404, "Block not found.", "text/plain");
  return saying(
      200, json{{"height", height_}, {"indep_hash", hash_at(height_)}, {"timestamp", seconds_now()}}
               .dump());
}

// Like a gateway that does not look into bundles.
http::Response FakeArweave::graphql(const Bytes& body) {
  const auto asked = json::parse(body, nullptr, false);
  if (asked.is_discarded()) return saying(400, "no JSON", "text/plain");
  const std::string query = asked.value("query", "");
  const std::string id = value_behind(query, "ids: [");
  const std::string after = value_behind(query, "after: ");
  json edges = json::array();
  bool is_behind = after.empty();
  for (const auto& [each, kept] : items_) {
    bool matches = id.empty() || each.text() == id;
    for (const char* name : {"Type", "Process", "Item"}) {
      const std::string value =
          value_behind(query, "name: \"" + std::string(name) + "\", values: [");
      matches = matches && (value.empty() || has_tag(kept.tags, name, value));
    }
    if (matches && is_behind && edges.size() < 10) {
      edges.push_back(json{{"cursor", each.text()}, {"node", node_of(each, kept)}});
    }
    is_behind = is_behind || each.text() == after;
  }
  return saying(200, json{{"data", {{"transactions", {{"edges", edges}}}}}}.dump());
}

}  // namespace ao::test
