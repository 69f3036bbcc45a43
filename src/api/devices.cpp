// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "apply_device.hpp"
#include "device.hpp"
#include "message_device.hpp"
#include "name_devices.hpp"
#include "node_devices.hpp"
#include "payment_devices.hpp"
#include "relay_device.hpp"
#include "router_device.hpp"

namespace ao::api {

using message::Value;

namespace {

struct Named {
  std::string_view name;
  Device device;
};
constexpr std::array<Named, 18> kDevices = {{{"apply@1.0", ask_apply},
                                             {"cache@1.0", ask_cache},
                                             {"faff@1.0", ask_faff_device},
                                             {"flat@1.0", ask_codec},
                                             {"json@1.0", ask_codec},
                                             {"lookup@1.0", ask_cache},
                                             {"local-name@1.0", ask_local_name},
                                             {"message@1.0", ask_message_device},
                                             {"meta@1.0", ask_meta},
                                             {"name@1.0", ask_name},
                                             {"p4@1.0", ask_p4_device},
                                             {"process@1.0", ask_message_device},
                                             {"relay@1.0", ask_relay},
                                             {"router@1.0", ask_router},
                                             {"scheduler@1.0", ask_scheduler},
                                             {"simple-pay@1.0", ask_simple_pay},
                                             {"stack@1.0", ask_stack},
                                             {"structured@1.0", ask_codec}}};

}  // namespace

BytesView Asking::text(BytesView key) const {
  const Value* found = arguments.find(key);
  return found != nullptr && found->bytes() != nullptr ? BytesView(*found->bytes()) : BytesView();
}

Result<> StepBudget::take() {
  if (left_ == 0)
    return fail(ErrorKind::kTooLarge, "path-steps",
                fmt::format("a request may take {} steps, with those of paths within", kMax));
  --left_;
  return {};
}

Device device_named(BytesView name) {
  const auto* found = std::ranges::find(kDevices, name, &Named::name);
  return found != kDevices.end() ? found->device : nullptr;
}

std::unexpected<Error> no_device(BytesView device, BytesView key) {
  return fail(ErrorKind::kNotFound, "device-unknown",
              fmt::format("this node has no device {} that answers /{}", device, key));
}

}  // namespace ao::api
