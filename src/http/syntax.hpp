// The characters of RFC 9110 and RFC 3986, read without leniency.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace ao::http {

bool is_token(std::string_view text);        // at least one tchar
bool is_field_value(std::string_view text);  // HTAB, SP, VCHAR, obs-text
bool is_path_and_query(std::string_view text);
bool is_authority(std::string_view text);  // uri-host [":" port], without user information

bool equal_without_case(std::string_view one, std::string_view other);
std::string_view trimmed(std::string_view text);                   // of SP and HTAB
bool lists_token(std::string_view value, std::string_view token);  // in a comma-separated value

int hex_digit(char c);  // -1 when it is none

}  // namespace ao::http
