// Every arrow on one page.
//
//   accept   http ─▶ admission ─▶ schedule ─▶ reply with the slot
//   compute  schedule log ─▶ inbox ─▶ execution ─▶ one commit {outcome, state, outbox, cursor}
//   tick     scheduled task ─▶ a message of this node ─▶ its process's admission here
//   send     outbox ─▶ delivery ─▶ target's admission here       (no side door for local targets)
//   forward  what is for another node ─▶ delivery ─▶ target's admission there
//   relay    a client's message for a process of another node ─▶ admission there
//   errand   a request that a client has this node make ─▶ where the operator allows it
//   follow   another node's schedule ─▶ verify ─▶ the log here
//   settle   schedule log ─▶ settlement ─▶ a bundler, and Arweave
//   pay      a request's price ─▶ set aside, and taken
//   prune    what is confirmed there ─▶ what is kept here no more
//
// What became durable is posted on the bulletin, for those who follow it. Stages do not know each
// other: they are announced to each other here, and every announcement may
// be lost with the process, because what it announces is durable and found again by `resume`.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "accept.hpp"
#include "ao/api/bulletin.hpp"
#include "compute.hpp"
#include "errands.hpp"
#include "following.hpp"
#include "forwarding.hpp"
#include "mirror.hpp"
#include "network_blocks.hpp"
#include "paying.hpp"
#include "provision.hpp"
#include "relaying.hpp"
#include "retaining.hpp"
#include "sending.hpp"
#include "settling.hpp"
#include "ticking.hpp"

namespace ao::node {

struct PipelineSettings {
  admission::Settings admission;
  schedule::Settings schedule;
  ComputeSettings compute;
  std::vector<std::string> builtin_modules;
  VerificationSettings verification;
  cron::Limits cron;
  PeeringSettings peering;
  DeliverySettings delivery;
  std::vector<ProcessId> followed;
  GatewaySettings gateway;
  RelaySettings relay;
  std::filesystem::path items_folder;  // of the network, that clients asked for
  SettlementSettings settlement;
  RetentionSettings retention;
  std::size_t payments_kept_max = 1'000;  // of the history of one account
  std::size_t notices_max = 65'536;       // kept on the bulletin
};

// Whose threads run the stages; they outlive the pipeline.
struct Pools {
  async::Pool& net;
  async::Pool& verify;
  async::Pool& cpu;
};

class Pipeline {
 public:
  // Throws std::runtime_error for egress settings that are none, and for a process that cannot be
  // followed.
  Pipeline(const PipelineSettings& settings, store::Store& store, const crypto::Key& key,
           const Clock& clock, const Pools& pools, Metrics& metrics);

  // Takes up what was scheduled and not evaluated, produced and not delivered.
  void resume();

  // Nothing new is accepted by then; returns when everything begun is committed.
  void stop();

  // A message or spawn to its slot, and on to `compute`; or to the node that has its process.
  Task<Result<Placed>> submit(api::Upload upload, std::optional<ProcessId> expected);

  // Messages of another node, each to its slot, and on to `compute`; in their order.
  Task<std::vector<Result<schedule::Placement>>> submit_all(std::vector<api::Upload> uploads);

  // What this node made itself, the same.
  Task<Result<schedule::Placement>> submit_own(Result<message::OwnItem> item);

  // A message that is on this node to a slot of one more process, and on to `compute`.
  Task<Result<schedule::Placement>> assign(MessageId message, ProcessId process);

  api::Bulletin& bulletin() { return bulletin_; }
  Accept& accept() { return accept_; }
  Compute& compute() { return compute_; }
  Ticking& ticking() { return ticking_; }
  Peering& peering() { return peering_; }
  Forwarding& forwarding() { return forwarding_; }
  Following& following() { return following_; }
  const process::Follows& follows() const { return follows_; }
  Settling& settling() { return settling_; }
  const Settling& settling() const { return settling_; }
  const Homes& homes() const { return homes_; }
  Gateways& gateways() { return gateways_; }
  Errands& errands() { return errands_; }
  const Errands& errands() const { return errands_; }
  const NetworkBlocks& blocks() const { return blocks_; }
  Mirror& mirror() { return mirror_; }
  Paying& paying() { return paying_; }
  const Verification& verification() const { return verification_; }
  const schedule::Log& log() const { return schedule_.log(); }
  const process::Records& records() const { return records_; }

 private:
  void announce(const schedule::Placement& placement);

  api::Bulletin bulletin_;
  process::Records records_;
  process::Follows follows_;
  outbox::Outbox outbox_;
  Gateways gateways_;
  Errands errands_;
  NetworkBlocks blocks_;
  schedule::Schedule schedule_;
  Modules modules_;
  admission::Admission admission_;
  Verification verification_;
  NetworkItems network_items_;
  Provision provision_;
  Mirror mirror_;
  Accept accept_;
  Compute compute_;
  Ticking ticking_;
  Peering peering_;
  Homes homes_;
  Relaying relaying_;
  outbox::DeadLetters dead_letters_;
  Forwarding forwarding_;
  Sending sending_;
  Following following_;
  Settling settling_;
  Retaining retaining_;
  Paying paying_;
};

}  // namespace ao::node
