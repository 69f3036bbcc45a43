// Streams of events: of the node, of a process, of one message (docs/events.md).
//
//   GET /events
//   GET /PID/events, /PID~process@1.0/events    [?from=SLOT]
//   GET /MESSAGE/events                         [?process-id=PID]
//
// All with [?kinds=NAME,…] and the header Last-Event-ID or [?last-event-id=ID], as server-sent
// events, or over a WebSocket when the request asks for one. A stream pulls from the store what its
// reader has taken; posts of the bulletin only wake it.
//
// Owned by the routes. Streams run on the strands of their connections.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/http/message.hpp"
#include "feed.hpp"
#include "path.hpp"
#include "stream_places.hpp"

namespace ao::api {

class EventStreams {
 public:
  explicit EventStreams(Backend& backend) : backend_(backend), places_(backend.event_settings()) {}

  http::Response answer(const http::Request& request, const Path& path);

 private:
  MadeFeed feed_for(const http::Request& request, const Path& path) const;
  http::Response stream(std::shared_ptr<Feed> feed, StreamPlaces::Place place,
                        bool is_web_socket) const;

  Backend& backend_;
  StreamPlaces places_;
};

}  // namespace ao::api
