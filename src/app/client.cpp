// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "client.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <random>
#include <stdexcept>

#include "ao/message/json.hpp"

namespace ao::app {
namespace {

using message::Value;

constexpr const char* kItem = "application/ans104";

// An Ed25519 key signs the same words with the same bytes, and the same message has one slot: what
// is said anew needs something new in it.
Bytes fresh_anchor() {
  std::random_device random;
  Bytes anchor;
  while (anchor.size() < 32)
    put_u64be(anchor, (std::uint64_t{random()} << 32) | random());
  return anchor;
}

Bytes read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::string red(const std::string& text) {
  return ::isatty(STDOUT_FILENO) ? "\033[31m" + text + "\033[0m" : text;
}

std::string error_text(const http::Response& response) {
  const auto body = message::from_json(response.body);
  const Value* error = body ? body->find("error") : nullptr;
  if (error == nullptr || error->text("message").empty())
    return fmt::format("the node answered {}", response.status);
  return fmt::format("{} ({})", error->text("message"), error->text("code"));
}

std::string process_path(const std::string& process, const std::string& rest) {
  if (!ProcessId::from_text(process))
    throw std::runtime_error("'" + process + "' is not a process id (43 characters)");
  return "/" + process + "~process@1.0/" + rest;
}

// A line about an outbound message: its target, its tags, its data.
std::string outgoing_text(const Value& outgoing) {
  std::string line = fmt::format("→ {}", outgoing.text("Target"));
  if (const Value* tags = outgoing.find("Tags"); tags != nullptr && tags->list() != nullptr)
    for (const Value& tag : *tags->list()) {
      const BytesView name = tag.text("name");
      const bool is_envelope = name == "Data-Protocol" || name == "Variant" || name == "Type";
      if (!is_envelope) line += fmt::format(" {}={}", name, tag.text("value"));
    }
  if (const BytesView data = outgoing.text("Data"); !data.empty())
    line += fmt::format(" · {}", data);
  return line;
}

}  // namespace

Client::Client(const ClientOptions& options) : options_(options) {
  auto client = http::Client::to(pool_.executor(), options.node);
  if (!client) throw std::runtime_error(client.error().text);
  http_ = std::move(*client);
}

http::Response Client::fetch(const std::string& method, const std::string& target, Bytes body,
                             const std::string& content_type) {
  http::Request request;
  request.method = method;
  request.target = target;
  request.body = std::move(body);
  if (!content_type.empty()) request.headers.set("content-type", content_type);
  if (content_type == kItem) request.headers.set("codec-device", "ans104@1.0");
  auto task = http_->fetch(std::move(request));
  auto response =
      boost::asio::co_spawn(pool_.executor(), std::move(task), boost::asio::use_future).get();
  if (!response) throw std::runtime_error(response.error().text);
  if (response->status >= 300) throw std::runtime_error(error_text(*response));
  return std::move(*response);
}

const crypto::Key& Client::key() {
  if (key_) return *key_;
  if (options_.key_file.empty())
    throw std::runtime_error(
        "this command signs: name a key with --key FILE or AONODE_KEY (aonode key new FILE makes "
        "one)");
  auto key = crypto::Key::load(options_.key_file);
  if (!key) throw std::runtime_error(key.error().text);
  key_ = std::move(*key);
  return *key_;
}

message::DataItem Client::sign(message::Draft draft) {
  draft.anchor = fresh_anchor();
  auto item = message::DataItem::sign(draft, key());
  if (!item) throw std::runtime_error(item.error().text);
  return std::move(*item);
}

std::string Client::upload(const std::string& file) {
  message::Draft draft;
  draft.tags = {{"Data-Protocol", "ao"},
                {"Variant", "ao.N.1"},
                {"Type", "Module"},
                {"Module-Format", "lua"},
                {"Content-Type", "application/lua"},
                {"Name", std::filesystem::path(file).filename().string()}};
  draft.data = read_file(file);
  const auto item = sign(std::move(draft));
  fetch("POST", "/tx", item.bytes(), "application/octet-stream");
  return item.id().text();
}

int Client::spawn(const std::string& module_or_file, const message::Tags& tags,
                  const std::string& data) {
  const bool is_file = module_or_file.ends_with(".lua") || std::filesystem::exists(module_or_file);
  const std::string module = is_file ? upload(module_or_file) : module_or_file;
  const std::string address = fetch("GET", "/~meta@1.0/info/address").body;
  message::Draft draft;
  draft.tags = {{"Data-Protocol", "ao"},
                {"Variant", "ao.N.1"},
                {"Type", "Process"},
                {"device", "process@1.0"},
                {"scheduler-device", "scheduler@1.0"},
                {"execution-device", "lua@5.3a"},
                {"Scheduler", address},
                {"Module", module}};
  if (message::find_tag(tags, "Authority") == nullptr) draft.tags.push_back({"Authority", address});
  draft.tags.insert(draft.tags.end(), tags.begin(), tags.end());
  draft.data = data;
  const auto item = sign(std::move(draft));
  const auto response = fetch("POST", "/push", item.bytes(), kItem);
  if (options_.as_json) {
    std::cout << response.body << '\n';
    return 0;
  }
  std::cout << item.id().text() << '\n';
  const auto answer = message::from_json(response.body);
  const Value* raw = answer ? answer->find("raw") : nullptr;
  if (raw != nullptr && !raw->text("Error").empty()) {
    std::cerr << red(Bytes(raw->text("Error"))) << '\n';
    return 1;
  }
  return 0;
}

int Client::send(const std::string& process, const message::Tags& tags, const std::string& data) {
  const std::string path = process_path(process, "push");
  message::Draft draft;
  draft.target = ProcessId::from_text(process)->bytes();
  draft.tags = {{"Data-Protocol", "ao"}, {"Variant", "ao.N.1"}, {"Type", "Message"}};
  draft.tags.insert(draft.tags.end(), tags.begin(), tags.end());
  draft.data = data;
  const auto response = fetch("POST", path, sign(std::move(draft)).bytes(), kItem);
  if (options_.as_json) {
    std::cout << response.body << '\n';
    return 0;
  }
  const auto answer = message::from_json(response.body);
  if (!answer) throw std::runtime_error(answer.error().text);
  const Value* slot = answer->find("slot");
  if (slot != nullptr && slot->integer() != nullptr)
    std::cout << "slot " << *slot->integer() << '\n';
  if (response.status == 202) {
    std::cout << "scheduled; not evaluated yet: aonode result " << process << " SLOT\n";
    return 0;
  }
  return print_result(*answer);
}

int Client::result(const std::string& process, const std::string& slot) {
  const auto response = fetch("GET", process_path(process, "compute/results=" + slot));
  const auto answer = message::from_json(response.body);
  if (!answer) throw std::runtime_error(answer.error().text);
  if (!options_.as_json) return print_result(*answer);
  std::cout << response.body << '\n';
  return 0;
}

int Client::inspect(const std::string& process, const std::string& path) {
  if (!path.empty()) {
    std::cout << fetch("GET", process_path(process, "now/" + path)).body << '\n';
    return 0;
  }
  const auto slots = fetch("GET", process_path(process, "slot/current")).body;
  const auto state = fetch("GET", process_path(process, "now")).body;
  std::cout << "process " << process << "\nslot    " << slots << "\nshows   " << state << '\n';
  return 0;
}

int Client::print_result(const Value& answer) const {
  const Value* raw = answer.find("raw");
  if (raw == nullptr) throw std::runtime_error("the node's answer holds no result");
  if (const Value* output = raw->find("Output")) {
    const Value* data = output->find("data");
    if (data != nullptr && data->bytes() != nullptr) {
      if (!data->bytes()->empty()) std::cout << *data->bytes() << '\n';
    } else if (data != nullptr) {
      std::cout << message::to_json(*data) << '\n';
    }
  }
  for (const char* kind : {"Messages", "Spawns"})
    if (const Value* sent = raw->find(kind); sent != nullptr && sent->list() != nullptr)
      for (const Value& outgoing : *sent->list())
        std::cout << outgoing_text(outgoing) << '\n';
  const BytesView error = raw->text("Error");
  if (error.empty()) return 0;
  std::cout << red(Bytes(error)) << '\n';
  return 1;
}

}  // namespace ao::app
