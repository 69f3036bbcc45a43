// The body of an answer that is made over time, as chunks (RFC 9112 §7.1), or, for a client of
// HTTP/1.0, up to the end of the connection.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/http/live.hpp"
#include "ao/http/settings.hpp"
#include "wakeup.hpp"

namespace ao::http {

enum class BodyEnd { kLastChunk, kClose };

class LiveBody final : public LiveStream {
 public:
  LiveBody(Wire& wire, const Limits& limits, BodyEnd end);
  ~LiveBody() override { close(); }

  Task<bool> send(Bytes piece) override;
  Task<bool> wait(Time until) override;
  bool is_open() const override { return !is_closing_ && !is_lost_; }
  Waker waker() override;

  void close();                      // the server stops
  void lose();                       // the client has gone
  void end() { has_ended_ = true; }  // nothing more is sent
  bool has_ended() const { return has_ended_; }
  Task<bool> finish();  // after the last piece; false when the client has gone

 private:
  Task<bool> write(std::string_view head, std::string_view bytes);

  Wire& wire_;
  std::chrono::seconds stall_max_;
  BodyEnd end_;
  std::shared_ptr<Wakeup> wakeup_;
  bool is_closing_ = false;
  bool is_lost_ = false;
  bool has_ended_ = false;
};

}  // namespace ao::http
