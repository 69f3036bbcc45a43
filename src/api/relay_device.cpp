// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "relay_device.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "answers.hpp"
#include "ao/routing/allow_list.hpp"
#include "legacy.hpp"

namespace ao::api {

using message::List;
using message::Map;
using message::Value;

namespace {

constexpr std::array<std::string_view, 6> kRelayedMethods = {"DELETE", "GET",  "HEAD",
                                                             "PATCH",  "POST", "PUT"};
constexpr std::size_t kViaBytesMax = 1 << 10;
constexpr std::size_t kFieldsMax = 64;
constexpr std::size_t kFieldBytesMax = 1 << 10;

// Fields of an answer that are of its connection, or for who asked there: a browser that reads
// them here would take them for this node's word.
constexpr std::array kUntold = {"accept-ranges",
                                "age",
                                "alt-svc",
                                "body-keys",
                                "clear-site-data",
                                "connection",
                                "date",
                                "commitments",
                                "content-encoding",
                                "content-length",
                                "etag",
                                "expires",
                                "ao-types",
                                "ao-body-key",
                                "content-digest",
                                "keep-alive",
                                "link",
                                "nel",
                                "inline-body-key",
                                "last-modified",
                                "p3p",
                                "path",
                                "pragma",
                                "referrer-policy",
                                "public-key-pins",
                                "refresh",
                                "report-to",
                                "server",
                                "server-timing",
                                "service-worker-allowed",
                                "signature",
                                "status",
                                "sourcemap",
                                "set-cookie",
                                "signature-input",
                                "te",
                                "trailer",
                                "upgrade",
                                "retry-after",
                                "www-authenticate",
                                "vary",
                                "via",
                                "cache-control",
                                "method",
                                "body",
                                "ao-ids",
                                "data",
                                "ao-result",
                                "permissions-policy"};
constexpr std::array kUntoldBegin = {"access-control-",
                                     "content-security-policy",
                                     "cross-origin-",
                                     "proxy-",
                                     "priv",
                                     "sec-",
                                     "strict-",
                                     "transfer-",
                                     "x-content-type-",
                                     "x-frame-"};

bool is_told(const Bytes& name, BytesView value) {
  const auto begins = [&](std::string_view begin) { return name.starts_with(begin); };
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~'; };
  return std::ranges::find(kUntold, name) == kUntold.end() &&
         std::ranges::none_of(kUntoldBegin, begins) && value.size() <= kFieldBytesMax &&
         std::ranges::all_of(value, is_plain);
}

// `status`, `body` and what its fields say.
Map message_of(http::Response answer) {
  Map said;
  for (const http::Headers::Field& field : answer.headers) {
    const Bytes name = lower_case(field.name);
    if (said.size() < kFieldsMax && is_told(name, field.value)) said.set(name, field.value);
  }
  said.set("status", static_cast<std::int64_t>(answer.status));
  said.set("body", std::move(answer.body));
  return said;
}

Value value_of(std::vector<http::Response> answers) {
  if (answers.size() == 1) return message_of(std::move(answers.front()));
  List all;
  for (http::Response& answer : answers)
    all.emplace_back(message_of(std::move(answer)));
  return all;
}

// What is asked for, of the keys of the path and of the message before.
class Wanted {
 public:
  Wanted(const Value& base, const Asking& asking) : base_(base), asking_(asking) {}

  Bytes text(BytesView key) const {
    const BytesView own = asking_.text(key);
    return Bytes(own.empty() ? base_.text(key) : own);
  }

  Bytes first_of(std::initializer_list<const char*> keys) const {
    for (const char* key : keys)
      if (Bytes found = text(key); !found.empty()) return found;
    return {};
  }

