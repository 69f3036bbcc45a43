// Nodes that gossip without sockets: what `node` does with a Gossip, in simulated time.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "ao/admission/admission.hpp"
#include "ao/peers/gossip.hpp"
#include "support/workbench.hpp"

namespace ao::peers {

// What each record says whose signature holds; the simulation looks at it once for all its nodes.
inline const Result<Location>& verified(const Bytes& bytes) {
  static const admission::Admission admission({}, Address{"nobody"});
  static std::map<Bytes, Result<Location>> all;
  const auto found = all.find(bytes);
  if (found != all.end()) return found->second;
  const auto admitted = admission.admit(bytes);
  auto location = admitted ? Location::of(*admitted) : std::unexpected(admitted.error());
  return all.emplace(bytes, std::move(location)).first->second;
}

// Verifies a record and learns it, or blames its source.
inline void take_in(Gossip& gossip, const Bytes& bytes, const Source& from, Moment now) {
  const auto& location = verified(bytes);
  if (!location) return gossip.blame(from, Fault::kForged, now);
  gossip.learn(*location, from, now);
}

struct SimulatedNode {
  std::unique_ptr<crypto::Key> key = crypto::Key::new_ed25519();
  std::string url;
  std::string network;  // that its calls come from
  std::vector<std::string> chosen;
  bool may_be_called = true;
  std::unique_ptr<Gossip> gossip;
  Timestamp said;
  std::size_t bytes_sent = 0;
  std::size_t checks = 0;  // signatures that it looked at
};

class Network {
 public:
  static constexpr std::chrono::milliseconds kRound{5'000};
  static constexpr std::chrono::milliseconds kLife{3'600'000};
  static constexpr std::uint64_t kHalfLifeMs = 1'800'000;

  explicit Network(std::uint64_t seed) : random_(seed) {}

  // Whose settings name some of those before it.
  void add(std::size_t chosen = 2) {
    SimulatedNode node;
    const std::string number = std::to_string(nodes_.size());
    node.url = "https://n" + number + ".example";
    node.network = "network " + number;
    for (std::size_t i = 0; i < chosen && !nodes_.empty(); ++i)
      node.chosen.push_back(nodes_[random_() % nodes_.size()].url);
    nodes_.push_back(std::move(node));
    start(nodes_.size() - 1);
  }

  // As after a restart: it knows nothing.
  void start(std::size_t number) {
    SimulatedNode& node = nodes_[number];
    node.gossip = std::make_unique<Gossip>(GossipSettings{.chosen = node.chosen},
                                           node.key->address(), random_());
    say(node);
  }

  void round() {
    now_.wall.milliseconds += static_cast<std::uint64_t>(kRound.count());
    now_.steady += kRound;
    for (SimulatedNode& node : nodes_) {
      if (now_.wall.milliseconds - node.said.milliseconds >= kHalfLifeMs) say(node);
      for (const std::string& url : node.gossip->partners(now_))
        node.gossip->called(url, call(node, url), now_);
    }
  }

  // How many of the others know this node's newest record.
  std::size_t know(std::size_t number) {
    const RecordKey key = key_of(nodes_[number].key->address());
    return static_cast<std::size_t>(std::ranges::count_if(nodes_, [&](const auto& node) {
      return &node != &nodes_[number] && node.gossip->directory().said(key) == nodes_[number].said;
    }));
  }
  bool is_whole() {
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (know(i) + 1 != nodes_.size()) return false;
    return true;
  }

  void say(SimulatedNode& node) {
    node.said = now_.wall;
    const std::string url = node.may_be_called ? node.url : "";
    const auto item = Location::sign(url, now_.wall, kLife, *node.key).value();
    node.gossip->directory().say(verified(item.bytes()).value());
  }

  // What a node does with a note that comes. Nullopt: it refuses.
  std::optional<Note> receive(SimulatedNode& node, const Note& note, const std::string& network) {
    const Source from{network, false};
    if (!node.gossip->hear(from, now_)) return std::nullopt;
    const auto read = read_note(write_note(note));
    take_in_all(node, read->records, from);
    Note answer = node.gossip->answer(*read, from, now_);
    node.bytes_sent += size_of(answer);
    return answer;
  }

  std::vector<SimulatedNode>& nodes() { return nodes_; }
  SimulatedNode& operator[](std::size_t number) { return nodes_[number]; }
  Moment now() const { return now_; }

  // Whether the first may call the second.
  std::function<bool(const SimulatedNode&, const SimulatedNode&)> has_way =
      [](const auto&, const auto&) { return true; };

 private:
  void take_in_all(SimulatedNode& node, const std::vector<Bytes>& records, const Source& from) {
    for (const Bytes& record : records) {
      if (node.gossip->is_banned(from, now_)) return;
      if (node.gossip->weigh(record, from, now_) != Gossip::Worth::kVerify) continue;
      ++node.checks;
      take_in(*node.gossip, record, from, now_);
    }
  }

  bool call(SimulatedNode& caller, const std::string& url) {
    const auto called =
        std::ranges::find_if(nodes_, [&](const auto& node) { return node.url == url; });
    if (called == nodes_.end() || !called->may_be_called || !has_way(caller, *called)) return false;
    const Source from = caller.gossip->source_at(url);
    Note note = caller.gossip->opening(now_);
    for (int i = 0; i < 2; ++i) {
      caller.bytes_sent += size_of(note);
      const auto answer = receive(*called, note, caller.network);
      if (!answer) return false;
      take_in_all(caller, answer->records, from);
      auto more = i == 0 ? caller.gossip->follow_up(*answer, from, now_) : std::nullopt;
      if (!more) break;
      note = std::move(*more);
    }
    return true;
  }

  std::vector<SimulatedNode> nodes_;
  Moment now_{Timestamp{1'700'000'000'000}, Sources::Time(std::chrono::hours(1))};
  std::mt19937_64 random_;
};

}  // namespace ao::peers
