// A connection that was upgraded to a WebSocket (RFC 6455), from the handshake to the close.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "ao/http/live.hpp"
#include "ao/http/settings.hpp"
#include "wire.hpp"

namespace ao::http {

class WebSocketSession : public WebSocket {
 public:
  // Agrees with the client that sent `key`, runs the conversation of `response`, and closes. The
  // answer has the fields of `response`, such as Sec-WebSocket-Protocol.
  virtual Task<> run(const std::string& key, const Response& response) = 0;

  virtual void close() = 0;  // the server stops
};

std::unique_ptr<WebSocketSession> open_web_socket(Wire& wire, const Limits& limits,
                                                  const std::string& peer);

}  // namespace ao::http
