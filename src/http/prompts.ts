/**
 * Prompts over HTTP: their texts, edited and tried, and what each version did as far as recent journals say.
 */
import { z } from 'zod'
import type { AskRecord, Entry, PromptText, Rondo } from '../index.ts'
import { decode } from '../json.ts'
import { asWire, fromWire, iso, listOf, pathOf, wire } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint, limitOf } from './endpoint.ts'

const LOOKED_AT = 500
const ENTRIES = 1000

const about = z.object({
  name: z.string(),
  file: z.string(),
  revision: z.string(),
  model: z.string().optional(),
  description: z.string().optional(),
  problem: z.string().optional(),
})
const version = z.object({
  version: z.string(),
  model: z.string(),
  asks: z.number(),
  failed: z.number(),
  microUsd: z.number(),
  firstAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
})
const full = about.extend({ text: z.string(), defaults: z.record(z.string(), z.unknown()), versions: z.array(version) })
const example = z.object({
  run: z.string(),
  path: z.string(),
  at: z.iso.datetime(),
  version: z.string(),
  messages: z.unknown(),
  value: z.unknown().optional(),
})

export function promptEndpoints(door: Door): Endpoint[] {
  const { prompts } = door.rondo
  const documented = async (text: PromptText): Promise<z.output<typeof full>> => ({
    ...text,
    defaults: { ...text.defaults },
    versions: await versionsOf(door.rondo, text.name),
  })
  return [
    endpoint({
      method: 'get',
      path: '/api/prompts',
      group: 'Prompts',
      summary: 'The prompts in the folder.',
      scope: 'read',
      replies: { 200: listOf(about) },
      handle: async () => {
        const texts = await Promise.all((await prompts.names()).map((name) => prompts.read(name)))
        return { items: texts.map(({ text: _, defaults: __, ...rest }) => rest) }
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/prompts/:name',
      group: 'Prompts',
      summary: 'A prompt: its text, and the versions of it that recent runs asked.',
      scope: 'read',
      replies: { 200: full },
      handle: async ({ param }) => documented(await prompts.read(param('name'))),
    }),
    endpoint({
      method: 'put',
      path: '/api/prompts/:name',
      group: 'Prompts',
      summary:
        'Writes the text over the revision that was read (null: a new prompt). Refused when it is another by now, or cannot be read.',
      scope: 'edit',
      body: z.object({ text: z.string().max(1_000_000), ifRevision: z.string().nullable() }),
      replies: { 200: full },
      handle: async ({ param, body }) => {
        const written = await prompts.write(param('name'), body.text, body.ifRevision ?? undefined)
        door.tell('prompt', { name: written.name })
        return documented(written)
      },
    }),
    endpoint({
      method: 'post',
      path: '/api/prompts/:name/preview',
      group: 'Prompts',
      summary: 'The messages a text makes of an input, as they would be sent. Nothing is asked.',
      scope: 'read',
      body: z.object({ text: z.string().max(1_000_000).optional(), input: z.unknown().optional() }),
      replies: { 200: z.object({ messages: z.array(z.unknown()), model: z.string().optional(), settings: z.unknown() }) },
      handle: async ({ param, body }) => asWire(await prompts.preview(param('name'), fromWire(body.input ?? {}), body.text)),
    }),
    endpoint({
      method: 'get',
      path: '/api/prompts/:name/examples',
      group: 'Prompts',
      summary: 'Recent asks of the prompt, newest first: the messages as sent, and the answer.',
      scope: 'read',
      query: z.object({ limit: limitOf(20, 100) }),
      replies: { 200: listOf(example) },
      handle: async ({ param, query: { limit } }) => {
        const items: z.output<typeof example>[] = []
        for await (const { run, entry, record } of asksOf(door.rondo, param('name'))) {
          const { version, messages } = record
          const value = entry.value === undefined ? {} : { value: wire(entry.value) }
          items.push({ run, path: pathOf(entry), at: iso(entry.at), version, messages: asWire(messages), ...value })
          if (items.length === limit) break
        }
        return { items }
      },
    }),
  ]
}

async function versionsOf(rondo: Rondo, name: string): Promise<z.output<typeof version>[]> {
  const met = new Map<string, Omit<z.output<typeof version>, 'firstAt' | 'lastAt'> & { first: number; last: number }>()
  for await (const { entry, record } of asksOf(rondo, name)) {
    const { version, model, reply } = record
    const known = met.get(version) ?? { version, model, asks: 0, failed: 0, microUsd: 0, first: entry.at, last: entry.at }
    met.set(version, {
      ...known,
      asks: known.asks + 1,
      failed: known.failed + (entry.state === 'failed' ? 1 : 0),
      microUsd: known.microUsd + (reply?.usage.microUsd ?? 0),
      first: Math.min(entry.at, known.first),
      last: Math.max(entry.at, known.last),
    })
  }
  const newestFirst = [...met.values()].sort((one, other) => other.last - one.last)
  return newestFirst.map(({ first, last, ...rest }) => ({ ...rest, firstAt: iso(first), lastAt: iso(last) }))
}

/** The asks of a prompt in the newest runs, newest run first. */
async function* asksOf(rondo: Rondo, name: string): AsyncGenerator<{ run: string; entry: Entry; record: AskRecord }> {
  for (const { id } of await rondo.runs.list({ limit: LOOKED_AT })) {
    for (const entry of await rondo.store.journal.entries(id, { limit: ENTRIES, values: ['ask'], records: ['ask'] })) {
      if (entry.kind !== 'ask' || entry.record === undefined || !entry.record.includes('"prompt"')) continue
      const record = decode(entry.record)
      if (isAskRecord(record) && record.prompt === name) yield { run: id, entry, record }
    }
    // Others get their turn: this may read many journals.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function isAskRecord(record: unknown): record is AskRecord {
  return record !== null && typeof record === 'object' && 'prompt' in record && 'version' in record && 'messages' in record
}
