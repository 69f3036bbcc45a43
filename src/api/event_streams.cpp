// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "event_streams.hpp"

#include <fmt/format.h>

#include "answers.hpp"
#include "ao/http/live.hpp"

namespace ao::api {
namespace {

using message::Map;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kPieceBytes = 16 << 10;  // after which a piece of events is sent

// One stream while it is told. On its connection's strand.
class Telling {
 public:
  Telling(Feed& feed, const EventSettings& settings, http::LiveStream& stream,
          http::WebSocket* web_socket)
      : feed_(feed), settings_(settings), stream_(stream), web_socket_(web_socket) {}

  // Until the feed ends, the client goes or the node stops.
  Task<> run() {
    co_await beat();
    while (is_open_ && !feed_.has_ended()) {
      Bytes piece = gather();
      if (!piece.empty()) is_open_ = co_await stream_.send(std::move(piece));
      forget_what_came();
      if (has_more_) {
        const auto now = Clock::now();  // it is the turn of others on this thread
        if (is_open_) is_open_ = co_await stream_.wait(now);
        continue;
      }
      is_live_ = true;
      is_lag_told_ = false;
      if (is_open_ && !feed_.has_ended()) co_await rest();
    }
    if (!feed_.has_ended()) co_await close();
  }

 private:
  // What the feed has, up to a piece; for a WebSocket one event.
  Bytes gather() {
    Bytes piece;
    append_lag(piece);
    if (web_socket_ != nullptr && !piece.empty()) return piece;
    has_more_ = true;
    while (has_more_ && piece.size() < kPieceBytes) {
      const Feed::Step step = feed_.next();
      has_more_ = step.has_more;
      if (step.event) append(piece, *step.event);
      if (!step.event || web_socket_ != nullptr) break;
    }
    return piece;
  }

  void append(Bytes& piece, const Event& event) const {
    if (web_socket_ != nullptr) {
      piece = event_json(event);
    } else {
      append_sse(piece, event);
    }
  }

  // Tells a reader who had caught up that it is too slow, once until it has caught up again.
  void append_lag(Bytes& piece) {
    if (!is_live_ || is_lag_told_ || !has_more_) return;
    const std::uint64_t behind = feed_.behind();
    if (behind <= settings_.lag_max) return;
    is_lag_told_ = true;
    Map data{{"behind", static_cast<std::int64_t>(behind)},
             {"message", "this reader is slow: what comes is read from the store, in order"}};
    append(piece, Event{"lagging", feed_.position(), std::move(data)});
  }

  Task<> rest() {
    const auto until = last_beat_ + settings_.heartbeat;
    is_open_ = co_await stream_.wait(until);
    const auto now = Clock::now();
    if (is_open_ && now >= until) co_await beat();
  }

  // Tells the position: a filtered stream may be silent while it passes many events.
  Task<> beat() {
    last_beat_ = Clock::now();
    Bytes piece;
    if (web_socket_ != nullptr) {
      piece = event_json({"heartbeat", feed_.position(), {}});
    } else {
      piece = fmt::format(": heartbeat\nid: {}\n\n", feed_.position());
    }
    is_open_ = co_await stream_.send(std::move(piece));
  }

  Task<> close() {
    Bytes piece;
    append(piece, Event{"closing", feed_.position(), {}});
    co_await stream_.send(std::move(piece));
  }

  void forget_what_came() {
    while (web_socket_ != nullptr && web_socket_->received()) {
    }
  }

  Feed& feed_;
  const EventSettings& settings_;
  http::LiveStream& stream_;
  http::WebSocket* web_socket_;  // the same, if it is one
  Clock::time_point last_beat_;
  bool is_open_ = true;
  bool has_more_ = true;
  bool is_live_ = false;  // it had caught up once
  bool is_lag_told_ = false;
};

Task<> tell(Backend& backend, std::shared_ptr<Feed> feed, http::LiveStream& stream,
            http::WebSocket* web_socket) {
  const auto following = backend.bulletin().follow(feed->process(), stream.waker());
  Telling telling(*feed, backend.event_settings(), stream, web_socket);
  co_await telling.run();
}

Error unknown_message(const MessageId& message) {
  return {
      ErrorKind::kNotFound, "message-unknown",
      fmt::format("neither a process nor a scheduled message {} is on this node", message.text())};
}

}  // namespace

http::Response EventStreams::answer(const http::Request& request, const Path& path) {
  auto feed = feed_for(request, path);
  if (!feed) return error_answer(feed.error());
  if (*feed == nullptr) {
    http::Response nothing_more;  // to a browser this says: do not come again
    nothing_more.status = 204;
    return nothing_more;
  }
  auto place = places_.take(request.network);
  if (!place) return error_answer(place.error());
  return stream(std::move(*feed), std::move(*place), http::asks_for_web_socket(request));
}

MadeFeed EventStreams::feed_for(const http::Request& request, const Path& path) const {
  const std::size_t last = path.steps.size() - 1;
  AO_TRY(kinds, EventKinds::parse(path.find(last, "kinds")));
  Bytes position;
  if (const Bytes* asked = path.find(last, "last-event-id")) position = *asked;
  if (const auto* sent = request.headers.find("last-event-id")) position = *sent;
  const auto id = last == 0 ? std::nullopt : MessageId::from_text(path.steps.front().key);
  if (!id) return node_feed(backend_, kinds, position);

  const Bytes* named = path.find(last, "process-id");
  const ProcessId itself = ProcessId::same_bytes_as(*id);
  if (named == nullptr && backend_.slot_count(itself)) {
    const Bytes* from = path.find(last, "from");
    const auto slot = from != nullptr ? number(*from) : std::nullopt;
    if (from != nullptr && !slot)
      return fail(ErrorKind::kInvalid, "slot-malformed",
                  fmt::format("from: '{}' is no slot", *from));
    if (slot && position.empty()) position = position_before(Slot{*slot});
    return process_feed(backend_, itself, kinds, position);
  }
  const auto process = named != nullptr ? ProcessId::from_text(*named) : std::nullopt;
  if (named != nullptr && !process)
    return fail(ErrorKind::kInvalid, "process-malformed",
                fmt::format("process-id: '{}' is no id", *named));
  const auto found = process ? backend_.scheduled(*process, *id) : backend_.scheduled(*id);
  if (!found) return std::unexpected(process ? found.error() : unknown_message(*id));
  return message_feed(backend_, found->process(), found->slot(), kinds, position);
}

http::Response EventStreams::stream(std::shared_ptr<Feed> feed, StreamPlaces::Place place,
                                    bool is_web_socket) const {
  http::Response response;
  Backend& backend = backend_;
  if (is_web_socket) {
    response.conversation = [&backend, feed, place](http::WebSocket& socket) {
      return tell(backend, feed, socket, &socket);
    };
    return response;
  }
  response.headers.set("content-type", "text/event-stream");
  response.headers.set("cache-control", "no-store");
  response.headers.set("x-accel-buffering", "no");  // proxies hold back what they take for a body
  response.stream = [&backend, feed, place](http::LiveStream& stream) {
    return tell(backend, feed, stream, nullptr);
  };
  return response;
}

}  // namespace ao::api
