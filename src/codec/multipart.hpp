// The multipart body of a message: named parts, each a byte string or header lines with content.
//
//   body = "--" boundary CRLF part *( CRLF "--" boundary CRLF part ) CRLF "--" boundary "--"
//   part = line *( CRLF line ) [ CRLF CRLF content ]        line = name ":" SP value
//
// Lines end at CRLF only: clients send values with bare line feeds in them.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "ao/base/bytes.hpp"

namespace ao::codec {

struct Line {
  BytesView name;
  BytesView value;
};

// Views into the body.
struct ReadPart {
  std::size_t offset = 0;   // of the part in the body, for errors
  Bytes name;               // of its disposition; empty for `inline`
  std::vector<Line> lines;  // without the disposition
  std::optional<BytesView> content;
};

// The boundary that a content-type gives; nullopt when it is not multipart/form-data.
// Errors: "multipart-boundary".
Result<std::optional<Bytes>> boundary_of(BytesView content_type);

// Errors: "multipart-malformed" with the byte offset.
Result<std::vector<ReadPart>> read_parts(BytesView body, BytesView boundary);

}  // namespace ao::codec
