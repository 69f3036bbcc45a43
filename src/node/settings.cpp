// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/node/settings.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <fstream>
#include <sstream>
#include <thread>

#include "ao/routing/allow_list.hpp"
#include "settings_hooks.hpp"
#include "settings_routes.hpp"
#include "settings_schema.hpp"

namespace ao::node {
namespace {

using Complaints = std::vector<std::string>;

const Option* find_option(std::string_view section, std::string_view key) {
  for (const Option& option : schema())
    if (option.section == section && option.key == key) return &option;
  return nullptr;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& candidates) {
  const auto meant = nearest(name, candidates);
  return meant ? fmt::format(", did you mean {}?", *meant) : std::string();
}

Given given_from(const toml::node& node) {
  Given given;
  std::ostringstream text;
  if (const auto* string = node.as_string()) {
    given.form = Given::Form::kString;
    given.text = string->get();
  } else if (const auto* integer = node.as_integer()) {
    given.form = Given::Form::kInteger;
    given.text = std::to_string(integer->get());
  } else if (const auto* array = node.as_array();
             array && (array->empty() || array->is_homogeneous<std::string>())) {
    given.form = Given::Form::kStrings;
    for (const auto& item : *array)
      given.items.push_back(item.as_string()->get());
  } else {
    given.form = Given::Form::kOther;
    given.text = fmt::format("a value of another type");
  }
  return given;
}

class File {
 public:
  File(const std::filesystem::path& path, Settings& settings, Complaints& complaints)
      : name_(path.string()), settings_(settings), complaints_(complaints) {}

  void read() {
    std::ifstream stream(name_);
    if (!stream) return complaints_.push_back(name_ + ": cannot be read");
    try {
      const toml::table table = toml::parse(stream, name_);
      for (const auto& [section, node] : table)
        read_section(section.str(), node, section.source());
    } catch (const toml::parse_error& error) {
      complain(error.source(), std::string(error.description()));
    }
  }

 private:
  void complain(const toml::source_region& source, const std::string& text) {
    complaints_.push_back(
        fmt::format("{}:{}:{}: {}", name_, source.begin.line, source.begin.column, text));
  }

  void read_section(std::string_view section, const toml::node& node,
                    const toml::source_region& source) {
    if (section == "hooks") return read_hooks(node, source);
    if (section == "routes") return read_routes(node);
    std::vector<std::string> names = {"hooks", "routes"};
    for (const Section& known : sections())
      names.emplace_back(known.name);
    if (std::ranges::find(names, section) == names.end())
      return complain(source,
                      fmt::format("unknown section [{}]{}", section, suggestion(section, names)));
    const toml::table* table = node.as_table();
    if (table == nullptr)
      return complain(source, fmt::format("{} is a section: write [{}]", section, section));
    for (const auto& [key, value] : *table)
      read_option(section, key.str(), value, key.source());
  }

  void read_routes(const toml::node& node) {
    const toml::array* array = node.as_array();
    if (array == nullptr || !array->is_homogeneous<toml::table>())
      return complain(node.source(), "routes are tables: write [[routes]]");
    for (const toml::node& each : *array) {
      const auto said = value_of(each);
      auto route = said ? routing::Route::parse(*said->map()) : std::unexpected(said.error());
      const auto added =
          route ? settings_.relay.routes.add(std::move(*route)) : std::unexpected(route.error());
      if (!added) complain(each.source(), "[[routes]] " + added.error().text);
    }
  }

  void read_hooks(const toml::node& node, const toml::source_region& source) {
    const toml::array* tables = node.as_array();
    if (tables == nullptr || !tables->is_homogeneous<toml::table>())
      return complain(source, "hooks are tables of a list: write [[hooks]] before each");
    for (const toml::node& table : *tables) {
      HookFields fields;
      for (const auto& [key, value] : *table.as_table())
        fields.push_back({std::string(key.str()), given_from(value)});
      if (const auto complaint = put_hook(fields, settings_))
        complain(table.source(), "[[hooks]] " + *complaint);
    }
  }

