/**
 * An ask that is interrupted: by a crash at any journal write, and by an edit of its prompt in between.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { bodyOf, closeAll, promptFolder, server, system } from '../../test/support/asking-system.ts'
import { answer, json, toolCall } from '../../test/support/openai-server.ts'
import { systemClock } from '../clock.ts'
import type { Store } from '../journal/store.ts'
import { openMemoryStore } from '../journal/stores/memory/memory.ts'
import { type Kill, killable } from '../testing/killable.ts'
import { prompt } from './prompt.ts'
import { tool } from './tool.ts'

afterEach(closeAll)

const input = z.object({ mail: z.string() })
const output = z.object({ text: z.string() })

/** Plays a flow's first life on a store that dies as told; says what it died at. */
async function dying(played: ReturnType<typeof bodyOf>, at: Parameters<typeof system>[1], ground: Store, kill: Kill) {
  const doomed = killable(ground, kill)
  const first = await system(played, { ...at, store: doomed })
  const handle = await first.runs.start('played', {})
  const died = await Promise.race([doomed.death.then(() => true), handle.result().then(() => false)])
  return { id: handle.id, died, entry: doomed.diedAt?.entries.at(-1)?.name ?? '' }
}

test('a crash at any journal write pays for no recorded call again, and the answer and its cost are the same', async () => {
  const folder = await promptFolder({ reply: 'Answer {{mail}}' })
  const paid = { usage: { input: 100, output: 10 } }
  const extra: number[] = []
  for (let at = 1; ; at += 1) {
    for (const when of ['before', 'after'] as const) {
      const said = await server(({ body }) => (body.messages.length === 1 ? answer('no', paid) : json({ text: 'Yes.' }, paid)))
      const played = bodyOf((run) => run.ask(prompt('reply', { input, output }), { mail: 'Hello?' }))
      const ground = openMemoryStore({ clock: systemClock })
      const { id, died } = await dying(played, { server: said, folder }, ground, { at, when })
      if (!died) {
        expect(at).toBeGreaterThan(3)
        // Only a death between a reply and its entry costs a call, and never more than that one.
        expect(Math.max(...extra)).toBe(1)
        expect(extra.filter((more) => more === 1)).toHaveLength(2)
        return
      }
      const second = await system(played, { server: said, folder, store: ground })
      expect(await second.runs.result(id)).toEqual({ text: 'Yes.' })
      expect((await second.runs.get(id))?.usage).toEqual({ inputTokens: 200, outputTokens: 20, microUsd: 240, attentionMs: 0 })
      extra.push(said.requests.length - 2)
      await second.close()
    }
  }
})

test('an edit after a crash makes another version, which is asked anew: no answer stands under a text it was not given to', async () => {
  const folder = await promptFolder({ reply: 'Answer {{mail}}' })
  const said = await server(({ lastUserText }) => json({ text: `To: ${lastUserText}` }))
  const played = bodyOf((run) => run.ask(prompt('reply', { input, output }), { mail: 'Hello?' }))
  const ground = openMemoryStore({ clock: systemClock })
  // Dies at the entry that would close the ask: its call is recorded.
  const { id, entry } = await dying(played, { server: said, folder }, ground, { at: 2, when: 'before' })
  expect(entry).toBe('reply')
  await writeFile(join(folder, 'reply.prompt'), 'Kindly answer {{mail}}')
  const second = await system(played, { server: said, folder, store: ground })
  expect(await second.runs.result(id)).toEqual({ text: 'To: Kindly answer Hello?' })
  const steps = await second.steps(id)
  const version = String(steps.get('reply')?.tells['version']).slice(0, 8)
  const calls = [...steps.keys()].filter((path) => path.startsWith('reply/call@'))
  expect(calls).toHaveLength(2)
  expect(calls.at(-1)).toBe(`reply/call@${version}`)
  await second.close()
})

test('with tools, rounds after a crash and an edit go on with the text they began with', async () => {
  const folder = await promptFolder({ reply: 'Answer {{mail}}' })
  const said = await server(({ index }) => (index === 0 ? toolCall('look', {}) : json({ text: 'Done.' })))
  let looks = 0
  const look = tool({ name: 'look', description: 'Looks.', input: z.object({}), run: () => `look ${++looks}` })
  const played = bodyOf((run) => run.ask(prompt('reply', { input, output, tools: [look] }), { mail: 'Hello?' }))
  const ground = openMemoryStore({ clock: systemClock })
  const kinds: string[] = []
  let id = ''
  for (let at = 1; kinds.at(-1) !== '[0]'; at += 1) {
    // Found by dying one write later each time, on a fresh store: the end of the first round.
    const trial = openMemoryStore({ clock: systemClock })
    const rehearsal = await server(({ index }) => (index === 0 ? toolCall('look', {}) : json({ text: 'Done.' })))
    kinds.push((await dying(played, { server: rehearsal, folder }, trial, { at, when: 'after' })).entry)
  }
  looks = 0
  id = (await dying(played, { server: said, folder }, ground, { at: kinds.length, when: 'after' })).id
  await writeFile(join(folder, 'reply.prompt'), 'Kindly answer {{mail}}')
  const second = await system(played, { server: said, folder, store: ground })
  expect(await second.runs.result(id)).toEqual({ text: 'Done.' })
  expect(looks).toBe(1)
  expect(said.requests).toHaveLength(2)
  expect(said.requests[1]?.body.messages[0]?.content).toBe('Answer Hello?')
  await second.close()
})
