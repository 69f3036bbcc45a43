// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "content.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "ao/base/assert.hpp"
#include "syntax.hpp"

namespace ao::http {
namespace {

// The fastest that pays: an answer is compressed anew for each request.
constexpr int kGzipLevel = 1;
constexpr int kZstdLevel = 1;

std::string_view cut_to(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view part = trimmed(rest.substr(0, end));
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

// A weight of RFC 9110 §12.4.2 in thousandths; 0 when it is malformed.
unsigned weight_of(std::string_view text) {
  const bool is_form = !text.empty() && text.size() <= 5 && (text[0] == '0' || text[0] == '1') &&
                       (text.size() == 1 || text[1] == '.');
  if (!is_form) return 0;
  unsigned weight = text[0] == '1' ? 1'000 : 0;
  unsigned place = 100;
  for (const char c : text.substr(std::min<std::size_t>(2, text.size()))) {
    if (c < '0' || c > '9') return 0;
    weight += static_cast<unsigned>(c - '0') * place;
    place /= 10;
  }
  return std::min(weight, 1'000u);
}

struct Weights {
  std::optional<unsigned> gzip, zstd, identity, any;
};

Weights read_weights(std::string_view accept) {
  Weights weights;
  while (!accept.empty()) {
    std::string_view element = cut_to(accept, ',');
    const std::string_view coding = cut_to(element, ';');
    unsigned weight = 1'000;
    while (!element.empty()) {
      const std::string_view parameter = cut_to(element, ';');
      if (parameter.size() > 2 && equal_without_case(parameter.substr(0, 2), "q="))
        weight = weight_of(parameter.substr(2));
    }
    if (equal_without_case(coding, "gzip") || equal_without_case(coding, "x-gzip"))
      weights.gzip = weight;
    if (equal_without_case(coding, "zstd")) weights.zstd = weight;
    if (equal_without_case(coding, "identity")) weights.identity = weight;
    if (coding == "*") weights.any = weight;
  }
  return weights;
}

bool has_any(const Headers& headers, std::initializer_list<std::string_view> names) {
  return std::ranges::any_of(names, [&](auto name) { return headers.find(name) != nullptr; });
}

// Those speak of the bytes as they are.
bool is_signed(const Headers& headers) {
  return has_any(headers, {"content-digest", "signature", "content-encoding"});
}

bool is_text(std::string_view type) {
  type = trimmed(type.substr(0, type.find(';')));
  if (equal_without_case(type, "text/event-stream")) return false;
  constexpr std::array kTypes{"application/json", "application/aos-2", "application/javascript",
                              "application/xml", "image/svg+xml"};
  return equal_without_case(type.substr(0, 5), "text/") ||
         (type.size() > 5 && equal_without_case(type.substr(type.size() - 5), "+json")) ||
         std::ranges::any_of(kTypes, [&](auto each) { return equal_without_case(type, each); });
}

Bytes gzip(BytesView plain) {
  z_stream stream{};
  constexpr int kWithGzipHeader = 15 + 16;
  AO_ASSERT(deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kWithGzipHeader, 8, Z_DEFAULT_STRATEGY) ==
            Z_OK);
  Bytes packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  int state = Z_OK;
  while (state == Z_OK) {  // zlib counts in 32 bits
    constexpr std::size_t kAtOnce = 1 << 30;
    const std::size_t left = plain.size() - stream.total_in;
    const std::size_t room = packed.size() - stream.total_out;
    stream.avail_in = static_cast<uInt>(std::min(left, kAtOnce));
    stream.avail_out = static_cast<uInt>(std::min(room, kAtOnce));
    state = deflate(&stream, left <= kAtOnce ? Z_FINISH : Z_NO_FLUSH);
  }
  AO_ASSERT(state == Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

Bytes zstd(BytesView plain) {
  Bytes packed(ZSTD_compressBound(plain.size()), '\0');
  const std::size_t size =
      ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), kZstdLevel);
  AO_ASSERT(!ZSTD_isError(size));
  packed.resize(size);
  return packed;
}

std::string tag_of(BytesView content) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  AO_ASSERT(EVP_Digest(content.data(), content.size(), digest.data(), &size, EVP_blake2b512(),
                       nullptr) == 1);
  std::string tag = "\"";
  for (std::size_t i = 0; i < 16; ++i)
    tag += fmt::format("{:02x}", digest[i]);
  return tag + '"';
}

void tag(Response& response) {
  response.headers.set("accept-ranges", "bytes");
  if (response.headers.find("etag") == nullptr) response.headers.add("etag", tag_of(response.body));
}

std::optional<std::size_t> number(std::string_view digits) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value);
  if (digits.empty() || end != digits.end()) return std::nullopt;
  if (error == std::errc::result_out_of_range) return std::string::npos;
  if (error != std::errc()) return std::nullopt;
  return value;
}

