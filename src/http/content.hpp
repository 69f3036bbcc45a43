// What becomes of the body of an answer on its way: compressed when the client takes that, or the
// range of it that the client asked for. Pure.
//
// A range is one of the bytes that would be sent without compression; so who asks for one gets them
// as they are, and parts that were fetched at different times fit together when their tag is the
// same.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "head.hpp"

namespace ao::http {

enum class Coding { kIdentity, kGzip, kZstd };

// By a value of Accept-Encoding (RFC 9110 §12.5.3): the one preferred, of equals zstd.
Coding choose_coding(std::string_view accept_encoding);

// Answers of this size and more may be asked for in ranges, and are not adapted on a net thread.
inline constexpr std::size_t kLargeBytes = 64 << 10;

// Whether `adapt` would do anything. Compressed is text and JSON of at least
// `compression_bytes_min` (0: nothing) that is not one event after the other; ranges have large
// whole answers to GET and HEAD. What is signed or encoded already stays as it is.
bool is_adaptable(std::string_view method, const Response& response,
                  std::size_t compression_bytes_min);

// Compresses the body; or gives it a tag by its content when it has none, and cuts out the one
// range that was asked for: 206, or 416 when there is nothing there. A range that is malformed,
// several, and one of another version (If-Range) mean the whole.
void adapt(std::string_view method, const Wishes& wishes, std::size_t compression_bytes_min,
           Response& response);

}  // namespace ao::http
