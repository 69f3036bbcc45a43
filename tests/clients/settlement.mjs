// A node settles into the gateway of the package wao, and another rebuilds its processes from there:
//
//   node tests/clients/settlement.mjs AONODE [--messages N] [--processes N] [--nodes]
//
// A third node takes a module and the height of the last block from there.
//
// wao's gateway serves blocks, GraphQL and data as it is published. Its bundler answers every upload
// with "Success" and drops it, so a door of our own stands before the gateway: it verifies what it
// is given with arbundles and has wao's own `postItems` mine it. With --nodes the door is an Arweave
// node instead, which takes transactions and chunks, and verifies them with arweave-js. Everything
// listens on the loopback.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
import { execFile, spawn } from 'node:child_process'
import { createHash, generateKeyPairSync, randomBytes, sign as signBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import fs from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'

// wao listens on every address; here on this machine's alone.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] === 'number' && typeof args[1] !== 'string') args.splice(1, 0, '127.0.0.1')
  return listen.apply(this, args)
}

const require = createRequire(import.meta.url)
const Arweave = require('arweave')
const merkle = require('arweave/node/lib/merkle.js')
const { ArweaveSigner, Bundle, DataItem, createData } = require('arbundles')
const { default: Server } = await import(new URL('./node_modules/wao/esm/server.js', import.meta.url))

const option = (name, otherwise) => {
  const at = process.argv.indexOf(name)
  return at < 0 ? otherwise : Number(process.argv[at + 1])
}
const aonode = path.resolve(process.argv[2])
const messages = option('--messages', 2000)
const processes = option('--processes', 4)
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'aonode-settlement-'))
const hasNodes = process.argv.includes('--nodes')
const firstPort = 20000 + Math.floor(Math.random() * 9000)
const gateway = `http://127.0.0.1:${firstPort}`
const bundler = `http://127.0.0.1:${firstPort + 5}`
const ports = { settling: firstPort + 6, recovering: firstPort + 7, reading: firstPort + 8 }

let passed = 0
let failed = 0
async function check (name, work) {
  const began = Date.now()
  try {
    const value = await work()
    passed++
    console.log(`ok    ${name} (${((Date.now() - began) / 1000).toFixed(1)} s)`)
    return value
  } catch (error) {
    failed++
    console.log(`FAIL  ${name}: ${error.message}`)
    throw error
  }
}
const expect = (what, condition) => { if (!condition) throw new Error(what) }
const pause = ms => new Promise(resolve => setTimeout(resolve, ms))

// Ed25519, which signs quickly.
function newSigner () {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const owner = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url')
  return {
    publicKey: owner,
    signatureType: 2,
    signatureLength: 64,
    ownerLength: 32,
    sign: async message => signBytes(null, Buffer.from(message), privateKey)
  }
}
const signer = newSigner()
async function item (data, tags, target) {
  const made = createData(data, signer, {
    target,
    anchor: randomBytes(16).toString('hex'),
    tags: Object.entries(tags).map(([name, value]) => ({ name, value }))
  })
  await made.sign(signer)
  return made
}

// The gateway, and a door to it.
const wao = new Server({
  ar: firstPort, bd: firstPort + 1, mu: firstPort + 2, su: firstPort + 3, cu: firstPort + 4
})
const miner = generateKeyPairSync('rsa', { modulusLength: 4096, publicExponent: 65537 })
  .privateKey.export({ format: 'jwk' })
const uploaded = new Map()
const complaints = []
let turn = Promise.resolve()
async function take (bytes) {
  const outer = new DataItem(bytes)
  if (!await outer.isValid()) complaints.push(`${outer.id}: not valid`)
  const bundle = new Bundle(outer.rawData)
  for (const one of bundle.items) if (!await one.isValid()) complaints.push(`${one.id}: not valid`)
  if (uploaded.has(outer.id)) return outer.id
  uploaded.set(outer.id, bundle.items.map(one => one.id))
  await wao.adaptor._ar.postItems([outer], miner)
  return outer.id
}

