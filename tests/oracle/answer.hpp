// Answers the questions of tests/clients/oracles.mjs about our codecs, one JSON object for another.
//
// A question is {"op": NAME, …}. Byte strings are base64url without padding on both sides. The
// answer is {"ok": {…}}, or {"error": {"code", "text"}} when our code refused: the same code and
// text that a client of the node would see. A question that is itself wrong throws.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "ao/base/bytes.hpp"
#include "ao/crypto/key.hpp"
#include "ao/message/data_item.hpp"
#include "ao/message/value.hpp"

namespace ao::test {

using Json = nlohmann::json;

// verify-item {bytes} -> the item's fields; the signature is checked too.
Json verify_item(const Json& question);
// sign-item {key: a JWK as text, draft: {target, anchor, tags: [[name, value]…], data}} -> {bytes}
Json sign_item(const Json& question);

// read-bundle {bytes} -> {items: the fields of each, and its own `items`}; every signature is
// checked
Json read_bundle(const Json& question);
// write-bundle {items: [bytes…]} -> {bytes}
Json write_bundle(const Json& question);

// verify-http {method, target, authority, fields: [[name, value]…], body}
//   -> {signed, tabm, message, commitments: [{id, type, committer, signature, committed}…], inner:
//   the commitments of the message in `body`, if it has any}
Json verify_http(const Json& question);
// sign-http {key, message, bundled: whether inner messages are sent along} ->
//   {fields, body, id, uncommitted_id, commitments}
Json sign_http(const Json& question);
// convert {message} -> {tabm, message: read back}, or {tabm} -> {message}
Json convert(const Json& question);

// chunks {data} -> {root, chunks: [{begin, end, path, json: the size of its JSON}…]}
Json cut_chunks(const Json& question);
// prove-chunk {root, size, offset, path} -> {begin, end, hash}
Json prove_chunk(const Json& question);
// read-chunk {json} -> {root, begin, end}; what it holds is checked
Json read_chunk(const Json& question);
// sign-transaction {key, transaction: {last_tx, target, quantity, reward, tags}, data} ->
//   {json, chunks: the JSON of each}
Json sign_transaction(const Json& question);
// verify-transaction {json} -> {id, json: written again}; signature and data are checked
Json verify_transaction(const Json& question);

// What every file of this programme needs.
Json refused(const Error& error);
Json fields_of(const message::DataItem& item);
Bytes bytes_in(const Json& question, const char* name);
const crypto::Key& key_in(const Json& question);  // parsed once for each text

// Values are pairs of kind and content: ["bytes", …], ["integer", decimal], ["float", number],
// ["boolean", …], ["null", null], ["atom", name], ["link", id], ["list", […]] and
// ["map", [[key, value]…]].
Json json_of(const message::Map& map);
Json json_of(const message::Value& value);
message::Value value_in(const Json& json);
message::Map map_in(const Json& json);

}  // namespace ao::test
