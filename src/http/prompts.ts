/**
 * Prompts over HTTP: their texts, edited, labelled and tried, and what each version did as far as recent journals say.
 */
import { z } from 'zod'
import { RondoError } from '../errors.ts'
import type { AskRecord, Entry, PromptText, Rondo } from '../index.ts'
import { decode } from '../json.ts'
import { asWire, fromWire, iso, listOf, pathOf, wire } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint, limitOf } from './endpoint.ts'
import { newestRuns } from './newest-runs.ts'
import {
  aboutDocument,
  exampleDocument,
  type PromptDocument,
  type PromptExampleDocument,
  promptDocument,
  promptOf,
  textDocument,
  textOf,
} from './prompt-documents.ts'
import { PromptHistory } from './prompt-history.ts'

const LOOKED_AT = 500
const ENTRIES = 1000
const LONGEST = 1_000_000

export function promptEndpoints(door: Door): Endpoint[] {
  const history = new PromptHistory(door.rondo)
  return [...readingEndpoints(door, history), ...writingEndpoints(door, history)]
}

function readingEndpoints({ rondo }: Door, history: PromptHistory): Endpoint[] {
  const { prompts } = rondo
  return [
    endpoint({
      method: 'get',
      path: '/api/prompts',
      group: 'Prompts',
      summary: 'The prompts in the folder.',
      scope: 'read',
      replies: { 200: listOf(aboutDocument) },
      handle: async () => {
        const texts = await Promise.all((await prompts.names()).map((name) => prompts.read(name)))
        return { items: texts.map(({ text: _, defaults: __, ...rest }) => rest) }
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/prompts/:name',
      group: 'Prompts',
      summary: 'A prompt: its text, its labels, and its versions with what each did.',
      scope: 'read',
      replies: { 200: promptDocument },
      handle: async ({ param }) => documented(rondo, history, await prompts.read(param('name'))),
    }),
    endpoint({
      method: 'get',
      path: '/api/prompts/:name/versions/:version',
      group: 'Prompts',
      summary: 'The text of a version, a revision or a label, where it is kept: of what was asked or written since it is.',
      scope: 'read',
      replies: { 200: textDocument },
      handle: async ({ param }) => {
        const [name, version] = [param('name'), param('version')]
        const kept = await prompts.kept.find(name, version)
        if (kept === undefined) throw textUnknown(name, version)
        return textOf(kept)
      },
    }),
    endpoint({
      method: 'post',
      path: '/api/prompts/:name/preview',
      group: 'Prompts',
      summary: 'The messages a text makes of an input, as they would be sent. Nothing is asked.',
      scope: 'read',
      body: z.object({ text: z.string().max(LONGEST).optional(), input: z.unknown().optional() }),
      replies: { 200: z.object({ messages: z.array(z.unknown()), model: z.string().optional(), settings: z.unknown() }) },
      handle: async ({ param, body }) => asWire(await prompts.preview(param('name'), fromWire(body.input ?? {}), body.text)),
    }),
    endpoint({
      method: 'get',
      path: '/api/prompts/:name/examples',
      group: 'Prompts',
      summary: 'Recent asks of the prompt, newest first: what it was filled in with, the messages as sent, and the answer.',
      scope: 'read',
      query: z.object({ limit: limitOf(20, 100) }),
      replies: { 200: listOf(exampleDocument) },
      handle: async ({ param, query: { limit } }) => {
        const items: PromptExampleDocument[] = []
        for await (const { run, flow, entry, record } of asksOf(rondo, param('name'))) {
          items.push({ ...exampleOf(run, entry, record), flow })
          if (items.length === limit) break
        }
        return { items }
      },
    }),
  ]
}

function writingEndpoints(door: Door, history: PromptHistory): Endpoint[] {
  const { rondo } = door
  const { prompts } = rondo
  return [
    endpoint({
      method: 'put',
      path: '/api/prompts/:name',
      group: 'Prompts',
      summary:
        'Writes the text over the revision that was read (null: a new prompt). Refused when it is another by now, or cannot be read.',
      scope: 'edit',
      body: z.object({ text: z.string().max(LONGEST), ifRevision: z.string().nullable() }),
      replies: { 200: promptDocument },
      handle: async ({ param, body, principal }) => {
        const written = await prompts.write(param('name'), body.text, body.ifRevision ?? undefined, principal.name)
        door.tell('prompt', { name: written.name })
        return documented(rondo, history, written)
      },
    }),
    endpoint({
      method: 'put',
      path: '/api/prompts/:name/labels/:label',
      group: 'Prompts',
      summary: 'Gives a label to a text, or to that of a version; or takes it away (version: null). Runs go on asking the file.',
      scope: 'edit',
      body: z.union([z.strictObject({ text: z.string().max(LONGEST) }), z.strictObject({ version: z.string().nullable() })]),
      replies: { 200: promptDocument },
      handle: async ({ param, body, principal }) => {
        const [name, label] = [param('name'), param('label')]
        const text = await prompts.read(name)
        if ('text' in body) await prompts.label(name, label, body.text, principal.name)
        else if (body.version === null) await prompts.kept.label(name, label, undefined)
        else {
          const kept = await prompts.kept.find(name, body.version)
          if (kept === undefined) throw textUnknown(name, body.version)
          await prompts.kept.label(name, label, kept.revision, principal.name)
        }
        door.tell('prompt', { name })
        return documented(rondo, history, text)
      },
    }),
  ]
}

async function documented({ prompts }: Rondo, history: PromptHistory, text: PromptText): Promise<PromptDocument> {
  // First what was asked, so that the texts of all of it are there.
  const versions = await history.versionsOf(text.name)
  return promptOf(text, await prompts.kept.index(text.name), versions)
}

function exampleOf(run: string, entry: Entry, { version, messages, input }: AskRecord): Omit<PromptExampleDocument, 'flow'> {
  return {
    run,
    path: pathOf(entry),
    at: iso(entry.at),
    version,
    messages: asWire(messages),
    ...(input !== undefined && { input: asWire(input) }),
    ...(entry.value !== undefined && { value: wire(entry.value) }),
  }
}

/** The asks of a prompt in the newest runs of every flow, newest run first. */
async function* asksOf(rondo: Rondo, name: string): AsyncGenerator<{ run: string; flow: string; entry: Entry; record: AskRecord }> {
  for (const { id, flow } of await newestRuns(rondo, LOOKED_AT)) {
    for (const entry of await rondo.store.journal.entries(id, { limit: ENTRIES, values: ['ask'], records: ['ask'] })) {
      if (entry.kind !== 'ask' || entry.record === undefined || entry.version?.startsWith(`${name}@`) !== true) continue
      const record = decode(entry.record)
      if (isAskRecord(record) && record.prompt === name) yield { run: id, flow, entry, record }
    }
    // Others get their turn: this may read many journals.
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function isAskRecord(record: unknown): record is AskRecord {
  return record !== null && typeof record === 'object' && 'prompt' in record && 'version' in record && 'messages' in record
}

function textUnknown(name: string, version: string): RondoError {
  return new RondoError(
    'not_found',
    `No text of prompt "${name}" is kept as "${version}": a version, a revision (six digits at least) or a label. Texts are kept from when they are asked or written here.`,
    { details: { prompt: name, version } },
  )
}
