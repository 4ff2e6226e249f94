/**
 * What can be answered to a question: by a single key, by editing, or by turning it down.
 *
 * Owns: that reading of an item. Never: draws or sends it.
 */
import { isRecord } from '../../api/client.ts'
import type { Item } from '../../api/documents.ts'
import { blank, type Shape, shapeOf } from '../../parts/form/shape.ts'
import { lineOf } from '../../parts/value.tsx'
import type { Act } from './outbox.ts'

export interface Choice {
  readonly label: string
  readonly act: Act
  /** The proposal says this. */
  readonly proposed: boolean
}

export interface Answers {
  readonly choices: readonly Choice[]
  /** What stands, taken as it is. */
  readonly accept: { readonly label: string; readonly act: Act } | undefined
  /** A form, with what it begins with. */
  readonly form: { readonly label: string; readonly shape: Shape; readonly from: unknown } | undefined
  /** Whether it can be turned down with a note. */
  readonly reject: boolean
}

export function answersTo(item: Item): Answers {
  if (item.kind === 'unknown') return answersToUnknown(item)
  if (item.kind === 'budget') return answersToBudget(item)
  return item.kind === 'decide' ? answersToDecision(item) : answersToReview(item)
}

/** The act of answering with a value. */
export function answerWith(value: unknown, label: string = lineOf(value, 40)): Act {
  return { what: 'answer', body: { value }, says: `answered “${label}”` }
}

function answersToDecision({ content }: Item): Answers {
  const { proposal, schema } = content
  const shape = shapeOf(schema)
  const values = content.choices ?? (shape.kind === 'choice' ? shape.choices : shape.kind === 'yes-no' ? [true, false] : [])
  const same = (value: unknown): boolean => proposal !== undefined && JSON.stringify(value) === JSON.stringify(proposal.value)
  return {
    choices: values.map((value) => {
      const label = value === true ? 'yes' : value === false ? 'no' : lineOf(value, 60)
      return { label, proposed: same(value), act: answerWith(value, label) }
    }),
    accept:
      proposal === undefined
        ? undefined
        : {
            label: `Accept “${lineOf(proposal.value, 40)}”`,
            act: { what: 'accept', body: {}, says: `accepted “${lineOf(proposal.value, 40)}”` },
          },
    form:
      values.length > 0 ? undefined : { label: proposal === undefined ? 'Answer' : 'Change', shape, from: proposal?.value ?? blank(shape) },
    reject: false,
  }
}

function answersToReview({ content }: Item): Answers {
  return {
    choices: [],
    accept: { label: 'Accept', act: { what: 'accept', body: {}, says: 'accepted' } },
    form: { label: 'Edit', shape: editable(shapeOf(content.schema), content.subject), from: content.subject },
    reject: true,
  }
}

/** A subject without a schema of its own is edited as what it is. */
function editable(shape: Shape, subject: unknown): Shape {
  if (shape.kind !== 'any') return shape
  return typeof subject === 'string' ? { kind: 'text', least: 0, most: Number.POSITIVE_INFINITY } : shape
}

function answersToUnknown({ content }: Item): Answers {
  const shape = shapeOf(content.schema)
  const choice = (label: string, value: unknown): Choice => ({ label, proposed: false, act: answerWith(value, label) })
  return {
    choices: [choice('It happened', { happened: true }), choice('It did not happen', { happened: false })],
    accept: undefined,
    form: { label: 'It happened, with this result', shape, from: { happened: true } },
    reject: false,
  }
}

function answersToBudget({ content }: Item): Answers {
  const budget = isRecord(content.subject) && isRecord(content.subject['budget']) ? content.subject['budget'] : {}
  const words: Readonly<Record<string, (amount: unknown) => string>> = {
    rounds: (amount) => `${amount} more round${amount === 1 ? '' : 's'}`,
    tokens: (amount) => `${amount} more tokens`,
    usd: (amount) => `$${amount} more`,
    time: (amount) => `${amount} more time`,
    attention: (amount) => `${amount} more of people’s attention`,
  }
  const extensions = Object.entries(words).flatMap(([name, say]): Choice[] => {
    const amount = budget[name]
    if (typeof amount !== 'number' && typeof amount !== 'string') return []
    const label = say(amount)
    return [{ label, proposed: false, act: answerWith({ extend: { [name]: amount } }, label) }]
  })
  return {
    choices: [...extensions, { label: 'End the run', proposed: false, act: answerWith({ end: true }, 'End the run') }],
    accept: undefined,
    form: { label: 'Extend by something else', shape: shapeOf(content.schema), from: { extend: {} } },
    reject: false,
  }
}
