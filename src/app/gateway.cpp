// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "gateway.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <stdexcept>

#include "ao/http/url.hpp"

namespace ao::app {
namespace {

using settlement::FoundBundle;

constexpr std::size_t kAnswerBytesMax = std::size_t{1} << 30;

http::ClientLimits limits() {
  http::ClientLimits limits;
  limits.answer_timeout = std::chrono::minutes(10);
  limits.body_bytes_max = kAnswerBytesMax;
  return limits;
}

}  // namespace

Gateway::Gateway(const std::string& url) {
  const auto parsed = http::parse_url(url);
  if (!parsed) throw std::runtime_error(parsed.error().text);
  base_ = parsed->target == "/" ? "" : parsed->target;
  while (base_.ends_with('/'))
    base_.pop_back();
  auto client = http::Client::to(pool_.executor(), parsed->origin.text(), limits());
  if (!client) throw std::runtime_error(client.error().text);
  http_ = std::move(*client);
}

http::Response Gateway::fetch(const std::string& method, const std::string& path, Bytes body) {
  http::Request request;
  request.method = method;
  request.target = base_ + path;
  if (!body.empty()) request.headers.set("content-type", "application/json");
  request.body = std::move(body);
  auto task = http_->fetch(std::move(request));
  auto response =
      boost::asio::co_spawn(pool_.executor(), std::move(task), boost::asio::use_future).get();
  if (!response) throw std::runtime_error(response.error().text);
  return std::move(*response);
}

// Page by page, until one brings nothing new.
std::vector<MessageId> Gateway::ids(const Query& query, bool is_parent) {
  std::vector<MessageId> all;
  std::set<MessageId> seen;
  std::set<Bytes> cursors;
  for (Bytes after;;) {
    const auto answer = fetch("POST", "/graphql", query(after));
    if (answer.status != 200)
      throw std::runtime_error(fmt::format("the gateway answered a query with {}", answer.status));
    const auto page = settlement::bundles_in(answer.body, is_parent);
    if (!page) throw std::runtime_error(page.error().text);
    for (const FoundBundle& found : *page)
      if (seen.insert(found.id).second) all.push_back(found.id);
    if (page->empty() || !cursors.insert(page->back().cursor).second) return all;
    after = page->back().cursor;
  }
}

// Gateways serve an item's data at /raw/ID, simpler ones at /ID.
std::optional<Bytes> Gateway::data(const MessageId& id) {
  for (const std::string& path : {"/raw/" + id.text(), "/" + id.text()}) {
    auto answer = fetch("GET", path);
    if (answer.status == 200 && !answer.body.empty()) return std::move(answer.body);
  }
  return std::nullopt;
}

void Gateway::read(const std::vector<MessageId>& ids, settlement::Retrieval& retrieval,
                   const Progress& progress) {
  std::size_t done = 0;
  for (const MessageId& id : ids) {
    progress(++done, ids.size());
    if (!read_.insert(id).second) continue;
    const auto bytes = data(id);
    if (bytes && retrieval.take(*bytes)) {
      ++bundles_;
    } else {
      ++unreadable_;
    }
  }
}

void Gateway::retrieve(settlement::Retrieval& retrieval, const ProcessId& process, bool all_bundles,
                       const Progress& progress) {
  const auto named = [&](BytesView after) { return settlement::bundles_query(process, after); };
  read(ids(named, false), retrieval, progress);
  const auto within = [&](BytesView after) {
    return settlement::assignments_query(process, after);
  };
  read(ids(within, true), retrieval, progress);
  if (all_bundles)
    for (const Address& scheduler : retrieval.schedulers()) {
      const auto of = [&](BytesView after) {
        return settlement::scheduler_query(scheduler, after);
      };
      read(ids(of, false), retrieval, progress);
    }
  const auto module = retrieval.module();
  if (!module || retrieval.has_module()) return;
  const auto of_item = [&](BytesView after) {
    return settlement::item_bundles_query(*module, after);
  };
  read(ids(of_item, false), retrieval, progress);
}

}  // namespace ao::app
