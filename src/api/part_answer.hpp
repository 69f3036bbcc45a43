// The part of a value that the rest of a path asks for, and its form.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "answers.hpp"
#include "path.hpp"

namespace ao::api {

// What is left of a path from `index` on, without the request to serialise it as JSON, which is
// what this node does with anything but a leaf.
std::vector<Bytes> rest_of(const Path& path, std::size_t index);

bool wants_json(const Path& path);

// 404 "key-absent" when there is nothing at `keys`.
http::Response part_answer(const message::Value& value, const std::vector<Bytes>& keys,
                           bool as_json);

}  // namespace ao::api
