// Bundles of data items, and bundles within bundles, against arbundles and its fork.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
import { compare, draftForUs, keys, libraries, someDraft, theirItem, verifier } from './items.mjs'
import { b64u, options, ours, property, same, unb64u } from './support.mjs'

const bundleTags = [{ name: 'Bundle-Format', value: 'binary' }, { name: 'Bundle-Version', value: '2.0.0' }]
const someKey = chance => chance.pick(keys[chance.once(20) ? 'rsa' : 'ed25519'])

// What is to be made: drafts, some of which hold such a list instead of data.
function somePlan (chance, depth) {
  return Array.from({ length: chance.below(depth === 0 ? 6 : 4) }, () => {
    const draft = someDraft(chance)
    draft.data = draft.data.subarray(0, 2000)
    if (depth === 3 || !chance.once(3)) return { draft, key: someKey(chance) }
    draft.tags = [...draft.tags.slice(0, 3).filter(tag => tag.name.length + tag.value.length < 300), ...bundleTags]
    return { draft, key: someKey(chance), plan: somePlan(chance, depth + 1) }
  })
}

const sizeOf = plan => plan.reduce((sum, { plan }) => sum + 1 + (plan ? sizeOf(plan) : 0), 0)

async function theirBundle (lib, plan) {
  const items = []
  for (const one of plan) {
    if (one.plan) one.draft.data = (await theirBundle(lib, one.plan)).getRaw()
    items.push(await theirItem(lib, one.draft, one.key))
  }
  return await lib.bundleAndSignData(items, keys.ed25519[0].signers.get(lib))
}

async function ourBundle (plan) {
  const items = []
  for (const one of plan) {
    if (one.plan) one.draft.data = await ourBundle(one.plan)
    items.push((await ours.get({ op: 'sign-item', key: one.key.jwk, draft: draftForUs(one.draft) })).bytes)
  }
  return unb64u((await ours.get({ op: 'write-bundle', items })).bytes)
}

async function compareAll (lib, mine, bytes, plan) {
  const bundle = new lib.Bundle(bytes)
  if (!await bundle.verify()) throw new Error(`${lib.name} refuses the bundle`)
  same('number of items', mine.length, plan.length)
  same('number of items', mine.length, bundle.items.length)
  for (const [i, { draft, plan: inner }] of plan.entries()) {
    compare(mine[i], bundle.get(i), draft)
    same('id in the table', mine[i].id, bundle.getIds()[i])
    if (inner) await compareAll(lib, mine[i].items, bundle.get(i).rawData, inner)
    else same('number of items', mine[i].items.length, 0)
  }
}

const mutations = {
  'a bit of the table flipped' (bytes, chance, count) {
    bytes[chance.below(32 + 64 * count)] ^= 1 << chance.below(8)
  },
  'a bit of an item flipped' (bytes, chance, count) {
    const table = 32 + 64 * count
    bytes[table + chance.below(bytes.length - table)] ^= 1 << chance.below(8)
  },
  'a size moved from one item to its neighbour' (bytes, chance, count) {
    if (count < 2) return bytes.subarray(1)
    const at = 32 + 64 * chance.below(count - 1)
    const moved = BigInt(1 + chance.below(40))
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) - moved, at)
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at + 64) + moved, at + 64)
  },
  'cut short' (bytes, chance) { return bytes.subarray(0, chance.below(bytes.length)) },
  'something after it' (bytes, chance) { return Buffer.concat([bytes, chance.bytes(1 + chance.below(100))]) }
}

export async function run () {
  const cases = Math.ceil(options.count / 10)
  let items = 0
  for (const lib of libraries) {
    await property(`bundles that ${lib.name} makes, three deep: ours reads the same to the bottom`, cases, async (i, chance) => {
      const plan = somePlan(chance, 0)
      const bytes = (await theirBundle(lib, plan)).getRaw()
      const { items: mine } = await ours.get({ op: 'read-bundle', bytes: b64u(bytes) })
      await compareAll(lib, mine, bytes, plan)
      items += sizeOf(plan)
    })
  }
  await property('bundles that ours makes, three deep: both libraries read the same to the bottom', cases, async (i, chance) => {
    const plan = somePlan(chance, 0)
    const bytes = await ourBundle(plan)
    const { items: mine } = await ours.get({ op: 'read-bundle', bytes: b64u(bytes) })
    for (const lib of libraries) await compareAll(lib, mine, bytes, plan)
    items += sizeOf(plan)
  })
  if (items > 0) console.log(`        items in these bundles: ${items}`)

  for (const [name, mutate] of Object.entries(mutations)) {
    await property(`bundles of theirs, ${name}: ours accepts none, nor what either library refuses`, cases, async (i, chance) => {
      const plan = [...somePlan(chance, 2), { draft: someDraft(chance), key: someKey(chance) }]
      const before = Buffer.from((await theirBundle(chance.pick(libraries), plan)).getRaw())
      const copy = Buffer.from(before)
      const after = mutate(copy, chance, plan.length) ?? copy
      const mine = await ours.ask({ op: 'read-bundle', bytes: b64u(after) })
      if (mine.ok) throw new Error(`ours accepts it: ${b64u(after).slice(0, 2000)}`)
      const theirs = await verifier.accept('Bundle', after)
      if (theirs.includes(undefined)) return `a library never answers; ours says ${mine.error.code}`
      if (theirs.includes(true)) return `ours is stricter (${mine.error.code})`
    })
  }
}
