// An Arweave transaction of format 2, as nodes and clients give it to each other in JSON.
//
// Signed is the deep hash of what it says; of the data only the root of its chunks and its size, so
// that the data may come on its own (ao/settlement/chunks.hpp). The id is SHA-256 of the signature.
//
//   signed = deep hash of ( "2" owner target quantity reward last_tx (( name value )…)
//                           data_size data_root )
//
// Amounts are in winston, 10⁻¹² AR, as decimal texts: there are more than 64 bits can count.
// Values, any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/crypto/key.hpp"
#include "ao/message/data_item.hpp"
#include "ao/settlement/chunks.hpp"

namespace ao::settlement {

struct Transaction {
  MessageId id;
  Bytes owner;    // the modulus of an RSA key
  Bytes last_tx;  // the anchor: empty, 32 bytes, or 48 of a block
  message::Tags tags;
  Bytes target;  // empty, or an address of 32 bytes
  std::string quantity = "0";
  std::string reward = "0";
  std::uint64_t data_size = 0;
  Bytes data_root;  // empty without data
  Bytes signature;

  // Signs what is said above with an RSA key, and takes its key as owner. The same says the same
  // bytes every time.
  void sign(const crypto::Key& wallet);

  // Errors: "transaction-id" when the id is not the signature's; those of crypto::verify.
  Result<> verify() const;

  bool operator==(const Transaction&) const = default;
};

// What POST /tx takes, and GET /tx/ID answers; `data` may be empty, and come as chunks.
Bytes to_json(const Transaction& transaction, BytesView data);

// Form alone. Errors, kind kInvalid: "transaction-malformed", naming the member at fault;
// "transaction-format" for another than 2.
struct ReadTransaction {
  Transaction transaction;
  Bytes data;
};
Result<ReadTransaction> read_transaction(BytesView json);

// Whether the data is what was signed for. Errors: "transaction-data".
Result<> check_data(const Transaction& transaction, BytesView data);

}  // namespace ao::settlement
