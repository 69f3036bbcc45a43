// Published JavaScript libraries as oracles of our codecs: what they write we must read, and the
// reverse, for random content. Ours is the programme ao_oracle. See docs/testing.md.
//
//   node tests/clients/oracles.mjs [--seed N] [--count N] [--only TEXT] [--program AO_ORACLE]
//
// SPDX-FileCopyrightText: The aonode authors
// SPDX-License-Identifier: Apache-2.0
import * as bundles from './oracles/bundles.mjs'
import * as httpsig from './oracles/httpsig.mjs'
import * as items from './oracles/items.mjs'
import { options, summarise } from './oracles/support.mjs'
import * as transactions from './oracles/transactions.mjs'

console.log(`oracles.mjs --seed ${options.seed} --count ${options.count}`)
await items.run()
await bundles.run()
items.verifier.end()
await httpsig.run()
await transactions.run()
summarise()
