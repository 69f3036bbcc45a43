// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "ao/codec/http_form.hpp"
#include "ao/codec/structured.hpp"
#include "ao/crypto/digest.hpp"
#include "ao/message/paths.hpp"
#include "type_names.hpp"

namespace ao::codec {

using message::Map;
using message::Value;

namespace {

constexpr std::size_t kFieldBytesMax = 4096;  // a longer value is a part of the body

// What is said by other means, or never.
bool is_left_out(BytesView key) {
  return key == "commitments" || key == "signature" || key == "signature-input" ||
         key == "content-digest" || message::is_private(key);
}

bool is_sendable_text(BytesView text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  const auto is_control = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  };
  return text.empty() || (!is_blank(text.front()) && !is_blank(text.back()) &&
                          std::ranges::none_of(text, is_control));
}

// RFC 9110 §5.6.2, in lower case. Keys of other characters are named in the body.
bool is_field_name(BytesView key) {
  constexpr BytesView kMarks = "!#$%&'*+-.^_`|~";
  return std::ranges::all_of(key, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || kMarks.find(c) != kMarks.npos;
  });
}

// A string of a structured field holds printable ASCII only.
bool is_printable(BytesView text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

Bytes quoted(BytesView text) {
  Bytes out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::unexpected<Error> bad_key(BytesView key, std::string_view why) {
  return fail(ErrorKind::kInvalid, "http-form-key", fmt::format("key '{}' {}", shown(key), why));
}

Result<> check_field_name(BytesView key) {
  if (key.find_first_of(BytesView(":\"\r\n\0", 5)) != BytesView::npos)
    return bad_key(key, "cannot be a field: it has a colon, a quote, a line break or a zero byte");
  return {};
}

Result<> check_part_name(BytesView key) {
  if (key.find_first_of(BytesView("/\"\r\n\0", 5)) != BytesView::npos)
    return bad_key(key, "cannot name a part: it has a slash, a quote, a line break or a zero byte");
  return {};
}

// A part of the body: a byte string, or a map of byte strings.
struct Part {
  Bytes name;
  Value value;
};

class Writer {
 public:
  explicit Writer(Texts texts) : texts_(texts) {}

  Result<HttpForm> write(const Map& tabm) const {
    const Map grouped = with_ids_grouped(tabm);
    const Bytes inline_key = inline_key_of(grouped);
    HttpForm form;
    std::vector<Map::Entry> fields;
    std::vector<Part> parts;
    for (const auto& [key, value] : grouped) {
      if (is_left_out(key)) continue;
      if (const Map* map = value.map()) {
        AO_CHECK(flatten(parts, key, *map, 0));
      } else if (goes_to_body(key, *value.bytes(), inline_key)) {
        if (key != inline_key) AO_CHECK(check_part_name(key));
        parts.push_back({key, *value.bytes()});
      } else {
        AO_CHECK(check_field_name(key));
        fields.emplace_back(key, *value.bytes());
      }
    }
    if (inline_key == "data" && grouped.find("ao-body-key") == nullptr && is_in(parts, "data"))
      fields.emplace_back("ao-body-key", "data");
    if (parts.size() == 1 && parts[0].name == inline_key && parts[0].value.bytes() != nullptr) {
      form.body = *parts[0].value.bytes();
    } else if (!parts.empty()) {
      AO_TRY(boundary, put_parts(form.body, std::move(parts), inline_key));
      fields.emplace_back("content-type",
                          fmt::format("multipart/form-data; boundary=\"{}\"", boundary));
    }
    if (!form.body.empty()) fields.emplace_back("content-digest", content_digest(form.body));
    form.fields = Map::from(std::move(fields));
    return form;
  }

 private:
  static bool is_in(const std::vector<Part>& parts, BytesView key) {
    const Bytes below = Bytes(key) + '/';
    return std::ranges::any_of(
        parts, [&](const Part& part) { return part.name == key || part.name.starts_with(below); });
  }

  // HTTP has no case in the names of fields, and ids have: they share one field.
  Map with_ids_grouped(const Map& tabm) const {
    std::vector<Map::Entry> rest;
    Bytes ids;
    for (const auto& [key, value] : tabm) {
      const Bytes* text = value.bytes();
      const bool fits = text != nullptr && message::is_id_key(without_link_suffix(key)) &&
                        is_printable(key) && key.find_first_of("\"=,;: ") == Bytes::npos &&
                        is_printable(*text) && text->size() <= kFieldBytesMax;
      if (!fits) {
        rest.emplace_back(key, value);
        continue;
      }
      if (!ids.empty()) ids += ", ";
      ids += key + '=' + quoted(*text);
    }
    if (!ids.empty()) rest.emplace_back("ao-ids", std::move(ids));
    return Map::from(std::move(rest));
  }

  static Bytes inline_key_of(const Map& map) {
    if (const BytesView named = Value(map).text("ao-body-key"); !named.empty()) return Bytes(named);
    return map.find("body") == nullptr && map.find("data") != nullptr ? "data" : "body";
  }

  bool is_field_text(BytesView text) const {
    if (text.size() > kFieldBytesMax) return false;
    return texts_ == Texts::kSendable ? is_sendable_text(text) : text.find('\n') == Bytes::npos;
  }

  // An empty body would be none, so an empty value is a field, whatever its key.
  bool goes_to_body(BytesView key, BytesView text, BytesView inline_key) const {
    if (text.empty() && is_field_name(key)) return false;
    if (texts_ == Texts::kSendable && !is_field_name(key)) return true;
    return key == inline_key || key == "body" || message::is_id_key(key) || !is_field_text(text);
  }

  // A map below `name`: its short texts are one part, its long ones and its maps are parts of
  // their own.
  Result<> flatten(std::vector<Part>& parts, const Bytes& name, const Map& map,
                   std::size_t depth) const {
    if (depth > kDepthMax)
      return fail(ErrorKind::kTooLarge, "structured-depth",
                  fmt::format("a message nests deeper than {}", kDepthMax));
    AO_CHECK(check_part_name(name.substr(name.rfind('/') + 1)));
    const Map grouped = with_ids_grouped(map);
    const Bytes inline_key = inline_key_of(grouped);
    std::vector<Map::Entry> direct;
    bool has_parts_below = false;
    for (const auto& [key, value] : grouped) {
      if (message::is_private(key)) continue;
      if (const Map* child = value.map()) {
        AO_CHECK(flatten(parts, name + '/' + key, *child, depth + 1));
        has_parts_below = true;
        continue;
      }
      const Bytes& text = *value.bytes();
      const bool is_content = key == inline_key && !text.empty() && text.size() <= kFieldBytesMax;
      if (!is_content && (!is_field_text(text) || message::is_id_key(key))) {
        AO_CHECK(check_part_name(key));
        parts.push_back({name + '/' + key, text});
        has_parts_below = true;
      } else {
        if (!is_content) AO_CHECK(check_field_name(key));
        direct.emplace_back(key, text);
      }
    }
    if (direct.empty()) {
      if (!has_parts_below) parts.push_back({name, Map{{"ao-types", "empty-message"}}});
    } else if (direct.size() == 1 && direct[0].first == "body" && !has_parts_below) {
      parts.push_back({name + "/body", std::move(direct[0].second)});
    } else {
      parts.push_back({name, Map::from(std::move(direct))});
    }
    return {};
  }

  static Bytes lines_of(const Part& part, BytesView inline_key) {
    const Bytes disposition =
        part.name == inline_key ? Bytes("inline") : "form-data;name=\"" + part.name + '"';
    if (const Bytes* content = part.value.bytes())
      return "content-disposition: " + disposition + "\r\n\r\n" + *content;

    const Map& map = *part.value.map();
    const Bytes own_key = inline_key_of(map);
    std::vector<Map::Entry> lines = {{"content-disposition", disposition}};
    Bytes content;
    for (const auto& [key, value] : map) {
      if (key == own_key && !value.bytes()->empty()) {
        content = *value.bytes();
      } else {
        lines.emplace_back(key, value);
      }
    }
    if (!content.empty()) {
      lines.emplace_back("content-digest", content_digest(content));
      if (own_key == "data") lines.emplace_back("ao-body-key", "data");
    }
    Bytes out;
    for (const auto& [key, value] : Map::from(std::move(lines)))
      out += (out.empty() ? "" : "\r\n") + key + ": " + *value.bytes();
    if (!content.empty()) out += "\r\n\r\n" + content;
    return out;
  }

  // Returns the boundary: the hash of what it separates, so that it cannot stand in there.
  static Result<Bytes> put_parts(Bytes& out, std::vector<Part> parts, BytesView inline_key) {
    std::ranges::stable_sort(parts, {}, &Part::name);
    const auto twin = std::ranges::adjacent_find(parts, {}, &Part::name);
    if (twin != parts.end()) return bad_key(twin->name, "would name two parts");
    std::vector<Bytes> texts;
    Bytes joined;
    for (const Part& part : parts) {
      texts.push_back(lines_of(part, inline_key));
      joined += (texts.size() > 1 ? "\r\n" : "") + texts.back();
    }
    Bytes boundary = base64url(crypto::view(crypto::sha256(joined)));
    for (const Bytes& text : texts)
      out += "--" + boundary + "\r\n" + text + "\r\n";
    out += "--" + boundary + "--";
    return boundary;
  }

  Texts texts_;
};

}  // namespace

Result<HttpForm> to_http_form(const Map& tabm, Texts texts) {
  return Writer(texts).write(tabm);
}

}  // namespace ao::codec
