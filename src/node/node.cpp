// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/node/node.hpp"

#include <boost/asio/co_spawn.hpp>
#include <chrono>

#include "ao/api/routes.hpp"
#include "ao/base/log.hpp"
#include "ao/http/live.hpp"
#include "backend.hpp"

namespace ao::node {
namespace {

constexpr const char* kVersion = AO_VERSION;

// One worker for the copies of processes, and one for their past states.
DryRunSettings dry_run_settings(const Settings& settings, const worker::Settings& workers) {
  worker::Settings copies = workers;
  copies.workers = 1;
  copies.memory_bytes = settings.lua.copies_bytes_max;
  copies.resting_bytes = settings.lua.copies_bytes_max;
  DryRunSettings dry_runs{copies, copies, settings.lua.past_gas_max};
  dry_runs.copies.images = workers.images / "copies";
  dry_runs.past.images = workers.images / "past";
  return dry_runs;
}

PipelineSettings pipeline_settings(const Settings& settings) {
  PipelineSettings pipeline;
  pipeline.admission.data_bytes_max = settings.admission.data_bytes_max;
  pipeline.verification.queue.messages_max = settings.admission.verify_queue_max;
  pipeline.verification.queue.bytes_max = settings.admission.verify_queue_bytes_max;
  pipeline.verification.rates = settings.admission.rates;
  pipeline.verification.signers = settings.admission.signers;
  pipeline.builtin_modules = settings.lua.builtin_modules;
  pipeline.compute.workers.workers = settings.lua.workers;
  pipeline.compute.workers.processes_max = settings.lua.live_processes_max;
  pipeline.compute.workers.memory_bytes = settings.lua.live_bytes_max;
  pipeline.compute.workers.resting_bytes = settings.lua.images_bytes_max;
  pipeline.compute.workers.images = settings.store.directory.parent_path() / "images";
  pipeline.notices_max = settings.events.notices_max;
  pipeline.compute.batch_messages_max = settings.lua.batch_messages_max;
  pipeline.compute.checkpoint_gas = settings.lua.checkpoint_gas;
  pipeline.compute.workers.execution = settings.execution();
  pipeline.compute.dry_runs = dry_run_settings(settings, pipeline.compute.workers);
  pipeline.cron.per_process_max = settings.cron.tasks_per_process_max;
  pipeline.cron.total_max = settings.cron.tasks_max;
  pipeline.cron.interval_least = settings.cron.interval_min;
  pipeline.peering.urls = settings.peers.urls;
  pipeline.peering.gossip_interval = settings.peers.gossip_interval;
  pipeline.peering.egress = settings.peers.egress;
  for (const std::string& process : settings.peers.follow)
    pipeline.followed.push_back(*ProcessId::from_text(process));
  pipeline.delivery.depth_max = settings.delivery.depth_max;
  pipeline.delivery.give_up_after = settings.delivery.give_up_after;
  pipeline.delivery.dead_letters = {settings.delivery.dead_letters_max,
                                    settings.delivery.dead_letters_bytes};
  pipeline.gateway = settings.gateway;
  pipeline.relay = settings.relay;
  pipeline.items_folder = settings.store.directory.parent_path() / "network-items";
  pipeline.settlement = settings.settlement;
  pipeline.retention = settings.retention;
  pipeline.payments_kept_max = settings.gate.payment.history_max;
  return pipeline;
}

BackendSettings backend_settings(const Settings& settings) {
  return {kVersion,        settings.http.push_wait, settings.lua.builtin_modules,
          settings.events, settings.names,          settings.cache,
          settings.gate};
}

// Where this node is reached, as far as it can know.
std::string url_of(const Settings& settings, const http::Server& server) {
  if (!settings.node.url.empty()) return settings.node.url;
  const auto with_port = [](const std::string& listen, std::uint16_t port) {
    return listen.substr(0, listen.rfind(':')) + ':' + std::to_string(port);
  };
  const http::ServerSettings& http = settings.http;
  if (!http.listen.empty()) return "http://" + with_port(http.listen, server.port());
  if (!http.tls_listen.empty()) return "https://" + with_port(http.tls_listen, server.tls_port());
  return "http://localhost";
}

class RunningNode final : public Node {
 public:
  RunningNode(const Settings& settings, std::unique_ptr<crypto::Key> key, const Clock& clock)
      : drain_grace_(settings.http.drain_grace),
        key_(std::move(key)),
        metrics_(kVersion),
        net_("net", settings.threads.net),
        verify_("verify", settings.threads.verify),
        cpu_("cpu", settings.threads.cpu),
        store_(store::Store::open(settings.store)),
        pipeline_(pipeline_settings(settings), *store_, *key_, clock, Pools{net_, verify_, cpu_},
                  metrics_),
        backend_(pipeline_, *store_, metrics_, *key_, clock, net_, verify_, cpu_,
                 backend_settings(settings)),
        routes_(backend_) {
    server_ = http::Server::listen(net_, cpu_, settings.http, [this](http::Request request) {
      return answer(std::move(request));
    });
    pipeline_.peering().resume(url_of(settings, *server_));
    pipeline_.errands().resume(url_of(settings, *server_));
    backend_.watch(*server_);
    pipeline_.resume();
    serving_.spawn(net_.executor(), server_->run());
  }

