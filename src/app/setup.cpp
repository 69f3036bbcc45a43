// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "setup.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <stdexcept>

#include "ao/crypto/key.hpp"
#include "ao/http/server.hpp"
#include "ao/node/wallet.hpp"
#include "key_commands.hpp"

namespace ao::app {
namespace {

namespace fs = std::filesystem;

void save(const crypto::Key& key, const fs::path& file) {
  if (auto saved = key.save(file); !saved) throw std::runtime_error(saved.error().text);
}

// The nearest folder that exists, where the rest would be created.
fs::path existing_parent(fs::path path) {
  path = fs::absolute(path);
  while (!fs::exists(path) && path.has_parent_path() && path != path.parent_path())
    path = path.parent_path();
  return path;
}

}  // namespace

std::string listening(const http::ServerSettings& http) {
  std::string text = http.listen;
  const auto add = [&text](const std::string& where) {
    text += (text.empty() ? "" : ", ") + where;
  };
  if (!http.tls_listen.empty()) add(http.tls_listen + " (TLS)");
  if (!http.unix_socket.empty()) add(http.unix_socket.string());
  return text;
}

int init(const fs::path& folder) {
  const fs::path settings = folder / "node.toml";
  const fs::path key_file = folder / "node-key.json";
  for (const fs::path& file : {settings, key_file})
    if (fs::exists(file)) throw std::runtime_error(file.string() + " exists already; nothing done");
  if (!fs::exists(folder)) {
    if (folder.has_parent_path()) fs::create_directories(folder.parent_path());
    if (::mkdir(folder.c_str(), 0700) != 0)
      throw std::runtime_error("cannot create " + folder.string() + ": " + std::strerror(errno));
  }
  const auto key = crypto::Key::new_ed25519();
  save(*key, key_file);
  std::ofstream file(settings);
  file << node::example_file();
  if (!file.flush()) throw std::runtime_error("cannot write " + settings.string());
  std::cout << "address   " << key->address().text << "\nkey       " << key_file.string()
            << "   (keep a copy: it is this node's identity)\nsettings  " << settings.string()
            << "\nnext      aonode --config " << settings.string() << '\n';
  return 0;
}

int check(const node::Settings& settings) {
  const auto key = crypto::Key::load(settings.node.key_file);
  if (!key) {
    std::cerr << key.error().text << '\n';
    return 2;
  }
  if (const auto checked = http::EgressPolicy::parse(settings.peers.egress); !checked) {
    std::cerr << "[peers] allowed_networks: " << checked.error().text << '\n';
    return 2;
  }
  if (const auto checked = http::Server::check(settings.http); !checked) {
    std::cerr << "[http] " << checked.error().text << '\n';
    return 2;
  }
  const auto wallet = node::load_wallet(settings.settlement);
  if (!wallet) {
    std::cerr << "[settlement] wallet_file: " << wallet.error().text << '\n';
    return 2;
  }
  const fs::path parent = existing_parent(settings.node.data_dir);
  if (::access(parent.c_str(), W_OK | X_OK) != 0) {
    std::cerr << "data_dir " << settings.node.data_dir.string() << ": " << parent.string()
              << " cannot be written\n";
    return 2;
  }
  std::cout << "settings  valid\nkey       " << description(**key) << "\ndata      "
            << settings.node.data_dir.string() << "\nlisten    " << listening(settings.http)
            << '\n';
  if (*wallet != nullptr) std::cout << "wallet    " << description(**wallet) << '\n';
  return 0;
}

}  // namespace ao::app
