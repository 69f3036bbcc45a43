// What reading a data item costs beside the one thing that cannot be avoided: the public-key
// operation on the 48 bytes that were signed.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "ao/crypto/digest.hpp"
#include "ao/message/data_item.hpp"
#include "bench/scenario.hpp"

namespace ao::bench {
namespace {

using crypto::SignatureType;
using message::DataItem;

constexpr std::size_t kSigners = 32;
constexpr std::size_t kItems = 1'024;
constexpr std::size_t kTurn = 32;   // items that one side reads before the other does
constexpr std::size_t kRounds = 8;  // of a repetition
constexpr double kTarget = 1.08;

struct Scheme {
  SignatureType type;
  const char* name;
};
constexpr Scheme kSchemes[] = {{SignatureType::kArweave, "rsa"},
                               {SignatureType::kEd25519, "ed25519"},
                               {SignatureType::kEthereum, "ethereum"}};

double thread_seconds() {
  timespec passed{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &passed);
  return static_cast<double>(passed.tv_sec) + 1e-9 * static_cast<double>(passed.tv_nsec);
}

template <class Work>
void in_parallel(std::size_t count, Work work) {
  const std::size_t workers = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::jthread> threads;
  for (std::size_t worker = 0; worker < workers; ++worker)
    threads.emplace_back([=, &work] {
      for (std::size_t i = worker; i < count; i += workers)
        work(i);
    });
}

std::unique_ptr<crypto::Key> new_key(SignatureType type) {
  if (type == SignatureType::kArweave) return crypto::Key::new_rsa();
  return type == SignatureType::kEd25519 ? crypto::Key::new_ed25519() : crypto::Key::new_ethereum();
}

// A token transfer as clients send it.
message::Draft transfer(std::uint64_t number) {
  const auto recipient = crypto::sha256("recipient " + std::to_string(number % 64));
  return {.target = Bytes(crypto::view(crypto::sha256("token"))),
          .anchor = {},
          .tags = {{"Action", "Transfer"},
                   {"Recipient", base64url(crypto::view(recipient))},
                   {"Quantity", std::to_string(1'000'000 + number)},
                   {"Data-Protocol", "ao"},
                   {"Type", "Message"},
                   {"Variant", "ao.TN.1"},
                   {"SDK", "aoconnect"},
                   {"Content-Type", "text/plain"}},
          .data = std::to_string(number)};
}

// One item, and what the bare operation checks beside it: another signature of the same signer,
// over as many bytes as a deep hash has. No two are the same, or the processor would learn its
// branches.
struct Pair {
  Bytes item;
  std::size_t signer;
  crypto::Digest384 signed_bytes;
  Bytes signature;
};

class Corpus {
 public:
  explicit Corpus(SignatureType type) : type_(type), keys_(kSigners), pairs_(kItems) {
    in_parallel(kSigners, [this](std::size_t i) { keys_[i] = new_key(type_); });
    in_parallel(kItems, [this](std::size_t i) {
      const std::size_t signer = i * 7 % kSigners;  // no two in a row are the same one's
      const auto item = DataItem::sign(transfer(i), *keys_[signer]);
      if (!item) throw std::runtime_error(item.error().text);
      const crypto::Digest384 signed_bytes = crypto::sha384(std::to_string(i));
      Bytes signature = keys_[signer]->sign(crypto::view(signed_bytes));
      pairs_[i] = {item->bytes(), signer, signed_bytes, std::move(signature)};
    });
  }

  std::size_t item_bytes() const { return pairs_.front().item.size(); }

  // Processor seconds of reading the items from `first` on. They arrive in memory of their own, as
  // a request's body does; receiving them is not counted.
  double read(std::size_t first) const {
    std::vector<Bytes> arrived;
    for (std::size_t i = first; i < first + kTurn; ++i)
      arrived.push_back(pairs_[i].item);
    const double before = thread_seconds();
    for (Bytes& bytes : arrived) {
      const auto item = DataItem::parse(std::move(bytes));
      if (!item || !item->verify()) throw std::runtime_error("a good item was refused");
    }
    return thread_seconds() - before;
  }

  double verify(std::size_t first) const {
    const double before = thread_seconds();
    for (std::size_t i = first; i < first + kTurn; ++i) {
      const Pair& pair = pairs_[i];
      if (!crypto::verify(type_, keys_[pair.signer]->public_key(), pair.signature,
                          crypto::view(pair.signed_bytes)))
        throw std::runtime_error("a good signature was refused");
    }
    return thread_seconds() - before;
  }

 private:
  SignatureType type_;
  std::vector<std::unique_ptr<crypto::Key>> keys_;
  std::vector<Pair> pairs_;
};

Ratio measure(const Scheme& scheme, std::size_t repetitions) {
  const Corpus corpus(scheme.type);
  std::vector<double> read, verify, ratios;  // of a turn
  for (std::size_t round = 0; round < repetitions * kRounds; ++round)
    for (std::size_t first = 0; first < kItems; first += kTurn) {
      const bool verify_first = first / kTurn % 2 == 0;
      double bare = verify_first ? corpus.verify(first) : 0;
      const double item = corpus.read(first);
      if (!verify_first) bare = corpus.verify(first);
      if (round == 0) continue;  // both sides meet the keys
      read.push_back(item);
      verify.push_back(bare);
      ratios.push_back(item / bare);
    }
  const double ratio = median(ratios);
  constexpr double kUnit = 1e6 / static_cast<double>(kTurn);
  fmt::print("  {:<10}{:>6} bytes{:>10.2f}{:>10.2f}{:>9.3f}\n", scheme.name, corpus.item_bytes(),
             kUnit * median(read), kUnit * median(verify), ratio);
  return {fmt::format("decode-{}", scheme.name), ratio, kTarget, true};
}

}  // namespace

std::vector<Ratio> measure_decode(const Options& options) {
  fmt::print("decode: {} transfers of {} signers, µs CPU each\n", kItems, kSigners);
  fmt::print("  {:<10}{:>12}{:>10}{:>10}{:>9}\n", "signature", "item", "item", "bare", "ratio");
  std::vector<Ratio> ratios;
  for (const Scheme& scheme : kSchemes)
    ratios.push_back(measure(scheme, options.repetitions));
  return ratios;
}

}  // namespace ao::bench
