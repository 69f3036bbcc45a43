// What an operator can choose of the server: where it is reached, whom it believes, how much it
// takes. A plain value; what each option is for stands in config/node.toml.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace ao::http {

struct Limits {
  std::size_t request_line_bytes_max = 8 << 10;   // 414
  std::size_t header_field_bytes_max = 16 << 10;  // 431
  std::size_t header_bytes_max = 96 << 10;        // 431
  std::size_t header_fields_max = 256;            // 431
  std::size_t body_bytes_max = 10 << 20;          // 413, before it is read
  std::size_t bodies_bytes_max = 256 << 20;       // 503; of large ones while they are read
  std::size_t chunk_extension_bytes_max = 256;    // 400
  std::size_t trailer_fields_max = 8;             // 400
  std::size_t connections_max = 10'000;           // 503
  std::size_t connections_per_address_max = 256;  // 503; IPv6 addresses count by /64
  std::size_t websocket_message_bytes_max = 64 << 10;
  std::chrono::seconds header_timeout{10};        // 408; also of the TLS handshake
  std::chrono::seconds body_progress_window{10};  // 408 when slower than body_bytes_per_second_min
  std::size_t body_bytes_per_second_min = 1 << 10;
  std::chrono::seconds idle_timeout{60};
  std::chrono::seconds request_timeout{120};  // reading, from the first byte to the last; 408
};

// How many requests one client may make; 429. A client is an IPv4 address or an IPv6 /64.
struct RequestRate {
  std::size_t requests_per_second = 0;  // 0: no limit
  std::size_t requests_burst = 20'000;
  std::size_t clients_max = 100'000;  // remembered
};

// The field in which trusted proxies name the client. Only one is read: a proxy that writes one
// hands on what the client wrote into the other.
enum class ProxyField { kXForwardedFor, kForwarded };

struct ServerSettings {
  // Where it listens: at least one of the three. HOST:PORT, and port 0 takes a free one.
  std::string listen;
  std::string tls_listen;
  std::filesystem::path unix_socket;

  std::filesystem::path tls_certificate;  // PEM: its own first, then those that lead to the root
  std::filesystem::path tls_key;          // PEM
  std::size_t unix_socket_mode = 0660;

  // Networks as 10.0.0.0/8 or ::1, or "unix" for whoever comes over the Unix socket.
  std::vector<std::string> trusted_proxies;
  ProxyField proxy_field = ProxyField::kXForwardedFor;

  std::size_t compression_bytes_min = 1 << 10;  // of an answer that is compressed; 0: none is

  Limits limits;
  RequestRate rate;
};

}  // namespace ao::http
