// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "content.hpp"

#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

namespace ao::http {
namespace {

constexpr std::size_t kMin = 1'000;

Response answer(std::size_t bytes, const char* type = "application/json") {
  Response response;
  response.headers.add("content-type", type);
  for (std::size_t i = 0; response.body.size() < bytes; ++i)
    response.body += std::to_string(i) + ',';
  response.body.resize(bytes);
  return response;
}

Response adapted(Response response, const Wishes& wishes, std::string_view method = "GET") {
  if (is_adaptable(method, response, kMin)) adapt(method, wishes, kMin, response);
  return response;
}

std::string field(const Response& response, std::string_view name) {
  const std::string* const value = response.headers.find(name);
  return value == nullptr ? "" : *value;
}

Bytes unpacked_gzip(const Bytes& packed, std::size_t size) {
  Bytes plain(size + 1, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(plain.data());
  stream.avail_out = static_cast<uInt>(plain.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  plain.resize(stream.total_out);
  inflateEnd(&stream);
  return plain;
}

TEST(Content, is_coded_as_the_client_prefers) {
  EXPECT_EQ(choose_coding(""), Coding::kIdentity);
  EXPECT_EQ(choose_coding("gzip, deflate, br"), Coding::kGzip);
  EXPECT_EQ(choose_coding("gzip, zstd"), Coding::kZstd);
  EXPECT_EQ(choose_coding("GZip;q=1, zstd;q=0.999"), Coding::kGzip);
  EXPECT_EQ(choose_coding("gzip ; Q=0.5 , zstd ; q=0.7"), Coding::kZstd);
  EXPECT_EQ(choose_coding("zstd;q=0, gzip;q=0.001"), Coding::kGzip);
  EXPECT_EQ(choose_coding("*"), Coding::kZstd);
  EXPECT_EQ(choose_coding("*;q=0.1, zstd;q=0"), Coding::kGzip);
  EXPECT_EQ(choose_coding("*;q=0"), Coding::kIdentity);
  EXPECT_EQ(choose_coding("gzip;q=0.5, identity"), Coding::kIdentity);
  EXPECT_EQ(choose_coding("br, deflate, compress"), Coding::kIdentity);
  for (const char* bad :
       {"gzip;q=2", "gzip;q=.5", "gzip;q=0.1234", "gzip;q=x", ";;,,=", "gzip;q=-1"})
    EXPECT_EQ(choose_coding(bad), Coding::kIdentity) << bad;
}

TEST(Content, is_compressed_and_says_so) {
  const Response plain = answer(200'000);
  const Response gzip = adapted(plain, {.accept_encoding = "gzip"});
  EXPECT_EQ(field(gzip, "content-encoding"), "gzip");
  EXPECT_EQ(field(gzip, "vary"), "accept-encoding");
  EXPECT_LT(gzip.body.size(), plain.body.size() / 2);
  EXPECT_EQ(unpacked_gzip(gzip.body, plain.body.size()), plain.body);
  const Response zstd = adapted(plain, {.accept_encoding = "zstd"});
  EXPECT_EQ(field(zstd, "content-encoding"), "zstd");
  Bytes unpacked(plain.body.size(), '\0');
  EXPECT_EQ(ZSTD_decompress(unpacked.data(), unpacked.size(), zstd.body.data(), zstd.body.size()),
            plain.body.size());
  EXPECT_EQ(unpacked, plain.body);
  const Response as_is = adapted(plain, {});
  EXPECT_EQ(as_is.body, plain.body);
  EXPECT_EQ(field(as_is, "vary"), "accept-encoding") << "another client may get it compressed";
}

TEST(Content, stays_as_it_is_when_compressing_does_not_pay) {
  const Wishes wishes{.accept_encoding = "gzip"};
  EXPECT_EQ(field(adapted(answer(kMin), wishes), "content-encoding"), "gzip");
  EXPECT_EQ(field(adapted(answer(kMin - 1), wishes), "content-encoding"), "");
  EXPECT_EQ(field(adapted(answer(kMin - 1), wishes), "vary"), "");
  for (const char* type : {"text/event-stream", "application/octet-stream", "image/png", "text"})
    EXPECT_EQ(field(adapted(answer(5'000, type), wishes), "content-encoding"), "") << type;
  for (const char* type : {"text/plain; charset=utf-8", "application/ld+json", "Application/JSON"})
    EXPECT_EQ(field(adapted(answer(5'000, type), wishes), "content-encoding"), "gzip") << type;
  for (const char* name : {"content-digest", "signature", "content-encoding"}) {
    Response fixed = answer(200'000);
    fixed.headers.add(name, "x");
    EXPECT_EQ(adapted(fixed, wishes).body, fixed.body) << name;
  }
  EXPECT_FALSE(is_adaptable("POST", answer(200'000), 0)) << "0 compresses nothing";
}

TEST(Content, is_cut_to_the_range_asked_for) {
  const Response whole = answer(100'000);
  const struct {
    const char* range;
    std::size_t begin, end;
  } cases[] = {{"bytes=0-0", 0, 1},
               {"bytes=10-19", 10, 20},
               {"bytes=99990-", 99'990, 100'000},
               {"bytes=99990-200000", 99'990, 100'000},
               {"bytes=-7", 99'993, 100'000},
               {"bytes=-200000", 0, 100'000},
               {"bytes=0-99999999999999999999999999", 0, 100'000}};
  for (const auto& each : cases) {
    const Response part = adapted(whole, {.accept_encoding = "gzip", .range = each.range});
    EXPECT_EQ(part.status, 206u) << each.range;
    EXPECT_EQ(part.body, whole.body.substr(each.begin, each.end - each.begin)) << each.range;
    EXPECT_EQ(field(part, "content-range"), "bytes " + std::to_string(each.begin) + '-' +
                                                std::to_string(each.end - 1) + "/100000");
    EXPECT_EQ(field(part, "content-encoding"), "");
  }
}

TEST(Content, is_whole_when_the_range_is_none) {
  const Response whole = answer(100'000);
  for (const char* range : {"bytes=5-4", "bytes=", "bytes=-", "bytes=a-b", "items=0-1",
                            "bytes=0-1,3-4", "bytes=1", "bytes=--1", "bytes= 0-1x"}) {
    const Response part = adapted(whole, {.range = range});
    EXPECT_EQ(part.status, 200u) << range;
    EXPECT_EQ(part.body.size(), 100'000u) << range;
  }
  EXPECT_EQ(adapted(whole, {.range = "bytes=0-1"}, "HEAD").status, 200u);
  EXPECT_EQ(adapted(whole, {.range = "bytes=0-1"}, "POST").status, 200u);
}

TEST(Content, that_has_no_such_range_is_refused) {
  for (const char* range :
       {"bytes=100000-", "bytes=100000-100001", "bytes=-0", "bytes=99999999999999999999999-"}) {
    const Response part = adapted(answer(100'000), {.range = range});
    EXPECT_EQ(part.status, 416u) << range;
    EXPECT_EQ(field(part, "content-range"), "bytes */100000") << range;
  }
}

TEST(Content, of_another_version_is_sent_whole) {
  const Response whole = answer(100'000);
  const std::string tag = field(adapted(whole, {}), "etag");
  EXPECT_EQ(tag.size(), 34u);
  EXPECT_EQ(field(adapted(whole, {}), "accept-ranges"), "bytes");
  EXPECT_NE(field(adapted(answer(100'001), {}), "etag"), tag);
  const auto status = [&](const std::string& if_range) {
    return adapted(whole, {.range = "bytes=0-1", .if_range = if_range}).status;
  };
  EXPECT_EQ(status(tag), 206u);
  EXPECT_EQ(status("\"other\""), 200u);
  EXPECT_EQ(status("W/" + tag), 200u);
  EXPECT_EQ(status("Wed, 21 Oct 2015 07:28:00 GMT"), 200u);
}

TEST(Content, keeps_the_tag_of_its_maker) {
  Response own = answer(100'000);
  own.headers.add("etag", "\"mine\"");
  EXPECT_EQ(adapted(own, {.range = "bytes=0-1", .if_range = "\"mine\""}).status, 206u);
  EXPECT_EQ(field(adapted(own, {.accept_encoding = "gzip"}), "etag"), "W/\"mine\"");
}

}  // namespace
}  // namespace ao::http
