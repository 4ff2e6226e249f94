/**
 * You, in the place of the desk's people: one question at a time in the terminal, answered by single keys.
 */

import { stdin, stdout } from 'node:process'
import { createInterface, emitKeypressEvents } from 'node:readline'
import type { InboxItem, Rondo } from 'rondo'
import type { Mailbox } from './mailbox.ts'

const ME = { name: process.env['USER'] ?? 'you', roles: ['mail-desk', 'operator'] }
const LINES = 18
const LONGEST_LINE = 150

export function meAnswers(
  rondo: Rondo,
  mailbox: Mailbox,
  mailOf: (run: string) => string | undefined,
  failed: (error: unknown) => void,
): () => void {
  let over = false
  let next = Promise.withResolvers<void>()
  const unsubscribe = rondo.events.subscribe((event) => {
    if (event.type === 'status' && event.status === 'waiting') next.resolve()
  })
  const work = async (): Promise<void> => {
    while (!over) {
      const [item] = await rondo.inbox.list({ person: ME, limit: 1 })
      if (item !== undefined) await ask(rondo, item, mailbox, mailOf(item.run))
      else await next.promise
      next = Promise.withResolvers<void>()
    }
  }
  work().catch(failed)
  return () => {
    over = true
    unsubscribe()
    stdin.pause()
  }
}

async function ask(rondo: Rondo, item: InboxItem, mailbox: Mailbox, mail: string | undefined): Promise<void> {
  stdout.write(`\u001b[2J\u001b[H${item.title}\n\n${shown(item)}\n\n`)
  const { proposal } = item.content
  if (proposal !== undefined) stdout.write(`The learner says: ${String(proposal.value)} (confidence ${proposal.confidence.toFixed(2)})\n`)
  if (item.kind === 'decide') {
    const key = await keypress(
      '[s] spam   [w] wanted   [enter] as proposed   [?] what the corpus says   [q] stop',
      proposal === undefined ? ['s', 'w', '?', 'q'] : ['s', 'w', '?', 'q', 'return'],
    )
    if (key === '?') stdout.write(`The corpus says: ${mail === undefined ? 'nothing' : mailbox.label(mail)}\n`)
    const answer = key === '?' ? await keypress('[s] spam   [w] wanted', ['s', 'w']) : key
    if (answer === 'q') return void process.kill(process.pid, 'SIGINT')
    await rondo.inbox.answer(item.id, ME, answer === 'return' ? proposal?.value : answer === 's' ? 'spam' : 'wanted')
  } else {
    const key = await keypress('[a] accept   [r] reject with a note   [q] stop', ['a', 'r', 'q'])
    if (key === 'q') return void process.kill(process.pid, 'SIGINT')
    if (key === 'a') await rondo.inbox.accept(item.id, ME)
    else await rondo.inbox.reject(item.id, ME, await line('What should be different? '))
  }
}

function shown(item: InboxItem): string {
  const { subject } = item.content
  const text =
    typeof subject === 'string'
      ? subject
      : Object.entries(subject ?? {})
          .map(([name, value]) => `${name}: ${String(value)}`)
          .join('\n')
  const lines = text.split('\n')
  const cut = lines.length > LINES ? [`… ${lines.length - LINES} more lines`] : []
  return [...lines.slice(0, LINES).map((line) => harmless(line).slice(0, LONGEST_LINE)), ...cut].join('\n')
}

/** A mail may hold what a terminal would obey. */
function harmless(line: string): string {
  return line.replace(/\p{Cc}/gu, ' ')
}

async function keypress(prompt: string, keys: readonly string[]): Promise<string> {
  if (!stdin.isTTY) throw new Error('--me needs a terminal: run it where you can type, or leave it out.')
  stdout.write(`${prompt}\n`)
  emitKeypressEvents(stdin)
  stdin.setRawMode(true)
  stdin.resume()
  try {
    return await new Promise<string>((resolve) => {
      const press = (_: string, key: { name?: string; sequence?: string; ctrl?: boolean }): void => {
        const pressed = key.ctrl === true && key.name === 'c' ? 'q' : keys.includes(key.name ?? '') ? key.name : key.sequence
        if (pressed === undefined || !keys.includes(pressed)) return
        stdin.off('keypress', press)
        resolve(pressed)
      }
      stdin.on('keypress', press)
    })
  } finally {
    stdin.setRawMode(false)
  }
}

function line(prompt: string): Promise<string> {
  const reader = createInterface({ input: stdin, output: stdout })
  return new Promise((resolve) => {
    reader.question(prompt, (text) => {
      reader.close()
      resolve(text)
    })
  })
}
