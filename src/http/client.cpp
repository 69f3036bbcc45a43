// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "origin.hpp"
#include "syntax.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using Parser = beast::http::response_parser<beast::http::string_body>;

constexpr std::size_t kHeaderBytesMax = 96 << 10;

bool is_written_by_client(std::string_view name) {
  return equal_without_case(name, "host") || equal_without_case(name, "connection") ||
         equal_without_case(name, "content-length") ||
         equal_without_case(name, "transfer-encoding");
}

Result<std::string> request_head(const Request& request, const std::string& authority) {
  if (!is_token(request.method) || !is_path_and_query(request.target) ||
      !request.target.starts_with('/'))
    return fail(ErrorKind::kInvalid, "http-malformed",
                "the method or the target of the request to " + authority + " is malformed");
  std::string head =
      fmt::format("{} {} HTTP/1.1\r\nhost: {}\r\n", request.method, request.target, authority);
  for (const Headers::Field& field : request.headers) {
    if (is_written_by_client(field.name)) continue;
    if (!is_token(field.name) || !is_field_value(field.value))
      return fail(ErrorKind::kInvalid, "http-malformed",
                  "a header field of the request to " + authority + " is malformed");
    head.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (!request.body.empty() || (request.method != "GET" && request.method != "HEAD"))
    head += fmt::format("content-length: {}\r\n", request.body.size());
  return head + "\r\n";
}

// A client runs its connection on a strand, since Beast's timers act beside the reads.
class TcpClient final : public Client {
 public:
  TcpClient(Origin origin, const ClientLimits& limits)
      : origin_(std::move(origin)), limits_(limits) {}

  Task<Result<Response>> fetch(Request request) override {
    if (!strand_) {
      const auto home = co_await asio::this_coro::executor;
      strand_.emplace(asio::make_strand(home));
    }
    auto work = fetch_on_strand(std::move(request));
    auto answer = co_await asio::co_spawn(*strand_, std::move(work), asio::use_awaitable);
    co_return answer;
  }

 private:
  Task<Result<Response>> fetch_on_strand(Request request) {
    const auto head = request_head(request, origin_.authority);
    if (!head) co_return std::unexpected(head.error());
    const bool was_kept = stream_.has_value();
    if (was_kept) {
      auto answer = co_await exchange(*head, request);
      if (answer || !is_stale_) co_return answer;
    }
    const auto connected = co_await connect();
    if (!connected) co_return std::unexpected(connected.error());
    auto answer = co_await exchange(*head, request);
    co_return answer;
  }

  Task<Result<>> connect() {
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    tcp::resolver resolver(*strand_);
    const auto endpoints = co_await resolver.async_resolve(origin_.host, origin_.port, token);
    if (error) co_return std::unexpected(failure(error));
    buffer_.clear();
    stream_.emplace(*strand_);
    stream_->expires_after(limits_.connect_timeout);
    co_await stream_->async_connect(endpoints, token);
    if (error) {
      stream_.reset();
      co_return std::unexpected(failure(error));
    }
    error_code ignored;
    stream_->socket().set_option(tcp::no_delay(true), ignored);
    co_return Result<>();
  }

  // On failure the connection is gone; `is_stale_` then says that the server closed it before any
  // byte of an answer.
  Task<Result<Response>> exchange(const std::string& head, const Request& request) {
    is_stale_ = false;
    stream_->expires_after(limits_.answer_timeout);
    error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    const std::array<asio::const_buffer, 2> wire{asio::buffer(head), asio::buffer(request.body)};
    co_await asio::async_write(*stream_, wire, token);
    // A server that refuses a body answers before it took all of it.
    const error_code write_error = error;

    std::optional<Parser> parser;
    do {
      parser.emplace();
      parser->header_limit(kHeaderBytesMax);
      parser->body_limit(limits_.body_bytes_max);
      parser->skip(request.method == "HEAD");
      co_await beast::http::async_read(*stream_, buffer_, *parser, token);
    } while (!error && parser->get().result_int() / 100 == 1);

    if (error) {
      is_stale_ = error != beast::error::timeout && !parser->got_some();
      stream_.reset();
      co_return std::unexpected(failure(error));
    }
    stream_->expires_never();
    if (write_error || !parser->keep_alive()) stream_.reset();
    co_return to_response(parser->release());
  }

  static Response to_response(Parser::value_type message) {
    Response response;
    response.status = message.result_int();
    for (const auto& field : message)
      response.headers.add(std::string_view(field.name_string().data(), field.name_string().size()),
                           std::string_view(field.value().data(), field.value().size()));
    response.body = std::move(message.body());
    return response;
  }

  Error failure(error_code error) const {
    const std::string where = "http://" + origin_.authority;
    if (error == beast::error::timeout)
      return Error{ErrorKind::kTimeout, "http-timeout",
                   fmt::format("{} took over {} ms to connect or {} ms to answer", where,
                               limits_.connect_timeout.count(), limits_.answer_timeout.count())};
    if (error == beast::http::error::body_limit)
      return Error{ErrorKind::kInvalid, "http-malformed",
                   fmt::format("{} answered with over {} bytes", where, limits_.body_bytes_max)};
    const bool was_cut =
        error == beast::http::error::end_of_stream || error == beast::http::error::partial_message;
    static const auto& http_category =
        beast::http::make_error_code(beast::http::error::bad_version).category();
    if (error.category() == http_category && !was_cut)
      return Error{ErrorKind::kInvalid, "http-malformed",
                   where + " answered with what is not HTTP/1.1: " + error.message()};
    return Error{ErrorKind::kUnavailable, "http-unreachable",
                 where + " cannot be reached: " + error.message()};
  }

  Origin origin_;
  ClientLimits limits_;
  std::optional<asio::strand<asio::any_io_executor>> strand_;
  std::optional<beast::tcp_stream> stream_;  // the kept connection
  beast::flat_buffer buffer_;
  bool is_stale_ = false;
};

}  // namespace

Result<std::unique_ptr<Client>> Client::to(const std::string& origin, const ClientLimits& limits) {
  AO_TRY(parsed, parse_origin(origin));
  return std::make_unique<TcpClient>(std::move(parsed), limits);
}

}  // namespace ao::http
