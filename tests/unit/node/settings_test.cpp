// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/node/settings.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "../../../src/node/settings_schema.hpp"
#include "support/workbench.hpp"

namespace ao::node {
namespace {

namespace fs = std::filesystem;
using Complaints = std::vector<std::string>;

class SettingsTest : public testing::Test {
 protected:
  SettingsTest() {
    std::string name = (fs::temp_directory_path() / "ao-settings-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
  }
  ~SettingsTest() override { fs::remove_all(folder_); }

  fs::path file() const { return folder_ / "node.toml"; }

  Sources with_file(const std::string& text) const {
    std::ofstream(file()) << text;
    Sources sources;
    sources.file = file();
    return sources;
  }

  // Complaints without the temporary folder in front of node.toml.
  Complaints complaints(const Sources& sources) const {
    auto loaded = Settings::load(sources);
    if (loaded) return {};
    for (std::string& line : loaded.error())
      if (line.starts_with(folder_.string())) line.erase(0, folder_.string().size() + 1);
    return loaded.error();
  }

  const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

Sources with_environment(const std::string& name, const std::string& value) {
  Sources sources;
  sources.environment = {{name, value}};
  return sources;
}

// A default as an environment variable or flag holds it: without TOML's quotes and brackets.
std::string untyped(std::string toml) {
  std::erase_if(toml, [](char c) { return c == '"' || c == '[' || c == ']' || c == ' '; });
  return toml;
}

// Everything that was loaded, apart from paths, which load() makes relative to the file.
Complaints shown(const Settings& settings) {
  Complaints lines;
  for (const Option& option : schema())
    if (option.section != "node")
      lines.push_back(flag_name(option) + " = " + option.kind.show(settings));
  return lines;
}

TEST_F(SettingsTest, every_option_stands_in_the_example_with_its_default) {
  const auto untouched = Settings::load(with_file(example_file()));
  ASSERT_TRUE(untouched);

  std::istringstream lines(example_file());
  std::string uncommented;
  std::size_t options = 0;
  for (std::string line; std::getline(lines, line);) {
    const bool is_option = std::ranges::any_of(option_texts(), [&line](const OptionText& option) {
      return line == "# " + option.key + " = " + option.default_value;
    });
    if (is_option) ++options;
    uncommented += (is_option ? line.substr(2) : line) + '\n';
  }
  EXPECT_EQ(options, schema().size());
  const auto written_out = Settings::load(with_file(uncommented));
  ASSERT_TRUE(written_out) << written_out.error().front();
  EXPECT_EQ(shown(*written_out), shown(*untouched));
  EXPECT_EQ(written_out->node.data_dir, untouched->node.data_dir);
}

TEST_F(SettingsTest, the_example_in_config_is_the_one_that_init_writes) {
  std::ifstream stream(test::source_folder() / "config/node.toml", std::ios::binary);
  ASSERT_TRUE(stream) << "config/node.toml is missing";
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  EXPECT_EQ(text, example_file());
}

TEST_F(SettingsTest, flags_go_before_the_environment_and_that_before_the_file) {
  Sources sources = with_file("[lua]\nmemory_max = \"16MiB\"\n");
  EXPECT_EQ(Settings::load(Sources())->lua.memory_max, 64U << 20);
  EXPECT_EQ(Settings::load(sources)->lua.memory_max, 16U << 20);
  sources.environment["AONODE_LUA_MEMORY_MAX"] = "32MiB";
  EXPECT_EQ(Settings::load(sources)->lua.memory_max, 32U << 20);
  sources.flags = {{"lua.memory_max", "48MiB"}};
  EXPECT_EQ(Settings::load(sources)->lua.memory_max, 48U << 20);
}

TEST_F(SettingsTest, there_is_room_for_the_largest_body) {
  Sources sources;
  sources.flags = {{"admission.verify_queue_bytes_max", "10MiB"}};
  EXPECT_EQ(complaints(sources), Complaints());
  sources.flags = {{"admission.verify_queue_bytes_max", "9MiB"}};
  EXPECT_EQ(complaints(sources),
            Complaints({"[admission] verify_queue_bytes_max is less than [http] body_bytes_max"}));
  sources.flags = {{"http.bodies_bytes_max", "9MiB"}};
  EXPECT_EQ(complaints(sources),
            Complaints({"[http] bodies_bytes_max is less than body_bytes_max"}));
}

TEST_F(SettingsTest, every_option_has_an_environment_variable_and_a_flag) {
  for (const OptionText& option : option_texts()) {
    const std::string value = untyped(option.default_value);
    EXPECT_EQ(complaints(with_environment(option.environment, value)), Complaints());
    Sources sources;
    sources.flags = {{option.section + '.' + option.key, value}};
    EXPECT_EQ(complaints(sources), Complaints());
    // Each is really read: nothing accepts a line break.
    if (option.type != "path" && option.type != "list of strings") {
      EXPECT_EQ(complaints(with_environment(option.environment, "\n")).size(), 1U)
          << option.environment;
    }
  }
}

TEST_F(SettingsTest, a_complaint_names_line_column_and_key_and_says_what_would_do) {
  EXPECT_EQ(complaints(with_file("[lua]\nmemory_max = \"64MX\"\n")),
            Complaints{"node.toml:2:14: [lua] memory_max: \"64MX\" is not a size (try \"64MiB\")"});
  EXPECT_EQ(complaints(with_file("[http]\nheader_timeout = \"10\"\n")),
            Complaints{"node.toml:2:18: [http] header_timeout: \"10\" is not a duration "
                       "(try \"10s\")"});
  EXPECT_EQ(complaints(with_environment("AONODE_HTTP_LISTEN", "8734")),
            Complaints{"AONODE_HTTP_LISTEN: \"8734\" is not HOST:PORT with a port from 0 to 65535 "
                       "(try \"127.0.0.1:8734\")"});
  Sources flag;
  flag.flags = {{"log.level", "loud"}};
  EXPECT_EQ(complaints(flag), Complaints{"--log.level: \"loud\" is none of trace, debug, info, "
                                         "warn, error, off"});
}

TEST_F(SettingsTest, complains_about_everything_at_once) {
  Sources sources = with_file("[lua]\nmemory_max = \"2GiB\"\noutput_max = 7\n[wat]\n");
  sources.environment["AONODE_THREADS_NET"] = "none";
  sources.flags = {{"log.format", "xml"}};
  const Complaints all = complaints(sources);
  ASSERT_EQ(all.size(), 5U);
  for (const char* expected : {"[lua] memory_max: \"2GiB\" is more than the most, 1GiB",
                               "[lua] output_max: 7 is not a size", "unknown section [wat]",
                               "AONODE_THREADS_NET: ", "--log.format: "}) {
    const auto names_it = [expected](const std::string& line) {
      return line.find(expected) != line.npos;
    };
    EXPECT_EQ(std::ranges::count_if(all, names_it), 1) << expected;
  }
}

TEST_F(SettingsTest, settlement_goes_one_way_and_names_who_pays) {
  const auto refusal = [this](const std::string& lines) {
    const Complaints all = complaints(with_file("[settlement]\n" + lines));
    return all.size() == 1 ? all.front() : fmt::format("{} complaints", all.size());
  };
  const std::string nodes = "node_urls = [\"https://a.example\"]\n";
  const std::string wallet = "wallet_file = \"wallet.json\"\n";
  const std::string limit = "spend_max_winston = 1000\n";
  EXPECT_EQ(refusal(nodes + wallet + limit), "0 complaints");
  EXPECT_NE(refusal(nodes + wallet + limit + "bundler_urls = [\"https://b.example\"]")
                .find("bundler_urls and node_urls"),
            std::string::npos);
  EXPECT_NE(refusal(nodes + limit).find("needs wallet_file"), std::string::npos);
  EXPECT_NE(refusal(nodes + wallet).find("needs spend_max_winston"), std::string::npos);
  EXPECT_NE(refusal(wallet).find("wallet_file pays for node_urls"), std::string::npos);
  EXPECT_NE(refusal(limit).find("are for node_urls"), std::string::npos);
  EXPECT_NE(refusal(nodes + wallet + limit + "price_max_winston = 1001")
                .find("more than spend_max_winston"),
            std::string::npos);
  const auto loaded = Settings::load(with_file("[settlement]\n" + nodes + wallet + limit));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->settlement.wallet_file, folder() / "wallet.json") << "beside the settings";
}

TEST_F(SettingsTest, routes_are_tables_in_the_order_of_their_priority) {
  const auto settings = Settings::load(with_file(R"(
[[routes]]
template = { path = "^/x", method = "POST" }
nodes = [{ prefix = "https://a.example", weight = 2 }, { prefix = "https://b.example" }]
parallel = true

[[routes]]
template = "^/y"
node = "https://c.example/z"
priority = 1.5
)"));
  ASSERT_TRUE(settings) << settings.error().front();
  const auto said = settings->relay.routes.said();
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0].text("node"), "https://c.example/z");
  EXPECT_EQ(said[1].find("nodes")->list()->size(), 2U);
  EXPECT_TRUE(settings->relay.routes.match({"/y", {}}));
}

TEST_F(SettingsTest, a_route_or_an_allowed_place_that_is_none_is_complained_about) {
  const auto wrong =
      complaints(with_file("[[routes]]\nnode = \"ftp://a.example\"\n"
                           "[[routes]]\nnode = 1979-05-27\n"
                           "[[routes]]\nnodee = \"https://a.example\"\n"));
  ASSERT_EQ(wrong.size(), 3U);
  EXPECT_TRUE(wrong[0].starts_with("node.toml:1:1: [[routes]] the URL ftp://a.example"))
      << wrong[0];
  EXPECT_TRUE(wrong[1].starts_with("node.toml:3:1: [[routes]] a route holds no dates")) << wrong[1];
  EXPECT_TRUE(wrong[2].starts_with("node.toml:5:1: [[routes]] a route has no key 'nodee'"))
      << wrong[2];
  EXPECT_EQ(complaints(with_file("[routes]\nnode = 1\n")),
            Complaints{"node.toml:1:1: routes are tables: write [[routes]]"});
  const auto nowhere = complaints(with_file("[relay]\nallow = [\"a.example\"]\n"));
  ASSERT_EQ(nowhere.size(), 1U);
  EXPECT_TRUE(nowhere[0].starts_with("[relay] allow: the URL a.example")) << nowhere[0];
}

TEST_F(SettingsTest, suggests_the_name_that_was_probably_meant) {
  EXPECT_EQ(complaints(with_file("[lua]\nmemory_mx = \"64MiB\"\n")),
            Complaints{"node.toml:2:1: [lua] unknown key memory_mx, did you mean memory_max?"});
  EXPECT_EQ(complaints(with_environment("AONODE_HTTP_LISTEM", "127.0.0.1:1")),
            Complaints{"AONODE_HTTP_LISTEM: no such option, did you mean AONODE_HTTP_LISTEN?"});
  const Complaints section = complaints(with_file("[htp]\nlisten = \"127.0.0.1:1\"\n"));
  ASSERT_EQ(section.size(), 1U);
  EXPECT_NE(section[0].find("unknown section [htp], did you mean http?"), std::string::npos);
  EXPECT_EQ(complaints(with_file("[log]\nentirely_different = 1\n")),
            Complaints{"node.toml:2:1: [log] unknown key entirely_different"});
}

TEST_F(SettingsTest, an_old_name_is_refused_with_the_new_one) {
  const std::string url = "https://gateway.example";
  EXPECT_EQ(complaints(with_file("[settlement]\ngateway_urls = [\"" + url + "\"]\n")),
            Complaints{"node.toml:2:1: [settlement] gateway_urls is called [gateway] urls now"});
  EXPECT_EQ(complaints(with_environment("AONODE_SETTLEMENT_GATEWAY_URLS", url)),
            Complaints{"AONODE_SETTLEMENT_GATEWAY_URLS is called AONODE_GATEWAY_URLS now"});
}

TEST_F(SettingsTest, leaves_alone_what_is_not_its_own_in_the_environment) {
  Sources sources;
  sources.environment = {{"AONODE_URL", "x"}, {"AONODE_KEY", "y"}, {"PATH", "/bin"}};
  EXPECT_EQ(complaints(sources), Complaints());
}

TEST_F(SettingsTest, refuses_a_file_that_is_no_toml_or_is_not_there) {
  const Complaints broken = complaints(with_file("[lua]\nmemory_max = = 3\n"));
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_TRUE(broken[0].starts_with("node.toml:2:")) << broken[0];
  Sources absent;
  absent.file = folder() / "absent.toml";
  EXPECT_EQ(complaints(absent), Complaints{"absent.toml: cannot be read"});
}

TEST_F(SettingsTest, refuses_values_of_another_type) {
  for (const char* line :
       {"[lua]\nmemory_max = 64", "[lua]\ngas_per_message = \"1000\"",
        "[lua]\ngas_per_message = 1.5", "[lua]\ngas_per_message = -1", "[http]\nlisten = 8734",
        "[http]\nidle_timeout = 60", "[log]\nlevel = true", "[lua]\nbuiltin_modules = \"aos\"",
        "[lua]\nbuiltin_modules = [1]", "[lua]\nbuiltin_modules = [\"aos\", \"\"]", "lua = 3"})
    EXPECT_EQ(complaints(with_file(line)).size(), 1U) << line;
}

TEST_F(SettingsTest, accepts_each_limit_and_nothing_beyond_it) {
  struct Case {
    const char* name;
    const char* accepted;
    const char* refused;
  };
  for (const Case& each :
       {Case{"AONODE_LUA_MEMORY_MAX", "4MiB", "4095KiB"},
        Case{"AONODE_LUA_MEMORY_MAX", "1GiB", "1025MiB"}, Case{"AONODE_THREADS_NET", "64", "65"},
        Case{"AONODE_THREADS_NET", "1", "0"}, Case{"AONODE_HTTP_PUSH_WAIT", "1h", "3601s"},
        Case{"AONODE_HTTP_HEADER_TIMEOUT", "1s", "999ms"},
        Case{"AONODE_HTTP_HEADER_TIMEOUT", "2000ms", "1500ms"},
        Case{"AONODE_HTTP_LISTEN", "[::1]:0", "[::1]"},
        Case{"AONODE_HTTP_LISTEN", "localhost:65535", "localhost:65536"},
        Case{"AONODE_LUA_MEMORY_MAX", "64MiB", "99999999999999999999MiB"},
        Case{"AONODE_LUA_MEMORY_MAX", "64MiB", "18446744073709551615GiB"}}) {
    EXPECT_EQ(complaints(with_environment(each.name, each.accepted)), Complaints());
    EXPECT_EQ(complaints(with_environment(each.name, each.refused)).size(), 1U) << each.refused;
  }
}

TEST_F(SettingsTest, refuses_limits_that_contradict_each_other) {
  for (const char* text : {"[http]\nheader_field_bytes_max = \"1MiB\"",
                           "[http]\nconnections_max = 10", "[lua]\ngas_per_message = 1000"})
    EXPECT_EQ(complaints(with_file(text)).size(), 1U) << text;
}

TEST_F(SettingsTest, relative_paths_start_where_they_were_written) {
  Sources sources = with_file("[node]\ndata_dir = \"kept/here\"\n");
  const auto from_file = Settings::load(sources);
  ASSERT_TRUE(from_file);
  EXPECT_EQ(from_file->node.data_dir, folder() / "kept/here");
  EXPECT_EQ(from_file->node.key_file, folder() / "node-key.json");
  EXPECT_EQ(from_file->store.directory, folder() / "kept/here/store");
  sources.flags = {{"node.data_dir", "elsewhere"}};
  EXPECT_EQ(Settings::load(sources)->node.data_dir, "elsewhere");
}

TEST_F(SettingsTest, no_cpu_threads_means_one_for_each_core) {
  EXPECT_GE(Settings::load(with_environment("AONODE_THREADS_CPU", "0"))->threads.cpu, 1U);
  EXPECT_EQ(Settings::load(with_environment("AONODE_THREADS_CPU", "3"))->threads.cpu, 3U);
}

TEST_F(SettingsTest, hooks_are_read_in_their_order) {
  const auto settings = Settings::load(with_file(R"([payment]
pricing = "simple-pay@1.0"
price = 10
[[hooks]]
on = "response"
path = "/~message@1.0&a=b/a"
result = "ignore"
timeout = "5s"
[[hooks]]
on = "request"
device = "p4@1.0"
)"));
  ASSERT_TRUE(settings) << settings.error().front();
  const auto& hooks = settings->gate.hooks;
  ASSERT_EQ(hooks.size(), 2U);
  EXPECT_EQ(hooks[0].on, api::Hook::On::kResponse);
  EXPECT_EQ(hooks[0].path, "/~message@1.0&a=b/a");
  EXPECT_EQ(hooks[0].result, api::Hook::Result::kIgnore);
  EXPECT_EQ(hooks[0].timeout.count(), 5'000);
  EXPECT_EQ(hooks[1].device, "p4@1.0");
  EXPECT_EQ(hooks[1].timeout.count(), 2'000);
}

TEST_F(SettingsTest, a_hook_that_is_none_is_told_with_its_line) {
  const auto told = [&](const std::string& hook) {
    const auto lines = complaints(with_file("[[hooks]]\n" + hook + "\n"));
    return lines.empty() ? std::string("none") : lines.front();
  };
  EXPECT_EQ(told("on = \"request\"\npath = \"/a/b\""), "none");
  EXPECT_EQ(told("on = \"start\"\npath = \"/a/b\""),
            "node.toml:1:1: [[hooks]] on: 'start' is neither \"request\" nor \"response\"");
  EXPECT_NE(told("on = \"request\"").find("a path or a device"), std::string::npos);
  EXPECT_NE(told("on = \"request\"\npath = \"a\"").find("slash"), std::string::npos);
  EXPECT_NE(told("on = \"request\"\npath = \"/a\"\nwhen = \"now\"").find("unknown key when"),
            std::string::npos);
  EXPECT_NE(told("on = \"request\"\npath = \"/a\"\ntimeout = 5").find("duration"),
            std::string::npos);
  EXPECT_NE(told("on = \"response\"\ndevice = \"p4@1.0\"").find("p4@1.0 is asked on"),
            std::string::npos);
  EXPECT_NE(told("on = \"request\"\ndevice = \"x@1.0\"").find("x@1.0"), std::string::npos);
  EXPECT_NE(complaints(with_file("[hooks]\non = \"request\"\n")).front().find("[[hooks]]"),
            std::string::npos);
}

TEST_F(SettingsTest, payment_needs_what_belongs_to_it) {
  const auto with = [&](const std::string& payment, const std::string& device) {
    const std::string hook =
        device.empty() ? "" : "[[hooks]]\non = \"request\"\ndevice = \"" + device + "\"\n";
    return complaints(with_file("[payment]\n" + payment + "\n" + hook)).size();
  };
  EXPECT_EQ(with("pricing = \"simple-pay@1.0\"\nprice = 1", "p4@1.0"), 0U);
  EXPECT_EQ(with("pricing = \"simple-pay@1.0\"\nprice = 1", ""), 1U) << "nobody asks it";
  EXPECT_EQ(with("", "p4@1.0"), 1U) << "there is nothing to ask";
  EXPECT_EQ(with("pricing = \"simple-pay@1.0\"", "p4@1.0"), 1U) << "no price";
  EXPECT_EQ(with("pricing = \"cheap\"", "p4@1.0"), 1U);
  EXPECT_EQ(with("pricing = \"faff@1.0\"", "p4@1.0"), 1U) << "nobody is served";
  EXPECT_EQ(with("", "faff@1.0"), 1U);
  const std::string address(43, 'A');
  EXPECT_EQ(with("allow = [\"" + address + "\"]", "faff@1.0"), 0U);
  EXPECT_EQ(with("allow = [\"alice\"]", "faff@1.0"), 1U);
  EXPECT_EQ(with("ledger = \"" + address + "\"", ""), 0U) << "a process";
  EXPECT_EQ(with("ledger = \"nobody\"", ""), 1U);
  EXPECT_EQ(with("free_routes = [\"GET /*\", \"/a\"]", ""), 0U);
  EXPECT_EQ(with("free_routes = [\"GET\"]", ""), 1U);
}

}  // namespace
}  // namespace ao::node
