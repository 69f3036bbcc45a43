// The body of an answer that is made over time, as chunks (RFC 9112 §7.1), or, for a client of
// HTTP/1.0, up to the end of the connection.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/http/settings.hpp"
#include "attendance.hpp"

namespace ao::http {

enum class BodyEnd { kLastChunk, kClose };

class LiveBody final : public LiveStream {
 public:
  LiveBody(Wire& wire, const Limits& limits, BodyEnd end);

  Task<bool> send(Bytes piece) override;
  Task<bool> wait(Time until) override;
  bool is_open() const override { return attendance_.is_open(); }
  Waker waker() override { return attendance_.waker(); }

  Attendance& attendance() { return attendance_; }
  Task<bool> finish();  // after the last piece; false when the client has gone

 private:
  Task<bool> write(std::string_view head, std::string_view bytes);

  Wire& wire_;
  std::chrono::seconds stall_max_;
  BodyEnd end_;
  Attendance attendance_;
};

}  // namespace ao::http
