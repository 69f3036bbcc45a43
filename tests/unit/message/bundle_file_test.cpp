// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/message/bundle_file.hpp"

#include <gtest/gtest.h>

#include "ao/message/bundle.hpp"
#include "support/workbench.hpp"

namespace ao::message {
namespace {

namespace fs = std::filesystem;

class BundleFileTest : public testing::Test {
 protected:
  BundleFileTest() {
    const auto key = crypto::Key::new_ed25519();
    for (int i = 0; i < 5; ++i)
      items_.push_back(test::sign(
          test::module_draft(std::string(static_cast<std::size_t>(i) * 100, 'x'), "m"), *key));
  }

  void write(std::size_t announced, std::size_t added) {
    BundleWriter bundle(file());
    for (std::size_t i = 0; i < announced; ++i)
      bundle.announce(items_[i]);
    for (std::size_t i = 0; i < added; ++i)
      bundle.add(items_[i]);
    bundle.finish();
  }

  fs::path file() const { return folder_.path() / "items.bundle"; }

  void put(const Bytes& bytes) const {
    std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes;
  }

  // The code of the first error when reading all of it; "" for none.
  std::string_view fault() const {
    auto reader = BundleReader::open(file());
    if (!reader) return reader.error().code;
    for (;;) {
      const auto item = (*reader)->next();
      if (!item) return item.error().code;
      if (!*item) return "";
    }
  }

  test::Folder folder_;
  std::vector<DataItem> items_;
};

TEST_F(BundleFileTest, is_the_same_bundle_as_in_memory) {
  write(5, 5);
  EXPECT_EQ(test::read_file(file()), write_bundle(items_));
  EXPECT_FALSE(fs::exists(file().string() + ".partial"));
}

TEST_F(BundleFileTest, gives_back_each_item) {
  write(5, 5);
  auto reader = BundleReader::open(file());
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->items(), 5U);
  for (const DataItem& item : items_) {
    const auto read = (*reader)->next();
    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->bytes(), item.bytes());
  }
  EXPECT_EQ((*reader)->read(), 5U);
  EXPECT_FALSE((*reader)->next()->has_value());
}

TEST_F(BundleFileTest, an_empty_bundle_has_no_items) {
  write(0, 0);
  EXPECT_EQ(fault(), "");
  EXPECT_EQ(test::read_file(file()), Bytes(32, '\0'));
}

TEST_F(BundleFileTest, writes_over_nothing_and_leaves_nothing_half_written) {
  { BundleWriter given_up(file()); }
  EXPECT_TRUE(fs::is_empty(folder_.path()));
  put("somebody's");
  EXPECT_THROW(BundleWriter{file()}, std::runtime_error);
  EXPECT_EQ(test::read_file(file()), "somebody's");
}

TEST_F(BundleFileTest, refuses_what_is_no_bundle) {
  const Bytes good = write_bundle(items_);
  put(good.substr(0, 31));
  EXPECT_EQ(fault(), "bundle-truncated");
  put(good.substr(0, 32 + 64));
  EXPECT_EQ(fault(), "bundle-truncated");
  put(good.substr(0, good.size() - 1));
  EXPECT_EQ(fault(), "bundle-size");
  put(good + "x");
  EXPECT_EQ(fault(), "bundle-size");
  Bytes changed = good;
  changed[32 + 40] ^= 1;  // in the id of the first item
  put(changed);
  EXPECT_EQ(fault(), "bundle-id");
  changed = good;
  changed[20] = 1;  // in the count
  put(changed);
  EXPECT_EQ(fault(), "bundle-number");
  put(Bytes(1, '\xff') + Bytes(7, '\xff') + Bytes(24, '\0'));
  EXPECT_EQ(fault(), "bundle-truncated");
  EXPECT_THROW((void)BundleReader::open(folder_.path() / "absent"), std::runtime_error);
  EXPECT_THROW((void)BundleReader::open(folder_.path()), std::runtime_error);
}

TEST_F(BundleFileTest, refuses_a_size_that_no_memory_could_hold) {
  Bytes bytes = write_bundle(items_);
  for (std::size_t i = 32; i < 39; ++i)
    bytes[i] = '\xff';
  put(bytes);
  EXPECT_EQ(fault(), "bundle-size");
}

}  // namespace
}  // namespace ao::message