struct Range {
  std::size_t begin;
  std::size_t end;  // the first byte after it; not after `begin` when there is nothing there
};

// bytes=A-B, bytes=A- or bytes=-N.
std::optional<Range> parse_range(std::string_view text, std::size_t size) {
  constexpr std::string_view kUnit = "bytes=";
  if (!equal_without_case(text.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  text = trimmed(text.substr(kUnit.size()));
  const std::size_t dash = text.find('-');
  if (dash == text.npos) return std::nullopt;
  const auto last = number(text.substr(dash + 1));
  if (dash == 0) {
    if (!last) return std::nullopt;
    return Range{size - std::min(*last, size), size};
  }
  const auto first = number(text.substr(0, dash));
  if (!first || (!last && dash + 1 < text.size()) || (last && *last < *first)) return std::nullopt;
  return Range{*first, last && *last < size ? *last + 1 : size};
}

bool is_compressible(const Response& response, std::size_t bytes_min) {
  if (bytes_min == 0 || response.body.size() < bytes_min || is_signed(response.headers))
    return false;
  const std::string* const type = response.headers.find("content-type");
  return type != nullptr && is_text(*type);
}

void compress(Response& response, Coding coding) {
  response.body = coding == Coding::kGzip ? gzip(response.body) : zstd(response.body);
  response.headers.set("content-encoding", coding == Coding::kGzip ? "gzip" : "zstd");
  const std::string* const tag = response.headers.find("etag");
  if (tag != nullptr && !tag->starts_with("W/")) {
    const std::string weak = "W/" + *tag;
    response.headers.set("etag", weak);
  }
}

bool has_ranges(std::string_view method, const Response& response) {
  return (method == "GET" || method == "HEAD") && response.status == 200 &&
         response.body.size() >= kLargeBytes && !is_signed(response.headers);
}

void cut_range(Response& response, const Wishes& wishes) {
  Headers& headers = response.headers;
  const std::string& tag = *headers.find("etag");
  if (!wishes.if_range.empty() && (wishes.if_range != tag || tag.starts_with("W/"))) return;
  const std::size_t size = response.body.size();
  const auto range = parse_range(wishes.range, size);
  if (!range) return;
  if (range->begin >= range->end) {
    response.status = 416;
    headers.set("content-range", fmt::format("bytes */{}", size));
    headers.set("content-type", "application/json");
    response.body = fmt::format(
        R"({{"error":{{"code":"range-absent","message":"the answer has {} bytes"}}}})", size);
    return;
  }
  response.status = 206;
  headers.set("content-range", fmt::format("bytes {}-{}/{}", range->begin, range->end - 1, size));
  response.body = response.body.substr(range->begin, range->end - range->begin);
}

}  // namespace

Coding choose_coding(std::string_view accept_encoding) {
  const Weights weights = read_weights(accept_encoding);
  const unsigned any = weights.any.value_or(0);
  const unsigned gzip_weight = weights.gzip.value_or(any);
  const unsigned zstd_weight = weights.zstd.value_or(any);
  const unsigned best = std::max(gzip_weight, zstd_weight);
  if (best == 0 || weights.identity.value_or(0) > best) return Coding::kIdentity;
  return zstd_weight == best ? Coding::kZstd : Coding::kGzip;
}

bool is_adaptable(std::string_view method, const Response& response,
                  std::size_t compression_bytes_min) {
  return is_compressible(response, compression_bytes_min) || has_ranges(method, response);
}

void adapt(std::string_view method, const Wishes& wishes, std::size_t compression_bytes_min,
           Response& response) {
  const bool is_ranged = has_ranges(method, response);
  Coding coding = Coding::kIdentity;
  if (is_compressible(response, compression_bytes_min)) {
    response.headers.add("vary", "accept-encoding");
    if (wishes.range.empty()) coding = choose_coding(wishes.accept_encoding);
  }
  if (coding != Coding::kIdentity) {
    compress(response, coding);
  } else if (is_ranged) {
    tag(response);
    if (method == "GET" && !wishes.range.empty()) cut_range(response, wishes);
  }
}

}  // namespace ao::http
