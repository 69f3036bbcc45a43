// A reader of server-sent events that sees every byte, and does with them what EventSource does.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include "unit/http/running_server.hpp"

namespace ao::test {

struct HeardEvent {
  std::string name;
  std::string id;
  nlohmann::json data;

  // What it tells apart from when: its kind and place.
  std::string key() const {
    const std::string slot = data.contains("slot") ? data["slot"].dump() : "";
    const std::string index = data.contains("index") ? data["index"].dump() : "";
    return name + ' ' + slot + ' ' + index;
  }
};

// A peer whose kernel takes next to nothing for it: it need not be far behind to be slow.
inline http::RawPeer slow_peer(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const int bytes = 4'096;
  ::setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  const timeval patience{60, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  return http::RawPeer::of(socket);
}

class EventReader {
 public:
  EventReader(std::uint16_t port, const std::string& target, const std::string& last_id = {})
      : EventReader(http::RawPeer(port), target, last_id) {}

  EventReader(http::RawPeer peer, const std::string& target, const std::string& last_id = {})
      : peer_(std::move(peer)), last_id_(last_id) {
    std::string fields;
    if (!last_id.empty()) fields = "Last-Event-ID: " + last_id + "\r\n";
    peer_.say("GET " + target + " HTTP/1.1\r\nHost: a\r\nAccept: text/event-stream\r\n" + fields +
              "\r\n");
    const http::Answer head = peer_.hear(false);
    status_ = head.status;
    head_ = head.head;
  }

  int status() const { return status_; }
  const std::string& head() const { return head_; }
  const std::string& last_id() const { return last_id_; }

  // The next event; nullopt when the stream has ended. What has only an id moves that.
  std::optional<HeardEvent> next() {
    while (true) {
      const std::size_t end = text_.find("\n\n");
      if (end == text_.npos) {
        if (!hear_chunk()) return std::nullopt;
        continue;
      }
      const std::string block = text_.substr(0, end + 1);
      text_.erase(0, end + 2);
      if (auto event = read(block)) return event;
    }
  }

  // Until one of that name, which is the last.
  std::vector<HeardEvent> until(const std::string& name, std::size_t times = 1) {
    std::vector<HeardEvent> heard;
    while (times > 0) {
      auto event = next();
      EXPECT_TRUE(event.has_value()) << "the stream ended before '" << name << "'";
      if (!event) break;
      if (event->name == name) --times;
      heard.push_back(std::move(*event));
    }
    return heard;
  }

  // The position that a stream begins with.
  std::string first_id() {
    while (text_.find("\n\n") == text_.npos && hear_chunk()) {
    }
    const std::size_t at = text_.find("id: ");
    return text_.substr(at + 4, text_.find('\n', at) - at - 4);
  }

 private:
  std::optional<HeardEvent> read(const std::string& block) {
    HeardEvent event;
    std::string data;
    for (std::size_t at = 0; at < block.size();) {
      const std::size_t end = block.find('\n', at);
      const std::string line = block.substr(at, end - at);
      at = end + 1;
      const std::size_t colon = line.find(": ");
      if (colon == line.npos) continue;
      const std::string value = line.substr(colon + 2);
      if (line.starts_with("id:")) last_id_ = value;
      if (line.starts_with("event:")) event.name = value;
      if (line.starts_with("data:")) data += value;
    }
    if (data.empty()) return std::nullopt;
    event.id = last_id_;
    event.data = nlohmann::json::parse(data);
    return event;
  }

  bool hear_chunk() {
    const std::string line = peer_.hear_until("\r\n");
    const std::size_t size = line.empty() ? 0 : std::stoul(line, nullptr, 16);
    if (size == 0) return false;
    text_ += peer_.hear_bytes(size);
    peer_.hear_bytes(2);
    return true;
  }

  http::RawPeer peer_;
  int status_ = 0;
  std::string head_;
  std::string text_;
  std::string last_id_;
};

}  // namespace ao::test
