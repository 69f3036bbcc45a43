// A bundle (ao/message/bundle.hpp) in a file, written and read an item at a time: it may be larger
// than memory. Bundles within it are items like others.
//
// Of one thread. What the disk refuses is thrown as std::runtime_error naming the file.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>

#include "ao/message/data_item.hpp"

namespace ao::message {

// In two passes over the same items, since their table comes first. The file has its name only
// when all of it is on disk.
class BundleWriter {
 public:
  // Never over another file.
  explicit BundleWriter(const std::filesystem::path& file);
  ~BundleWriter();  // leaves nothing behind unless `finish` was called
  BundleWriter(const BundleWriter&) = delete;
  BundleWriter& operator=(const BundleWriter&) = delete;

  void announce(const DataItem& item);  // pass one
  void add(const DataItem& item);       // pass two, in the same order
  void finish();

  std::uint64_t items() const { return announced_.items; }
  std::uint64_t item_bytes() const { return announced_.bytes; }

 private:
  struct Sum {
    std::uint64_t items = 0;
    std::uint64_t bytes = 0;

    bool operator==(const Sum&) const = default;
  };

  void write(BytesView bytes);

  const std::filesystem::path file_;
  const std::filesystem::path partial_;
  std::ofstream stream_;
  Sum announced_;
  Sum added_;
  bool is_finished_ = false;
};

class BundleReader {
 public:
  // Errors: those of `next` that concern the table.
  static Result<std::unique_ptr<BundleReader>> open(const std::filesystem::path& file);

  std::uint64_t items() const { return items_; }
  std::uint64_t read() const { return read_; }  // items so far

  // Nullopt at the end. Errors, naming the item: "bundle-truncated", "bundle-number",
  // "bundle-size", "bundle-id", and those of DataItem::parse. After one nothing more can be read.
  Result<std::optional<DataItem>> next();

 private:
  explicit BundleReader(const std::filesystem::path& file);

  Result<> read_count();
  Bytes bytes_from(std::ifstream& stream, std::uint64_t size);

  const std::filesystem::path file_;
  std::ifstream table_;
  std::ifstream body_;
  std::uint64_t items_ = 0;
  std::uint64_t read_ = 0;
  std::uint64_t left_ = 0;  // bytes behind the item that was read last
};

}  // namespace ao::message
