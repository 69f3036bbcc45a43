// ANS-104 data items against arbundles and its fork.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
import { fork } from 'node:child_process'
import { b64u, Chance, ed25519Key, options, ours, property, require, rsaKeys, same, sha256 } from './support.mjs'

const bs58 = require('bs58')
const { computePublicKey } = require('@ethersproject/signing-key')
export const libraries = ['arbundles', '@dha-team/arbundles'].map(name => ({ name, ...require(name) }))

const maxTags = 128
const maxTagBytes = 4096

// Every key in the form that each library and our side want.
function makeKeys () {
  const chance = new Chance('keys')
  const rsa = rsaKeys.map(jwk => ({ kind: 'RSA', jwk: JSON.stringify(jwk), signer: lib => new lib.ArweaveSigner(jwk) }))
  const ed25519 = Array.from({ length: 8 }, () => {
    const key = ed25519Key(chance.bytes(32))
    const pair = bs58.encode(Buffer.concat([key.seed, key.public]))
    return { kind: 'Ed25519', jwk: JSON.stringify(key.jwk), signer: lib => new lib.SolanaSigner(pair) }
  })
  const ethereum = Array.from({ length: 8 }, () => {
    const secret = chance.bytes(32).toString('hex')
    const point = Buffer.from(computePublicKey('0x' + secret).slice(4), 'hex')
    const jwk = { kty: 'EC', crv: 'secp256k1', d: b64u(Buffer.from(secret, 'hex')), x: b64u(point.subarray(0, 32)), y: b64u(point.subarray(32)) }
    return { kind: 'Ethereum', jwk: JSON.stringify(jwk), signer: lib => new lib.EthereumSigner(secret) }
  })
  const all = [...rsa, ...ed25519, ...ethereum]
  for (const key of all) key.signers = new Map(libraries.map(lib => [lib, key.signer(lib)]))
  return { rsa, ed25519, ethereum }
}
export const keys = makeKeys()

// RSA signs slowly: one case in ten.
export const someKey = (chance, kinds = ['ed25519', 'ethereum']) =>
  chance.pick(keys[chance.once(10) ? 'rsa' : chance.pick(kinds)])

const longSize = size => size < 64 ? 1 : size < 8192 ? 2 : 3 // of a zig-zag varint

function someTags (chance) {
  const wanted = chance.pick([0, 1, 2, chance.below(12), chance.below(maxTags + 1), maxTags])
  const tags = []
  let room = maxTagBytes - 3 // the count (up to two bytes) and the terminator
  for (let i = 0; i < wanted; ++i) {
    const fair = wanted > 12 ? Math.floor(room / (wanted - i)) : room
    const most = Math.max(0, fair - 6)
    const nameSize = Math.min(most, 1 + chance.below(chance.once(20) ? 1024 : 24))
    const valueSize = chance.once(8) ? 0 : chance.once(20) ? most - nameSize : Math.min(most - nameSize, chance.below(60))
    if (nameSize < 1 || valueSize < 0) break
    const spent = longSize(nameSize) + nameSize + longSize(valueSize) + valueSize
    if (spent > room) break
    room -= spent
    const name = chance.once(30) && tags.length > 0 ? tags[0].name.slice(0, nameSize) : chance.text(nameSize)
    if (Buffer.byteLength(name) > nameSize) break
    tags.push({ name, value: chance.text(valueSize) })
  }
  return tags
}

export function someDraft (chance) {
  return {
    target: chance.once(2) ? chance.bytes(32) : Buffer.alloc(0),
    anchor: chance.once(2) ? Buffer.from(chance.text(32)) : Buffer.alloc(0),
    tags: someTags(chance),
    data: chance.once(8) ? Buffer.alloc(0) : chance.bytes(chance.size(100_000))
  }
}

export async function theirItem (lib, draft, key) {
  const signer = key.signers.get(lib)
  const item = lib.createData(draft.data, signer, {
    target: draft.target.length > 0 ? b64u(draft.target) : undefined,
    anchor: draft.anchor.length > 0 ? draft.anchor.toString() : undefined,
    tags: draft.tags
  })
  await item.sign(signer)
  return item
}

