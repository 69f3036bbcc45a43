// Answers that are made over time.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "ao/base/log.hpp"
#include "connection.hpp"
#include "web_socket_session.hpp"

namespace ao::http {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kNextRequestBytesMax = 4 << 10;  // kept of what comes during a stream

}  // namespace

Task<Response> Connection::answer_later(Response promised) {
  Attendance attendance(wire_.strand());
  if (is_draining_) attendance.close();
  end_live_ = [&attendance] { attendance.close(); };
  using namespace asio::experimental::awaitable_operators;
  auto both = make(promised, attendance) && watch(attendance);
  Response response = co_await std::move(both);
  end_live_ = nullptr;
  co_return response;
}

Task<Response> Connection::make(const Response& promised, Attendance& attendance) {
  Response response;
  try {
    auto work = promised.later(attendance);
    response = co_await std::move(work);
  } catch (const std::exception& failure) {
    log::error("http answer failed", {{"peer", peer_text_}, {"error", failure.what()}});
    response = error_answer(handler_failed());
  }
  attendance.end();
  wire_.end_wait();
  co_return response;
}

Task<bool> Connection::send_stream(const Head& head, const Response& response, After after) {
  const std::string& method = head.request.method;
  const bool has_chunks = head.is_http_1_1;
  const After then = has_chunks ? after : After::kClose;
  head_.clear();
  const Delimiter delimiter = has_chunks ? Delimiter::kLastChunk : Delimiter::kClose;
  if (!append_head(head_, method, response, then, delimiter)) {
    Response unsendable;
    unsendable.headers = response.headers;
    const bool ignored = co_await send(method, unsendable, After::kClose);
    co_return ignored;
  }
  const std::string_view no_body;
  const bool begun = co_await wire_.write(head_, no_body, service_.limits.idle_timeout);
  if (!begun) co_return false;
  if (!carries_body(method, response.status)) co_return true;

  wire_.wait_until(Time::max());
  LiveBody body(wire_, service_.limits, has_chunks ? BodyEnd::kLastChunk : BodyEnd::kClose);
  Attendance& attendance = body.attendance();
  if (is_draining_) attendance.close();
  end_live_ = [&attendance] { attendance.close(); };
  using namespace asio::experimental::awaitable_operators;
  auto both = produce(response, body) && watch(attendance);
  const bool is_whole = co_await std::move(both);
  end_live_ = nullptr;
  co_return is_whole;
}

// A body that was given up is cut off, so that nobody takes it for a whole one.
Task<bool> Connection::produce(const Response& response, LiveBody& body) {
  bool is_whole = false;
  try {
    auto work = response.stream(body);
    co_await std::move(work);
    is_whole = true;
  } catch (const std::exception& failure) {
    log::error("http stream failed", {{"peer", peer_text_}, {"error", failure.what()}});
  }
  if (is_whole) is_whole = co_await body.finish();
  body.attendance().end();
  wire_.end_wait();
  co_return is_whole;
}

// Notices that the client has gone. What it says meanwhile is its next request.
Task<> Connection::watch(Attendance& attendance) {
  while (!attendance.has_ended() && buffer_.size() < kNextRequestBytesMax) {
    const std::size_t count = co_await receive_into_buffer(kNextRequestBytesMax - buffer_.size());
    if (count == 0 && !attendance.has_ended()) attendance.lose();
    if (count == 0) break;
  }
}

Task<> Connection::converse(const Head& head, const Response& response) {
  if (buffer_.size() > 0) {
    const Refusal early{
        400, "websocket-early", "bytes came before the answer to the WebSocket handshake", {}};
    co_await refuse_request(early);
    co_return;
  }
  auto session = open_web_socket(wire_, service_.limits, peer_text_);
  if (is_draining_) session->close();
  end_live_ = [&session] { session->close(); };
  auto work = session->run(head.wishes.web_socket_key, response);
  co_await std::move(work);
  end_live_ = nullptr;
}

}  // namespace ao::http
