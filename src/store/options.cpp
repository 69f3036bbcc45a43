// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

#include <string_view>

namespace ao::store {
namespace {

constexpr int kMemtablesMax = 3;
constexpr double kMemtableFilterShare = 0.02;
constexpr int kBackgroundJobs = 2;
constexpr int kOpenFilesMax = 512;
constexpr std::size_t kInfoLogBytes = 1 << 20;
constexpr std::size_t kInfoLogsKept = 4;
constexpr std::size_t kBlockBytes = 8 << 10;
constexpr double kFilterBitsPerKey = 10;  // 1 % of absent keys cost a read
// Of the cache, that indexes and filters may have before blocks of data do: those of millions of
// messages are asked for each new one, and of its process, seen rarely, a block is asked for once.
constexpr double kIndexShare = 0.8;
constexpr std::size_t kSmoothedWriteBytes = 1 << 20;

// RocksDB's defaults open a log that lost its middle and serve what came before the hole. These
// refuse it: the only damage taken for a crash is a last record that was cut short, which nobody
// was told of.
void refuse_damage(rocksdb::Options& options) {
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
  options.paranoid_checks = true;
  options.track_and_verify_wals_in_manifest = true;
  options.verify_sst_unique_id_in_manifest = true;
  // After an error of the disk nothing is written again until an operator restarts the node:
  // a second fsync may report success for pages that the kernel dropped after the first.
  options.max_bgerror_resume_count = 0;
}

// Keys that end with a number which grows come in their order, so each is put right behind the one
// before it of the same process or shard: no search through the memtable. Only of tables that
// have many such keys, since each prefix takes some memory.
class GrowingNumbers final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "aonode.growing-numbers"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return {key.data(), key.size() - kNumberBytes};
  }
  bool InDomain(const rocksdb::Slice& key) const override {
    return key.size() > kNumberBytes && kTables.find(key[0]) != std::string_view::npos;
  }

 private:
  static constexpr std::size_t kNumberBytes = 8;
  static constexpr std::string_view kTables = "alqr";
};

void bound_resources(const Settings& settings, rocksdb::Options& options) {
  options.write_buffer_size = settings.memtable_bytes;
  options.max_write_buffer_number = kMemtablesMax;
  // Most lookups are of messages that are new, so that there is nothing to find.
  options.memtable_prefix_bloom_size_ratio = kMemtableFilterShare;
  options.memtable_whole_key_filtering = true;
  options.memtable_insert_with_hint_prefix_extractor = std::make_shared<GrowingNumbers>();
  options.max_background_jobs = kBackgroundJobs;
  options.max_open_files = kOpenFilesMax;
  options.bytes_per_sync = kSmoothedWriteBytes;  // else a flush delays the log's syncs
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.max_log_file_size = kInfoLogBytes;
  options.keep_log_file_num = kInfoLogsKept;
  options.stats_dump_period_sec = 0;
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;  // opening reads no table
}

rocksdb::BlockBasedTableOptions table_options(std::size_t cache_bytes) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(cache_bytes, -1, false, kIndexShare);
  table.cache_index_and_filter_blocks = true;  // so that cache_bytes bounds them too
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.pin_l0_filter_and_index_blocks_in_cache = true;
  // In pieces, of which a look-up reads one: whole ones are 100 kB and more for each table, and
  // those of a store with millions of processes do not fit the cache together.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
  // Most look-ups are of one key, and find their block on disk: its index is read as it stands, and
  // the key by its hash.
  table.enable_index_compression = false;
  table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  table.block_size = kBlockBytes;
  table.format_version = 5;
  return table;
}

}  // namespace

rocksdb::Options options_for(const Settings& settings) {
  rocksdb::Options options;
  refuse_damage(options);
  bound_resources(settings, options);
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kLZ4Compression;
  options.table_factory.reset(
      rocksdb::NewBlockBasedTableFactory(table_options(settings.cache_bytes)));
  return options;
}

}  // namespace ao::store
