// Streams of events as published clients read them: the package eventsource (EventSource as browsers have it), and ws.
import { EventSource } from 'eventsource'
import WebSocket from 'ws'
import { check, eq, ok, done, url, wallet, nodeAddress, NPM } from './common.mjs'
const { connect, createSigner } = await import(NPM + '@permaweb/aoconnect/dist/index.js')
const signer = createSigner(wallet())
const ao = connect({ MODE: 'mainnet', URL: url, signer })
const T = o => Object.entries(o).map(([name, value]) => ({ name, value }))
const say = (process, data) => ao.message({ process, tags: T({ Action: 'Eval' }), data })

// Hears events until `wanted` says that it has enough.
function hear (source, names, wanted) {
  const heard = []
  return new Promise(resolve => {
    for (const name of names) source.addEventListener(name, ({ data, lastEventId }) => {
      heard.push({ name, id: lastEventId, ...JSON.parse(data) })
      if (wanted(heard)) resolve(heard)
    })
  })
}
const opened = source => new Promise((resolve, reject) => { source.onopen = resolve; source.onerror = reject })
const results = count => heard => heard.filter(e => e.name === 'result').length >= count
const kNames = ['slot', 'print', 'outbox', 'failure', 'result', 'lost', 'lagging']

const scheduler = await nodeAddress()
const process = await check('spawn', () => ao.spawn({ module: 'aos', scheduler, authority: scheduler, tags: T({ Name: 'events' }), data: '' }))

await check('EventSource hears a process', async () => {
  const source = new EventSource(`${url}/${process}/events`)
  await opened(source)
  const hearing = hear(source, kNames, results(2))
  await say(process, "print('one'); Send({ Target = 'nobody', Data = 'x' })")
  await say(process, "error('two')")
  const heard = await hearing
  source.close()
  ok(heard.some(e => e.name === 'print' && e.text.includes('one')), 'print')
  ok(heard.some(e => e.name === 'outbox' && e.data === 'x'), 'outbox')
  ok(heard.some(e => e.name === 'failure' && e.error.includes('two')), 'failure')
})

await check('EventSource comes back by itself and misses nothing', async () => {
  let requests = 0
  const source = new EventSource(`${url}/${process}/events?from=0`, {
    fetch: async (target, init) => {
      const response = await fetch(target, init)
      if (++requests > 3) return response
      // The connection breaks after the first piece that has an event.
      const reader = response.body.getReader()
      const body = new ReadableStream({
        async pull (controller) {
          const { value, done } = await reader.read()
          if (!done) controller.enqueue(value)
          if (done || new TextDecoder().decode(value).includes('event:')) { controller.close(); reader.cancel() }
        }
      })
      return new Response(body, response)
    }
  })
  const hearing = hear(source, kNames, results(4))
  await say(process, "print('three')")
  const heard = await hearing
  source.close()
  const keys = heard.map(e => `${e.name} ${e.slot} ${e.index}`)
  eq(new Set(keys).size, keys.length, 'doubles')
  for (let slot = 0; slot < 4; ++slot) ok(keys.includes(`slot ${slot} undefined`) && keys.includes(`result ${slot} undefined`), `slot ${slot}`)
})

await check('EventSource stays away when a message is told', async () => {
  const slots = await (await fetch(`${url}/${process}~process@1.0/schedule?from=1&to=1`)).json()
  const source = new EventSource(`${url}/${Object.values(slots.assignments)[0].body.id}/events`)
  const codes = []
  source.addEventListener('error', ({ code }) => codes.push(code))
  const [end] = await hear(source, ['end'], () => true)
  eq(end.slot, 1)
  while (source.readyState !== EventSource.CLOSED) await new Promise(resolve => setTimeout(resolve, 50))
  eq(codes.at(-1), 204)
})

await check('a WebSocket hears the node', async () => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/events?kinds=result`)
  await new Promise((resolve, reject) => { socket.on('open', resolve); socket.on('error', reject) })
  const hearing = new Promise(resolve => socket.on('message', text => {
    const message = JSON.parse(text)
    if (message.event === 'result' && message.data.process === process) resolve(message)
  }))
  await say(process, '1 + 1')
  const { id, data } = await hearing
  socket.close()
  ok(/^[0-9a-f]{16}\.\d+\.\d+$/.test(id), id)
  eq(data.output.data.output ?? data.output.data, '2')
})

await check('?await=result answers with the result', async () => {
  const { createData, ArweaveSigner } = await import('@dha-team/arbundles').then(m => m.default ?? m)
  const arweave = new ArweaveSigner(wallet())
  const item = createData('', arweave, { target: process, tags: T({ 'Data-Protocol': 'ao', Variant: 'ao.N.1', Type: 'Message', Action: 'Ping' }) })
  await item.sign(arweave)
  const response = await fetch(`${url}/${process}~process@1.0/schedule?await=result&timeout=20`, { method: 'POST', body: item.getRaw() })
  eq(response.status, 200)
  const said = await response.json()
  eq(said.process, process)
  ok(said.raw, 'raw')
})
done()
