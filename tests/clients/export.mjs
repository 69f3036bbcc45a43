// What `aonode db export` writes, read by the published libraries: node tests/clients/export.mjs FILE
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import fs from 'node:fs'

const require = createRequire(import.meta.url)
const [file] = process.argv.slice(2)
const bytes = fs.readFileSync(file)
const sha256 = (...parts) => createHash('sha256').update(Buffer.concat(parts)).digest()
const raw = text => Buffer.from(text, 'base64url')
// What was signed over HTTP fields is the data of an item of its own.
const idOf = item => tag(item, 'Type') === 'Enclosed' ? tag(item, 'Message') : item.id
const tag = (item, name) => item.tags.find(tag => tag.name === name)?.value
let passed = 0
let failed = 0

async function check (name, work) {
  try {
    const note = await work()
    passed++
    console.log(`ok    ${name}${note ? `: ${note}` : ''}`)
  } catch (error) {
    failed++
    console.log(`FAIL  ${name}: ${error.message}`)
  }
}

function expect (what, condition) {
  if (!condition) throw new Error(what)
}

for (const name of ['arbundles', '@dha-team/arbundles']) {
  const { Bundle } = require(name)
  const items = new Bundle(bytes).items
  await check(`${name} reads the bundle`, async () => {
    expect('it is no valid bundle', await new Bundle(bytes).verify())
    return `${items.length} items`
  })
  await check(`${name} verifies every signature`, async () => {
    for (const item of items) expect(`item ${item.id}`, await item.isValid())
  })
  await check(`${name}: each assignment follows its message, and the chain of each process holds`, () => {
    const heads = new Map()
    let slots = 0
    items.forEach((item, i) => {
      if (tag(item, 'Type') !== 'Assignment') return
      const process = tag(item, 'Process')
      const message = items[i - 1]
      const head = heads.get(process) ?? { next: 0 }
      const chain = head.next === 0 ? sha256(raw(process)) : sha256(head.id, head.chain)
      const place = `process ${process}, slot ${head.next}`
      expect(`${place}: the message before it is another`, tag(item, 'Message') === idOf(message))
      expect(`${place}: slot ${tag(item, 'Slot')}`, tag(item, 'Slot') === String(head.next))
      expect(`${place}: the message is for another process`,
        head.next === 0 ? idOf(message) === process : message.target === process)
      expect(`${place}: the hash chain breaks`, tag(item, 'Hash-Chain') === chain.toString('base64url'))
      heads.set(process, { next: head.next + 1, id: raw(item.id), chain })
      slots++
    })
    expect('there is no assignment', slots > 0)
    return `${slots} slots of ${heads.size} processes`
  })
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
