// p4@1.0 and faff@1.0 as hooks: what a request costs, who pays for it, and whether he can.
//
// The price is set aside before anything is done. What a message costs is taken before it gets its
// slot, since that lasts; what any other request costs is taken when its answer is there, before
// that is sent. A request that is refused, or that this node cannot answer, costs nothing. What was
// signed pays once: a message that is here, or has paid, is let through as often as it comes, and
// any other request must be signed anew. The node's own key pays nothing.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/gate_settings.hpp"
#include "ao/api/node_info.hpp"
#include "ao/http/message.hpp"
#include "visitor.hpp"

namespace ao::api {

// Whether a request is one that costs nothing.
class FreeRoutes {
 public:
  explicit FreeRoutes(const std::vector<std::string>& patterns);
  bool contain(const Asked& asked, const Visitor& visitor) const;

  // "GET /~meta@1.0/*": a method or any; `*` as a step is any key, as the last one any steps.
  struct Pattern {
    std::string method;
    std::vector<Step> steps;
    bool is_open = false;  // it ends in `*`
  };
  // Errors: "path-malformed".
  static Result<Pattern> parse(const std::string& text);

 private:
  std::vector<Pattern> patterns_;
};

struct Paying {
  Backend& backend;
  const PaymentSettings& settings;
  const PaymentTerms& terms;  // which go before what the settings say of the same
  const FreeRoutes& free_routes;
};

// A refusal, or nothing; in `held` what was set aside.
Task<std::optional<http::Response>> ask_p4(const Paying& paying, const Asked& asked,
                                           const Visitor& visitor, std::unique_ptr<Held>& held);

std::optional<http::Response> ask_faff(const Paying& paying, const Asked& asked,
                                       const Visitor& visitor);

// The answer to what was paid for: what was held is taken for it, or given back.
Task<http::Response> settled(std::unique_ptr<Held> held, http::Response response);

}  // namespace ao::api
