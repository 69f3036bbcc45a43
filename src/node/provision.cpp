// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "provision.hpp"

#include "ao/base/log.hpp"
#include "ao/settlement/journal.hpp"

namespace ao::node {

using message::Admitted;

Task<Result<>> Provision::provide(std::string module, Bytes asker) {
  const auto here = modules_.find(module);
  if (here) co_return Result<>();
  const auto id = MessageId::from_text(module);
  if (!id) co_return std::unexpected(here.error());
  AO_CO_TRY(of_peers, co_await ask_peers_(*id));
  if (of_peers) co_return co_await keep(std::move(*of_peers), false);
  if (!network_.is_on()) co_return std::unexpected(here.error());
  auto fetched = co_await network_.fetch(*id, std::move(asker));
  Error error{ErrorKind::kInvalid, "module-unknown", {}};
  if (fetched && fetched->kind() == Admitted::Kind::kData)
    co_return co_await keep(std::move(*fetched), true);
  if (fetched) {
    error.text = "module '" + module + "' is a process or a message of the network, no module";
    co_return std::unexpected(std::move(error));
  }
  error.text = "module '" + module +
               "' is not on this node, and the gateways were asked: " + fetched.error().text;
  if (is_temporary(fetched.error())) {
    error.kind = fetched.error().kind;
    error.code = fetched.error().code;
    error.retry_after = fetched.error().retry_after;
  } else {
    error.text += ". Upload it with POST /tx first";
  }
  co_return std::unexpected(std::move(error));
}

// What a gateway has is on the network; what a peer has may not be yet, and is settled from here
// too. All who shared the fetch write the same.
Task<Result<>> Provision::keep(Admitted module, bool is_settled) {
  store::Batch batch;
  process::Records::write(module.item(), batch);
  if (!is_settled) settlement::Journal::mark_item(module.id(), batch);
  AO_CO_CHECK(co_await store_.commit(std::move(batch)));
  log::info("a module was brought here",
            {{"module", module.id().text()}, {"from", is_settled ? "a gateway" : "a peer"}});
  co_return Result<>();
}

}  // namespace ao::node
