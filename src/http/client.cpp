// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "link.hpp"
#include "syntax.hpp"
#include "tls.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using Parser = beast::http::response_parser<beast::http::string_body>;
using Time = Link::Time;

constexpr std::size_t kHeaderBytesMax = 96 << 10;
constexpr std::size_t kReceiveBytes = 64 << 10;
constexpr std::size_t kAddressesTried = 8;
constexpr int kInterimAnswersMax = 16;

bool is_written_by_client(std::string_view name) {
  return equal_without_case(name, "host") || equal_without_case(name, "connection") ||
         equal_without_case(name, "content-length") ||
         equal_without_case(name, "transfer-encoding");
}

Result<std::string> request_head(const Request& request, const std::string& authority) {
  if (!is_token(request.method) || !is_path_and_query(request.target) ||
      !request.target.starts_with('/'))
    return fail(ErrorKind::kInvalid, "http-request-malformed",
                "the method or the target of the request to " + authority + " is malformed");
  std::string head =
      fmt::format("{} {} HTTP/1.1\r\nhost: {}\r\n", request.method, request.target, authority);
  for (const Headers::Field& field : request.headers) {
    if (is_written_by_client(field.name)) continue;
    if (!is_token(field.name) || !is_field_value(field.value))
      return fail(ErrorKind::kInvalid, "http-request-malformed",
                  "a header field of the request to " + authority + " is malformed");
    head.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD"))
    head += fmt::format("content-length: {}\r\n", request.body.size());
  return head + "\r\n";
}

Response to_response(Parser::value_type message) {
  Response response;
  response.status = message.result_int();
  for (const auto& field : message)
    response.headers.add(std::string_view(field.name_string().data(), field.name_string().size()),
                         std::string_view(field.value().data(), field.value().size()));
  response.body = std::move(message.body());
  return response;
}

// What a fetch has time for.
struct Deadlines {
  Deadlines(const ClientLimits& limits, Time begin)
      : answer(begin + limits.answer_timeout),
        head(std::min(answer, begin + limits.head_timeout)),
        connect(std::min(head, begin + limits.connect_timeout)) {}

  Time answer;
  Time head;
  Time connect;
};

class LinkedClient final : public Client {
 public:
  LinkedClient(const asio::any_io_executor& executor, Origin origin, const Egress& egress,
               const ClientLimits& limits)
      : origin_(std::move(origin)),
        egress_(egress),
        limits_(limits),
        link_(std::make_shared<Link>(Link::Strand(executor))) {}

  Task<Result<Response>> fetch(Request request) override {
    auto work = fetch_on_strand(std::move(request));
    auto answer = co_await asio::co_spawn(link_->strand(), std::move(work), asio::use_awaitable);
    co_return answer;
  }

  void cut() override {
    asio::post(link_->strand(), [link = link_] { link->cut(); });
  }

  bool has_connection() const override { return link_->is_open(); }

 private:
  Task<Result<Response>> fetch_on_strand(Request request) {
    const auto head = request_head(request, origin_.authority());
    if (!head) co_return std::unexpected(head.error());
    const Deadlines deadlines(limits_, Link::Clock::now());
    if (link_->is_open()) {
      auto answer = co_await exchange(*head, request, deadlines);
      if (answer || !is_stale_) co_return answer;
    }
    const auto connected = co_await connect(deadlines.connect);
    if (!connected) co_return std::unexpected(connected.error());
    auto answer = co_await exchange(*head, request, deadlines);
    co_return answer;
  }

  Task<Result<>> connect(Time deadline) {
    if (link_->is_cut()) co_return std::unexpected(stopped());
    AO_CO_CHECK(in_words(egress_.policy.permits(origin_.scheme, origin_.port)));
    Resolver::Addresses addresses;
    if (origin_.address) {
      addresses.push_back(*origin_.address);
    } else {
      auto found = co_await link_->find(*egress_.resolver, origin_.host, deadline);
      if (link_->is_cut()) co_return std::unexpected(stopped());
      if (!found) co_return in_words(std::unexpected(std::move(found.error())));
      addresses = std::move(*found);
    }
    for (const IpAddress& address : addresses)  // one that is denied denies the name
      AO_CO_CHECK(in_words(egress_.policy.permits(address)));
    addresses.resize(std::min(addresses.size(), kAddressesTried));
    buffer_.clear();
    auto error = co_await link_->connect(addresses, origin_.port, deadline);
    if (error) co_return std::unexpected(failure(error));
    if (origin_.scheme == Scheme::kHttp) co_return Result<>();
    std::string doubt;
    error = co_await link_->shake_hands(egress_.trust, origin_, deadline, doubt);
    if (!doubt.empty())
      co_return fail(ErrorKind::kUnavailable, "http-untrusted",
                     "the certificate of " + origin_.text() + " is not believed: " + doubt);
    if (error) co_return std::unexpected(failure(error));
    co_return Result<>();
  }

  // On failure the connection is gone; `is_stale_` then says that the server closed it before any
  // byte of an answer.
  Task<Result<Response>> exchange(const std::string& head, const Request& request,
                                  Deadlines deadlines) {
    is_stale_ = false;
    // A server that refuses a body answers before it took all of it.
    const auto write_error = co_await link_->write(head, request.body, deadlines.head);
    error_code error;
    if (write_error == beast::error::timeout) error = write_error;
    std::optional<Parser> parser(std::in_place);
    bool is_interim = true;
    for (int answers = 0; !error && is_interim && answers <= kInterimAnswersMax; ++answers) {
      parser.emplace();
      parser->eager(true);
      parser->header_limit(kHeaderBytesMax);
      parser->body_limit(limits_.body_bytes_max);
      parser->skip(request.method == "HEAD");
      error = co_await read(*parser, deadlines);
      is_interim = !error && parser->get().result_int() / 100 == 1;
    }

    if (error) {
      is_stale_ = error != beast::error::timeout && !parser->got_some() && !link_->is_cut();
      link_->close();
      co_return std::unexpected(failure(error));
    }
    if (is_interim || write_error || !parser->keep_alive() || buffer_.size() > 0) link_->close();
    if (is_interim)
      co_return fail(ErrorKind::kInvalid, "http-malformed",
                     fmt::format("{} made over {} interim answers and no other", origin_.text(),
                                 kInterimAnswersMax));
    co_return to_response(parser->release());
  }

  // One whole message.
  Task<error_code> read(Parser& parser, Deadlines deadlines) {
    error_code error;
    while (true) {
      if (buffer_.size() > 0) {
        buffer_.consume(parser.put(buffer_.data(), error));
        if (error == beast::http::error::need_more) error = {};
        if (error || parser.is_done()) co_return error;
      }
      const auto space = buffer_.prepare(kReceiveBytes);
      const Time deadline = parser.is_header_done() ? deadlines.answer : deadlines.head;
      std::size_t count = 0;
      error = co_await link_->receive(space, deadline, count);
      buffer_.commit(count);
      if (error == asio::error::eof) {
        error = parser.got_some() ? error_code() : beast::http::error::end_of_stream;
        if (!error) parser.put_eof(error);
        co_return error;
      }
      if (error) co_return error;
    }
  }

  // With the origin before it, whose name the text may not have.
  Result<> in_words(Result<> result) const {
    if (!result) result.error().text = origin_.text() + ": " + result.error().text;
    return result;
  }

  Error stopped() const {
    return Error{ErrorKind::kUnavailable, "http-stopped",
                 "the request to " + origin_.text() + " was ended, since this node stops"};
  }

  Error failure(error_code error) const {
    const std::string where = origin_.text();
    if (link_->is_cut()) return stopped();
    if (error == beast::error::timeout)
      return Error{ErrorKind::kTimeout, "http-timeout",
                   fmt::format("{} took over {} ms to connect, {} ms to begin an answer or {} ms "
                               "to end it",
                               where, limits_.connect_timeout.count(), limits_.head_timeout.count(),
                               limits_.answer_timeout.count())};
    if (error == beast::http::error::body_limit)
      return Error{ErrorKind::kTooLarge, "http-answer-bytes-max",
                   fmt::format("{} answered with over {} bytes", where, limits_.body_bytes_max)};
    const bool was_cut_off = error == beast::http::error::end_of_stream ||
                             error == beast::http::error::partial_message ||
                             error == asio::ssl::error::stream_truncated;
    static const auto& http_category =
        beast::http::make_error_code(beast::http::error::bad_version).category();
    if (error.category() == http_category && !was_cut_off)
      return Error{ErrorKind::kInvalid, "http-malformed",
                   where + " answered with what is not HTTP/1.1: " + error.message()};
    if (error.category() == asio::error::get_ssl_category())
      return Error{ErrorKind::kInvalid, "http-malformed",
                   where + " does not speak TLS as this node does: " + reason(error)};
    return Error{ErrorKind::kUnavailable, "http-unreachable",
                 where + " cannot be reached: " + error.message()};
  }

  Origin origin_;
  Egress egress_;
  ClientLimits limits_;
  std::shared_ptr<Link> link_;  // also of a `cut` that is on its way
  beast::flat_buffer buffer_;
  bool is_stale_ = false;
};

}  // namespace

Result<std::unique_ptr<Client>> Client::to(const asio::any_io_executor& executor,
                                           const std::string& origin, const ClientLimits& limits) {
  AO_TRY(parsed, parse_origin(origin));
  const Egress egress = Egress::unrestricted(parsed);
  return to(executor, std::move(parsed), egress, limits);
}

std::unique_ptr<Client> Client::to(const asio::any_io_executor& executor, Origin origin,
                                   const Egress& egress, const ClientLimits& limits) {
  return std::make_unique<LinkedClient>(executor, std::move(origin), egress, limits);
}

}  // namespace ao::http
