// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/codec/httpsig.hpp"

#include "ao/codec/structured.hpp"
#include "fuzz/fuzz.hpp"

namespace ao::codec {
namespace {

BytesView cut(BytesView& text, BytesView mark) {
  const std::size_t at = text.find(mark);
  const BytesView head = text.substr(0, at);
  text.remove_prefix(at == BytesView::npos ? text.size() : at + mark.size());
  return head;
}

// METHOD SP target LF *( name ": " value LF ) LF body
Request request_from(BytesView text) {
  Request request;
  request.method = cut(text, " ");
  request.target = cut(text, "\n");
  while (!text.empty() && !text.starts_with('\n')) {
    BytesView line = cut(text, "\n");
    const BytesView name = cut(line, ": ");
    request.form.fields.set(lower_case(name), line);
  }
  if (!text.empty()) request.form.body = text.substr(1);
  return request;
}

bool is_refusal(const Error& error) {
  AO_ASSERT(!error.text.empty() && is_utf8(error.text));
  return true;
}

// A message that was read can be sent, and is the same when it is read again; its id does not
// depend on whether what lies within is linked.
void check_message(const message::Map& tabm) {
  const auto message = message_from_tabm(tabm);
  if (!message) {
    AO_ASSERT(is_refusal(message.error()));
    return;
  }
  const auto canonical = to_tabm(*message);
  if (!canonical) {
    AO_ASSERT(is_refusal(canonical.error()));
    return;
  }
  AO_ASSERT(message_from_tabm(*canonical) == *message);
  const auto form = to_http_form(*canonical, Texts::kSendable);
  if (!form) {
    AO_ASSERT(is_refusal(form.error()));
    return;
  }
  message::Map without_commitments = *canonical;
  without_commitments.remove("commitments");
  std::vector<Bytes> names;  // as if all were signed: none is the transport's
  for (const auto& [name, value] : form->fields)
    names.push_back(name);
  const auto again = from_http_form(*form, names);
  AO_ASSERT(again && *again == without_commitments);
  const auto links = linked(*canonical);
  const auto id = uncommitted_id(*message);
  if (links && id) AO_ASSERT(uncommitted_id(*message_from_tabm(*links)) == *id);
  verify(*message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Request request = request_from(fuzz::view(data, size));
  const auto read = read_request(request, Timestamp{1'700'000'000'000});
  if (read) {
    check_message(read->tabm);
    // Nobody in a fuzzer's input can sign.
    for (const Commitment& one : read->commitments)
      AO_ASSERT(!one.committer || one.signature.size() >= 64);
  } else {
    AO_ASSERT(is_refusal(read.error()));
  }
  if (const auto tabm = from_http_form(request.form)) check_message(*tabm);
  if (const auto bases = signature_bases(request))
    for (const SignatureBase& base : *bases)
      AO_ASSERT(difference(base, base.texts.front()).empty());
  return 0;
}

}  // namespace ao::codec
