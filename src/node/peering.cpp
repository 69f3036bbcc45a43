// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "peering.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_future.hpp>
#include <stdexcept>

#include "ao/base/log.hpp"

namespace ao::node {

using peers::Fault;
using peers::Gossip;
using peers::Location;
using peers::Note;
using peers::Source;

namespace {

constexpr std::chrono::milliseconds kSilentPause{500};  // until one that was silent is asked again
constexpr std::size_t kOthersAsked = 8;                 // about a process

http::ClientPoolSettings talk_settings() {
  http::ClientPoolSettings settings;
  settings.limits.connect_timeout = std::chrono::seconds(3);
  settings.limits.head_timeout = std::chrono::seconds(8);
  settings.limits.answer_timeout = std::chrono::seconds(10);
  settings.limits.body_bytes_max = 1 << 20;
  settings.breaker.pause_max = std::chrono::seconds(15);
  return settings;
}

// Few at once: each answer is held in memory.
http::ClientPoolSettings item_settings() {
  http::ClientPoolSettings settings = talk_settings();
  settings.limits.body_bytes_max = 11 << 20;
  settings.connections_per_origin_max = 2;
  return settings;
}

// One request for each process that is followed is nearly always under way.
http::ClientPoolSettings slot_settings() {
  http::ClientPoolSettings settings = talk_settings();
  settings.limits.body_bytes_max = 32 << 20;
  settings.waiting_per_origin_max = 1'024;
  return settings;
}

http::ClientPoolSettings gossip_settings() {
  http::ClientPoolSettings settings = talk_settings();
  settings.limits.head_timeout = std::chrono::seconds(5);
  settings.limits.answer_timeout = std::chrono::seconds(10);
  settings.limits.body_bytes_max = Note::kBytesMax;
  settings.connections_per_origin_max = 1;
  settings.waiting_per_origin_max = 2;
  return settings;
}

http::Egress opened(const http::EgressSettings& settings) {
  auto egress = http::Egress::open(settings);
  if (!egress) throw std::runtime_error("[peers] " + egress.error().text);
  return std::move(*egress);
}

http::Egress unrestricted(http::Egress egress) {
  egress.policy = http::EgressPolicy::unrestricted();
  return egress;
}

peers::GossipSettings gossip_of(const PeeringSettings& settings) {
  peers::GossipSettings gossip;
  gossip.chosen = settings.urls;
  return gossip;
}

std::string_view name_of(Gossip::Worth worth) {
  switch (worth) {
    case Gossip::Worth::kVerify:
      return "verified";
    case Gossip::Worth::kKnown:
      return "known";
    case Gossip::Worth::kLater:
      return "later";
    case Gossip::Worth::kFaulty:
      return "faulty";
  }
  return "";
}

// 192.0.2.1, or 2001:db8::/64.
std::string name_of(http::Network network) {
  namespace ip = boost::asio::ip;
  const auto number = static_cast<std::uint64_t>(network);
  if (number >> 32 == 0) return ip::address_v4(static_cast<std::uint32_t>(number)).to_string();
  ip::address_v6::bytes_type bytes{};
  for (std::size_t i = 0; i < 8; ++i)
    bytes[i] = static_cast<unsigned char>(number >> (56 - 8 * i) & 0xff);
  return ip::address_v6(bytes).to_string() + "/64";
}

std::string_view type_of(const Note& note) {
  return note.digest ? "opening" : "follow-up";
}

}  // namespace

Peering::Peering(const PeeringSettings& settings, Accept& accept, const crypto::Key& key,
                 const Clock& clock, async::Pool& net, Metrics& metrics)
    : settings_(settings),
      accept_(accept),
      key_(key),
      clock_(clock),
      metrics_(metrics),
      strand_(boost::asio::make_strand(net.executor())),
      ask_timer_(strand_),
      gossip_timer_(strand_),
      gossip_(gossip_of(settings), key.address(), std::random_device()()),
      silent_(settings.urls.size()),
      random_(std::random_device()()) {
  if (is_alone()) return;
  const http::Egress egress = opened(settings.egress);
  const auto open = [&](const http::ClientPoolSettings& pool) {
    return Ways{http::ClientPool::open(net, unrestricted(egress), pool),
                http::ClientPool::open(net, egress, pool)};
  };
  talk_ways_ = open(talk_settings());
  item_ways_ = open(item_settings());
  slot_ways_ = open(slot_settings());
  gossip_ways_ = open(gossip_settings());
}

void Peering::resume(std::string url) {
  url_ = std::move(url);
  if (is_alone()) return;
  group_.spawn(strand_, ask_all());
  group_.spawn(strand_, gossip());
}

void Peering::stop() {
  auto halt = [this] {
    stopping_ = true;
    ask_timer_.cancel();
    gossip_timer_.cancel();
  };
  boost::asio::post(strand_, boost::asio::use_future(halt)).wait();
  for (const Ways* ways : {&talk_ways_, &item_ways_, &slot_ways_, &gossip_ways_})
    for (const auto& pool : {ways->chosen.get(), ways->told.get()})
      if (pool != nullptr) pool->stop();
  group_.join();
}

peers::Moment Peering::moment() const {
  return {clock_.now(), std::chrono::steady_clock::now()};
}

// Signed outside of the locks: it may take milliseconds.
Bytes Peering::location() {
  const Timestamp now = clock_.now();
  const auto half_life = static_cast<std::uint64_t>(settings_.location_life.count()) / 2;
  Bytes held = own_.with([&](const Own& own) {
    const bool is_fresh = own.said <= now && now.milliseconds - own.said.milliseconds < half_life;
    return is_fresh ? own.item : Bytes();
  });
  if (!held.empty()) return held;
  const auto item = Location::sign(url_, now, settings_.location_life, key_);
  AO_ASSERT(item.has_value());
  gossip_.with([&](Gossip& all) {
    all.directory().say({key_.address(), url_, now, settings_.location_life, true, item->bytes()});
  });
  own_.with([&](Own& own) { own = {now, item->bytes()}; });
  return item->bytes();
}

std::optional<Location> Peering::find(const Address& scheduler) const {
  const Timestamp now = clock_.now();
  return gossip_.with([&](const Gossip& all) { return all.directory().find(scheduler, now); });
}

std::vector<Location> Peering::peers() const {
  const Timestamp now = clock_.now();
  return gossip_.with([&](const Gossip& all) { return all.directory().peers(now); });
}

std::optional<std::string> Peering::url_of(const Address& scheduler) const {
  using Answered = std::map<std::string, Address>;
  const auto chosen = answered_.with([&](const Answered& answered) -> std::optional<std::string> {
    for (const auto& [url, address] : answered)
      if (address == scheduler) return url;
    return std::nullopt;
  });
  if (chosen) return chosen;
  const auto location = find(scheduler);
  if (!location || location->url.empty()) return std::nullopt;
  return location->url;
}

Peering::Advisers Peering::advisers() {
  using Answered = std::map<std::string, Address>;
  Advisers advisers;
  answered_.with([&](const Answered& answered) {
    for (const auto& [url, address] : answered)
      if (std::ranges::find(advisers.chosen, address) == advisers.chosen.end())
        advisers.chosen.push_back(address);
  });
  const peers::Moment now = moment();
  const auto others = gossip_.with(
      [&](Gossip& all) { return all.reachable(kOthersAsked + advisers.chosen.size(), now); });
  for (const Location& one : others) {
    if (advisers.others.size() == kOthersAsked) break;
    if (std::ranges::find(advisers.chosen, one.scheduler) == advisers.chosen.end())
      advisers.others.push_back(one.scheduler);
  }
  return advisers;
}

void Peering::keep(const Address& scheduler) {
  gossip_.with([&](Gossip& all) { all.directory().keep(scheduler); });
}

Peering::Counters Peering::counters() const {
  const peers::Moment now = moment();
  return gossip_.with([&](const Gossip& all) {
    return Counters{all.directory().size(), all.banned(now)};
  });
}

Task<> Peering::ask_all() {
  while (!stopping_) {
    std::size_t silent = 0;
    for (const std::string& url : settings_.urls) {
      if (stopping_) co_return;
      const auto asked = co_await ask(url);
      if (asked) continue;
      ++silent;
      log::debug("a peer is silent", {{"url", url}, {"reason", asked.error().text}});
    }
    silent_ = silent;
    if (stopping_) co_return;
    ask_timer_.expires_after(silent == 0 ? settings_.ask_interval : kSilentPause);
    co_await ask_timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

Task<Result<>> Peering::ask(std::string url) {
  http::Request request;
  request.target = "/~peer@1.0/location";
  auto answer = co_await fetch(url, std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  Error error{
      ErrorKind::kInvalid, "peer-refused",
      fmt::format("{} answered {} when it was asked for its location", url, answer->status)};
  if (answer->status != 200) co_return std::unexpected(std::move(error));
  AO_CO_TRY(admitted, co_await accept_.admit(std::move(answer->body)));
  auto location = Location::of(admitted);
  if (!location) co_return std::unexpected(location.error());
  const Address scheduler = location->scheduler;
  if (scheduler == key_.address()) co_return Result<>();  // this node is among its own peers.urls
  answered_.with([&](auto& answered) { answered.insert_or_assign(url, scheduler); });
  const peers::Moment now = moment();
  const bool is_new = gossip_.with([&](Gossip& all) {
    const bool was_known = all.directory().find(scheduler, now.wall).has_value();
    all.directory().keep(scheduler);
    return all.learn(std::move(*location), all.source_at(url), now) && !was_known;
  });
  if (is_new) log::info("a peer is known", {{"url", url}, {"address", scheduler.text}});
  co_return Result<>();
}

// Spread over time, so that nodes that started together do not call each other all at once.
std::chrono::milliseconds Peering::round_pause() {
  const auto whole = settings_.gossip_interval.count();
  const auto part = static_cast<long>(random_() % 1'024);
  return std::chrono::milliseconds(whole - whole / 8 + whole / 4 * part / 1'024);
}

Task<> Peering::gossip() {
  while (!stopping_) {
    location();
    const peers::Moment now = moment();
    const auto partners = gossip_.with([&](Gossip& all) { return all.partners(now); });
    for (const std::string& url : partners)
      if (calling_.insert(url).second) group_.spawn(strand_, call(url));
    gossip_timer_.expires_after(round_pause());
    co_await gossip_timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

Task<> Peering::call(std::string url) {
  const auto talked = co_await talk(url);
  if (!talked)
    log::debug("a peer does not gossip", {{"url", url}, {"reason", talked.error().text}});
  const peers::Moment now = moment();
  gossip_.with([&](Gossip& all) { all.called(url, talked.has_value(), now); });
  calling_.erase(url);
}

Task<Result<>> Peering::talk(std::string url) {
  const peers::Moment began = moment();
  const Source from = gossip_.with([&](const Gossip& all) { return all.source_at(url); });
  Note opening = gossip_.with([&](Gossip& all) { return all.opening(began); });
  AO_CO_TRY(first, co_await exchange(url, std::move(opening)));
  co_await believe(std::move(first.records), from, std::nullopt);
  const peers::Moment now = moment();
  auto more = gossip_.with([&](Gossip& all) { return all.follow_up(first, from, now); });
  if (!more) co_return Result<>();
  AO_CO_TRY(second, co_await exchange(url, std::move(*more)));
  co_await believe(std::move(second.records), from, std::nullopt);
  co_return Result<>();
}

Task<Result<Note>> Peering::exchange(std::string url, Note note) {
  http::Request request;
  request.method = "POST";
  request.target = "/~peer@1.0/gossip";
  request.headers.set("content-type", "application/octet-stream");
  request.body = write_note(note);
  metrics_.gossiped(type_of(note), "out");
  auto answer = co_await fetch_by(gossip_ways_, url, std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  Error error{ErrorKind::kInvalid, "peer-refused",
              fmt::format("{} answered {} to gossip", url, answer->status)};
  if (answer->status != 200) co_return std::unexpected(std::move(error));
  auto read = peers::read_note(answer->body);
  if (read) {
    metrics_.gossiped("answer", "in");
  } else if (read.error().code != "gossip-version") {
    blame(gossip_.with([&](const Gossip& all) { return all.source_at(url); }), Fault::kMalformed);
  }
  co_return read;
}

Task<Result<Bytes>> Peering::hear(Bytes bytes, http::Network network) {
  const Source from{"network " + name_of(network), false};
  const peers::Moment began = moment();
  AO_CO_CHECK(gossip_.with([&](Gossip& all) { return all.hear(from, began); }));
  auto note = peers::read_note(bytes);
  if (!note) {
    if (note.error().code != "gossip-version") blame(from, Fault::kMalformed);
    co_return std::unexpected(note.error());
  }
  metrics_.gossiped(type_of(*note), "in");
  co_await believe(std::move(note->records), from, network);
  location();
  const peers::Moment now = moment();
  const Note answer = gossip_.with([&](Gossip& all) { return all.answer(*note, from, now); });
  metrics_.gossiped("answer", "out");
  co_return write_note(answer);
}

// One after the other, and no more of them once the source is banned.
Task<> Peering::believe(std::vector<Bytes> records, Source from,
                        std::optional<http::Network> client) {
  for (Bytes& record : records) {
    const peers::Moment now = moment();
    if (gossip_.with([&](const Gossip& all) { return all.is_banned(from, now); })) co_return;
    const auto worth = gossip_.with([&](Gossip& all) { return all.weigh(record, from, now); });
    metrics_.gossip_record(name_of(worth));
    if (worth == Gossip::Worth::kFaulty) tell_of_ban(from);
    if (worth != Gossip::Worth::kVerify) continue;
    auto admitted = co_await admit(std::move(record), client);
    if (!admitted && is_temporary(admitted.error())) co_return;
    if (!admitted && admitted.error().kind == ErrorKind::kTooLarge) continue;  // for this node
    auto location = admitted ? Location::of(*admitted) : std::unexpected(admitted.error());
    if (location) {
      gossip_.with([&](Gossip& all) { all.learn(std::move(*location), from, now); });
    } else {
      metrics_.gossip_record("forged");
      blame(from, Fault::kForged);
    }
  }
}

void Peering::blame(const Source& from, Fault fault) {
  const peers::Moment now = moment();
  gossip_.with([&](Gossip& all) { all.blame(from, fault, now); });
  tell_of_ban(from);
}

// Once for each ban: nothing of a source that is banned is looked at.
void Peering::tell_of_ban(const Source& from) const {
  const peers::Moment now = moment();
  if (gossip_.with([&](const Gossip& all) { return all.is_banned(from, now); }))
    log::warn("gossip from there is not heard for a while", {{"source", from.name}});
}

// What comes uncalled for is paced with everything else that comes from there.
Task<Result<message::Admitted>> Peering::admit(Bytes record, std::optional<http::Network> client) {
  if (!client) co_return co_await accept_.admit(std::move(record));
  api::Upload upload{std::move(record), *client};
  co_return co_await accept_.admit_from_client(std::move(upload));
}

Task<Result<http::Response>> Peering::fetch(std::string url, http::Request request) {
  co_return co_await fetch_by(talk_ways_, std::move(url), std::move(request));
}

Task<Result<http::Response>> Peering::fetch_item(std::string url, std::string id) {
  http::Request request;
  request.target = "/~peer@1.0/item?id=" + id;
  co_return co_await fetch_by(item_ways_, std::move(url), std::move(request));
}

Task<Result<http::Response>> Peering::fetch_slots(std::string url, http::Request request) {
  co_return co_await fetch_by(slot_ways_, std::move(url), std::move(request));
}

Task<Result<http::Response>> Peering::fetch_by(Ways& ways, std::string url, http::Request request) {
  const bool is_chosen = std::ranges::find(settings_.urls, url) != settings_.urls.end();
  const std::string whole = url + request.target;
  auto& pool = is_chosen ? *ways.chosen : *ways.told;
  auto answer = co_await pool.fetch(whole, std::move(request));
  co_return answer;
}

}  // namespace ao::node
