// What an operator can choose of hooks and payment; what each option is for stands in
// config/node.toml.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace ao::api {

// What is asked about each request, or each answer.
struct Hook {
  enum class On { kRequest, kResponse };
  enum class Result { kReturn, kIgnore, kError };

  On on = On::kRequest;
  std::string path;    // on this node; or else
  std::string device;  // p4@1.0 or faff@1.0
  Result result = Result::kReturn;
  std::chrono::milliseconds timeout{2'000};
};

struct PaymentSettings {
  std::string pricing;  // simple-pay@1.0, faff@1.0 or a path; empty: no payment
  std::string ledger = "simple-pay@1.0";
  std::size_t price = 0;           // of each message of a request
  std::vector<std::string> allow;  // addresses
  std::vector<std::string> free_routes = {"/~p4@1.0/balance", "/~simple-pay@1.0/topup",
                                          "/~meta@1.0/*", "/openapi.json"};
  std::chrono::milliseconds pricing_timeout{2'000};
  std::size_t history_max = 1'000;
};

struct GateSettings {
  std::vector<Hook> hooks;  // of the file alone, in the order in which they are asked
  PaymentSettings payment;
};

// Why a path or a pattern of free routes is none; nullopt when it is one.
std::optional<std::string> complaint_of_path(const std::string& path);
std::optional<std::string> complaint_of_free_route(const std::string& pattern);

}  // namespace ao::api
