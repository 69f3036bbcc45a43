// Devices of payment, as they are asked by paths.
//
//   p4@1.0          balance[&address=ADDRESS]
//   simple-pay@1.0  balance[&address=ADDRESS], estimate,
//                   history[&address=ADDRESS&limit=N]: by who has the account, or the operator,
//                   topup&recipient=ADDRESS&amount=N&reference=TEXT: by the operator
//   faff@1.0        estimate: 0 for addresses of the list
//
// Without an address it is the one who signed the request, with its path and query.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "device.hpp"

namespace ao::api {

Task<Result<message::Value>> ask_p4_device(const Inquiry& inquiry, message::Value base,
                                           Asking asking);
Task<Result<message::Value>> ask_simple_pay(const Inquiry& inquiry, message::Value base,
                                            Asking asking);
Task<Result<message::Value>> ask_faff_device(const Inquiry& inquiry, message::Value base,
                                             Asking asking);

}  // namespace ao::api
