// A data item that this process signed itself: its signature holds, and need not be checked.
//
// The only way to have one is to sign it, so it is as good as verified (promise P11). A value; any
// thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/message/data_item.hpp"

namespace ao::message {

class OwnItem : public DataItem {
 public:
  // Errors: those of DataItem::sign.
  static Result<OwnItem> sign(const Draft& draft, const crypto::Key& key) {
    AO_TRY(item, DataItem::sign(draft, key));
    return OwnItem(std::move(item));
  }

 private:
  explicit OwnItem(DataItem item) : DataItem(std::move(item)) {}
};

}  // namespace ao::message
