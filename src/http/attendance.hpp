// Whether the client is still there, while its answer is made over time. On the connection's
// strand.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/http/live.hpp"
#include "wakeup.hpp"

namespace ao::http {

class Attendance final : public Caller {
 public:
  explicit Attendance(Strand strand) : wakeup_(std::make_shared<Wakeup>(strand)) {}
  ~Attendance() override { close(); }

  Task<bool> wait(Time until) override;
  bool is_open() const override { return !is_closing_ && !is_lost_; }
  Waker waker() override;

  void close();                      // the server stops
  void lose();                       // the client has gone
  void end() { has_ended_ = true; }  // nothing more is said
  bool is_lost() const { return is_lost_; }
  bool has_ended() const { return has_ended_; }

 private:
  std::shared_ptr<Wakeup> wakeup_;
  bool is_closing_ = false;
  bool is_lost_ = false;
  bool has_ended_ = false;
};

}  // namespace ao::http
