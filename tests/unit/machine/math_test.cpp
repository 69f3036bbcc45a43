// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <regex>
#include <sstream>

#include "machine_fixture.hpp"
#include "support/workbench.hpp"

namespace ao::machine {
namespace {

// What the lines of the table use. A `sweep` is a digest of 4,000 results, at arguments of either
// sign from 2^low to 2^high.
constexpr const char* kPrelude = R"(
  function power(x, y) return x ^ y end
  function logarithm(base) return function(x) return math.log(x, base) end end
  function angle(x) return math.atan(x, 0.7) end
  local function hex(bytes)
    return (bytes:gsub('.', function(c) return ('%02x'):format(c:byte()) end))
  end
  function sweep(f, low, high, last)
    math.randomseed(1, 2)
    local results = {}
    for i = 1, 4000 do
      local x = (1 + math.random()) * 2.0 ^ math.random(low, high - 1)
      if i % 2 == 0 then x = -x end
      results[i] = string.pack('<d', f(x, last))
    end
    return hex(host.sha256(table.concat(results)):sub(1, 8))
  end
  function told(value) return type(value) == 'number' and ('%a'):format(value) or value end)";

struct Line {
  std::string expression;
  std::string result;
};

std::vector<Line> table() {
  std::istringstream lines(test::read_file(test::source_folder() / "tests/fixtures/math.txt"));
  std::vector<Line> table;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with("--")) continue;
    const auto end = line.find(" = ");
    if (end == std::string::npos) throw std::runtime_error("math.txt: " + line);
    table.push_back({line.substr(0, end), line.substr(end + 3)});
  }
  return table;
}

class Math : public testing::Test {
 protected:
  void SetUp() override {
    EXPECT_EQ(instance_->load({"prelude", kPrelude}, kAmple).ending, Ending::kReturned);
  }
  std::string told(const std::string& expression) {
    return text_of(ask(*instance_, "return told(" + expression + ")").value);
  }

  std::unique_ptr<Instance> instance_ = open_instance();
};

TEST_F(Math, has_the_bits_of_the_table) {
  const std::vector<Line> lines = table();
  EXPECT_GT(lines.size(), 200u);
  for (const Line& line : lines)
    EXPECT_EQ(told(line.expression), line.result) << line.expression;
}

TEST_F(Math, has_the_same_bits_where_the_compiler_calculates) {
  const std::regex power(R"(power\(([^,]+), ([^,]+)\))");
  std::size_t found = 0;
  for (const Line& line : table()) {
    std::smatch parts;
    if (!std::regex_match(line.expression, parts, power)) continue;
    ++found;
    EXPECT_EQ(told("(" + parts[1].str() + ") ^ (" + parts[2].str() + ")"), line.result)
        << line.expression;
  }
  EXPECT_GT(found, 40u);
}

}  // namespace
}  // namespace ao::machine
