/**
 * What may be done with a question at a terminal: which keys there are for it, and what each does.
 *
 * Owns: the keys. Choices are numbers, and letters where there are more than nine.
 */
import type { InboxItem, Person, Rondo } from '../index.ts'
import { decode, encode } from '../json.ts'
import { paint } from './output.ts'
import { editedText, typedLine } from './terminal.ts'
import { inline } from './value.ts'

export interface Act {
  /** A character, or `return`. */
  readonly key: string
  readonly label: string
  /** What becomes of the question when it was done: answered, handed to others, or still here. */
  readonly result: 'answered' | 'skipped' | 'stay'
  /** Does it, and says what was done; `undefined` when the person thought better of it. */
  act(): Promise<string | undefined>
}

/** How long the person has looked, and at which asking of the question. */
export type Seen = () => { readonly attentionMs: number; readonly openedAt: number }

/** Letters that no other key has. */
const LETTERS = 'bdfhijklmoptuwxz'

export function actsFor(item: InboxItem, person: Person, rondo: Rondo, seen: Seen): Act[] {
  const about: About = { item, person, rondo, seen }
  return [...answers(about), ...beside(about)]
}

interface About {
  readonly item: InboxItem
  readonly person: Person
  readonly rondo: Rondo
  readonly seen: Seen
}

function answers(about: About): Act[] {
  switch (about.item.kind) {
    case 'review':
      return [accept(about, 'a', 'accept'), edit(about, 'edit', about.item.content.subject), reject(about)]
    case 'decide':
      return decideActs(about)
    case 'unknown':
      return [
        fixed(about, 'y', 'it happened', { happened: true }),
        edit(about, 'it happened, with a result', { happened: true, result: null }),
        fixed(about, 'n', 'it did not', { happened: false }),
      ]
    case 'budget':
      return [edit(about, 'extend', { extend: { rounds: 1 } }), fixed(about, 'n', 'end the run', { end: true })]
  }
}

function decideActs(about: About): Act[] {
  const { choices, proposal } = about.item.content
  const proposed = proposal === undefined ? [] : [accept(about, 'return', `as proposed: ${inline(proposal.value, 30)}`)]
  if (choices === undefined || choices.length > 9 + LETTERS.length)
    return [...proposed, edit(about, proposal === undefined ? 'answer' : 'answer otherwise', proposal?.value ?? {})]
  return [...choices.map((choice, index) => fixed(about, keyAt(index), inline(choice, 30), choice)), ...proposed]
}

function keyAt(index: number): string {
  return index < 9 ? String(index + 1) : (LETTERS[index - 9] ?? '')
}

function accept({ item, person, rondo, seen }: About, key: string, label: string): Act {
  return {
    key,
    label,
    result: 'answered',
    act: async () => {
      await rondo.inbox.accept(item.id, person, seen())
      return 'Accepted.'
    },
  }
}

function fixed({ item, person, rondo, seen }: About, key: string, label: string, value: unknown): Act {
  return {
    key,
    label,
    result: 'answered',
    act: async () => {
      await rondo.inbox.answer(item.id, person, value, seen())
      return `Answered: ${label}.`
    },
  }
}

function edit({ item, person, rondo, seen }: About, label: string, before: unknown): Act {
  return {
    key: 'e',
    label,
    result: 'answered',
    act: async () => {
      const value = await editedValue(before)
      if (value === undefined) return undefined
      await rondo.inbox.answer(item.id, person, value.given, seen())
      return `Answered: ${inline(value.given, 60)}`
    },
  }
}

function reject({ item, person, rondo, seen }: About): Act {
  return {
    key: 'r',
    label: 'reject',
    result: 'answered',
    act: async () => {
      const note = await typedLine('What should be different? ')
      if (note === undefined || note.trim() === '') return undefined
      await rondo.inbox.reject(item.id, person, note, seen())
      return 'Rejected.'
    },
  }
}

/** What may be done with any question without answering it. */
function beside({ item, person, rondo }: About): Act[] {
  return [
    {
      key: 'c',
      label: 'comment',
      result: 'stay',
      act: async () => {
        const text = await typedLine('Comment: ')
        if (text === undefined || text.trim() === '') return undefined
        await rondo.inbox.comment(item.id, person, text)
        return 'Noted.'
      },
    },
    {
      key: 'g',
      label: 'give to another role',
      result: 'skipped',
      act: async () => {
        const role = await typedLine('To which role? ')
        if (role === undefined || role.trim() === '') return undefined
        await rondo.inbox.reassign(item.id, person, role.trim())
        return `It is for ${role.trim()} now.`
      },
    },
  ]
}

/** The value as the person changed it: in an editor where there is one, else on a line. Text is text, all else JSON. */
async function editedValue(before: unknown): Promise<{ given: unknown } | undefined> {
  const isText = typeof before === 'string'
  const ending = isText ? 'txt' : 'json'
  let text = isText ? before : JSON.stringify(JSON.parse(encode(before)), undefined, 2)
  for (;;) {
    const edited =
      editedText(text, ending) ?? (await typedLine(isText ? 'As it should be: ' : 'As it should be (JSON): ', onOneLine(text, isText)))
    if (edited === undefined) return undefined
    if (isText) return { given: edited.replace(/\n$/, '') }
    try {
      return { given: decode(edited) }
    } catch (error) {
      process.stdout.write(`${paint('red', '✗')} This is no JSON: ${error instanceof Error ? error.message : String(error)}\n`)
      const again = await typedLine('Mend it? [Enter] yes, [Ctrl-C] no ')
      if (again === undefined) return undefined
      text = edited
    }
  }
}

/** A line cannot hold a line break: text on a line goes on without them, JSON does not need them. */
function onOneLine(text: string, isText: boolean): string {
  return isText ? text.replaceAll('\n', ' ') : text.replace(/\n\s*/g, ' ')
}
