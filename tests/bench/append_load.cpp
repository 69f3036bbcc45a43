// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "bench/append_load.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <stdexcept>

#include "ao/admission/admission.hpp"
#include "support/workbench.hpp"

namespace ao::bench {
namespace {

using message::Admitted;

Task<> send_each(schedule::Schedule& schedule, std::vector<Admitted>& messages, std::size_t first) {
  for (std::size_t i = first; i < messages.size(); i += kClients) {
    auto placed = co_await schedule.append(std::move(messages[i]));
    if (!placed) throw std::runtime_error(placed.error().text);
  }
}

}  // namespace

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::vector<Admitted> messages_for(const std::vector<ProcessId>& processes, std::size_t count,
                                   const crypto::Key& client, const Address& node) {
  const admission::Admission admission({}, node);
  std::vector<Admitted> messages;
  for (std::size_t i = 0; i < count; ++i) {
    auto draft =
        test::message_draft(processes[i % processes.size()], "Transfer", std::to_string(i));
    draft.data.resize(kLoadDataBytes, 'x');
    messages.push_back(admission.admit(test::sign(draft, client).bytes()).value());
  }
  return messages;
}

double append_all(schedule::Schedule& schedule, async::Pool& cpu, std::vector<Admitted> messages) {
  const auto start = std::chrono::steady_clock::now();
  std::vector<std::future<void>> clients;
  for (std::size_t i = 0; i < kClients; ++i)
    clients.push_back(boost::asio::co_spawn(cpu.executor(), send_each(schedule, messages, i),
                                            boost::asio::use_future));
  for (auto& client : clients)
    client.get();
  return seconds_since(start);
}

}  // namespace ao::bench
