// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/node/settlement_proof.hpp"

#include <fmt/format.h>

#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include "ao/async/pool.hpp"
#include "ao/codec/enclosed.hpp"
#include "ao/message/bundle_file.hpp"
#include "ao/schedule/log.hpp"

namespace ao::node {
namespace {

using message::Assignment;
using message::DataItem;

constexpr std::size_t kSlotsAtOnce = 512;

Result<> check_signatures(const Assignment& assignment) {
  AO_CHECK(codec::verify_item(assignment.body()));
  return assignment.item().verify();
}

std::unexpected<Error> named(const Assignment& assignment, const Error& error) {
  return fail(error.kind, error.code,
              fmt::format("process {}, slot {}: {}", assignment.process().text(),
                          assignment.slot().number, error.text));
}

}  // namespace

Result<> prove(const settlement::Retrieved& retrieved, std::size_t threads,
               const Progress& progress) {
  const auto& slots = retrieved.slots;
  async::Pool pool("prove", threads);
  if (retrieved.module) AO_CHECK(codec::verify_item(*retrieved.module));
  for (std::size_t at = 0; at < slots.size(); at += kSlotsAtOnce) {
    const std::size_t end = std::min(slots.size(), at + kSlotsAtOnce);
    std::vector<std::future<Result<>>> checked;
    for (std::size_t i = at; i < end; ++i)
      checked.push_back(boost::asio::post(pool.executor(), boost::asio::use_future([&slots, i] {
                                            return check_signatures(slots[i]);
                                          })));
    Result<> first;
    for (std::size_t i = at; i < end; ++i) {
      Result<> one = checked[i - at].get();
      if (one) one = schedule::Log::check_link(i == 0 ? nullptr : &slots[i - 1], slots[i]);
      if (!one && first) first = named(slots[i], one.error());
    }
    AO_CHECK(first);
    progress(end, slots.size());
  }
  return {};
}

void write_archive(const settlement::Retrieved& retrieved, const std::filesystem::path& file) {
  const auto wrapper = crypto::Key::new_ed25519();
  std::vector<DataItem> items;
  const auto add = [&](const DataItem& item) {
    items.push_back(item.is_enclosed() ? codec::wrapped(item, *wrapper) : item);
  };
  if (retrieved.module) add(*retrieved.module);
  for (const Assignment& assignment : retrieved.slots) {
    add(assignment.body());
    add(assignment.item());
  }
  message::BundleWriter bundle(file);
  for (const DataItem& item : items)
    bundle.announce(item);
  for (const DataItem& item : items)
    bundle.add(item);
  bundle.finish();
}

}  // namespace ao::node
