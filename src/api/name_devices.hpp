// Names: what they stand for, and paths that begin with one.
//
//   GET  /~local-name@1.0/lookup&key=NAME                what a name stands for
//   POST /~local-name@1.0/register&key=NAME&value=VALUE[&number=N]  by the operator, signed
//   POST /~local-name@1.0/remove&key=NAME[&number=N]                (asker.hpp); names.hpp says
//                                     what numbers are for
//   GET  /~name@1.0/NAME[/…]          what is stored under the id that the name stands for, and
//                                     `&load=false` the id; a process is asked as under its id
//   …    /NAME~node-process@1.0/…     a process of the node's own, spawned unless `&spawn=false`
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device.hpp"
#include "path.hpp"

namespace ao::api {

Task<Result<message::Value>> ask_local_name(const Inquiry& inquiry, message::Value base,
                                            Asking asking);
Task<Result<message::Value>> ask_name(const Inquiry& inquiry, message::Value base, Asking asking);

// The path with the id in the place of the name that it begins with, if it does.
// Errors: those of Names::node_process.
Task<Result<Path>> without_name(Backend& backend, Path path);

}  // namespace ao::api
