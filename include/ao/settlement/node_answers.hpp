// What Arweave nodes are asked when a transaction is brought to them, and what they answer.
//
//   GET URL/price/BYTES, /wallet/ADDRESS/balance   an amount of winston, in digits
//   GET URL/tx_anchor                              a block's hash, base64url
//   POST URL/tx, POST URL/chunk                    ao/settlement/transaction.hpp, chunks.hpp
//   GET URL/tx/ID/status                           whether it waits, or is in a block
// Pure; any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/settlement/answers.hpp"

namespace ao::settlement {

// Whether the transaction was taken, now or before. Errors: kBusy "arweave-busy" for 429;
// kUnavailable "arweave-failed" for what a node may do later; kInvalid "arweave-refused" for what
// it says of the transaction, which it has not taken then.
Result<> transaction_taken(unsigned status, BytesView body);

// The same of a chunk: kInvalid "chunk-refused" for what arweave-js gives up at (invalid_json,
// chunk_too_big, data_path_too_big, offset_too_big, data_size_too_big,
// chunk_proof_ratio_not_attractive, invalid_proof); for the rest, as a node that has not heard of
// the transaction yet, "arweave-busy" and kUnavailable "chunk-failed".
Result<> chunk_taken(unsigned status, BytesView body);

// Of more than 64 bits: the most that they count.
std::optional<std::uint64_t> amount_in(unsigned status, BytesView body);

std::optional<Bytes> anchor_in(unsigned status, BytesView body);

// Also that it is not known: 404. Nullopt: the answer is none.
std::optional<Sight> transaction_sight(unsigned status, BytesView body);

}  // namespace ao::settlement
