// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/settlement/transaction.hpp"

#include "oracle/answer.hpp"

namespace ao::test {

Json cut_chunks(const Json& question) {
  const Bytes data = bytes_in(question, "data");
  const settlement::Chunks chunks(data);
  Json list = Json::array();
  for (const auto& chunk : chunks.all())
    list.push_back({{"begin", chunk.begin},
                    {"end", chunk.end},
                    {"path", base64url(chunk.path)},
                    {"json", chunks.json(chunk, data).size()}});
  return {{"ok", {{"root", base64url(chunks.root())}, {"chunks", std::move(list)}}}};
}

Json prove_chunk(const Json& question) {
  const auto place = settlement::prove_chunk(
      bytes_in(question, "root"), question.at("size").get<std::uint64_t>(),
      question.at("offset").get<std::uint64_t>(), bytes_in(question, "path"));
  if (!place) return refused(place.error());
  return {{"ok",
           {{"begin", place->begin},
            {"end", place->end},
            {"hash", base64url(crypto::view(place->hash))}}}};
}

Json sign_transaction(const Json& question) {
  const Json& asked = question.at("transaction");
  const Bytes data = bytes_in(question, "data");
  const settlement::Chunks chunks(data);
  settlement::Transaction transaction;
  transaction.last_tx = bytes_in(asked, "last_tx");
  transaction.target = bytes_in(asked, "target");
  transaction.quantity = asked.at("quantity").get<std::string>();
  transaction.reward = asked.at("reward").get<std::string>();
  for (const Json& tag : asked.at("tags"))
    transaction.tags.push_back({from_base64url(tag.at(0).get<std::string>()).value(),
                                from_base64url(tag.at(1).get<std::string>()).value()});
  transaction.data_size = data.size();
  transaction.data_root = chunks.root();
  transaction.sign(key_in(question));
  Json posts = Json::array();
  for (const auto& chunk : chunks.all())
    posts.push_back(chunks.json(chunk, data));
  return {{"ok", {{"json", settlement::to_json(transaction, data)}, {"chunks", std::move(posts)}}}};
}

Json verify_transaction(const Json& question) {
  const auto read = settlement::read_transaction(question.at("json").get_ref<const std::string&>());
  if (!read) return refused(read.error());
  if (const auto verdict = read->transaction.verify(); !verdict) return refused(verdict.error());
  if (!read->data.empty())
    if (const auto fits = settlement::check_data(read->transaction, read->data); !fits)
      return refused(fits.error());
  return {{"ok",
           {{"id", read->transaction.id.text()},
            {"json", settlement::to_json(read->transaction, read->data)}}}};
}

Json read_chunk(const Json& question) {
  const auto read = settlement::read_chunk(question.at("json").get_ref<const std::string&>());
  if (!read) return refused(read.error());
  return {
      {"ok",
       {{"root", base64url(read->root)}, {"begin", read->place.begin}, {"end", read->place.end}}}};
}

}  // namespace ao::test
