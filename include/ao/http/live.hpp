// Answers that are made over time: those that have to wait for something, bodies whose pieces are
// sent as they come, and WebSockets.
//
// A handler answers with a Response whose `later`, `stream` or `conversation` is a coroutine. The
// server runs it, in place of the answer or after its head, on the strand of the connection, where
// it must not block, and ends the connection's part when it returns. It is told that nobody listens
// by `send` and `wait`; it is never interrupted, so whatever else it waits for must be short.
//
// What happens elsewhere reaches it by a Waker: who has something to say leaves it where the
// coroutine finds it, and wakes it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

#include "ao/http/message.hpp"

namespace ao::http {

// The client, as whoever makes its answer sees it.
class Caller {
 public:
  using Time = std::chrono::steady_clock::time_point;

  virtual ~Caller() = default;

  // Until then, or until woken; may return early. False at once when the client has gone, or the
  // server stops: what is still to be said may be said, then the coroutine should return.
  virtual Task<bool> wait(Time until) = 0;

  virtual bool is_open() const = 0;  // what `wait` says

  // Ends the `wait` that is going on, or the next one. Any thread, any number of times; it may be
  // called after the answer has ended, as long as the server's pool lives.
  using Waker = std::function<void()>;
  virtual Waker waker() = 0;
};

class LiveStream : public Caller {
 public:
  // Returns when the connection has taken the piece, so a slow client slows the coroutine down; one
  // that takes nothing for http.idle_timeout has gone. False: the client has gone, now or before.
  virtual Task<bool> send(Bytes piece) = 0;
};

// Each piece sent is a text message. Pings are answered, and sent, by the server.
class WebSocket : public LiveStream {
 public:
  struct Message {
    Bytes bytes;
    bool is_binary = false;
  };

  virtual Task<bool> send_binary(Bytes piece) = 0;

  // The oldest message that came and was not yet taken; `wait` ends when one comes. A client that
  // sends faster than messages are taken has to wait. One of over
  // http.websocket_message_bytes_max ends the connection.
  virtual std::optional<Message> received() = 0;
};

// Whether the request asks for a WebSocket as RFC 6455 §4.2.1 wants it. An answer with a
// `conversation` to any other becomes a 426.
bool asks_for_web_socket(const Request& request);

}  // namespace ao::http
