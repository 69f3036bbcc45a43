// Transactions of Arweave, and the chunks of their data, against arweave-js.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
import { b64u, Chance, options, ours, property, require, rsaKeys, same, unb64u } from './support.mjs'

const Arweave = require('arweave')
const merkle = require('arweave/node/lib/merkle.js')
const { default: Transaction } = require('arweave/node/lib/transaction.js')
const arweave = Arweave.init({})
console.warn = () => {} // arweave-js explains every refusal

const most = merkle.MAX_CHUNK_SIZE
const least = merkle.MIN_CHUNK_SIZE
const edges = [0, 1, 2, least - 1, least, least + 1, most - 1, most, most + 1, most + least - 1, most + least,
  most + least + 1, 2 * most - 1, 2 * most, 2 * most + 1, 2 * most + least - 1, 2 * most + least, 3 * most,
  4 * most, 4 * most + 1, 5 * most + least - 1, 5 * most - 1, 8 * most, 9 * most, 16 * most + 7]

// Random bytes that are cut at random places, as quick to have as a copy.
const pool = new Chance('pool').bytes(20 * most)
function someData (chance, size) {
  const at = chance.below(pool.length - size + 1)
  const data = Buffer.from(pool.subarray(at, at + size))
  if (size > 0) data[chance.below(size)] ^= 1 + chance.below(255)
  return data
}

// Each edge once; then mostly a few chunks, and sizes near their borders.
function someSize (i, chance) {
  if (i < edges.length) return edges[i]
  if (chance.once(25)) return chance.below(16 * most)
  if (chance.once(2)) return chance.below(most)
  const near = chance.below(5) * most + chance.pick([0, least, -least])
  return Math.max(0, near + chance.between(-3, 3))
}

// What arweave-js makes of data, in our words.
async function theirChunks (data) {
  const made = new Transaction({ data_size: data.length.toString() })
  await made.prepareChunks(new Uint8Array(data))
  return made
}

async function someTransaction (chance, data, jwk) {
  const amount = () => chance.once(3) ? '0' : String(1 + chance.below(2 ** 31)) + '0'.repeat(chance.below(9))
  const made = await arweave.createTransaction({
    data: new Uint8Array(data),
    last_tx: b64u(chance.bytes(chance.pick([32, 48]))),
    target: chance.once(3) ? b64u(chance.bytes(32)) : '',
    quantity: amount(),
    reward: amount()
  }, jwk)
  for (let i = chance.below(6); i > 0; --i) made.addTag(chance.text(1 + chance.below(30)), chance.text(chance.below(200)))
  return made
}

const jsonOf = made => JSON.stringify(made.toJSON())
// Without what only one of us writes, and in one order.
function bare (json) {
  const { data_tree: tree, ...members } = JSON.parse(json)
  return JSON.stringify(Object.entries(members).sort())
}

async function accepts (json) {
  try {
    return await arweave.transactions.verify(new Transaction(JSON.parse(json)))
  } catch {
    return false
  }
}

const mutations = {
  'a digit of an amount' (json, chance) {
    const name = chance.pick(['quantity', 'reward', 'data_size'])
    json[name] = String(BigInt(json[name]) + 1n + BigInt(chance.below(9)))
  },
  'a bit of a member' (json, chance) {
    const name = chance.pick(['owner', 'last_tx', 'signature', 'data_root', 'id'])
    const bytes = unb64u(json[name])
    bytes[chance.below(bytes.length)] ^= 1 << chance.below(8)
    json[name] = b64u(bytes)
  },
  'a tag more, or in another place' (json, chance) {
    if (json.tags.length > 1 && chance.once(2)) json.tags.unshift(json.tags.pop())
    else json.tags.push({ name: b64u(chance.bytes(3)), value: '' })
  },
  'another target' (json, chance) { json.target = json.target === '' ? b64u(chance.bytes(32)) : '' }
}