export const draftForUs = draft => ({
  target: b64u(draft.target),
  anchor: b64u(draft.anchor),
  tags: draft.tags.map(({ name, value }) => [b64u(name), b64u(value)]),
  data: b64u(draft.data)
})

// The address as the field knows it: AO names an Ethereum signer by its EIP-55 address.
const { computeAddress } = require('@ethersproject/transactions')
const addressOf = item => item.signatureType === 3 ? computeAddress(item.rawOwner) : b64u(sha256(item.rawOwner))

// `mine` is our answer, `theirs` the library's item, `draft` what was meant.
export function compare (mine, theirs, draft) {
  same('id', mine.id, theirs.id)
  same('type', mine.type, theirs.signatureType)
  same('address', mine.address, addressOf(theirs))
  for (const field of ['owner', 'target', 'anchor', 'data']) same(field, mine[field], theirs[field])
  same('tags', JSON.stringify(mine.tags), JSON.stringify(theirs.tagsB64Url.map(({ name, value }) => [name, value])))
  const meant = draftForUs(draft)
  for (const field of ['target', 'anchor', 'data']) same(`meant ${field}`, mine[field], meant[field])
  same('meant tags', JSON.stringify(mine.tags), JSON.stringify(meant.tags))
}

const orderOfEd25519 = 2n ** 252n + 27742317777372353535851937790883648493n
const orderOfSecp256k1 = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
const number = bytes => BigInt('0x' + bytes.toString('hex'))
const bytesOf = (n, size) => Buffer.from(n.toString(16).padStart(2 * size, '0'), 'hex').subarray(-size)

// What a bystander could try on somebody's item. Each changes the bytes and nothing of the meaning
// that the signer gave away.
const mutations = {
  'bit flipped anywhere' (bytes, chance) {
    bytes[chance.below(bytes.length)] ^= 1 << chance.below(8)
  },
  'bit flipped before the data' (bytes, chance, item) {
    bytes[chance.below(item.getStartOfData())] ^= 1 << chance.below(8)
  },
  'bit flipped in presence bytes or tag counts' (bytes, chance, item) {
    const start = item.getTagsStart()
    const place = chance.pick([item.getTargetStart(), item.getAnchorStart(), start + chance.below(16)])
    bytes[place] ^= 1 << chance.below(8)
  },
  'tag count set to another number' (bytes, chance, item) {
    const start = item.getTagsStart() + chance.pick([0, 8])
    const before = bytes.readBigUInt64LE(start)
    const after = chance.pick([0n, before + 1n, before - 1n, 129n, 4096n, 4097n, 2n ** 63n, before + 2n ** 32n])
    bytes.writeBigUInt64LE(BigInt.asUintN(64, after === before ? 7n : after), start)
  },
  'cut short' (bytes, chance) { return bytes.subarray(0, chance.below(bytes.length)) },
  'something after it' (bytes, chance) { return Buffer.concat([bytes, chance.bytes(1 + chance.below(8))]) },
  'byte taken out' (bytes, chance) {
    const at = chance.below(bytes.length)
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)])
  },
  'signature type changed' (bytes, chance) { bytes.writeUInt16LE((bytes.readUInt16LE(0) + 1 + chance.below(chance.once(2) ? 8 : 65535)) % 65536, 0) },
  'signature replaced by an equivalent one' (bytes, chance, item) {
    if (item.signatureType === 2) { // s + L is the same scalar
      const s = number(Buffer.from(bytes.subarray(34, 66)).reverse()) + orderOfEd25519
      bytesOf(s, 32).reverse().copy(bytes, 34)
    } else if (item.signatureType === 3 && chance.once(2)) { // n - s, with the other v
      bytesOf(orderOfSecp256k1 - number(bytes.subarray(34, 66)), 32).copy(bytes, 34)
      bytes[66] ^= 7
    } else if (item.signatureType === 3) {
      bytes[66] = chance.pick([bytes[66] ^ 7, bytes[66] - 27, bytes[66] + 4, 255])
    } else { // s + n, where it fits
      const s = number(bytes.subarray(2, 514)) + number(bytes.subarray(514, 1026))
      bytesOf(s, 513).subarray(1).copy(bytes, 2)
    }
  }
}

