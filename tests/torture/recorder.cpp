// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "torture/recorder.hpp"

#include <fmt/format.h>

namespace ao::test {
namespace {

std::string text_of(BytesView bytes) {
  return bytes.empty() ? std::string() : base64url(bytes);
}

}  // namespace

Content Content::of(const message::DataItem& item) {
  return {item.signer().text, text_of(item.target()), text_of(item.anchor()), item.tags(),
          Bytes(item.data())};
}

crypto::Digest256 Content::digest() const {
  Bytes all;
  const auto add = [&all](BytesView part) {
    put_u64be(all, part.size());
    all += part;
  };
  for (const BytesView part : {BytesView(owner), BytesView(target), BytesView(anchor)})
    add(part);
  for (const message::Tag& tag : tags) {
    add(tag.name);
    add(tag.value);
  }
  add(data);
  return crypto::sha256(all);
}

Recorder::Recorder(const std::filesystem::path& file) : file_(file) {}

void Recorder::sending(const message::DataItem& item, const ProcessId& process) {
  const Sent sent{process, Content::of(item).digest(), crypto::sha256(item.bytes()), std::nullopt};
  const std::scoped_lock lock(mutex_);
  sent_.emplace(item.id(), sent);
}

void Recorder::acknowledged(const MessageId& id, Slot slot) {
  const std::scoped_lock lock(mutex_);
  Sent& sent = sent_.at(id);
  if (sent.slot && *sent.slot != slot)
    complaints_.push_back(fmt::format("message {} of process {} was promised slot {}, then slot {}",
                                      id.text(), sent.process.text(), sent.slot->number,
                                      slot.number));
  if (sent.slot) return;
  sent.slot = slot;
  ++acknowledged_;
  file_ << id.text() << ' ' << sent.process.text() << ' ' << slot.number << ' '
        << hex(crypto::view(sent.bytes)) << '\n';
}

void Recorder::complain(const std::string& what) {
  const std::scoped_lock lock(mutex_);
  complaints_.push_back(what);
}

void Recorder::invent_acknowledgement(const ProcessId& process) {
  const auto digest = crypto::sha256("a message that nobody sent");
  const std::scoped_lock lock(mutex_);
  sent_.emplace(*MessageId::from_bytes(crypto::view(digest)),
                Sent{process, digest, digest, Slot{1}});
}

std::size_t Recorder::acknowledged_count() const {
  const std::scoped_lock lock(mutex_);
  return acknowledged_;
}

}  // namespace ao::test