  void read_option(std::string_view section, std::string_view key, const toml::node& value,
                   const toml::source_region& source) {
    const Option* option = find_option(section, key);
    if (const auto now = renamed(section, key); option == nullptr && !now.empty())
      return complain(source, fmt::format("[{}] {} is called {} now", section, key, now));
    if (option == nullptr) {
      std::vector<std::string> names;
      for (const Option& known : schema())
        if (known.section == section) names.emplace_back(known.key);
      return complain(source,
                      fmt::format("[{}] unknown key {}{}", section, key, suggestion(key, names)));
    }
    if (const auto complaint = option->kind.set(settings_, given_from(value)))
      complain(value.source(), fmt::format("[{}] {}: {}", section, key, *complaint));
  }

  std::string name_;
  Settings& settings_;
  Complaints& complaints_;
};

Given untyped(const std::string& text) {
  Given given;
  given.text = text;
  return given;
}

// Clients' variables; every other AONODE_… must be an option.
bool is_for_clients(std::string_view name) {
  return name == "AONODE_URL" || name == "AONODE_KEY" || name.starts_with("AONODE_QUICKSTART_");
}

void read_environment(const std::map<std::string, std::string>& environment, Settings& settings,
                      Complaints& complaints) {
  std::vector<std::string> names;
  for (const Option& option : schema())
    names.push_back(environment_name(option));
  for (const auto& [name, value] : environment) {
    if (!name.starts_with("AONODE_") || is_for_clients(name)) continue;
    const auto found = std::ranges::find(names, name);
    if (name == "AONODE_SETTLEMENT_GATEWAY_URLS") {
      complaints.push_back(name + " is called AONODE_GATEWAY_URLS now");
      continue;
    }
    if (found == names.end()) {
      complaints.push_back(fmt::format("{}: no such option{}", name, suggestion(name, names)));
      continue;
    }
    const Option& option = schema()[static_cast<std::size_t>(found - names.begin())];
    if (const auto complaint = option.kind.set(settings, untyped(value)))
      complaints.push_back(fmt::format("{}: {}", name, *complaint));
  }
}

void read_flags(const std::vector<std::pair<std::string, std::string>>& flags, Settings& settings,
                Complaints& complaints) {
  std::vector<std::string> names;
  for (const Option& option : schema())
    names.push_back(flag_name(option));
  for (const auto& [name, value] : flags) {
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) {
      complaints.push_back(fmt::format("--{}: no such option{}", name, suggestion(name, names)));
      continue;
    }
    const Option& option = schema()[static_cast<std::size_t>(found - names.begin())];
    if (const auto complaint = option.kind.set(settings, untyped(value)))
      complaints.push_back(fmt::format("--{}: {}", name, *complaint));
  }
}

void check_settlement(const SettlementSettings& settlement, Complaints& complaints) {
  const bool has_nodes = !settlement.node_urls.empty();
  const std::uint64_t a_day = settlement.spending.a_day, of_one = settlement.spending.of_one;
  if (has_nodes && !settlement.bundler_urls.empty())
    complaints.push_back(
        "[settlement] bundler_urls and node_urls are both set: bundles would be paid for twice");
  if (has_nodes && settlement.wallet_file.empty())
    complaints.push_back("[settlement] node_urls needs wallet_file, which pays");
  if (has_nodes && a_day == 0)
    complaints.push_back("[settlement] node_urls needs spend_max_winston, more than 0");
  if (!has_nodes && !settlement.wallet_file.empty())
    complaints.push_back("[settlement] wallet_file pays for node_urls, of which there are none");
  if (!has_nodes && (a_day > 0 || of_one > 0))
    complaints.push_back(
        "[settlement] spend_max_winston and price_max_winston are for node_urls, of which there "
        "are none");
  if (has_nodes && of_one > a_day)
    complaints.push_back("[settlement] price_max_winston is more than spend_max_winston");
}

// What no option can tell alone.
void check_together(const Settings& settings, Complaints& complaints) {
  const Settings::Http& http = settings.http;
  if (http.listen.empty() && http.tls_listen.empty() && http.unix_socket.empty())
    complaints.push_back("[http] listen, tls_listen and unix_socket are all empty");
  const bool has_pair = !http.tls_certificate.empty() && !http.tls_key.empty();
  if (!http.tls_listen.empty() && !has_pair)
    complaints.push_back("[http] tls_listen needs tls_certificate and tls_key");
  const auto& limits = settings.http.limits;
  if (limits.header_field_bytes_max > limits.header_bytes_max)
    complaints.push_back("[http] header_field_bytes_max is more than header_bytes_max");
  if (limits.connections_per_address_max > limits.connections_max)
    complaints.push_back("[http] connections_per_address_max is more than connections_max");
  if (limits.bodies_bytes_max < limits.body_bytes_max)
    complaints.push_back("[http] bodies_bytes_max is less than body_bytes_max");
  if (settings.admission.verify_queue_bytes_max < limits.body_bytes_max)
    complaints.push_back("[admission] verify_queue_bytes_max is less than [http] body_bytes_max");
  if (settings.retention.prunes() && !settings.settlement.settles())
    complaints.push_back(
        "[retention] results_max and checkpoint_idle_max remove what is settled, and [settlement] "
        "names neither bundler_urls nor node_urls");
  if (settings.lua.gas_per_dry_run > settings.lua.gas_per_message)
    complaints.push_back("[lua] gas_per_dry_run is more than gas_per_message");
  check_settlement(settings.settlement, complaints);
  if (const auto list = routing::AllowList::parse(settings.relay.allow); !list)
    complaints.push_back("[relay] allow: " + list.error().text);
  for (std::string& complaint : complaints_of_payment(settings))
    complaints.push_back(std::move(complaint));
}

}  // namespace

