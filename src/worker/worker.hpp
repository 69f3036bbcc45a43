// One worker process, and the way to ask it something.
//
// Used on one strand. Calls wait for each other in order. A worker never comes back: whoever finds
// it dead starts another.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/experimental/channel.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <chrono>
#include <memory>

#include "ao/async/task.hpp"
#include "ao/message/value.hpp"
#include "image_folder.hpp"
#include "shared_memory.hpp"

namespace ao::worker {

class Worker : public std::enable_shared_from_this<Worker> {
 public:
  // Errors: kUnavailable "worker-unstartable".
  static Result<std::shared_ptr<Worker>> start(boost::asio::any_io_executor strand,
                                               std::chrono::seconds patience);
  ~Worker();  // kills the process

  // Errors: kUnavailable "worker-died" when it died of this call or took longer than it may; kBusy
  // "process-not-held" when it was dead before; kTooLarge "worker-request-max".
  // The file is the worker's from then on, as far as it is concerned; here it is closed.
  Task<Result<message::Value>> call(message::Value request, std::optional<ImageFile> file = {});

  bool has_ended();
  std::size_t calls() const { return calls_; }  // under way and waiting
  std::size_t seats = 0;                        // processes that it holds; its owner counts
  void kill();                                  // every call from now on finds it dead

 private:
  using Socket = boost::asio::local::stream_protocol::socket;
  using Turn = boost::asio::experimental::channel<void(boost::system::error_code)>;

  Worker(boost::asio::any_io_executor strand, std::chrono::seconds patience, SharedMemory memory,
         Socket socket, int process);
  Task<Result<message::Value>> call_now(message::Value request, std::optional<ImageFile> file);
  Task<std::optional<std::size_t>> answer_size();
  Error died();

  const std::chrono::seconds patience_;
  SharedMemory memory_;
  Socket socket_;
  Turn turn_;
  int process_;  // its id; 0 when it was waited for
  bool dead_ = false;
  bool overdue_ = false;
  std::size_t calls_ = 0;
};

}  // namespace ao::worker
