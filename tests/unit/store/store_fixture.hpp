// A store in a temporary folder, and one thread whose coroutines use it.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <future>
#include <optional>
#include <stdexcept>

#include "ao/async/pool.hpp"
#include "ao/store/store.hpp"

namespace ao::store {

inline Batch one(BytesView key, BytesView value) {
  Batch batch;
  batch.put(key, value);
  return batch;
}

class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    std::string name = (std::filesystem::temp_directory_path() / "ao-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }

  ~StoreTest() override {
    pool_.join();
    std::filesystem::remove_all(folder_);
  }

  const std::filesystem::path& folder() const { return folder_; }

  Settings settings() const {
    Settings settings;
    settings.directory = folder_ / "store";
    settings.cache_bytes = 1 << 20;
    return settings;
  }

  template <class T>
  std::future<T> start(Task<T> task) {
    return boost::asio::co_spawn(pool_.executor(), std::move(task), boost::asio::use_future);
  }

  // Everything started so far has reached its first suspension.
  void await_started() {
    boost::asio::post(pool_.executor(), boost::asio::use_future([] {})).get();
  }

  Result<> commit(Store& store, Batch batch) { return start(store.commit(std::move(batch))).get(); }

  // What Store::open says when it refuses; "" when it opens.
  static std::string refusal(const Settings& settings) {
    try {
      Store::open(settings);
      return "";
    } catch (const std::runtime_error& error) {
      return error.what();
    }
  }

 private:
  std::filesystem::path folder_;
  async::Pool pool_{"test", 1};
};

}  // namespace ao::store