// The Arweave node: transactions wait for their chunks, and are in a block once those are here.
const arweave = Arweave.init({})
const transactions = new Map()
const anchor = randomBytes(48).toString('base64url')
let height = 1_000_000
let chunksTaken = 0
async function finish (transaction, data) {
  if (transaction.height) return
  const whole = await merkle.generateTransactionChunks(new Uint8Array(data))
  if (Buffer.from(whole.data_root).toString('base64url') !== transaction.data_root) complaints.push(`${transaction.id}: other data`)
  const bundle = new Bundle(data)
  if (!await bundle.verify() || bundle.items.length !== 1) complaints.push(`${transaction.id}: no bundle of one item`)
  await take(bundle.items[0].getRaw())
  transaction.height = ++height
}
async function takeTransaction (body) {
  const said = arweave.transactions.fromRaw(JSON.parse(body))
  if (said.last_tx !== anchor) return [400, 'Invalid anchor (last_tx).']
  if (!await arweave.transactions.verify(said)) complaints.push(`${said.id}: arweave-js refuses it`)
  if (transactions.has(said.id)) return [208, 'Transaction already processed.']
  const transaction = { id: said.id, data_root: said.data_root, size: Number(said.data_size), parts: new Map() }
  transactions.set(said.id, transaction)
  if (said.data.length > 0) await finish(transaction, Buffer.from(said.data))
  return [200, 'OK']
}
async function takeChunk (body) {
  const said = JSON.parse(body)
  const transaction = [...transactions.values()].find(one => one.data_root === said.data_root)
  if (!transaction) return [400, '{"error":"data_root_not_found"}']
  const bytes = text => new Uint8Array(Buffer.from(text, 'base64url'))
  const place = await merkle.validatePath(bytes(said.data_root), Number(said.offset), 0, Number(said.data_size), bytes(said.data_path))
  const chunk = Buffer.from(said.chunk, 'base64url')
  if (!place || place.chunkSize !== chunk.length) complaints.push(`${transaction.id}: arweave-js refuses a chunk`)
  ++chunksTaken
  transaction.parts.set(place.leftBound, chunk)
  const data = Buffer.concat([...transaction.parts].sort(([a], [b]) => a - b).map(([, part]) => part))
  if (data.length === transaction.size) await finish(transaction, data)
  return [200, '{}']
}
function statusOf (id) {
  const transaction = transactions.get(id)
  if (!transaction) return [404, 'Not Found.']
  if (!transaction.height) return [202, 'Pending']
  return [200, JSON.stringify({ block_height: transaction.height, block_indep_hash: 'x', number_of_confirmations: height - transaction.height + 1 })]
}
async function answerAsNode (url, body) {
  if (url === '/tx') return await takeTransaction(body)
  if (url === '/chunk') return await takeChunk(body)
  if (url === '/info') return [200, JSON.stringify({ network: 'arweave.N.1', height })]
  if (url === '/tx_anchor') return [200, anchor]
  if (url.startsWith('/price/')) return [200, String(1000 + Number(url.slice(7)))]
  if (url.startsWith('/wallet/')) return [200, '1000000000000']
  return statusOf(url.slice('/tx/'.length, '/tx/'.length + 43))
}
async function answerAsBundler (url, body) {
  return [200, JSON.stringify({ id: await take(body), timestamp: Date.now() })]
}

const door = http.createServer((request, response) => {
  const chunks = []
  request.on('data', chunk => chunks.push(chunk))
  request.on('end', () => {
    turn = turn.then(async () => {
      try {
        const answer = hasNodes ? answerAsNode : answerAsBundler
        const [status, text] = await answer(request.url, Buffer.concat(chunks))
        response.statusCode = status
        response.setHeader('content-type', text.startsWith('{') ? 'application/json' : 'text/plain')
        response.end(text)
      } catch (error) {
        complaints.push(error.message)
        response.statusCode = 400
        response.end(error.message)
      }
    })
  })
}).listen(firstPort + 5)

