// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "command_line.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "client.hpp"
#include "db_commands.hpp"
#include "delivery_commands.hpp"
#include "key_commands.hpp"
#include "replay_command.hpp"
#include "run.hpp"
#include "settlement_commands.hpp"
#include "setup.hpp"

extern char** environ;

namespace ao::app {
namespace {

constexpr const char* kIntroduction =
    "aonode: a node of the AO network. It orders signed messages into processes, durably, runs "
    "their "
    "Lua handlers, and delivers what they send.\n\n"
    "First time: `aonode init mynode`, then `aonode --config mynode/node.toml`.\n"
    "Every option of node.toml is a flag as well: --http.listen 127.0.0.1:8080";

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos)
      variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return variables;
}

// NAME=VALUE arguments. Throws std::runtime_error for one without a name.
message::Tags tags_from(const std::vector<std::string>& texts) {
  message::Tags tags;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
      throw std::runtime_error("a tag is NAME=VALUE, not '" + text + "'");
    tags.push_back({text.substr(0, equals), text.substr(equals + 1)});
  }
  return tags;
}

std::string whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

class CommandLine {
 public:
  CommandLine() : app_(kIntroduction, "aonode") {
    app_.set_version_flag("--version", "aonode " AO_VERSION);
    app_.require_subcommand(0, 1);
    add_node_options(app_);
    add_node_options(
        *subcommand("run", "Run the node (the same as no command)", [this] { return run(); }));
    add_setup_commands();
    add_db_commands();
    add_replay_command();
    add_client_commands();
    add_settlement_commands();
  }

