// A process in which the libraries verify hostile items: some of these make them loop until memory
// runs out, so items.mjs ends one that does not answer.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module'

const require = createRequire(new URL('../package.json', import.meta.url))
const libraries = process.argv.slice(2).map(name => require(name))

process.on('message', async ({ library, bytes }) => {
  let verdict = false
  try {
    verdict = await libraries[library].DataItem.verify(Buffer.from(bytes))
  } catch { // a library may throw where it refuses
  }
  process.send(verdict)
})
process.on('disconnect', () => process.exit())
process.send('ready')