 private:
  const Value& base_;
  const Asking& asking_;
};

Error bad_path(std::string_view why) {
  return {ErrorKind::kInvalid, "relay-path", fmt::format("relay-path {}", why)};
}

Result<std::string> path_of(const Wanted& wanted) {
  std::string path = wanted.text("relay-path");
  if (path.empty()) return std::unexpected(bad_path("is missing: a URL, or a path"));
  const std::string peer = wanted.text("peer");
  const bool is_path = path.starts_with('/') && !path.starts_with("//");
  if (!peer.empty() && !is_path)
    return std::unexpected(bad_path("must begin with one slash when there is a peer"));
  if (!peer.empty()) {
    AO_TRY(origin, http::parse_origin(peer));
    return origin.text() + path;
  }
  if (!is_path && path.find("://") == path.npos)
    return std::unexpected(bad_path("must be a URL, or begin with one slash"));
  return path;
}

// That this node has it already would mean that it goes in circles (RFC 9110 §7.6.3).
Result<std::string> via_of(const Inquiry& inquiry) {
  const std::string& own = inquiry.backend.address().text;
  std::string via = inquiry.asker.via;
  if (via.find(own) != via.npos || via.size() > kViaBytesMax)
    return fail(ErrorKind::kDenied, "relay-loop",
                "the request was relayed by this node before, or by very many");
  if (!via.empty()) via += ", ";
  return via + "1.1 " + own;
}

Result<Errand> errand_of(const Inquiry& inquiry, const Value& base, const Asking& asking) {
  const Wanted wanted(base, asking);
  Errand errand;
  errand.from = inquiry.asker.network;
  AO_TRY(path, path_of(wanted));
  errand.asked.path = std::move(path);
  errand.asked.keys = base.map() != nullptr ? *base.map() : Map();
  for (const auto& [key, value] : asking.arguments)
    errand.asked.keys.set(key, value);
  http::Request& request = errand.request;
  const Bytes method = wanted.first_of({"relay-method", "method"});
  request.method = method.empty() ? inquiry.asker.method : method;
  if (std::ranges::find(kRelayedMethods, request.method) == kRelayedMethods.end())
    return fail(ErrorKind::kInvalid, "relay-method",
                fmt::format("relay-method is none of {}", fmt::join(kRelayedMethods, ", ")));
  errand.asked.keys.set("method", request.method);
  if (request.method == "GET" || request.method == "HEAD") return errand;
  request.body = wanted.first_of({"relay-body", "body"});
  Bytes type = wanted.text("content-type");
  if (type.empty()) type = inquiry.asker.content_type;
  if (!request.body.empty() && !type.empty()) request.headers.set("content-type", type);
  return errand;
}

// ---- this node itself --------------------------------------------------------------------------

// As the client names this node, or as it names itself. A proxy may speak TLS for it, and then the
// field has no port.
bool is_this_node(const Inquiry& inquiry, const http::Origin& origin) {
  if (inquiry.backend.is_own(origin)) return true;
  const std::string scheme = origin.scheme == http::Scheme::kHttp ? "http://" : "https://";
  const auto called = http::parse_origin(scheme + inquiry.asker.host);
  return called && routing::same_origin(*called, origin);
}

bool is_read_route(const std::string& method, const Path& path) {
  if (path.steps.empty()) return false;
  const std::string& first = path.steps.front().key;
  if (method == "POST") return path.steps.size() == 1 && first == "dry-run";
  return method == "GET" && path.steps.size() == 2 && (first == "result" || first == "results");
}

// Nullopt: this node's own routes have nothing to say about it.
Task<std::optional<http::Response>> own_answer(Backend& backend, std::string target,
                                               http::Request request) {
  std::optional<http::Response> answer;
  const auto path = Path::parse(target);
  if (!path || !is_read_route(request.method, *path)) co_return answer;
  request.target = std::move(target);
  answer = co_await answer_as_legacy(backend, request, *path);
  co_return answer;
}

struct Place {
  bool is_here = false;
  std::string target;  // when this node is meant, or may be
};

Result<Place> place_of(const Inquiry& inquiry, const std::string& path) {
  if (path.starts_with('/')) return Place{false, path};
  AO_TRY(url, routing::parse_target(path));
  if (!is_this_node(inquiry, url.origin)) return Place();
  return Place{true, std::move(url.target)};
}

// Nullopt: others are to be asked.
Task<Result<std::optional<http::Response>>> answered_here(const Inquiry& inquiry,
                                                          const Errand& errand) {
  std::optional<http::Response> answer;
  AO_CO_TRY(place, place_of(inquiry, errand.asked.path));
  if (place.target.empty()) co_return answer;
  std::string target = place.target;
  http::Request request = errand.request;
  request.network = errand.from;
  answer = co_await own_answer(inquiry.backend, std::move(target), std::move(request));
  Error error{ErrorKind::kDenied, "relay-own-route",
              "of this node itself only GET /result, GET /results and POST /dry-run are relayed"};
  if (place.is_here && !answer) co_return std::unexpected(std::move(error));
  const bool may_be_elsewhere = !place.is_here && answer && answer->status == 404;
  if (may_be_elsewhere && inquiry.backend.routes()->match(errand.asked)) answer.reset();
  co_return answer;
}

unsigned status_in(const Map& said) {
  const Value* status = said.find("status");
  const std::int64_t number = status != nullptr && status->integer() ? *status->integer() : 200;
  // Where a redirect led is for who relayed, and no place for who reads the answer.
  const bool is_final = number >= 200 && number < 600 && number / 100 != 3;
  return is_final ? static_cast<unsigned>(number) : 200;
}

}  // namespace

Task<Result<Value>> ask_relay(const Inquiry& inquiry, Value base, Asking asking) {
  if (asking.path != "call" && asking.path != "cast")
    co_return Result<Value>(no_device(asking.device, asking.path));
  AO_CO_TRY(errand, errand_of(inquiry, base, asking));
  AO_CO_TRY(here, co_await answered_here(inquiry, errand));
  if (here && asking.path == "cast") co_return Value("OK");
  if (here) co_return Value(message_of(std::move(*here)));
  AO_CO_TRY(via, via_of(inquiry));
  errand.request.headers.set("via", via);
  errand.request.headers.set("user-agent", "aonode/" + inquiry.backend.version());
  errand.request.headers.set("accept-encoding", "identity");
  if (asking.path == "cast") {
    AO_CO_CHECK(inquiry.backend.cast(std::move(errand)));
    co_return Value("OK");
  }
  AO_CO_TRY(answers, co_await inquiry.backend.run(std::move(errand)));
  co_return value_of(std::move(answers));
}

bool is_for_relay(const Path& path) {
  const std::size_t steps = std::min(path.steps.size(), first_json_step(path));
  return steps == 2 && path.steps[0].key.empty() && path.steps[0].device == "relay@1.0" &&
         path.steps[1].key == "call";
}

Task<http::Response> relayed_answer(Backend& backend, Value said, Form form) {
  if (form == Form::kJson || said.map() == nullptr)
    co_return co_await encoded(backend, std::move(said), form);
  Map& message = *said.map();
  const unsigned status = status_in(message);
  if (message.find("location") != nullptr) message.remove("location");
  // A body of parts is this node's own way to write messages.
  const bool is_of_parts = said.text("content-type").starts_with("multipart/");
  if (is_of_parts) message.set("content-type", "application/octet-stream");
  auto response = co_await encoded(backend, std::move(said), Form::kHttpsig);
  response.status = response.status == 200 ? status : response.status;
  // A page of somebody else, which must not act as if it were of this node.
  response.headers.set("content-security-policy", "sandbox");
  response.headers.set("x-content-type-options", "nosniff");
  co_return response;
}

}  // namespace ao::api