  ~RunningNode() override { stop(); }

  // From the outside in: no new requests, then no new work, then the store.
  void stop() override {
    if (stopped_) return;
    stopped_ = true;
    backend_.drain();
    server_->stop(drain_grace_);
    pipeline_.gateways().stop();  // who waits for them is answered, and holds up nothing
    pipeline_.errands().stop();   // the same
    serving_.join();
    backend_.finish();
    pipeline_.stop();
    store_.reset();
    net_.join();
    verify_.join();
    cpu_.join();
  }

  void reload_certificate() override {
    if (server_->tls_port() == 0) {
      log::info("there is no certificate to read again");
    } else if (const auto reloaded = server_->reload_certificate(); !reloaded) {
      log::error("the certificate stays as it was", {{"reason", reloaded.error().text}});
    } else {
      log::info("the certificate was read");
    }
  }

  std::uint16_t port() const override { return server_->port(); }
  std::uint16_t tls_port() const override { return server_->tls_port(); }
  const Address& address() const override { return backend_.address(); }

 private:
  Task<http::Response> answer(http::Request request) {
    const auto began = std::chrono::steady_clock::now();
    api::Answered answered;
    try {
      answered = co_await routes_.answer(std::move(request));
    } catch (const store::Unreadable& error) {
      answered = unreadable(error);
    }
    if (answered.response.later) co_return watched(std::move(answered), began);
    count(answered, began);
    co_return std::move(answered.response);
  }

  // One that is made later fails as any other, and counts when it is made.
  http::Response watched(api::Answered promised, std::chrono::steady_clock::time_point began) {
    http::Response response;
    response.later = [this, promised = std::move(promised),
                      began](http::Caller& caller) -> Task<http::Response> {
      api::Answered made{{}, promised.route};
      try {
        auto work = promised.response.later(caller);
        made.response = co_await std::move(work);
      } catch (const store::Unreadable& error) {
        made = unreadable(error);
      }
      count(made, began);
      co_return std::move(made.response);
    };
    return response;
  }

  static api::Answered unreadable(const store::Unreadable& error) {
    return api::Routes::refused({ErrorKind::kUnavailable, "store-failed", error.what()});
  }

  void count(const api::Answered& answered, std::chrono::steady_clock::time_point began) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    metrics_.request(answered.route, answered.response.status, took.count());
  }

  std::chrono::milliseconds drain_grace_;
  std::unique_ptr<crypto::Key> key_;
  Metrics metrics_;
  async::Pool net_;
  async::Pool verify_;
  async::Pool cpu_;
  std::unique_ptr<store::Store> store_;
  Pipeline pipeline_;
  PipelineBackend backend_;
  api::Routes routes_;
  std::unique_ptr<http::Server> server_;
  async::TaskGroup serving_;
  bool stopped_ = false;
};

}  // namespace

std::unique_ptr<Node> Node::start(const Settings& settings, std::unique_ptr<crypto::Key> key,
                                  const Clock& clock) {
  return std::make_unique<RunningNode>(settings, std::move(key), clock);
}

}  // namespace ao::node
