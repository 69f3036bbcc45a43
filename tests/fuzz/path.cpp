// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "api/path.hpp"

#include <algorithm>

#include "fuzz/fuzz.hpp"

namespace ao::api {
namespace {

constexpr std::size_t kSegmentBytesMax = 4096;

std::string escaped(BytesView bytes) {
  std::string text;
  for (const char c : bytes) {
    if (BytesView("%/?&=~()\"").find(c) == BytesView::npos) {
      text.push_back(c);
    } else {
      text += '%' + hex(BytesView(&c, 1));
    }
  }
  return text;
}

std::string text_of(const std::vector<Pair>& pairs) {
  std::string text;
  for (const Pair& pair : pairs) {
    text += '&' + escaped(pair.key) + (pair.type.empty() ? "" : '+' + pair.type) + '=';
    text += pair.is_path ? '(' + pair.value + ')' : escaped(pair.value);
  }
  return text;
}

bool same(const std::vector<Pair>& a, const std::vector<Pair>& b) {
  return std::ranges::equal(a, b, [](const Pair& x, const Pair& y) {
    return x.key == y.key && x.value == y.value && x.type == y.type && x.is_path == y.is_path;
  });
}

void check_finds(const Path& path, std::size_t index) {
  const Step& step = path.steps[index];
  for (const Pair& pair : step.pairs)
    AO_ASSERT(step.find(pair.key) != nullptr && path.find(index, pair.key) == step.find(pair.key));
}

}  // namespace

// What was taken apart can be spelled again, every part on its own, and means the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto path = Path::parse(fuzz::view(data, size));
  if (!path) return fuzz::refused(path.error(), "path-");
  std::string spelled;
  for (std::size_t i = 0; i < path->steps.size(); ++i) {
    if (i < 8) check_finds(*path, i);
    const Step& step = path->steps[i];
    const std::string head =
        step.is_path ? '(' + step.key + ')' : escaped(step.key) + '~' + escaped(step.device);
    const std::string segment = head + text_of(step.pairs);
    if (segment.size() > kSegmentBytesMax) return 0;  // escapes made it longer
    spelled += '/' + segment;
  }
  const auto again = Path::parse(spelled + '?' + text_of(path->query));
  AO_ASSERT(again && again->steps.size() == path->steps.size());
  AO_ASSERT(same(again->query, path->query));
  for (std::size_t i = 0; i < path->steps.size(); ++i) {
    const Step& step = path->steps[i];
    const Step& other = again->steps[i];
    AO_ASSERT(other.key == step.key && other.device == step.device);
    AO_ASSERT(other.is_path == step.is_path);
    AO_ASSERT(same(other.pairs, step.pairs));
  }
  return 0;
}

}  // namespace ao::api
