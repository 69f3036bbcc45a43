// What RocksDB asks of a file system, and what it is told when something is not there, as by its
// own file system for Linux.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <thread>

#include "torture/disk/handles.hpp"

namespace ao::test {
namespace {

using Status = rocksdb::IOStatus;

std::string clean(const std::string& path) {
  std::string text = std::filesystem::path(path).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/')
    text.pop_back();
  return text;
}

Status missing(const std::string& path) {
  return Status::PathNotFound(path, "No such file or directory");
}

class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
  std::size_t GetLogFileSize() const override { return 0; }
};

}  // namespace

NodePointer SimulatedDisk::make_file(const std::string& path) {
  auto node = std::make_shared<Node>();
  node->modified = ++modifications_;
  tree_.put(path, node);
  return node;
}

Status SimulatedDisk::read_at(const Node& node, const std::string& path, std::uint64_t offset,
                              std::size_t count, rocksdb::Slice* result, char* scratch) {
  return perform(Operation::kRead, path, [&] {
    const Bytes& content = node.file.content();
    const std::uint64_t begin = std::min<std::uint64_t>(offset, content.size());
    const std::size_t size = std::min<std::size_t>(count, content.size() - begin);
    std::memcpy(scratch, content.data() + begin, size);
    *result = rocksdb::Slice(scratch, size);
    return Status::OK();
  });
}

Status SimulatedDisk::sync(Node& node, const std::string& path) {
  const Status status = perform(Operation::kSync, path, [&] {
    if (node.file.failed_to_sync) ++repeated_syncs_;
    if (!lies_about(path)) node.file.sync();
    return Status::OK();
  });
  if (!status.ok()) {
    const std::lock_guard lock(mutex_);
    if (node.file.failed_to_sync) ++repeated_syncs_;
    if (!faults_.is_off()) node.file.failed_to_sync = true;
  }
  return status;
}

Status SimulatedDisk::NewSequentialFile(const std::string& name, const FileOptions&,
                                        Made<rocksdb::FSSequentialFile> file, Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kOpen, path, [&] {
    const NodePointer node = tree_.find(path);
    if (!node) return missing(path);
    *file = std::make_unique<Reader>(*this, path, node);
    return Status::OK();
  });
}

Status SimulatedDisk::NewRandomAccessFile(const std::string& name, const FileOptions&,
                                          Made<rocksdb::FSRandomAccessFile> file, Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kOpen, path, [&] {
    const NodePointer node = tree_.find(path);
    if (!node) return missing(path);
    *file = std::make_unique<PositionedReader>(*this, path, node);
    return Status::OK();
  });
}

Status SimulatedDisk::NewWritableFile(const std::string& name, const FileOptions&,
                                      Made<rocksdb::FSWritableFile> file, Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kCreate, path, [&] {
    if (!tree_.find(parent_of(path))) return missing(path);
    NodePointer node = tree_.find(path);
    if (!node) node = make_file(path);
    node->file.truncate(0);
    node->file.failed_to_sync = false;  // what is written from now on is on pages of its own
    *file = std::make_unique<Writer>(*this, path, node, 0);
    return Status::OK();
  });
}

Status SimulatedDisk::ReopenWritableFile(const std::string& name, const FileOptions&,
                                         Made<rocksdb::FSWritableFile> file, Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kOpen, path, [&] {
    if (!tree_.find(parent_of(path))) return missing(path);
    NodePointer node = tree_.find(path);
    if (!node) node = make_file(path);
    const std::uint64_t end = node->file.content().size();
    *file = std::make_unique<Writer>(*this, path, node, end);
    return Status::OK();
  });
}

Status SimulatedDisk::ReuseWritableFile(const std::string& name, const std::string& old_name,
                                        const FileOptions&, Made<rocksdb::FSWritableFile> file,
                                        Debug*) {
  const std::string path = clean(name);
  const std::string old_path = clean(old_name);
  return perform(Operation::kRename, path, [&] {
    const NodePointer node = tree_.find(old_path);
    if (!node) return missing(old_path);
    tree_.rename(old_path, path);
    *file = std::make_unique<Writer>(*this, path, node, 0);
    return Status::OK();
  });
}

Status SimulatedDisk::NewDirectory(const std::string& name, const Options&,
                                   Made<rocksdb::FSDirectory> directory, Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kOpen, path, [&] {
    const NodePointer node = tree_.find(path);
    if (!node || !node->is_directory) return missing(path);
    *directory = std::make_unique<Directory>(*this, path);
    return Status::OK();
  });
}

Status SimulatedDisk::FileExists(const std::string& name, const Options&, Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kLook, path,
                 [&] { return tree_.find(path) ? Status::OK() : Status::NotFound(); });
}

Status SimulatedDisk::GetChildren(const std::string& directory, const Options&,
                                  std::vector<std::string>* names, Debug*) {
  const std::string path = clean(directory);
  return perform(Operation::kLook, path, [&] {
    const NodePointer node = tree_.find(path);
    if (!node || !node->is_directory) return Status::NotFound();
    *names = tree_.names_in(path);
    return Status::OK();
  });
}

Status SimulatedDisk::DeleteFile(const std::string& name, const Options&, Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kRemove, path, [&] {
    const NodePointer node = tree_.find(path);
    if (!node) return missing(path);
    if (node->is_directory) return Status::IOError(path, "Is a directory");
    tree_.remove(path);
    return Status::OK();
  });
}

