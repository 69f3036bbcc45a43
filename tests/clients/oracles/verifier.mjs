// A process in which the libraries verify hostile bytes: some of these make them loop until memory
// runs out, so items.mjs ends one that does not answer.
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module'

const require = createRequire(new URL('../package.json', import.meta.url))
const libraries = process.argv.slice(2).map(name => require(name))

process.on('message', async ({ library, kind, bytes }) => {
  const { Bundle, DataItem } = libraries[library]
  const hostile = Buffer.from(bytes)
  let verdict = false
  try {
    verdict = kind === 'Bundle' ? await new Bundle(hostile).verify() : await DataItem.verify(hostile)
  } catch { // a library may throw where it refuses
  }
  process.send(verdict)
})
process.on('disconnect', () => process.exit())
process.send('ready')
