// Devices that put others to work.
//
//   apply@1.0      KEY: the path, or message with a path, that stands under KEY, evaluated;
//                  pair&base=KEY&request=KEY: one asked of the other. A KEY is looked for in the
//                  request, then in the base; `request:KEY` and `base:KEY` say where
//   stack@1.0      the devices of the base's `device-stack`, each asked of what the one before it
//                  left; with `mode` (or `stack-mode`) `map` each asked of the base, and what they
//                  give by their numbers. A device without the key is passed over
//   dedup@1.0      in a stack: ends the pass when it has seen the subject before (`dedup-subject`:
//                  `body`, `request`, or a key of the request), and remembers it under `dedup`
//   multipass@1.0  in a stack: begins again until `pass` is `passes`
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device.hpp"

namespace ao::api {

Task<Result<message::Value>> ask_apply(const Inquiry& inquiry, message::Value base, Asking asking);
Task<Result<message::Value>> ask_stack(const Inquiry& inquiry, message::Value base, Asking asking);

}  // namespace ao::api