Status SimulatedDisk::Truncate(const std::string& name, std::size_t size, const Options&, Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kTruncate, path, [&] {
    const NodePointer node = tree_.find(path);
    if (!node) return missing(path);
    node->file.truncate(size);
    return Status::OK();
  });
}

Status SimulatedDisk::CreateDir(const std::string& name, const Options&, Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kMakeDirectory, path, [&] {
    if (tree_.find(path)) return Status::IOError(path, "File exists");
    const NodePointer parent = tree_.find(parent_of(path));
    if (!parent) return missing(path);
    if (!parent->is_directory) return Status::IOError(path, "Not a directory");
    make_file(path)->is_directory = true;
    return Status::OK();
  });
}

Status SimulatedDisk::CreateDirIfMissing(const std::string& name, const Options& options,
                                         Debug* debug) {
  {
    const std::lock_guard lock(mutex_);
    const NodePointer node = tree_.find(clean(name));
    if (node && node->is_directory) return Status::OK();
  }
  return CreateDir(name, options, debug);
}

Status SimulatedDisk::DeleteDir(const std::string& name, const Options&, Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kRemove, path, [&] {
    const NodePointer node = tree_.find(path);
    if (!node || !node->is_directory) return missing(path);
    if (!tree_.names_in(path).empty()) return Status::IOError(path, "Directory not empty");
    tree_.remove(path);
    return Status::OK();
  });
}

Status SimulatedDisk::GetFileSize(const std::string& name, const Options&, std::uint64_t* size,
                                  Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kLook, path, [&] {
    const NodePointer node = tree_.find(path);
    if (!node) return missing(path);
    *size = node->file.content().size();
    return Status::OK();
  });
}

Status SimulatedDisk::GetFileModificationTime(const std::string& name, const Options&,
                                              std::uint64_t* time, Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kLook, path, [&] {
    const NodePointer node = tree_.find(path);
    if (!node) return missing(path);
    *time = node->modified;
    return Status::OK();
  });
}

Status SimulatedDisk::RenameFile(const std::string& from, const std::string& to, const Options&,
                                 Debug*) {
  const std::string source = clean(from);
  const std::string target = clean(to);
  return perform(Operation::kRename, target, [&] {
    if (!tree_.find(source)) return missing(source);
    if (!tree_.find(parent_of(target))) return missing(target);
    tree_.rename(source, target);
    return Status::OK();
  });
}

Status SimulatedDisk::LinkFile(const std::string& from, const std::string& to, const Options&,
                               Debug*) {
  const std::string source = clean(from);
  const std::string target = clean(to);
  return perform(Operation::kCreate, target, [&] {
    const NodePointer node = tree_.find(source);
    if (!node) return missing(source);
    if (tree_.find(target)) return Status::IOError(target, "File exists");
    tree_.put(target, node);
    return Status::OK();
  });
}

Status SimulatedDisk::NumFileLinks(const std::string& name, const Options&, std::uint64_t* count,
                                   Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kLook, path, [&] {
    const NodePointer node = tree_.find(path);
    if (!node) return missing(path);
    *count = node->links;
    return Status::OK();
  });
}

Status SimulatedDisk::AreFilesSame(const std::string& first, const std::string& second,
                                   const Options&, bool* same, Debug*) {
  return perform(Operation::kLook, clean(first), [&] {
    const NodePointer a = tree_.find(clean(first));
    const NodePointer b = tree_.find(clean(second));
    if (!a || !b) return missing(a ? second : first);
    *same = a == b;
    return Status::OK();
  });
}

Status SimulatedDisk::LockFile(const std::string& name, const Options&, rocksdb::FileLock** lock,
                               Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kCreate, path, [&] {
    if (!tree_.find(parent_of(path))) return missing(path);
    if (!locked_.insert(path).second)
      return Status::IOError("lock hold by current process: " + path);
    if (!tree_.find(path)) make_file(path);
    *lock = new Lock(path);
    return Status::OK();
  });
}

// Succeeds without power too: it is the process that lets go.
Status SimulatedDisk::UnlockFile(rocksdb::FileLock* lock, const Options&, Debug*) {
  const std::unique_ptr<Lock> held(static_cast<Lock*>(lock));
  const std::lock_guard guard(mutex_);
  locked_.erase(held->path());
  return Status::OK();
}

Status SimulatedDisk::GetTestDirectory(const Options&, std::string* path, Debug*) {
  *path = "/test";
  return Status::OK();
}

Status SimulatedDisk::GetAbsolutePath(const std::string& path, const Options&,
                                      std::string* absolute, Debug*) {
  *absolute = clean(path.starts_with('/') ? path : '/' + path);
  return Status::OK();
}

Status SimulatedDisk::NewLogger(const std::string&, const Options&,
                                std::shared_ptr<rocksdb::Logger>* logger, Debug*) {
  *logger = std::make_shared<SilentLogger>();
  return Status::OK();
}

Status SimulatedDisk::GetFreeSpace(const std::string&, const Options&, std::uint64_t* bytes,
                                   Debug*) {
  *bytes = std::uint64_t{1} << 40;
  return Status::OK();
}

Status SimulatedDisk::IsDirectory(const std::string& name, const Options&, bool* is_directory,
                                  Debug*) {
  const std::string path = clean(name);
  return perform(Operation::kLook, path, [&] {
    const NodePointer node = tree_.find(path);
    if (!node) return missing(path);
    *is_directory = node->is_directory;
    return Status::OK();
  });
}

}  // namespace ao::test
