// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/http/url.hpp"

#include <algorithm>
#include <charconv>

#include "syntax.hpp"

namespace ao::http {
namespace {

namespace ip = boost::asio::ip;
using boost::system::error_code;

constexpr std::size_t kNameBytesMax = 253;  // RFC 1035 §2.3.4, without the last dot
constexpr std::size_t kLabelBytesMax = 63;
constexpr std::size_t kShownBytesMax = 200;

constexpr std::string_view text_of(Scheme scheme) {
  return scheme == Scheme::kHttp ? "http" : "https";
}

constexpr std::uint16_t port_of(Scheme scheme) {
  return scheme == Scheme::kHttp ? 80 : 443;
}

// A URL as it may stand in a text: short, and of printable ASCII.
std::string shown(std::string_view text) {
  std::string plain(text.substr(0, kShownBytesMax));
  for (char& c : plain)
    if (c < ' ' || c > '~') c = '?';
  if (text.size() > kShownBytesMax) plain += "…";
  return plain;
}

std::unexpected<Error> refused(std::string_view code, std::string_view url, std::string_view why) {
  return fail(ErrorKind::kInvalid, code, "the URL " + shown(url) + ' ' + std::string(why));
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_alphanumeric(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_label(std::string_view text) {
  if (text.empty() || text.size() > kLabelBytesMax) return false;
  if (text.front() == '-' || text.back() == '-') return false;
  return std::ranges::all_of(text,
                             [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
}

// Resolvers take such labels for the end of an address, each in its own way: 0x7f.1, 017700000001.
bool is_number(std::string_view label) {
  if (std::ranges::all_of(label, is_digit)) return true;
  if (!label.starts_with("0x") && !label.starts_with("0X")) return false;
  return std::ranges::all_of(label.substr(2), [](char c) { return hex_digit(c) >= 0; });
}

Result<> read_name(std::string_view name, const std::string& url, Origin& origin) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.empty() || name.size() > kNameBytesMax)
    return refused("url-host", url, "has a host without a name, or with over 253 bytes of one");
  std::string_view label;
  for (std::string_view rest = name; !rest.empty();) {
    const std::size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    const bool ends_with_dot = dot + 1 == rest.size();
    if (!is_label(label) || ends_with_dot)
      return refused("url-host", url,
                     "has a host that is no name: labels of 1 to 63 letters, digits and hyphens; "
                     "others in their xn-- form");
    rest = dot == rest.npos ? std::string_view{} : rest.substr(dot + 1);
  }
  origin.host = name;
  std::ranges::transform(origin.host, origin.host.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? char(c | 0x20) : c; });
  if (!is_number(label)) return {};
  error_code error;
  origin.address = ip::make_address_v4(origin.host, error);
  if (error || origin.address->to_string() != origin.host)
    return refused("url-host-number", url,
                   "has a number for a host: an IPv4 address has four, in decimal, without zeros "
                   "before them");
  return {};
}

Result<> read_bracketed(std::string_view text, const std::string& url, Origin& origin) {
  if (text.find('%') != text.npos)
    return refused("url-zone", url, "names a zone, which means something on one machine only");
  error_code error;
  origin.address = ip::make_address_v6(std::string(text), error);
  if (error) return refused("url-host", url, "has what is no IPv6 address in its brackets");
  origin.host = origin.address->to_string();
  return {};
}

Result<> read_authority(std::string_view authority, const std::string& url, Origin& origin) {
  if (authority.find('@') != authority.npos)
    return refused("url-user", url, "names a user; write none");
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == authority.npos)
      return refused("url-host", url, "has a bracket that is not closed");
    AO_CHECK(read_bracketed(authority.substr(1, close - 1), url, origin));
    port = authority.substr(close + 1);
    if (!port.empty() && port.front() != ':')
      return refused("url-host", url, "goes on after the bracket of its host");
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    AO_CHECK(read_name(authority.substr(0, colon), url, origin));
    port = authority.substr(colon);
  }
  origin.port = port_of(origin.scheme);
  if (port.size() <= 1) return {};
  port.remove_prefix(1);
  const auto [end, fault] = std::from_chars(port.begin(), port.end(), origin.port);
  const bool is_plain = std::ranges::all_of(port, is_digit) && port.front() != '0';
  if (fault != std::errc{} || end != port.end() || !is_plain)
    return refused("url-port", url, "has a port that is no number from 1 to 65535");
  return {};
}

}  // namespace

std::string Origin::authority() const {
  const bool has_brackets = address && address->is_v6();
  std::string text = has_brackets ? '[' + host + ']' : host;
  if (port != port_of(scheme)) text += ':' + std::to_string(port);
  return text;
}

std::string Origin::text() const {
  return std::string(text_of(scheme)) + "://" + authority();
}

std::string Url::text() const {
  return origin.text() + target;
}

Result<Url> parse_url(const std::string& text) {
  if (text.size() > kUrlBytesMax)
    return fail(ErrorKind::kTooLarge, "url-bytes-max",
                "the URL " + shown(text) + " has over " + std::to_string(kUrlBytesMax) + " bytes");
  const std::size_t colon = text.find("://");
  const std::string_view scheme = std::string_view(text).substr(0, std::min(colon, text.size()));
  if (colon == text.npos || !std::ranges::all_of(scheme, is_alphanumeric))
    return refused("url-malformed", text, "is not http://HOST[:PORT][/PATH], nor with https");
  Url url;
  if (equal_without_case(scheme, text_of(Scheme::kHttp))) {
    url.origin.scheme = Scheme::kHttp;
  } else if (!equal_without_case(scheme, text_of(Scheme::kHttps))) {
    return refused("url-scheme", text, "has another scheme than http and https");
  }
  const std::string_view rest = std::string_view(text).substr(colon + 3);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  AO_CHECK(read_authority(rest.substr(0, end), text, url.origin));
  const std::string_view target = rest.substr(end);
  if (target.find('#') != target.npos)
    return refused("url-malformed", text, "has a fragment, which is never sent");
  if (!is_path_and_query(target))
    return refused("url-malformed", text, "has a path with a character that must be encoded");
  url.target = target.starts_with('/') ? target : '/' + std::string(target);
  return url;
}

Result<Origin> parse_origin(const std::string& text) {
  AO_TRY(url, parse_url(text));
  if (url.target != "/")
    return refused("url-path", text, "has a path where only http://HOST[:PORT] is meant");
  return std::move(url.origin);
}

Result<Url> Url::follow(const std::string& location) const {
  const std::string reference = location.substr(0, location.find('#'));
  if (reference.starts_with("//"))
    return parse_url(std::string(text_of(origin.scheme)) + ':' + reference);
  if (reference.starts_with('/')) return parse_url(origin.text() + reference);
  return parse_url(reference);
}

}  // namespace ao::http
