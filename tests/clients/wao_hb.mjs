// wao's client of HyperBEAM nodes (class HB), which signs HTTP fields instead of data items.
import { check, eq, ok, isId, done, url, wallet, addrOf, require, NPM } from './common.mjs'
const HB = require(NPM + 'wao/cjs/hb.js').default
const jwk = wallet(); const me = addrOf(jwk)
const address = (await (await fetch(url + '/~meta@1.0/info/address')).text()).trim()

const hb = new HB({ url })
await check('init reads the address of the node from a signed answer', async () => { await hb.init(jwk); eq(hb.operator, address) })
await check('get reads any value of the node', async () => eq(await hb.g('/~meta@1.0/info/software'), 'aonode'))
const pid = await check('spawn', async () => { const { pid } = await hb.spawn({}); ok(isId(pid), String(pid)); return pid })
await check('schedule answers the slot, a number', async () => {
  const { slot } = await hb.schedule({ pid, tags: { Action: 'Note' }, data: 'one' })
  eq(slot, 1)
})
await check('scheduleFlat: what nobody signed within is said by who signed the request', async () => {
  const { slot } = await hb.scheduleFlat({ pid, tags: { Action: 'Note' }, data: 'two' })
  eq(slot, 2)
})
await check('messages: the schedule as application/aos-2', async () => {
  const page = await hb.messages({ pid })
  eq(page.edges.length, 3)
  const [spawn, one, two] = page.edges.map(edge => edge.node.message)
  eq(spawn.Id, pid); eq(one.Data, 'one'); eq(two.Data, 'two')
  eq(one.Owner, me); eq(two.Owner, me); eq(one.Target, pid)
  ok(one.Tags.some(tag => tag.name === 'Action' && tag.value === 'Note'), JSON.stringify(one.Tags))
})
await check('messages: pages from a slot on', async () => { const page = await hb.messages({ pid, from: 2 }); eq(page.edges.length, 1); eq(page.edges[0].cursor, 2) })
await check('slot', async () => { const s = await hb.slot({ pid }); eq(s.current, 2); eq(s.process, pid) })
const script = await check('cacheScript keeps a module that a process can be made of', async () => {
  const id = await hb.cacheScript(`
Sum = 0
Handlers.add("add", "Add", function(msg)
  Sum = Sum + tonumber(msg.Tags.Quantity)
  Send({ device = "patch@1.0", sum = Sum })
  msg.reply({ Action = "Added", Data = tostring(Sum) })
end)`)
  ok(isId(id), String(id))
  return id
})
const adder = await check('spawn a process of a cached module', async () => {
  const { pid } = await hb.spawn({ module: script, 'execution-device': 'lua@5.3a', authority: address, 'data-protocol': 'ao', variant: 'ao.N.1' })
  ok(isId(pid)); return pid
})
await check('message: schedule and compute', async () => {
  const { slot, res } = await hb.message({ pid: adder, tags: { Action: 'Add', Quantity: '20' } })
  eq(slot, 1)
  eq(res.results.outbox['1'].data, '20')
  eq(res['at-slot'], 1)
})
await check('compute of a slot, a part of it', async () => {
  await hb.schedule({ pid: adder, tags: { Action: 'Add', Quantity: '22' } })
  const results = await hb.computeLua({ pid: adder, slot: 2 })
  eq(results.outbox['1'].data, '42')
  eq(results.outbox['1'].target, me)
  const outbox = await hb.computeAOS({ pid: adder, slot: 1 })
  eq(outbox['1'].data, '20')
})
await check('now: the state that the process shows', async () => { const state = await hb.now({ pid: adder }); eq(state.sum, 42) })
await check('now: a part of it', async () => eq(await hb.now({ pid: adder, path: 'sum' }), 42))
const hyper = await check('spawnLua: the real hyper-aos, cached as a script', async () => { const { pid } = await hb.spawnLua(); ok(isId(pid)); return pid })
await check('scheduleLua: it evaluates for its owner', async () => {
  const { slot } = await hb.scheduleLua({ pid: hyper, data: 'return 6 * 7' })
  const results = await hb.computeLua({ pid: hyper, slot })
  eq(String(results.output.data), '42')
})
await check('a handler of hyper-aos answers its sender', async () => {
  await hb.scheduleLua({ pid: hyper, data: 'Handlers.add("ping", "Ping", function(msg) msg.reply({ action = "Pong", data = "pong" }) end)' })
  const { slot } = await hb.scheduleLua({ pid: hyper, action: 'Ping' })
  const outbox = await hb.computeAOS({ pid: hyper, slot })
  eq(outbox['1'].data, 'pong'); eq(outbox['1'].target, me)
})
await check('what a stranger signs is not evaluated', async () => {
  const other = await new HB({ url }).init(wallet())
  const { slot } = await other.scheduleLua({ pid: hyper, data: 'Stolen = true' })
  await other.computeLua({ pid: hyper, slot }).catch(() => {})
  const { slot: last } = await hb.scheduleLua({ pid: hyper, data: 'return tostring(Stolen)' })
  eq(String((await hb.computeLua({ pid: hyper, slot: last })).output.data), 'nil')
})
await check('a changed message is refused', async () => {
  const body = await hb.commit({ type: 'Message', target: pid, data: 'good' }, { path: false })
  body.data = 'bad'
  let error
  await hb.post({ path: `/${pid}/schedule`, body }).catch(e => { error = e })
  ok(error, 'it was taken')
  eq((await hb.slot({ pid })).current, 2)
})
// Its compute unit is the node itself, as it is for a node that is all of the network's servers.
const self = await new HB({ url, cu: url }).init(jwk)
const counted = await check('a process for the relay', async () => {
  const { pid } = await hb.spawn({ module: script, 'execution-device': 'lua@5.3a', authority: address, 'data-protocol': 'ao', variant: 'ao.N.1' })
  await hb.message({ pid, tags: { Action: 'Add', Quantity: '5' } })
  return pid
})
await check('results: through the relay to the node itself', async () => {
  const page = await self.results({ process: counted, limit: 1 })
  eq(page.edges.length, 1)
  eq(page.edges[0].node.Messages[0].Data, '5')
  ok(page.pageInfo, JSON.stringify(page))
})
await check('results: ascending, from a cursor on', async () => {
  const first = await self.results({ process: counted, sort: 'ASC', limit: 1 })
  const rest = await self.results({ process: counted, sort: 'ASC', from: first.edges[0].cursor })
  eq(rest.edges.length, 1)
  eq(rest.edges[0].node.Messages[0].Data, '5')
})
await check('dryrun: through the relay to the node itself', async () => {
  const result = await self.dryrun({ pid: counted, action: 'Add', tags: { Quantity: '3' } })
  eq(result.Messages[0].Data, '8')
  const again = await self.dryrun({ pid: counted, action: 'Add', tags: { Quantity: '4' }, data: 'with data' })
  eq(again.Messages[0].Data, '9')
})
await check('the relay leads nowhere else', async () => {
  let error
  await new HB({ url, cu: 'http://127.0.0.1:1' }).init(jwk).then(away => away.results({ process: counted })).catch(e => { error = e })
  ok(error && error.message.startsWith('403') && error.message.includes('relay-denied'), String(error))
})
done()
