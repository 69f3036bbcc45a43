// The node's message (api::NodeInfo).
//
//   M              {history, said, updates}, CBOR
//   M commitment   empty: the order with this signature was taken; for good, so that it counts once
//
// One change at a time. Any thread.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ao/api/gate_settings.hpp"
#include "ao/api/node_info.hpp"
#include "ao/async/guarded.hpp"
#include "ao/base/clock.hpp"
#include "ao/store/store.hpp"

namespace ao::node {

class Informing final : public api::NodeInfo {
 public:
  // Throws std::runtime_error for a stored message that is none.
  Informing(const api::PaymentSettings& payment, store::Store& store, const Clock& clock);

  std::shared_ptr<const message::Map> told() const override;
  Task<Result<api::InfoChange>> change(api::InfoOrder order) override;
  std::shared_ptr<const api::PaymentTerms> terms() const override;

 private:
  // What is kept.
  struct Told {
    message::Map said;
    message::List history;
    std::uint64_t updates = 0;
  };
  struct State {
    Told told;
    std::shared_ptr<const message::Map> view;
    std::shared_ptr<const api::PaymentTerms> terms;
    bool is_changing = false;
  };

  Told read() const;
  State state_of(Told told) const;
  Result<Told> begin_change();
  void end_change(std::optional<State> next);
  Result<Told> changed(Told told, const api::InfoOrder& order) const;
  bool is_taken(const MessageId& commitment) const;

  const api::PaymentTerms of_settings_;
  store::Store& store_;
  const Clock& clock_;
  async::Guarded<State> state_;
};

}  // namespace ao::node