export async function run () {
  await property('data in chunks: the same root, places and paths as arweave-js has', 2 * options.count, async (i, chance) => {
    const data = someData(chance, someSize(i, chance))
    const theirs = await theirChunks(data)
    const mine = await ours.get({ op: 'chunks', data: b64u(data) })
    same('root', mine.root, theirs.data_root)
    same('number of chunks', mine.chunks.length, theirs.chunks.chunks.length)
    for (const [at, chunk] of mine.chunks.entries()) {
      const place = theirs.chunks.chunks[at]
      same('begin', chunk.begin, place.minByteRange)
      same('end', chunk.end, place.maxByteRange)
      same('path', chunk.path, b64u(theirs.chunks.proofs[at].proof))
      same('offset', chunk.end - 1, theirs.chunks.proofs[at].offset)
    }
  })

  await property('paths of ours: arweave-js proves each for every byte of its chunk, as ours does', Math.ceil(options.count / 2), async (i, chance) => {
    const data = someData(chance, Math.max(1, someSize(i, chance)))
    const { root, chunks } = await ours.get({ op: 'chunks', data: b64u(data) })
    const chunk = chance.pick(chunks)
    for (const offset of [chunk.begin, chunk.end - 1, chance.between(chunk.begin, chunk.end - 1)]) {
      const theirs = await merkle.validatePath(unb64u(root), offset, 0, data.length, unb64u(chunk.path))
      const mine = await ours.get({ op: 'prove-chunk', root, size: data.length, offset, path: chunk.path })
      same('place', JSON.stringify([mine.begin, mine.end]), JSON.stringify([theirs.leftBound, theirs.rightBound]))
      same('chunk', JSON.stringify([mine.begin, mine.end]), JSON.stringify([chunk.begin, chunk.end]))
    }
  })

  await property('paths after a change, or for another byte: ours accepts none', options.count, async (i, chance) => {
    const data = someData(chance, 1 + chance.below(6 * most))
    const made = await theirChunks(data)
    const at = chance.below(made.chunks.chunks.length)
    const { minByteRange: begin, maxByteRange: end } = made.chunks.chunks[at]
    let path = Buffer.from(made.chunks.proofs[at].proof)
    let offset = chance.between(begin, end - 1)
    let size = data.length
    switch (chance.below(5)) {
      case 0: path[chance.below(path.length)] ^= 1 << chance.below(8); break
      case 1: path = path.subarray(0, chance.below(path.length)); break
      case 2: path = Buffer.concat([path, chance.bytes(1 + chance.below(100))]); break
      case 3: // another chunk's byte
        if (made.chunks.chunks.length === 1) return 'there is one chunk'
        offset = end === size ? begin - 1 : end
        break
      case 4: size = chance.once(2) ? end - 1 : size + 1 + chance.below(9); offset = Math.min(offset, size - 1)
    }
    if (size === 0) return 'nothing is left'
    const mine = await ours.ask({ op: 'prove-chunk', root: made.data_root, size, offset, path: b64u(path) })
    const theirs = await merkle.validatePath(unb64u(made.data_root), offset, 0, size, new Uint8Array(path))
    if (mine.ok && size > data.length && end < data.length) return 'another size, which only the last path shows'
    if (mine.ok) throw new Error(`ours proves it${theirs ? '' : ', arweave-js does not'}`)
    if (theirs) return 'ours is stricter'
  })

  await property('transactions that arweave-js signs: ours verifies, with their data, and writes the same', Math.ceil(options.count / 3), async (i, chance) => {
    const jwk = chance.pick(rsaKeys)
    const made = await someTransaction(chance, someData(chance, someSize(i, chance) % (3 * most)), jwk)
    await arweave.transactions.sign(made, jwk)
    const mine = await ours.get({ op: 'verify-transaction', json: jsonOf(made) })
    same('id', mine.id, made.id)
    same('JSON', bare(mine.json), bare(jsonOf(made)))
    for (let at = 0; at < made.chunks?.chunks.length; ++at) {
      const post = made.getChunk(at, made.data)
      const read = await ours.get({ op: 'read-chunk', json: JSON.stringify(post) })
      same('root', read.root, made.data_root)
      same('end', read.end, Number(post.offset) + 1)
    }
  })

  await property('transactions that ours signs: arweave-js verifies, and has the same chunks', Math.ceil(options.count / 3), async (i, chance) => {
    const jwk = chance.pick(rsaKeys)
    const data = someData(chance, someSize(i, chance) % (3 * most))
    const draft = await someTransaction(chance, data, jwk)
    const { json, chunks } = await ours.get({
      op: 'sign-transaction',
      key: JSON.stringify(jwk),
      data: b64u(data),
      transaction: {
        last_tx: draft.last_tx,
        target: draft.target,
        quantity: draft.quantity,
        reward: draft.reward,
        tags: draft.tags.map(({ name, value }) => [name, value])
      }
    })
    if (!await accepts(json)) throw new Error('arweave-js refuses it')
    const { id, signature, ...said } = JSON.parse(json)
    const { id: otherId, signature: other, data_tree: tree, ...meant } = draft.toJSON()
    await draft.prepareChunks(draft.data)
    meant.data_root = draft.data_root
    meant.owner = jwk.n
    meant.tags = draft.tags.map(({ name, value }) => ({ name, value }))
    same('JSON', bare(JSON.stringify(said)), bare(JSON.stringify(meant)))
    same('number of chunks', chunks.length, draft.chunks.chunks.length)
    for (const [at, chunk] of chunks.entries()) same('chunk', bare(chunk), bare(JSON.stringify(draft.getChunk(at, draft.data))))
  })

  for (const [name, mutate] of Object.entries(mutations)) {
    await property(`transactions with ${name} changed: neither accepts one`, Math.ceil(options.count / 10), async (i, chance) => {
      const jwk = chance.pick(rsaKeys)
      const made = await someTransaction(chance, someData(chance, 1 + chance.below(1000)), jwk)
      await arweave.transactions.sign(made, jwk)
      const json = JSON.parse(jsonOf(made))
      const before = JSON.stringify(json)
      mutate(json, chance)
      if (JSON.stringify(json) === before) return 'left as it was'
      const mine = await ours.ask({ op: 'verify-transaction', json: JSON.stringify(json) })
      if (mine.ok) throw new Error(`ours accepts it: ${JSON.stringify(json)}`)
      if (await accepts(JSON.stringify(json))) return `ours is stricter (${mine.error.code})`
    })
  }
}