std::expected<Settings, Complaints> Settings::load(const Sources& sources) {
  Settings settings;
  Complaints complaints;
  const auto folder = sources.file ? sources.file->parent_path() : std::filesystem::path();
  if (sources.file) File(*sources.file, settings, complaints).read();
  for (auto* path :
       {&settings.node.data_dir, &settings.node.key_file, &settings.store.anchor_directory,
        &settings.http.tls_certificate, &settings.http.tls_key, &settings.http.unix_socket,
        &settings.names.process_folder, &settings.gateway.ca_file, &settings.relay.ca_file,
        &settings.settlement.ca_file, &settings.settlement.wallet_file})
    if (!path->empty() && path->is_relative()) *path = (folder / *path).lexically_normal();
  read_environment(sources.environment, settings, complaints);
  read_flags(sources.flags, settings, complaints);
  if (complaints.empty()) check_together(settings, complaints);
  if (!complaints.empty()) return std::unexpected(std::move(complaints));
  settings.store.directory = settings.node.data_dir / "store";
  for (std::size_t* threads :
       {&settings.threads.verify, &settings.threads.cpu, &settings.lua.workers})
    if (*threads == 0) *threads = std::max(1u, std::thread::hardware_concurrency());
  return settings;
}

std::vector<OptionText> option_texts() {
  const Settings defaults;
  std::vector<OptionText> texts;
  for (const Option& option : schema())
    texts.push_back({std::string(option.section), std::string(option.key), environment_name(option),
                     option.kind.name, option.kind.show(defaults), std::string(option.reason)});
  return texts;
}

std::string example_file() {
  std::string file =
      "# The settings of an aonode. Every option stands here with its default; take the # away to\n"
      "# change one. The environment (AONODE_SECTION_KEY) goes before this file, and flags\n"
      "# (--section.key VALUE) go before the environment. Sizes are written \"64MiB\", durations\n"
      "# \"30s\". `aonode --config FILE --check-config` tells what is wrong with a file.\n";
  for (const Section& section : sections()) {
    file += fmt::format("\n[{}]\n# {}\n", section.name, section.about);
    for (const OptionText& option : option_texts()) {
      if (option.section != section.name) continue;
      file += '\n';
      std::istringstream lines(option.reason);
      for (std::string line; std::getline(lines, line);)
        file += "# " + line + '\n';
      file += fmt::format("# ({})\n# {} = {}\n", option.type, option.key, option.default_value);
    }
    if (section.name == "payment") file += hooks_example();
  }
  file += routes_example();
  return file;
}

execution::Settings Settings::execution() const {
  return {.gas_per_message = lua.gas_per_message,
          .gas_per_dry_run = lua.gas_per_dry_run,
          .memory_bytes = lua.memory_max,
          .output_bytes = lua.output_max,
          .outgoing_max = lua.outbox_messages_max};
}

}  // namespace ao::node
