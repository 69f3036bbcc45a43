// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torn_tail.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "record_log.hpp"

namespace ao::store {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, std::string_view reason) {
  throw std::runtime_error(fmt::format("store {}: {} {}", file.parent_path().string(),
                                       file.filename().string(), reason));
}

// `is_last`: nothing was written to any log after this one.
void check_tail(const fs::path& file, const RecordLog& log, bool is_last) {
  const auto later = log.later_record();
  if (!later && is_last) return;
  refuse(file,
         fmt::format(
             "is damaged, and was left as it is: the record at byte {} does not hold, "
             "and {}",
             log.whole_until(),
             later ? fmt::format("another follows at {}", *later) : "a later log goes on from it"));
}

std::uint64_t number_of(const std::string& log) {
  return std::stoull(log);
}

// The names of RocksDB's write-ahead logs, the oldest first.
std::vector<std::string> logs_in(const Files& files, const fs::path& directory) {
  auto names = files.names_in(directory);
  std::erase_if(names, [](const std::string& name) {
    const std::size_t digits = name.find_first_not_of("0123456789");
    return digits == 0 || digits == std::string::npos || name.substr(digits) != ".log";
  });
  std::ranges::sort(names, {}, number_of);
  return names;
}

// What is looked at, before anything is changed.
class Inspection {
 public:
  Inspection(const Files& files, const fs::path& directory)
      : files_(files), directory_(directory) {}

  void inspect() {
    inspect_manifest();
    auto names = logs_in(files_, directory_);
    std::erase_if(names, [this](const std::string& name) {
      const auto content = files_.read(directory_ / name);
      return !content || content->empty();
    });
    for (const std::string& name : names)
      inspect_log(name, name == names.back());
  }

  void cut() const {
    for (const auto& [file, size] : cuts_)
      files_.truncate(file, size);
  }

 private:
  // What is wrong with CURRENT, RocksDB will say.
  void inspect_manifest() {
    Bytes name = files_.read(directory_ / "CURRENT").value_or("");
    if (!name.ends_with('\n') || name.find('/') != Bytes::npos) return;
    name.pop_back();
    const auto content = files_.read(directory_ / name);
    if (!content) return;
    const RecordLog manifest(RecordLog::Kind::kManifest, *content);
    if (!manifest.is_whole()) {
      check_tail(directory_ / name, manifest, true);
      cuts_.emplace_back(directory_ / name, manifest.whole_until());
    }
    oldest_log_ = manifest.oldest_log();
    next_write_ = manifest.last_write() + 1;
  }

  // The writes of the logs go on from those of the tables, without a gap.
  void inspect_log(const std::string& name, bool is_last) {
    const Bytes content = files_.read(directory_ / name).value_or("");
    const RecordLog log(RecordLog::Kind::kWrites, content);
    if (!log.is_whole()) {
      check_tail(directory_ / name, log, is_last);
      cuts_.emplace_back(directory_ / name, log.whole_until());
    }
    if (number_of(name) < oldest_log_ || !log.first_write()) return;
    if (next_write_ && *log.first_write() > *next_write_)
      refuse(directory_ / name,
             fmt::format("begins with write {}, and write {} is due: a table or a log is missing, "
                         "or the manifest lost its end; nothing was changed",
                         *log.first_write(), *next_write_));
    next_write_ = std::max(next_write_.value_or(0), *log.next_write());
  }

  const Files& files_;
  const fs::path& directory_;
  std::uint64_t oldest_log_ = 0;
  std::optional<std::uint64_t> next_write_;
  std::vector<std::pair<fs::path, std::uint64_t>> cuts_;
};

}  // namespace

void cut_torn_tails(const Files& files, const fs::path& directory) {
  Inspection inspection(files, directory);
  inspection.inspect();
  inspection.cut();
}

}  // namespace ao::store
