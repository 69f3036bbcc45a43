// What most tests need: a folder of their own, a store in it, threads, keys, signed items.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <future>
#include <memory>

#include "ao/async/pool.hpp"
#include "ao/base/clock.hpp"
#include "ao/crypto/key.hpp"
#include "ao/message/data_item.hpp"

namespace ao::test {

// Removed with everything in it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Runs a coroutine on the pool and waits for what it returns.
template <class T>
T await(async::Pool& pool, Task<T> task) {
  return boost::asio::co_spawn(pool.executor(), std::move(task), boost::asio::use_future).get();
}

// A clock that tests set.
class FakeClock final : public Clock {
 public:
  Timestamp now() const override { return now_; }
  void set(std::uint64_t milliseconds) { now_ = Timestamp{milliseconds}; }

 private:
  Timestamp now_{1'700'000'000'000};
};

// The project's own folder. Compiled into one file alone, so that a compiler's cache serves every
// checkout.
std::filesystem::path source_folder();

Bytes read_file(const std::filesystem::path& path);

// Signs, and fails the test when the draft does not fit.
message::DataItem sign(const message::Draft& draft, const crypto::Key& key);

message::Draft spawn_draft(const std::string& module, const Address& scheduler);
message::Draft message_draft(const ProcessId& target, const std::string& action,
                             const std::string& data = "");
message::Draft module_draft(const std::string& source, const std::string& name);

}  // namespace ao::test
