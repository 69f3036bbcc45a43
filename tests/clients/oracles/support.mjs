// What the oracle tests share: options, chance that can be repeated, our side of the pipe, counting.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { createHash, createPrivateKey, createPublicKey, randomInt } from 'node:crypto'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'

export const require = createRequire(new URL('../package.json', import.meta.url))

const usage = 'usage: oracles.mjs [--seed N] [--count N] [--only TEXT] [--program AO_ORACLE]'
function readOptions () {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: 'string' },
        count: { type: 'string', default: '600' },
        only: { type: 'string', default: '' },
        program: { type: 'string' }
      }
    })
    const program = values.program ??
      new URL('../../../build/release/bin/ao_oracle', import.meta.url).pathname
    return {
      seed: Number(values.seed ?? randomInt(2 ** 32)),
      count: Number(values.count),
      only: values.only,
      program
    }
  } catch (error) {
    console.error(`${error.message}\n${usage}`)
    process.exit(2)
  }
}
export const options = readOptions()

// The same (seed, name) gives the same cases, whichever other properties run.
export class Chance {
  constructor (name) {
    this.state = createHash('sha256').update(`${options.seed} ${name}`).digest().readUInt32LE(0)
  }

  // mulberry32: 32 bits, enough to choose cases with.
  word () {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let x = this.state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return (x ^ (x >>> 14)) >>> 0
  }

  below (n) { return Math.floor(this.word() / 2 ** 32 * n) }
  between (low, high) { return low + this.below(high - low + 1) }
  once (inHowMany) { return this.below(inHowMany) === 0 }
  pick (list) { return list[this.below(list.length)] }

  bytes (size) {
    const bytes = Buffer.alloc(size + 3)
    for (let i = 0; i < size; i += 4) bytes.writeUInt32LE(this.word(), i)
    return bytes.subarray(0, size)
  }

  // Mostly small, sometimes up to `most`.
  size (most) {
    return this.once(10) ? this.below(most + 1) : this.below(Math.min(most, 200) + 1)
  }

  // `size` bytes of UTF-8, of one to four bytes a character.
  text (size) {
    const ranges = this.pick([[[0x20, 0x7e]], [[0x20, 0x7e]], [[1, 0x7f], [0x80, 0x7ff]],
      [[0x20, 0x7e], [0xa0, 0x7ff], [0x800, 0xd7ff], [0xe000, 0xffff], [0x10000, 0x10ffff]]])
    let text = ''
    while (size > 0) {
      const [low, high] = this.pick(ranges)
      const character = String.fromCodePoint(this.between(low, high))
      const bytes = Buffer.byteLength(character)
      text += bytes <= size ? character : 'x'
      size -= bytes <= size ? bytes : 1
    }
    return text
  }
}

export const b64u = bytes => Buffer.from(bytes).toString('base64url')
export const unb64u = text => Buffer.from(text, 'base64url')
export const sha256 = bytes => createHash('sha256').update(bytes).digest()

// Our code, in a child process: a question a line, an answer a line.
class Ours {
  constructor () {
    if (!fs.existsSync(options.program)) {
      console.error(`${options.program} is not there: scripts/build release ao_oracle`)
      process.exit(2)
    }
    this.child = spawn(options.program, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.waiting = []
    createInterface({ input: this.child.stdout, crlfDelay: Infinity })
      .on('line', line => this.waiting.shift()(JSON.parse(line)))
    this.child.on('exit', code => {
      if (!this.ending) { console.error(`ao_oracle ended with ${code}`); process.exit(1) }
    })
  }

  ask (question) {
    return new Promise(resolve => {
      this.waiting.push(resolve)
      this.child.stdin.write(JSON.stringify(question) + '\n')
    })
  }

  // The answer's `ok`; our refusal becomes an exception.
  async get (question) {
    const answer = await this.ask(question)
    if (answer.error) throw new Error(`ours refuses: ${answer.error.code}: ${answer.error.text}`)
    return answer.ok
  }

  end () { this.ending = true; this.child.stdin.end() }
}
export const ours = new Ours()

let passed = 0
let failed = 0

// One check: `test(i, chance)` for `cases` cases; it throws to complain. It may return a text, whose
// occurrences are counted and shown: what is known, tolerated, and worth a figure.
export async function property (name, cases, test) {
  if (!name.includes(options.only)) return
  const chance = new Chance(name)
  const complaints = []
  const notes = new Map()
  const began = performance.now()
  for (let i = 0; i < cases; ++i) {
    try {
      const note = await test(i, chance)
      if (note) notes.set(note, (notes.get(note) ?? 0) + 1)
    } catch (error) {
      complaints.push(`case ${i}: ${error.message}`)
      if (process.env.TRACE) console.log(error.stack)
    }
  }
  const took = ((performance.now() - began) / 1000).toFixed(1)
  if (complaints.length === 0 && cases > 0) {
    ++passed
    console.log(`ok    ${name} (${cases} cases, ${took} s)`)
  } else {
    ++failed
    console.log(`FAIL  ${name}: ${complaints.length} of ${cases} cases`)
    for (const complaint of complaints.slice(0, 5)) console.log(`        ${complaint}`)
  }
  for (const [note, times] of notes) console.log(`        ${note}: ${times}`)
}

export function summarise () {
  ours.end()
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0
}

export function same (what, mine, theirs) {
  const [a, b] = [mine, theirs].map(value => Buffer.isBuffer(value) ? b64u(value) : value)
  if (a === b) return
  const [x, y] = [a, b].map(value => JSON.stringify(value)?.slice(0, 300))
  throw new Error(`${what}: ours ${x}, theirs ${y}`)
}

// Keys. The RSA ones are fixed, since making one takes seconds; the others come from the seed.
const wallets = JSON.parse(fs.readFileSync(new URL('../../fixtures/wallets.json', import.meta.url)))
export const rsaKeys = [wallets.rsa1.jwk, wallets.rsa2.jwk]

export function ed25519Key (seed) {
  const prefix = Buffer.from('302e020100300506032b657004220420', 'hex') // PKCS#8, RFC 8410
  const key = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' })
  const jwk = key.export({ format: 'jwk' })
  return { seed, jwk, public: unb64u(jwk.x), key, publicKey: createPublicKey(key) }
}
