// manifest@1.0: an item that gives names to others, as the pages of a web site.
//
//   GET /ID~manifest@1.0[/PATH]     the data of the item that the manifest ID has at PATH; without
//                                   one its index, and its fallback where it has nothing
//
// The format is Arweave's path manifest, versions 0.1.0 and 0.2.0. Any executor.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/backend.hpp"
#include "path.hpp"

namespace ao::api {

bool is_for_manifest(const Path& path);

// Errors, as an answer: those of data_answer; kInvalid "manifest-malformed"; kTooLarge
// "manifest-size"; kNotFound "manifest-path".
Task<http::Response> manifest_answer(Backend& backend, http::Request request, Path path);

// The id at a path of a manifest, "" for its index. Errors: as above.
Result<MessageId> manifest_entry(BytesView manifest, BytesView path);

}  // namespace ao::api