// What a library says of hostile bytes: true, false, or undefined when it never answers.
class Verifier {
  start () {
    this.child = fork(new URL('./verifier.mjs', import.meta.url), libraries.map(lib => lib.name), {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'], // arweave-js explains every refusal
      execArgv: [...process.execArgv, '--max-old-space-size=256']
    })
    return new Promise(resolve => this.child.once('message', resolve))
  }

  // `kind` is 'DataItem' or 'Bundle'. Asks no second library when the first never answers.
  async accept (kind, bytes) {
    const verdicts = []
    for (const library of libraries.keys()) {
      verdicts.push(await this.one(library, kind, bytes))
      if (verdicts.at(-1) === undefined) break
    }
    return verdicts
  }

  async one (library, kind, bytes) {
    if (!this.child) await this.start()
    let timer
    const verdict = await new Promise(resolve => {
      timer = setTimeout(resolve, 1500)
      this.child.once('message', resolve)
      this.child.once('exit', () => resolve())
      this.child.send({ library, kind, bytes })
    })
    clearTimeout(timer)
    this.child.removeAllListeners()
    if (verdict === undefined) this.end('SIGKILL')
    return verdict
  }

  end (signal) {
    this.child?.kill(signal)
    this.child = undefined
  }
}
export const verifier = new Verifier()

export async function run () {
  for (const lib of libraries) {
    await property(`items that ${lib.name} signs: ours verifies and reads the same`, options.count, async (i, chance) => {
      const draft = someDraft(chance)
      const theirs = await theirItem(lib, draft, someKey(chance))
      compare(await ours.get({ op: 'verify-item', bytes: b64u(theirs.getRaw()) }), theirs, draft)
    })
  }

  await property('items that ours signs: both libraries verify and read the same', options.count, async (i, chance) => {
    const draft = someDraft(chance)
    const key = someKey(chance)
    const { bytes } = await ours.get({ op: 'sign-item', key: key.jwk, draft: draftForUs(draft) })
    const mine = await ours.get({ op: 'verify-item', bytes })
    for (const lib of libraries) {
      const theirs = new lib.DataItem(Buffer.from(bytes, 'base64url'))
      if (!await lib.DataItem.verify(theirs.getRaw())) throw new Error(`${lib.name} refuses what ours signed`)
      compare(mine, theirs, draft)
      const again = await theirItem(lib, draft, key)
      // RSA is salted; the others over the same content are the same item to the last byte.
      if (key.kind !== 'RSA') same('bytes', bytes, b64u(again.getRaw()))
    }
  })

  for (const [name, mutate] of Object.entries(mutations)) {
    const cases = Math.ceil(options.count / 3)
    await property(`items of theirs, ${name}: ours accepts none, nor what either library refuses`, cases, async (i, chance) => {
      const item = await theirItem(chance.pick(libraries), someDraft(chance), someKey(chance))
      const before = Buffer.from(item.getRaw())
      const copy = Buffer.from(before)
      const after = mutate(copy, chance, item) ?? copy
      if (after.equals(before)) return 'left as it was'
      const mine = await ours.ask({ op: 'verify-item', bytes: b64u(after) })
      const theirs = await verifier.accept('DataItem', after)
      if (mine.ok) {
        const who = libraries.filter((_, at) => theirs[at] === false).map(lib => lib.name)
        throw new Error(`ours accepts it${who.length ? `, refused by ${who.join(' and ')}` : ''}: ${b64u(after).slice(0, 2000)}`)
      }
      if (theirs.includes(undefined)) return `a library never answers; ours says ${mine.error.code}`
      if (theirs.some(Boolean)) return `ours is stricter (${mine.error.code})`
    })
  }
}
