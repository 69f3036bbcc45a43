// The schedules of a store as a bundle that others can read, and back.
//
// The bundle has the items that are not scheduled (modules) first, and then, process by process and
// slot by slot, the message and behind it its assignment. Everything in it is signed; outcomes are
// not in it, since whoever has the schedule computes them.
//
// One thread, which waits. What the disk refuses is thrown as std::runtime_error naming the file.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "ao/base/progress.hpp"
#include "ao/schedule/adoption.hpp"

namespace ao::node {

struct ArchiveCount {
  std::uint64_t processes = 0;
  std::uint64_t messages = 0;
  std::uint64_t items = 0;         // not scheduled
  std::uint64_t bytes = 0;         // of all items in the bundle
  std::uint64_t already_here = 0;  // of an import: messages and items that it left alone
};

// Everything, or one process and its module; messages signed over HTTP fields as the data of items
// of their own (codec/enclosed.hpp). Never over another file. Errors: kNotFound
// "process-unknown"; kUnavailable "schedule-damaged". Progress in slots, of two passes.
Result<ArchiveCount> export_schedules(const store::Store& store,
                                      const std::optional<ProcessId>& process,
                                      const std::filesystem::path& file, const Progress& progress);

struct ImportSettings {
  schedule::AdoptionSettings adoption;
  std::size_t threads = 1;  // that verify signatures
};

// Puts what the store lacks into it, unevaluated. What is there stays, byte for byte. An error ends
// the import; what was taken before it stays, and is a whole beginning of its process. Errors, each
// naming the item or the slot: those of BundleReader, DataItem::verify, Assignment::recognise and
// Adoption::take; "archive-order" for a message without its assignment or the reverse; kConflict
// "item-taken". Progress in items.
Result<ArchiveCount> import_schedules(store::Store& store, const std::filesystem::path& file,
                                      const ImportSettings& settings, const Progress& progress);

}  // namespace ao::node