function run (name, port, more) {
  const home = path.join(folder, name)
  const env = {
    ...process.env,
    AONODE_HTTP_LISTEN: `127.0.0.1:${port}`,
    AONODE_NODE_DATA_DIR: path.join(home, 'data'),
    AONODE_NODE_KEY_FILE: path.join(home, 'key.json'),
    ...more
  }
  const log = fs.openSync(path.join(home, 'node.log'), 'a')
  const child = spawn(aonode, [], { env, stdio: ['ignore', log, log] })
  child.url = `http://127.0.0.1:${port}`
  child.ended = new Promise(resolve => child.on('exit', resolve))
  return child
}
async function ready (node) {
  for (let i = 0; i < 300; i++) {
    if ((await fetch(node.url + '/readyz').catch(() => ({}))).ok) return
    await pause(100)
  }
  throw new Error('the node does not come up')
}
async function stop (node) {
  node.kill('SIGTERM')
  expect('it stops with another exit code than 0', await node.ended === 0)
}
const get = async (node, target) => {
  const response = await fetch(node.url + target)
  const text = await response.text()
  if (!response.ok) throw new Error(`${target}: ${response.status} ${text}`)
  return text
}
const post = async (node, target, made) => {
  const response = await fetch(node.url + target, {
    method: 'POST',
    headers: { 'content-type': 'application/ans104', 'codec-device': 'ans104@1.0' },
    body: made.getRaw()
  })
  if (!response.ok) throw new Error(`${target}: ${response.status} ${await response.text()}`)
}
// Beside this program, which answers as the gateway meanwhile.
const command = async (...args) => (await promisify(execFile)(aonode, args)).stdout
const hash = text => createHash('sha256').update(text).digest('hex')

const source = `
total, last = total or 0, last or {}
Handlers.add("add", "Add", function(msg)
  total = total + tonumber(msg.Quantity)
  last[msg.From] = msg.Quantity
  Send({ device = "patch@1.0", total = total, last = last })
  msg.reply({ Action = "Added", Data = tostring(total) })
end)`

// What a process shows, and what became of its last slots.
async function states (node, pids, slots) {
  const all = {}
  for (const pid of pids) {
    await get(node, `/${pid}~process@1.0/now/total`)
    let text = await get(node, `/${pid}~process@1.0/now?accept=application/json`)
    for (let slot = Math.max(0, slots[pid] - 20); slot < slots[pid]; slot++) {
      text += await get(node, `/${pid}~process@1.0/compute/results=${slot}?accept=application/json`)
    }
    all[pid] = hash(text)
  }
  return all
}

