// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
#include "ao/machine/instance.hpp"

#include <unistd.h>

#include <algorithm>

#include "ao/base/assert.hpp"
#include "arena.hpp"
#include "conversion.hpp"
#include "environment.hpp"
#include "heap.hpp"
#include "image.hpp"
#include "lua.hpp"
#include "metering.hpp"
#include "state_hash.hpp"

extern "C" {
#include "lstate.h"
}

namespace ao::machine {
namespace {

static_assert(Instance::kArenaBytes == Arena::kBytes);
static_assert(Instance::kPageBytes == Arena::kPageBytes);
static_assert(LUAI_ARENAMASK == Arena::kBytes - 1);

constexpr Limits kLimitsOfCreation{.gas = 1'000'000, .memory_bytes = 16 << 20, .output_bytes = 0};

// What one protected call does. Lua code never sees it: it is found through `request`, since an
// address of ours has no place in the arena.
struct Request {
  lua_State* lua;
  lua_CFunction body;
  int status;
  const std::string* name;         // of the chunk or of the function
  const Chunk* chunk;              // or null
  const message::Value* argument;  // or null
};

thread_local const Request* request = nullptr;

int load_chunk(lua_State* L) {
  const Bytes& source = request->chunk->source;
  if (luaL_loadbufferx(L, source.data(), source.size(), request->name->c_str(), "t") != LUA_OK)
    return lua_error(L);
  lua_call(L, 0, 0);
  return 0;
}

int call_function(lua_State* L) {
  if (lua_getglobal(L, request->name->c_str()) == LUA_TNIL)
    return luaL_error(L, "there is no global function '%s'", request->name->c_str());
  push_value(L, *request->argument);
  lua_call(L, 1, 1);
  luaL_checkstack(L, kStackForReading, "returned value");
  return 1;
}

void run_protected(void* given) {
  auto* const mine = static_cast<Request*>(given);
  lua_State* const L = mine->lua;
  lua_pushcfunction(L, message_handler);
  lua_pushcfunction(L, mine->body);
  mine->status = lua_pcall(L, 0, 1, 1);
}

std::string text_at(lua_State* L, int index) {
  std::size_t size = 0;
  const char* text = lua_type(L, index) == LUA_TSTRING ? lua_tolstring(L, index, &size) : "";
  return std::string(text, size);
}

// The error that message_handler made, at the top of the stack; a text when it failed itself.
void describe_error(lua_State* L, Evaluation& evaluation) {
  evaluation.ending = Ending::kRaised;
  if (lua_type(L, -1) != LUA_TTABLE) {
    evaluation.value = text_at(L, -1);
    return;
  }
  lua_rawgeti(L, -1, 1);
  lua_rawgeti(L, -2, 2);
  evaluation.value = text_at(L, -2);
  evaluation.traceback = text_at(L, -1);
}

thread_local const Instance::Tracer* tracing = nullptr;

void on_line(lua_State* L, lua_Debug* at) {
  lua_getinfo(L, "S", at);
  const char* const chunk = at->source;
  (*tracing)(*chunk == '=' ? chunk + 1 : chunk, at->currentline);
}

// On each coroutine that there is; new ones take after who makes them.
void listen(lua_State* L) {
  lua_sethook(L, on_line, LUA_MASKLINE, 0);
  for (GCObject* object = G(L)->allgc; object != nullptr; object = object->next)
    if (object->tt == LUA_VTHREAD) lua_sethook(gco2th(object), on_line, LUA_MASKLINE, 0);
}

class LuaInstance final : public Instance {
 public:
  explicit LuaInstance(std::unique_ptr<Arena> arena) : arena_(std::move(arena)) {}

  bool open();
  void take_up(const Image& image);

  Evaluation load(const Chunk& chunk, const Limits& limits) override;
  Evaluation call(const std::string& function, const message::Value& argument,
                  const Limits& limits) override;
  void commit() override;
  void rollback() override;
  void rest(BytesView note) override;
  Checkpoint checkpoint(BytesView note) override;
  Copied copied(BytesView note) override;
  void trace(Tracer tracer) override { tracer_ = std::move(tracer); }
  std::uint64_t memory_bytes() const override { return heap_->used_bytes(); }
  crypto::Digest256 state_hash() const override;

 private:
  Evaluation evaluate(Request& asked, const Limits& limits);
  Image image(std::vector<Arena::Run> written, BytesView note) const;

