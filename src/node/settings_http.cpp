// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "settings_schema.hpp"

namespace ao::node {

std::vector<Option> http_options() {
  return {
      {"http", "listen", address([](Settings& s) -> std::string& { return s.http.listen; }),
       "HOST:PORT, without TLS; port 0 takes a free one. Only this machine by default: for others\n"
       "there is tls_listen, or a proxy with TLS. Empty: nowhere."},
      {"http", "tls_listen", address([](Settings& s) -> std::string& { return s.http.tls_listen; }),
       "HOST:PORT with TLS 1.2 and 1.3. Needs tls_certificate and tls_key. Empty: nowhere."},
      {"http", "tls_certificate",
       path([](Settings& s) -> std::filesystem::path& { return s.http.tls_certificate; }, true),
       "A PEM file: this node's certificate, then those between it and the root. It and the key "
       "are\n"
       "read again on SIGHUP, and within 10 seconds after they change; when they are no pair "
       "then,\n"
       "the old ones stay and the log says why."},
      {"http", "tls_key",
       path([](Settings& s) -> std::filesystem::path& { return s.http.tls_key; }, true),
       "A PEM file: the key of the certificate, without a password."},
      {"http", "unix_socket",
       path([](Settings& s) -> std::filesystem::path& { return s.http.unix_socket; }, true),
       "A Unix socket to listen on as well, for a proxy on this machine; at most 107 bytes. A "
       "file\n"
       "left behind is replaced. Empty: none."},
      {"http", "unix_socket_mode",
       file_mode([](Settings& s) -> std::size_t& { return s.http.unix_socket_mode; }),
       "Who may connect to it: those who may write the file."},
      {"http", "trusted_proxies",
       list([](Settings& s) -> std::vector<std::string>& { return s.http.trusted_proxies; }),
       "Networks (10.0.0.0/8, ::1) whose word about a client's address is believed, and \"unix\" "
       "for\n"
       "the Unix socket. The client is the last address in proxy_field that is none of theirs.\n"
       "Their own connections are not limited by address."},
      {"http", "proxy_field",
       proxy_field([](Settings& s) -> http::ProxyField& { return s.http.proxy_field; }),
       "The one field in which they write it. The other is not read: they may hand on what a "
       "client\n"
       "wrote there."},
      {"http", "requests_per_second",
       integer([](Settings& s) -> std::size_t& { return s.http.rate.requests_per_second; },
               {0, 1'000'000}),
       "Requests a second of one IPv4 address or IPv6 /64 network, before 429 with Retry-After; 0 "
       "is\n"
       "no limit. Unnamed clients of the Unix socket count as one."},
      {"http", "requests_burst",
       integer([](Settings& s) -> std::size_t& { return s.http.rate.requests_burst; },
               {1, 10'000'000}),
       "How many it may make at once after a pause."},
      {"http", "clients_max",
       integer([](Settings& s) -> std::size_t& { return s.http.rate.clients_max; },
               {1, 10'000'000}),
       "Addresses whose rate is remembered, about 150 bytes each; the one away longest goes."},
      {"http", "compression_bytes_min",
       size([](Settings& s) -> std::size_t& { return s.http.compression_bytes_min; }, {0, kGiB}),
       "Answers of text and JSON from this size on are compressed with zstd or gzip for clients "
       "that\n"
       "take it; 0B compresses none."},
      {"http", "websocket_message_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.http.limits.websocket_message_bytes_max; },
            {128, kGiB}),
       "The largest message of a client over a WebSocket; the connection ends at a larger one."},
      {"http", "push_wait",
       duration([](Settings& s) -> std::chrono::milliseconds& { return s.http.push_wait; },
                {0, kHour}),
       "How long a push waits for the outcome of its message before it answers 202 with the slot."},
      {"http", "drain_grace",
       duration([](Settings& s) -> std::chrono::milliseconds& { return s.http.drain_grace; },
                {0, kHour}),
       "How long requests in flight may take to finish after SIGTERM."},
      {"http", "body_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.http.limits.body_bytes_max; }, {kKiB, kGiB}),
       "The largest request body; answered 413 before it is read."},
      {"http", "bodies_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.http.limits.bodies_bytes_max; },
            {kMiB, 1024 * kGiB}),
       "Memory of the request bodies over 64 KiB that are being read, before 503 with "
       "Retry-After.\n"
       "One address has a quarter of it, or room for one body. At least body_bytes_max."},
      {"http", "request_line_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.http.limits.request_line_bytes_max; },
            {64, kMiB}),
       "The longest request line; 414. Dry runs carry their tags in it."},
      {"http", "header_field_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.http.limits.header_field_bytes_max; },
            {64, kMiB}),
       "The longest header field; 431. Some clients carry a whole message in header fields."},
      {"http", "header_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.http.limits.header_bytes_max; },
            {kKiB, 16 * kMiB}),
       "All header fields together; 431."},
      {"http", "header_fields_max",
       integer([](Settings& s) -> std::size_t& { return s.http.limits.header_fields_max; },
               {1, 10'000}),
       "How many header fields a request may have; 431."},
      {"http", "chunk_extension_bytes_max",
       size([](Settings& s) -> std::size_t& { return s.http.limits.chunk_extension_bytes_max; },
            {0, 64 * kKiB}),
       "The longest chunk extension; 400."},
      {"http", "trailer_fields_max",
       integer([](Settings& s) -> std::size_t& { return s.http.limits.trailer_fields_max; },
               {0, 1'000}),
       "How many trailer fields a chunked request may have; 400."},
      {"http", "connections_max",
       integer([](Settings& s) -> std::size_t& { return s.http.limits.connections_max; },
               {1, 1'000'000}),
       "Open connections; more are answered 503. Each costs a file descriptor and about 10 KiB,\n"
       "one with TLS about 60 KiB."},
      {"http", "connections_per_address_max",
       integer(
           [](Settings& s) -> std::size_t& { return s.http.limits.connections_per_address_max; },
           {1, 1'000'000}),
       "Open connections of one IPv4 address or IPv6 /64 network; see trusted_proxies."},
      {"http", "header_timeout",
       duration([](Settings& s) -> std::chrono::seconds& { return s.http.limits.header_timeout; },
                {kSecond, kHour}),
       "How long a client may take to send the header; 408. The same for the TLS handshake."},
      {"http", "body_progress_window",
       duration(
           [](Settings& s) -> std::chrono::seconds& { return s.http.limits.body_progress_window; },
           {kSecond, kHour}),
       "The time over which the pace of a body is averaged; see body_bytes_per_second_min."},
      {"http", "body_bytes_per_second_min",
       size([](Settings& s) -> std::size_t& { return s.http.limits.body_bytes_per_second_min; },
            {1, kGiB}),
       "A body slower than this is given up; 408."},
      {"http", "idle_timeout",
       duration([](Settings& s) -> std::chrono::seconds& { return s.http.limits.idle_timeout; },
                {kSecond, kHour}),
       "How long a connection may stay open without a request, or may take nothing of an answer. "
       "A\n"
       "stream that is silent is not idle."},
      {"http", "request_timeout",
       duration([](Settings& s) -> std::chrono::seconds& { return s.http.limits.request_timeout; },
                {kSecond, kHour}),
       "How long a request may take from its first byte to its last; 408."},
  };
}

}  // namespace ao::node
