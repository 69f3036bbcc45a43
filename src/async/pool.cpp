// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/async/pool.hpp"

#include <pthread.h>

#include <latch>
#include <memory>

namespace ao::async {

Pool::Pool(const std::string& name, std::size_t threads) : threads_(threads), pool_(threads) {
  // Each thread takes one of these and waits for the others, so every thread gets its name.
  auto everyone = std::make_shared<std::latch>(static_cast<std::ptrdiff_t>(threads));
  for (std::size_t i = 0; i < threads; ++i)
    boost::asio::post(pool_, [everyone, thread_name = name + '-' + std::to_string(i)] {
      pthread_setname_np(pthread_self(), thread_name.substr(0, 15).c_str());
      everyone->arrive_and_wait();
    });
}

void Pool::join() {
  pool_.join();
}
void Pool::stop() {
  pool_.stop();
}

}  // namespace ao::async