let node
try {
  for (const name of ['settling', 'recovering', 'reading']) {
    fs.mkdirSync(path.join(folder, name))
    await command('key', 'new', path.join(folder, name, 'key.json'))
  }
  const wallet = path.join(folder, 'wallet.json')
  fs.writeFileSync(wallet, JSON.stringify(miner), { mode: 0o600 })
  const way = hasNodes
    ? { NODE_URLS: bundler, WALLET_FILE: wallet, SPEND_MAX_WINSTON: '1000000000000' }
    : { BUNDLER_URLS: bundler }
  const settlement = {
    ...Object.fromEntries(Object.entries(way).map(([name, value]) => ['AONODE_SETTLEMENT_' + name, value])),
    AONODE_GATEWAY_URLS: gateway,
    AONODE_SETTLEMENT_BUNDLE_AGE_MAX: hasNodes ? '4s' : '500ms', // long enough for several chunks
    AONODE_SETTLEMENT_BUNDLE_BYTES_MAX: '512KiB',
    AONODE_SETTLEMENT_CONFIRMATIONS: '1',
    AONODE_SETTLEMENT_CONFIRM_INTERVAL: '300ms'
  }
  node = run('settling', ports.settling, settlement)
  await ready(node)
  const address = (await get(node, '/~meta@1.0/info/address')).trim()
  const pids = await check('processes of a module of their own', async () => {
    const module = await item(source, { 'Data-Protocol': 'ao', Type: 'Module', 'Content-Type': 'application/lua' })
    await post(node, '/tx', module)
    const made = []
    for (let i = 0; i < processes; i++) {
      const one = await item('', {
        'Data-Protocol': 'ao', Variant: 'ao.N.1', Type: 'Process', Module: module.id,
        Scheduler: address, Authority: address, Number: String(i)
      })
      await post(node, '/push', one)
      made.push(one.id)
    }
    return made
  })
  await check(`${messages} messages are scheduled`, async () => {
    let next = 0
    const work = async () => {
      for (let i = next++; i < messages; i = next++) {
        const pid = pids[i % pids.length]
        const made = await item('', { 'Data-Protocol': 'ao', Variant: 'ao.N.1', Type: 'Message', Action: 'Add', Quantity: String(i) }, pid)
        await post(node, `/${pid}~process@1.0/schedule`, made)
      }
    }
    await Promise.all(Array.from({ length: 16 }, work))
  })
  const slots = {}
  await check('all of them are confirmed in the gateway', async () => {
    let info
    for (let i = 0; i < 1200; i++) {
      const known = await Promise.all(pids.map(async pid => JSON.parse(await get(node, `/${pid}/settlement`))))
      info = JSON.parse(await get(node, '/~settlement@1.0/info'))
      if (info['backlog-messages'] === 0 && known.every(one => one.slots === one['slots-confirmed'])) break
      await pause(100)
    }
    expect(JSON.stringify(info), info['backlog-messages'] === 0)
    for (const pid of pids) {
      const known = JSON.parse(await get(node, `/${pid}/settlement`))
      expect(JSON.stringify(known), known.slots === known['slots-confirmed'])
      slots[pid] = known.slots
    }
    expect('there are too few slots', Object.values(slots).reduce((a, b) => a + b) === messages + processes)
  })
  await check('arbundles accepts every item, and each is in one bundle', () => {
    expect(complaints.slice(0, 3).join('; '), complaints.length === 0)
    const seen = new Set()
    for (const ids of uploaded.values())
      for (const id of ids) {
        expect(`item ${id} is in two bundles`, !seen.has(id))
        seen.add(id)
      }
    expect(`${seen.size} items`, seen.size === 2 * (messages + processes) + 1)
    console.log(`      ${uploaded.size} bundles, ${seen.size} items`)
    if (!hasNodes) return
    expect(`${transactions.size} transactions for ${uploaded.size} bundles`, transactions.size === uploaded.size)
    expect('none came in chunks', chunksTaken > 0)
    console.log(`      ${transactions.size} transactions, ${chunksTaken} chunks, all by arweave-js's word`)
  })
  await check('aonode settlement verify', async () => {
    for (const pid of pids) {
      const said = await command('settlement', 'verify', '--process=' + pid, '--gateway', gateway, '--node', node.url, '--quiet')
      console.log('      ' + said.trim())
    }
  })
  const before = await states(node, pids, slots)
  await stop(node)

  const store = path.join(folder, 'recovering', 'data', 'store')
  await check('a new store is filled from the gateway alone', async () => {
    for (const pid of pids)
      await command('settlement', 'recover', '--process=' + pid, '--gateway', gateway, '--store', store, '--scheduler', address, '--quiet')
  })
  node = run('recovering', ports.recovering, {})
  await ready(node)
  await check('the states and results are the same, by their hashes', async () => {
    const after = await states(node, pids, slots)
    for (const pid of pids) expect(`process ${pid}`, before[pid] === after[pid])
  })
  await stop(node)
  await check('db verify finds no fault in what was rebuilt', async () => {
    await command('db', 'verify', '--store', store, '--quiet')
  })

  // A third node has nothing but the gateway.
  const module = await item(source, { 'Data-Protocol': 'ao', Type: 'Module', 'Content-Type': 'application/lua', Number: 'only there' })
  await wao.adaptor._ar.postItems([module], miner)
  node = run('reading', ports.reading, { AONODE_GATEWAY_URLS: gateway, AONODE_GATEWAY_BLOCK_INTERVAL: '100ms' })
  await ready(node)
  await check('a module comes from the gateway when a spawn names it', async () => {
    const scheduler = (await get(node, '/~meta@1.0/info/address')).trim()
    const one = await item('', {
      'Data-Protocol': 'ao', Variant: 'ao.N.1', Type: 'Process', Module: module.id, Scheduler: scheduler, Authority: scheduler
    })
    await post(node, '/push', one)
    const made = await item('', { 'Data-Protocol': 'ao', Variant: 'ao.N.1', Type: 'Message', Action: 'Add', Quantity: '7' }, one.id)
    await post(node, `/${one.id}~process@1.0/push`, made)
    expect('the process does not count', (await get(node, `/${one.id}~process@1.0/now/total`)).trim() === '7')
    expect('other data is kept', await get(node, '/' + module.id) === source)
  })
  await check('assignments name the height of the gateway', async () => {
    let height
    for (let i = 0; i < 100 && !height; i++) {
      height = JSON.parse(await get(node, '/~meta@1.0/info?accept=application/json'))['block-height']
      if (!height) await pause(100)
    }
    const { height: there } = await (await fetch(gateway + '/')).json()
    expect(`${height} here, ${there} there`, height > 0 && height === there)
  })
  await stop(node)
} catch (error) {
  if (failed === 0) console.log(`FAIL  ${error.stack}`)
  failed = Math.max(failed, 1)
  node?.kill('SIGKILL')
}
if (failed === 0) {
  fs.rmSync(folder, { recursive: true })
} else {
  console.log(`kept for study: ${folder}`)
}
door.close()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
