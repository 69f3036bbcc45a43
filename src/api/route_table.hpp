// Every route, once: requests are matched here, /openapi.json is written from it, and metrics count
// by its names.
//
// A template is that of OpenAPI. `{process}`, `{message}` and `{id}` stand for ids, with or without
// the device process@1.0; `{path}` and `{steps}` for any number of steps, also none; every other
// name for one step. A step is compared by its key, and by its device when the template names one.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

#include "path.hpp"

namespace ao::api {

struct Route {
  // Who answers.
  enum class Door { kHealth, kReadiness, kMetrics, kOpenApi, kItems, kEvents, kDialects };
  // What the request holds; one that is signed itself says everything in its fields.
  enum class Body { kNone, kItem, kBundle, kNote, kQuery, kClaim, kSigned };

  Door door;
  std::string_view name;  // short, for metrics
  std::string_view method;
  std::string_view path;   // the template
  std::string_view query;  // names of parameters with blanks; those with "!" are needed
  Body body;
  std::string_view statuses;  // of answers that are no refusals, with blanks
  std::string_view media_type;
  std::string_view summary;
};

// A parameter of paths or queries, under one meaning wherever it stands.
struct Parameter {
  std::string_view name;
  std::string_view type;  // string or integer
  std::string_view example;
  std::string_view about;
};

std::span<const Route> routes();
std::span<const Parameter> parameters();

// The first that takes it; nullptr for none. HEAD is a GET, and so is a POST that no route takes,
// but for streams of events: clients of HyperBEAM read with either.
const Route* route_for(std::string_view method, const Path& path);

// The names in curly brackets of a template, and the words of a list.
std::vector<std::string_view> names_in(std::string_view path);
std::vector<std::string_view> words_in(std::string_view list);

}  // namespace ao::api
