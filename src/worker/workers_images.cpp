// The files of processes: what is kept of them durably, copied, and written to wake from.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/worker/workers.hpp"
#include "image_folder.hpp"
#include "protocol.hpp"

namespace ao::worker {

using message::List;
using message::Value;

struct Workers::Checkpoint {
  Slot next;
  Bytes head;
  bool is_first;
  List runs;
  ImageFile file;
};

Task<Result<std::shared_ptr<Workers::Checkpoint>>> Workers::checkpoint(ProcessId process) {
  auto request = protocol::checkpoint(process, build());
  auto answer = co_await ask(process, std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  auto next = protocol::read_number(*answer, "next");
  if (!next) co_return std::unexpected(protocol::lied(next.error()));
  Value* runs = answer->map()->find("runs");
  if (runs == nullptr || runs->list() == nullptr)
    co_return std::unexpected(protocol::lied(protocol::malformed("runs").error()));
  auto file = images_->open(process);
  if (!file) co_return std::unexpected(file.error());
  const Value* is_first = answer->find("is-first");
  auto made = std::make_shared<Checkpoint>(
      Slot{*next}, Bytes(answer->text("head")),
      is_first != nullptr && is_first->boolean() != nullptr && *is_first->boolean(),
      std::move(*runs->list()), std::move(*file));
  co_return made;
}

Result<Changes> Workers::read(const Checkpoint& checkpoint) {
  constexpr std::uint64_t kPages = machine::Instance::kArenaBytes / machine::Instance::kPageBytes;
  Changes changes{checkpoint.next, checkpoint.head, checkpoint.is_first, {}};
  for (std::size_t i = 0; i + 1 < checkpoint.runs.size(); i += 2) {
    const std::int64_t* first = checkpoint.runs[i].integer();
    const std::int64_t* count = checkpoint.runs[i + 1].integer();
    if (first == nullptr || count == nullptr || *first < 0 || *count < 0 ||
        static_cast<std::uint64_t>(*first) + static_cast<std::uint64_t>(*count) > kPages)
      return std::unexpected(protocol::lied(protocol::malformed("runs").error()));
    for (std::int64_t page = *first; page < *first + *count; ++page) {
      AO_TRY(bytes,
             checkpoint.file.read(static_cast<std::uint64_t>(page) * machine::Instance::kPageBytes,
                                  machine::Instance::kPageBytes));
      changes.pages.emplace_back(page, std::move(bytes));
    }
  }
  return changes;
}

Result<> Workers::write_image(const ProcessId& process, const Changes& image) const {
  AO_TRY(file, images_->create(process));
  for (const auto& [page, bytes] : image.pages)
    AO_CHECK(file.write(page * machine::Instance::kPageBytes, bytes));
  return file.write(machine::Instance::kArenaBytes, image.head);
}

struct Workers::Copy {
  Slot next;
  Bytes head;
  std::uint64_t bytes;
  ImageFile file;
};

Task<Result<std::shared_ptr<Workers::Copy>>> Workers::copy(ProcessId process) {
  auto request = protocol::copy(process, build());
  auto answer = co_await ask(process, std::move(request));
  if (!answer) co_return std::unexpected(answer.error());
  auto next = protocol::read_number(*answer, "next");
  auto bytes = protocol::read_number(*answer, "bytes");
  if (!next || !bytes || *bytes > machine::Instance::kArenaBytes)
    co_return std::unexpected(protocol::lied(protocol::malformed("bytes").error()));
  auto file = images_->open(process);
  if (!file) co_return std::unexpected(file.error());
  auto made =
      std::make_shared<Copy>(Slot{*next}, Bytes(answer->text("head")), *bytes, std::move(*file));
  co_return made;
}

Result<std::uint64_t> Workers::write_image(const ProcessId& process, const Copy& copy) const {
  AO_TRY(file, images_->create(process));
  AO_CHECK(file.copy_from(copy.file, copy.bytes));
  AO_CHECK(file.write(machine::Instance::kArenaBytes, copy.head));
  return copy.bytes;
}

// Its worker has put it to rest.
void Workers::lay_down(const ProcessId& process) {
  const auto seat = seats_.find(process);
  if (seat == seats_.end()) return;
  const std::uint64_t bytes = seat->second.bytes;
  forget(process);
  ++evicted_;
  image_written(process, bytes);
}

void Workers::image_written(const ProcessId& process, std::uint64_t bytes) {
  resting_order_.push_front(process);
  resting_bytes_ += bytes;
  resting_.emplace(process, Bed{bytes, resting_order_.begin()});
  while (resting_bytes_ > settings_.resting_bytes) {
    const ProcessId oldest = resting_order_.back();
    forget_image(oldest);
    images_->remove(oldest);
  }
}

void Workers::forget_image(const ProcessId& process) {
  const auto bed = resting_.find(process);
  if (bed == resting_.end()) return;
  resting_bytes_ -= bed->second.bytes;
  resting_order_.erase(bed->second.place);
  resting_.erase(bed);
}

}  // namespace ao::worker
