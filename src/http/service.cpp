// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "service.hpp"

#include <fmt/format.h>

namespace ao::http {

std::expected<void, Refusal> Service::admit(Network client) {
  if (!buckets) return {};
  const auto now = std::chrono::steady_clock::now();
  const auto taken = buckets->with([&](auto& all) { return all.take(client, now); });
  if (taken) return {};
  over_rate.fetch_add(1, std::memory_order_relaxed);
  Refusal refusal{
      429, "request-rate",
      fmt::format("this address may make {} requests a second", rate.requests_per_second),
      std::chrono::ceil<std::chrono::seconds>(taken.error())};
  return std::unexpected(std::move(refusal));
}

}  // namespace ao::http