  int parse_and_run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? 0 : 2;
    }
    return command_ ? command_() : run();
  }

 private:
  using Command = std::function<int()>;
  using DbCommand = std::function<int(const DbOptions&)>;

  CLI::App* subcommand(const std::string& name, const std::string& about, Command command) {
    CLI::App* made = app_.add_subcommand(name, about);
    made->callback([this, command = std::move(command)] { command_ = command; });
    return made;
  }

  void add_node_options(CLI::App& app) {
    app.add_option("--config", config_,
                   "The settings file (default: ./node.toml when there is one)");
    app.add_flag("--check-config", check_only_, "Tell what is wrong with the settings, and stop");
    for (const node::OptionText& option : node::option_texts()) {
      const std::string name = option.section + '.' + option.key;
      app.add_option_function<std::string>(
             "--" + name,
             [this, name](const std::string& value) { flags_.emplace_back(name, value); },
             option.type)
          ->group("Settings (config/node.toml explains them)");
    }
  }

  void add_setup_commands() {
    auto* init_command = subcommand("init", "Make a node's folder: settings and a key",
                                    [this] { return init(folder_); });
    init_command->add_option("FOLDER", folder_, "Where (default: here)");
    add_key_commands();
  }

  // The way to add commands to a family: `aonode key new`.
  auto family(const char* name, const char* about) {
    CLI::App* members = app_.add_subcommand(name, about);
    members->require_subcommand(1);
    return [this, members](const char* member, const char* member_about, Command command) {
      CLI::App* made = members->add_subcommand(member, member_about);
      made->callback([this, command = std::move(command)] { command_ = command; });
      return made;
    };
  }

  void add_key_commands() {
    const auto add = family("key", "Make, show, import or export key files");
    auto* make = add("new", "Make a key, never over another",
                     [this] { return new_key(key_type_, key_file_); });
    make->add_option("FILE", key_file_)->required();
    make->add_option("--type", key_type_, "ed25519, rsa (an Arweave wallet) or ethereum")
        ->check(CLI::IsMember({"ed25519", "rsa", "ethereum"}));
    auto* show = add("show", "Print its type, address and public key",
                     [this] { return show_key(key_file_, key_as_json_); });
    show->add_option("FILE", key_file_)->required();
    show->add_flag("--json", key_as_json_, "As JSON");
    auto* import = add("import", "Make a key file of a key in another form, never over another",
                       [this] { return import_key(key_source_, hex_type_, key_file_); });
    import
        ->add_option("SOURCE", key_source_,
                     "A JSON Web Key, PEM, or 32 bytes in hexadecimal digits; - is standard input")
        ->required();
    import->add_option("FILE", key_file_)->required();
    import->add_option("--type", hex_type_, "Of hexadecimal digits: ethereum (default) or ed25519")
        ->check(CLI::IsMember({"ed25519", "ethereum"}));
    auto* write = add("export", "Print a key to standard output",
                      [this] { return export_key(key_file_, export_); });
    write->add_option("FILE", key_file_)->required();
    write->add_flag("--public", export_.is_public, "Without the private part");
    write->add_option("--format", export_.format, "jwk (default), hex or pem")
        ->check(CLI::IsMember({"jwk", "hex", "pem"}));
    write->add_flag("--force", export_.to_terminal, "A private key even to a terminal");
  }

  void add_db_commands() {
    const auto add_one = family("db", "Measure, prove, compact or copy a stopped node's store");
    const auto add = [&](const char* name, const char* about, DbCommand command) {
      CLI::App* made =
          add_one(name, about, [this, command = std::move(command)] { return on_store(command); });
      made->add_option("--config", config_, "The node's settings file (default: ./node.toml)");
      made->add_option("--store", store_, "The store's folder, without settings or key");
      made->add_flag("--quiet", quiet_, "Without telling how far it is");
      return made;
    };
    auto* stats = add("stats", "Print what the store holds, by table and process",
                      [this](const DbOptions& db) { return db_stats(db, db_as_json_); });
    stats->add_flag("--json", db_as_json_, "As JSON");
    auto* verify = add("verify", "Prove every record; fails when there is a fault",
                       [this](const DbOptions& db) { return db_verify(db, fast_); });
    verify->add_flag("--fast", fast_, "Without signatures");
    add("compact", "Rewrite the tables without what was removed", db_compact);
    auto* backup = add("backup", "Copy the store to a new folder, and compare the copy",
                       [this](const DbOptions& db) { return db_backup(db, path_); });
    backup->add_option("FOLDER", path_)->required();
    auto* restore = add("restore", "Copy a backup to where no store is yet",
                        [this](const DbOptions& db) { return db_restore(db, path_); });
    restore->add_option("FOLDER", path_)->required();
    auto* write = add("export", "Write schedules to a new file, as a bundle that others can read",
                      [this](const DbOptions& db) { return db_export(db, process_, path_); });
    write->add_option("FILE", path_)->required();
    write->add_option("--process", process_, "One process and its module (default: everything)");
    auto* import = add("import", "Take over what such a bundle holds and this store lacks",
                       [this](const DbOptions& db) { return db_import(db, path_, is_foreign_); });
    import->add_option("FILE", path_)->required();
    import->add_flag("--foreign-scheduler", is_foreign_, "Assignments of any signer");
    for (CLI::App* command : {verify, import})
      command
          ->add_option("--scheduler", schedulers_,
                       "An address that has signed assignments too, any number of times")
          ->allow_extra_args(false);  // what follows its address is the file
  }

  void add_replay_command() {
    auto* made = subcommand(
        "replay", "Evaluate a stopped node's process again, and see a slot from inside", [this] {
          return on_store([this](const DbOptions& db) {
            const auto settings = load_settings();
            return settings ? replay(db, *settings, replay_) : 2;
          });
        });
    made->add_option("--process", replay_.process, "Its id")->required();
    made->add_option("--slot", replay_.slot, "Up to this one (default: all)");
    made->add_flag("--trace", replay_.trace, "Print each line that the last slot runs");
    made->add_flag("--json", replay_.as_json, "Print the outcome of the last slot as it is stored");
    made->add_option("--config", config_, "The node's settings file (default: ./node.toml)");
    made->add_option("--store", store_, "The store's folder: a node's, a backup, or an import");
  }

  CLI::App* client_command(const std::string& name, const std::string& about, Command command) {
    CLI::App* made = subcommand(name, about, std::move(command));
    made->add_option("--node", client_.node, "The node's URL")->envname("AONODE_URL");
    made->add_option("--key", client_.key_file, "The key that signs")->envname("AONODE_KEY");
    made->add_flag("--json", client_.as_json, "Print the node's answer as it is");
    return made;
  }

  void add_client_commands() {
    auto* spawn =
        client_command("spawn", "Start a process from a Lua file or a module's id",
                       [this] { return Client(client_).spawn(module_, tags_from(tags_), data()); });
    spawn->add_option("MODULE", module_, "A Lua file, a module's id, or aos")->required();
    auto* send = client_command("send", "Send a process a message and print the result", [this] {
      return Client(client_).send(process_, tags_with_action(), data());
    });
    send->add_option("PROCESS", process_)->required();
    send->add_option("--action", action_, "Tag Action");
    for (CLI::App* command : {spawn, send}) {
      command->add_option("--tag", tags_, "NAME=VALUE, any number of times")
          ->allow_extra_args(false);  // what follows it is the process, or the file
      auto* text = command->add_option("--data", data_, "The message's data");
      command->add_option("--data-file", data_file_, "The data, from a file")->excludes(text);
    }
    auto* eval = client_command("eval", "Run Lua in a process that you own", [this] {
      action_ = "Eval";
      return Client(client_).send(process_, tags_with_action(), data_);
    });
    eval->add_option("PROCESS", process_)->required();
    eval->add_option("CODE", data_, "Lua; an expression prints its value")->required();
    auto* result = client_command("result", "Print the result of a slot",
                                  [this] { return Client(client_).result(process_, slot_); });
    result->add_option("PROCESS", process_)->required();
    result->add_option("SLOT", slot_)->required();
    auto* inspect = client_command("inspect", "Print what a process shows",
                                   [this] { return Client(client_).inspect(process_, path_); });
    inspect->add_option("PROCESS", process_)->required();
    inspect->add_option("PATH", path_, "For example balances/ADDRESS");
    auto* traced = client_command("trace", "Follow a message and what came of it, across nodes",
                                  [this] { return trace(client_, trace_); });
    traced->add_option("MESSAGE", trace_.message)->required();
    traced->add_option("--depth", trace_.depth, "Of messages that come of messages")
        ->capture_default_str();
    auto* letters = client_command("dead-letters", "List what could not be delivered",
                                   [this] { return dead_letters(client_, retry_); });
    letters->add_option("--retry", retry_, "SENDER/SLOT/INDEX, or all: send it once more");
  }

  void add_settlement_commands() {
    const auto add_one =
        family("settlement", "See what is on Arweave, prove it, and rebuild processes from there");
    const auto add = [&](const char* name, const char* about, Command command) {
      CLI::App* made = add_one(name, about, std::move(command));
      made->add_option("--node", client_.node, "The node's URL")->envname("AONODE_URL");
      made->add_option("--key", client_.key_file, "The key that signs")->envname("AONODE_KEY");
      made->add_flag("--json", client_.as_json, "Print the node's answer as it is");
      return made;
    };
    auto* status = add("status", "Print the backlog, or where a message is on its way",
                       [this] { return settlement_status(client_, path_); });
    status->add_option("ID,--id", path_, "A message, process or module (default: the node)");
    auto* list = add("list", "List the bundles that are not confirmed",
                     [this] { return settlement_list(client_, slot_); });
    list->add_option("--from", slot_, "All bundles from this number on");
    auto* again = add("retry", "Send a bundle at once, as the node's operator",
                      [this] { return settlement_retry(client_, path_); });
    again->add_option("BUNDLE", path_, "Its number, or all")->required();
    auto* verify =
        add("verify", "Prove a process as a gateway has it, and that the node has the same",
            [this] { return settlement_verify(client_, retrieval()); });
    verify->add_flag("--alone", retrieval_.is_alone, "Compare it with no node");
    auto* recover =
        add_one("recover", "Put a process from a gateway into a stopped node's store, or a new one",
                [this] {
                  return on_store(
                      [this](const DbOptions& db) { return settlement_recover(db, retrieval()); });
                });
    recover->add_option("--config", config_, "The node's settings file (default: ./node.toml)");
    recover->add_option("--store", store_, "The store's folder, without settings or key");
    recover->add_flag("--foreign-scheduler", retrieval_.is_foreign_allowed,
                      "Take over assignments of any signer that the process names");
    for (CLI::App* command : {verify, recover}) {
      command->add_option("PROCESS,--process", retrieval_.process)->required();
      command->add_option("--gateway", retrieval_.gateway, "The gateway's URL")->required();
      command->add_option("--scheduler", schedulers_, "An address that has signed assignments")
          ->allow_extra_args(false);
      command->add_flag("--all-bundles", retrieval_.all_bundles,
                        "Look into all bundles of the scheduler, not those that name the process");
      command->add_flag("--quiet", quiet_, "Without telling how far it is");
    }
  }

  RetrievalOptions retrieval() const {
    RetrievalOptions options = retrieval_;
    options.quiet = quiet_;
    for (const std::string& address : schedulers_)
      options.schedulers.insert(Address{address});
    return options;
  }

  message::Tags tags_with_action() const {
    message::Tags tags = tags_from(tags_);
    if (!action_.empty()) tags.insert(tags.begin(), {"Action", action_});
    return tags;
  }

  std::string data() const { return data_file_.empty() ? data_ : whole_file(data_file_); }

  int run() {
    const auto settings = load_settings();
    if (!settings) return 2;
    return check_only_ ? check(*settings) : run_node(*settings);
  }

  int on_store(const DbCommand& command) {
    start_db_log(quiet_);
    DbOptions db;
    db.quiet = quiet_;
    for (const std::string& address : schedulers_)
      db.schedulers.insert(Address{address});
    if (!store_.empty()) {
      db.store.directory = store_;
      return command(db);
    }
    const auto settings = load_settings();
    if (!settings) return 2;
    db.store = settings->store;
    db.key_file = settings->node.key_file;
    return command(db);
  }

  // Complains itself.
  std::optional<node::Settings> load_settings() const {
    node::Sources sources;
    if (!config_.empty()) {
      sources.file = config_;
    } else if (std::filesystem::exists("node.toml")) {
      sources.file = "node.toml";
    }
    sources.environment = environment();
    sources.flags = flags_;
    auto settings = node::Settings::load(sources);
    if (settings) return std::move(*settings);
    for (const std::string& complaint : settings.error())
      std::cerr << complaint << '\n';
    return std::nullopt;
  }

  CLI::App app_;
  Command command_;
  std::string config_, folder_ = ".", key_file_, key_type_ = "ed25519";
  std::string key_source_, hex_type_ = "ethereum";
  ExportOptions export_;
  ReplayOptions replay_;
  std::string module_, process_, action_, data_, data_file_, slot_, path_;
  std::vector<std::string> tags_;
  std::vector<std::pair<std::string, std::string>> flags_;
  ClientOptions client_;
  TraceOptions trace_;
  RetrievalOptions retrieval_;
  std::string retry_;
  std::string store_;
  std::vector<std::string> schedulers_;
  bool quiet_ = false, db_as_json_ = false, fast_ = false, is_foreign_ = false;
  bool check_only_ = false, key_as_json_ = false;
};

}  // namespace

int run_command_line(int argc, char** argv) {
  try {
    return CommandLine().parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}

}  // namespace ao::app
