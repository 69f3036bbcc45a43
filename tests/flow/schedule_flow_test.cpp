// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/running_node.hpp"

namespace ao {
namespace {

using nlohmann::json;

class ScheduleFlow : public testing::Test {
 protected:
  ScheduleFlow() : process_(node_.spawn(R"(Handlers.add("all", "Note", function() end))")) {
    for (int i = 1; i <= 7; ++i)
      messages_.push_back(node_.push(process_, "Note", std::to_string(i))["id"]);
  }

  std::string path() const { return "/" + process_.text(); }

  // The texts of an SU's page, "spawn" for the first slot.
  std::string texts(const std::string& query) {
    std::string all;
    const json found = page(query);
    for (const json& edge : found["edges"]) {
      const json message = edge["node"]["message"];
      all += message["id"] == process_.text() ? "spawn" : message["data"].get<std::string>();
      all += ' ';
    }
    return all;
  }
  json page(const std::string& query) { return node_.get(path() + "?" + query); }

  unsigned status(const std::string& target) {
    return static_cast<unsigned>(node_.fetch("GET", target).status);
  }

  test::RunningNode node_;
  ProcessId process_;
  std::vector<std::string> messages_;
};

TEST_F(ScheduleFlow, pages_by_slot_as_hyperbeam_does) {
  const auto page = [&](const std::string& query) {
    return node_.get(path() + "~process@1.0/schedule?" + query);
  };
  const json whole = page("");
  EXPECT_EQ(whole["assignments"].size(), 8u);
  EXPECT_EQ(whole["continues"], false);
  EXPECT_EQ(page("from=2&to=4")["assignments"].size(), 3u);
  EXPECT_EQ(page("from=2&to=4")["continues"], false);
  EXPECT_EQ(page("from=2&limit=2")["assignments"].size(), 2u);
  EXPECT_EQ(page("from=2&limit=2")["continues"], true);
  EXPECT_TRUE(page("from=8")["assignments"].empty());
  EXPECT_TRUE(page("from=18446744073709551615")["assignments"].empty());
  EXPECT_EQ(page("to=18446744073709551615")["assignments"].size(), 8u);
  EXPECT_EQ(status(path() + "/schedule?from=x"), 400u);
  EXPECT_EQ(status(path() + "/schedule?to=-1"), 400u);
}

TEST_F(ScheduleFlow, answers_a_device_that_names_its_process_by_a_parameter) {
  const std::string target = "target=" + process_.text();
  const json page =
      node_.get("/~scheduler@1.0/schedule?" + target + "&from=1&to=2&accept=application/aos-2");
  ASSERT_EQ(page["edges"].size(), 2u) << page;
  EXPECT_EQ(page["edges"][0]["node"]["message"]["Data"], "1");
  EXPECT_EQ(page["edges"][0]["node"]["message"]["Id"], messages_[0]);
  EXPECT_EQ(page["edges"][1]["cursor"], 2);
  EXPECT_EQ(page["page_info"]["process"], process_.text());
  EXPECT_EQ(node_.get("/~scheduler@1.0/slot?" + target)["current"], 7);
  EXPECT_EQ(status("/~scheduler@1.0/schedule?target=nobody"), 404u);
}

TEST_F(ScheduleFlow, pages_by_nonce_and_time_as_an_su_does) {
  const std::string id = "process-id=" + process_.text();
  EXPECT_EQ(texts(id), "spawn 1 2 3 4 5 6 7 ");
  EXPECT_EQ(texts("from-nonce=-1&limit=2"), "spawn 1 ");
  EXPECT_EQ(texts("from-nonce=2&to-nonce=4"), "3 4 ");
  EXPECT_EQ(texts("from-nonce=7"), "");
  EXPECT_EQ(texts("from-nonce=18446744073709551615"), "");
  EXPECT_EQ(texts("to-nonce=1"), "spawn 1 ");
  EXPECT_TRUE(page("limit=2")["page_info"]["has_next_page"]);
  EXPECT_FALSE(page("limit=8")["page_info"]["has_next_page"]);

  const auto whole = page(id);
  EXPECT_EQ(page("from-nonce=2&to-nonce=3")["edges"][0]["cursor"], "3");
  const std::string last = whole["edges"][7]["cursor"];
  EXPECT_EQ(texts("from=" + last), "");
  EXPECT_EQ(texts("to=" + last), "spawn 1 2 3 4 5 6 7 ");
  EXPECT_EQ(texts("from=0"), "spawn 1 2 3 4 5 6 7 ");
  EXPECT_EQ(texts("from=0&to=0"), "");
  EXPECT_EQ(status(path() + "?limit=many"), 400u);
  EXPECT_EQ(status(path() + "?process-id=short"), 400u);
  const std::string nobody(43, 'A');
  EXPECT_EQ(status("/" + nobody + "?process-id=" + nobody), 404u);
}

// Each page starts where the one before ended, by the cursor of its last edge.
TEST_F(ScheduleFlow, walks_a_schedule_by_cursors) {
  std::string seen;
  std::string after = "-1";
  for (int pages = 0; pages < 10; ++pages) {
    const std::string query = "from-nonce=" + after + "&limit=3";
    seen += texts(query);
    const json one = page(query);
    if (!one["page_info"]["has_next_page"]) break;
    after = one["edges"].back()["cursor"].get<std::string>();
  }
  EXPECT_EQ(seen, "spawn 1 2 3 4 5 6 7 ");
}

TEST_F(ScheduleFlow, finds_one_message_the_newest_and_the_process) {
  const std::string id = "process-id=" + process_.text();
  const json third = node_.get("/" + messages_[2] + "?" + id);
  EXPECT_EQ(third["message"]["data"], "3");
  EXPECT_EQ(third["message"]["id"], messages_[2]);
  EXPECT_EQ(node_.get(path() + "/latest?" + id)["message"]["data"], "7");
  const json process = node_.get("/processes/" + process_.text());
  EXPECT_EQ(process["process_id"], process_.text());
  EXPECT_GT(process["timestamp"], 1'600'000'000'000);
  const std::string nobody(43, 'A');
  EXPECT_EQ(status("/" + nobody + "?" + id), 400u);
  EXPECT_EQ(status("/processes/" + nobody), 404u);
}

TEST_F(ScheduleFlow, tells_the_time_and_who_schedules) {
  EXPECT_EQ(node_.get("/?process-id=" + process_.text())["address"], node_.address().text);
  EXPECT_EQ(status("/?process-id=" + std::string(43, 'A')), 404u);
  const json now = node_.get("/timestamp");
  EXPECT_GT(std::stoull(now["timestamp"].get<std::string>()), 1'600'000'000'000u);
}

}  // namespace
}  // namespace ao
