// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "multipart.hpp"

#include <fmt/format.h>

namespace ao::codec {
namespace {

constexpr BytesView kLineEnd = "\r\n";
constexpr BytesView kHeaderEnd = "\r\n\r\n";
constexpr std::size_t kBoundaryMax = 200;

std::unexpected<Error> malformed(std::size_t offset, std::string_view what) {
  return fail(ErrorKind::kInvalid, "multipart-malformed",
              fmt::format("multipart body, byte {}: {}", offset, what));
}

BytesView trimmed(BytesView text) {
  while (text.starts_with(' ') || text.starts_with('\t'))
    text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t'))
    text.remove_suffix(1);
  return text;
}

// The value of a parameter such as name="…", with or without quotes.
std::optional<BytesView> parameter(BytesView text, BytesView name) {
  while (true) {
    const std::size_t semicolon = text.find(';');
    if (semicolon == BytesView::npos) return std::nullopt;
    text = trimmed(text.substr(semicolon + 1));
    if (text.size() <= name.size() || !same_key(text.substr(0, name.size()), name) ||
        text[name.size()] != '=')
      continue;
    text.remove_prefix(name.size() + 1);
    if (!text.starts_with('"')) return trimmed(text.substr(0, text.find(';')));
    const std::size_t quote = text.find('"', 1);
    if (quote == BytesView::npos) return std::nullopt;
    return text.substr(1, quote - 1);
  }
}

Result<ReadPart> read_part(BytesView text, std::size_t offset) {
  ReadPart part;
  part.offset = offset;
  const std::size_t header_end = text.find(kHeaderEnd);
  BytesView header = text.substr(0, header_end);
  if (header_end != BytesView::npos) part.content = text.substr(header_end + kHeaderEnd.size());
  std::optional<BytesView> disposition;
  while (!header.empty()) {
    const std::size_t end = header.find(kLineEnd);
    const BytesView line = header.substr(0, end);
    header = end == BytesView::npos ? BytesView() : header.substr(end + kLineEnd.size());
    if (line.empty()) continue;  // a client ends a part without content with an empty line
    const std::size_t colon = line.find(':');
    const auto at = offset + static_cast<std::size_t>(line.data() - text.data());
    if (colon == BytesView::npos || colon == 0) return malformed(at, "a line without a name");
    const BytesView name = line.substr(0, colon);
    BytesView value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (!same_key(name, "content-disposition")) {
      part.lines.push_back({name, value});
      continue;
    }
    if (disposition) return malformed(at, "a second content-disposition");
    disposition = value;
  }
  if (!disposition) return malformed(offset, "a part without content-disposition");
  if (trimmed(*disposition) == "inline") return part;
  const auto name = parameter(*disposition, "name");
  if (!name || name->empty()) return malformed(offset, "a part whose disposition gives no name");
  part.name = *name;
  return part;
}

}  // namespace

Result<std::optional<Bytes>> boundary_of(BytesView content_type) {
  const BytesView type = trimmed(content_type.substr(0, content_type.find(';')));
  if (!same_key(type, "multipart/form-data")) return std::optional<Bytes>();
  const auto boundary = parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > kBoundaryMax)
    return fail(ErrorKind::kInvalid, "multipart-boundary",
                fmt::format("content-type multipart/form-data needs a boundary of 1 to {} bytes",
                            kBoundaryMax));
  return std::optional(Bytes(*boundary));
}

Result<std::vector<ReadPart>> read_parts(BytesView body, BytesView boundary) {
  const Bytes opening = "--" + Bytes(boundary);
  const Bytes separator = "\r\n" + opening;
  if (!body.starts_with(opening)) return malformed(0, "it does not begin with its boundary");
  std::vector<ReadPart> parts;
  std::size_t at = opening.size();
  while (!body.substr(at).starts_with("--")) {
    if (!body.substr(at).starts_with(kLineEnd))
      return malformed(at, "a boundary that is followed by neither a line break nor --");
    at += kLineEnd.size();
    const std::size_t end = body.find(separator, at);
    if (end == BytesView::npos) return malformed(at, "a part that is not closed");
    AO_TRY(part, read_part(body.substr(at, end - at), at));
    parts.push_back(std::move(part));
    at = end + separator.size();
  }
  const BytesView rest = body.substr(at + 2);
  if (!rest.empty() && rest != kLineEnd) return malformed(at + 2, "bytes follow the last boundary");
  return parts;
}

}  // namespace ao::codec