  std::unique_ptr<Arena> arena_;
  Heap* heap_ = nullptr;
  lua_State* lua_ = nullptr;
  Tracer tracer_;
  bool has_checkpoint_ = false;
  bool abandoned_ = false;  // in the middle of something: only a rollback helps
};

bool LuaInstance::open() {
  heap_ = Heap::make(arena_->base());
  Metering metering(kLimitsOfCreation);
  const bool opened = metering.run(
      [](void* given) {
        auto* const self = static_cast<LuaInstance*>(given);
        self->lua_ = lua_newstate(Metering::allocate, self->heap_);
        open_environment(self->lua_);
      },
      this);
  if (opened) arena_->commit(heap_->top());
  return opened;
}

void LuaInstance::take_up(const Image& image) {
  arena_->set_written(image.written);
  heap_ = reinterpret_cast<Heap*>(arena_->base());
  lua_ = reinterpret_cast<lua_State*>(image.lua);
  has_checkpoint_ = image.has_checkpoint;
}

Evaluation LuaInstance::load(const Chunk& chunk, const Limits& limits) {
  const std::string name = "=" + chunk.name;
  Request asked{.lua = lua_,
                .body = load_chunk,
                .status = LUA_OK,
                .name = &name,
                .chunk = &chunk,
                .argument = nullptr};
  Evaluation evaluation = evaluate(asked, limits);
  if (evaluation.ending == Ending::kReturned) evaluation.value = nullptr;
  return evaluation;
}

Evaluation LuaInstance::call(const std::string& function, const message::Value& argument,
                             const Limits& limits) {
  Request asked{.lua = lua_,
                .body = call_function,
                .status = LUA_OK,
                .name = &function,
                .chunk = nullptr,
                .argument = &argument};
  return evaluate(asked, limits);
}

Evaluation LuaInstance::evaluate(Request& asked, const Limits& limits) {
  AO_ASSERT(!abandoned_);
  Evaluation evaluation;
  Metering metering(limits);
  request = &asked;
  tracing = &tracer_;
  if (tracer_) listen(lua_);
  const bool finished = metering.run(run_protected, &asked);
  request = nullptr;
  if (!finished) {
    abandoned_ = true;
    evaluation.ending = metering.abandoned_for();
    evaluation.gas_used = metering.gas_used();
    return evaluation;
  }
  metering.stop_jumping();
  if (asked.status != LUA_OK) {
    describe_error(lua_, evaluation);
  } else {
    // No allocation: call_function made the room, and shrinking it takes a collection.
    AO_ASSERT(lua_checkstack(lua_, kStackForReading) != 0);
    auto value = read_value(lua_, metering, limits.output_bytes);
    if (metering.overspent()) {
      abandoned_ = true;
      evaluation.ending = Ending::kOutOfGas;
    } else if (value) {
      evaluation.value = std::move(*value);
    } else {
      evaluation.ending = Ending::kRaised;
      evaluation.value = std::move(value.error().text);
    }
  }
  evaluation.gas_used = metering.gas_used();
  lua_settop(lua_, 0);
  return evaluation;
}

void LuaInstance::commit() {
  AO_ASSERT(!abandoned_);
  arena_->commit(heap_->top());
}

void LuaInstance::rollback() {
  arena_->rollback(std::min(heap_->top(), Arena::kBytes));
  abandoned_ = false;
}

void LuaInstance::rest(BytesView note) {
  commit();
  image(arena_->written(), note).write(arena_->file());
}

Instance::Checkpoint LuaInstance::checkpoint(BytesView note) {
  commit();
  Checkpoint checkpoint{{}, !has_checkpoint_, {}};
  for (const Arena::Run& run : arena_->written())
    checkpoint.runs.push_back({run.first_page, run.pages});
  arena_->forget_written();
  has_checkpoint_ = true;
  checkpoint.head = image({}, note).bytes();
  return checkpoint;
}

Instance::Copied LuaInstance::copied(BytesView note) {
  commit();
  return {image(arena_->written(), note).bytes(), arena_->savepoint_bytes()};
}

Image LuaInstance::image(std::vector<Arena::Run> written, BytesView note) const {
  return {arena_->savepoint_bytes(), reinterpret_cast<std::uintptr_t>(lua_), has_checkpoint_,
          std::move(written), Bytes(note)};
}

crypto::Digest256 LuaInstance::state_hash() const {
  AO_ASSERT(!abandoned_);
  return machine::state_hash(arena_->base(), heap_->top());
}

}  // namespace

void Instance::prepare() {
  Arena::prepare();
}

bool Instance::share_an_address(BytesView name, BytesView other) {
  return Arena::share_an_address(name, other);
}

Result<Instance::Woken> Instance::wake(BytesView name, int file) {
  auto image = Image::take_from(file);
  if (!image) {
    close(file);
    return std::unexpected(image.error());
  }
  AO_TRY(arena, Arena::map(name, Arena::Finding::kPageMap, file, image->savepoint_bytes));
  auto instance = std::make_unique<LuaInstance>(std::move(arena));
  instance->take_up(*image);
  return Woken{std::move(instance), std::move(image->note)};
}

Result<std::unique_ptr<Instance>> Instance::create(BytesView name, int file) {
  AO_TRY(arena, Arena::create(name, Arena::Finding::kPageMap, file));
  auto instance = std::make_unique<LuaInstance>(std::move(arena));
  AO_ASSERT(instance->open());
  return instance;
}

}  // namespace ao::machine
