// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/bundle_file.hpp"

#include <stdexcept>

#include "ao/base/assert.hpp"
#include "ao/base/files.hpp"
#include "bundle_table.hpp"

namespace ao::message {
namespace {

namespace fs = std::filesystem;
using bundle::kEntryBytes;
using bundle::kNumberBytes;

fs::path with_ending(fs::path file, const char* ending) {
  file += ending;
  return file;
}

}  // namespace

BundleWriter::BundleWriter(const fs::path& file)
    : file_(fs::absolute(file)), partial_(with_ending(file_, ".partial")) {
  for (const fs::path& taken : {file_, partial_})
    if (fs::exists(taken))
      throw std::runtime_error(taken.string() + " exists already; nothing done");
  stream_.open(partial_, std::ios::binary);
  if (!stream_) throw std::runtime_error("cannot write " + partial_.string());
  write(Bytes(kNumberBytes, '\0'));  // the count, which is known at the end
}

BundleWriter::~BundleWriter() {
  std::error_code ignored;
  if (!is_finished_) fs::remove(partial_, ignored);
}

void BundleWriter::write(BytesView bytes) {
  if (!stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    throw std::runtime_error("cannot write " + partial_.string());
}

void BundleWriter::announce(const DataItem& item) {
  AO_ASSERT(added_.items == 0);
  Bytes entry;
  bundle::put_number(entry, item.bytes().size());
  write(entry + Bytes(item.id().bytes()));
  ++announced_.items;
  announced_.bytes += item.bytes().size();
}

void BundleWriter::add(const DataItem& item) {
  write(item.bytes());
  ++added_.items;
  added_.bytes += item.bytes().size();
}

void BundleWriter::finish() {
  AO_ASSERT(added_ == announced_);
  Bytes count;
  bundle::put_number(count, announced_.items);
  stream_.seekp(0);
  write(count);
  stream_.close();
  if (!stream_) throw std::runtime_error("cannot write " + partial_.string());
  sync(partial_);
  fs::rename(partial_, file_);
  is_finished_ = true;
  sync(file_.parent_path());
}

BundleReader::BundleReader(const fs::path& file)
    : file_(file), table_(file, std::ios::binary), body_(file, std::ios::binary) {
  if (!table_ || !body_ || fs::is_directory(file))
    throw std::runtime_error("cannot read " + file.string());
  left_ = fs::file_size(file);
}

Result<std::unique_ptr<BundleReader>> BundleReader::open(const fs::path& file) {
  std::unique_ptr<BundleReader> reader(new BundleReader(file));
  AO_CHECK(reader->read_count());
  return reader;
}

Result<> BundleReader::read_count() {
  const std::uint64_t size = left_;
  if (size < kNumberBytes)
    return fail(ErrorKind::kInvalid, "bundle-truncated",
                fmt::format("{} has {} bytes: no bundle", file_.string(), size));
  AO_TRY(count, bundle::number(bytes_from(table_, kNumberBytes), 0, ""));
  if (count > (size - kNumberBytes) / kEntryBytes)
    return fail(ErrorKind::kInvalid, "bundle-truncated",
                fmt::format("{} has {} bytes, which cannot hold the table of {} items",
                            file_.string(), size, count));
  items_ = count;
  left_ = size - kNumberBytes - count * kEntryBytes;
  body_.seekg(static_cast<std::streamoff>(kNumberBytes + count * kEntryBytes));
  return {};
}

Result<std::optional<DataItem>> BundleReader::next() {
  if (read_ == items_) {
    if (left_ == 0) return std::optional<DataItem>();
    return fail(ErrorKind::kInvalid, "bundle-size",
                fmt::format("{} bytes follow the last item", left_));
  }
  const std::string name = fmt::format("item {}, ", read_);
  const Bytes entry = bytes_from(table_, kEntryBytes);
  AO_TRY(size, bundle::number(entry, kNumberBytes + read_ * kEntryBytes, name));
  if (size > left_)
    return fail(ErrorKind::kInvalid, "bundle-size",
                fmt::format("{}it has {} bytes, the bundle ends after {}", name, size, left_));
  auto item = DataItem::parse(bytes_from(body_, size));
  if (!item) return fail(item.error().kind, item.error().code, name + item.error().text);
  if (item->id().bytes() != BytesView(entry).substr(kNumberBytes))
    return fail(
        ErrorKind::kInvalid, "bundle-id",
        fmt::format("{}the table gives another id than the item's {}", name, item->id().text()));
  left_ -= size;
  ++read_;
  return std::optional(std::move(*item));
}

Bytes BundleReader::bytes_from(std::ifstream& stream, std::uint64_t size) {
  Bytes bytes(size, '\0');
  if (!stream.read(bytes.data(), static_cast<std::streamsize>(size)))
    throw std::runtime_error("cannot read " + file_.string());
  return bytes;
}

}  // namespace ao::message
