/**
 * What is asked of a backtest, as the form holds it and as the API takes it; and where in the form an error belongs.
 *
 * Owns: that translation, both ways. Never: the last word on what is valid: the server has it.
 */
import type { ApiError } from '../../api/client.ts'

export const WHATS = ['prompt', 'model', 'code'] as const

export interface Order {
  readonly what: (typeof WHATS)[number]
  readonly prompt: string
  readonly text: string
  /** The prompt or decision whose model is another. */
  readonly of: string
  readonly model: string
  readonly mustPass: boolean
  readonly flow: string
  /** Days, as date fields have them. */
  readonly from: string
  readonly until: string
  readonly release: string
  readonly segment: string
  readonly sample: string
  readonly seed: string
  readonly usd: string
  /** In points: hundredths. */
  readonly margin: string
}

export type Field = keyof Order | 'form'

export const NEW: Order = {
  what: 'prompt',
  prompt: '',
  text: '',
  of: '',
  model: '',
  mustPass: false,
  flow: '',
  from: '',
  until: '',
  release: '',
  segment: '',
  sample: '500',
  seed: '1',
  usd: '5',
  margin: '2',
}

/** What is plainly missing, by field: the rest is for the server to say. */
export function missingIn({ what, prompt, text, of, model, sample, usd, margin }: Order): Partial<Record<Field, string>> {
  const isNumber = (value: string): boolean => value.trim() !== '' && Number.isFinite(Number(value))
  return {
    ...(what === 'prompt' && prompt === '' && { prompt: 'Choose the prompt that is changed.' }),
    ...(what === 'prompt' && prompt !== '' && text.trim() === '' && { text: 'Write or paste the other text.' }),
    ...(what === 'model' && of === '' && { of: 'Name the prompt or decision.' }),
    ...(what === 'model' && model === '' && { model: 'Name the model, as in openai/gpt-5-mini.' }),
    ...(sample !== '' &&
      !(Number.isInteger(Number(sample)) && Number(sample) > 0) && { sample: 'A whole number, or nothing for all runs.' }),
    ...(!(isNumber(usd) && Number(usd) >= 0) && { usd: 'An amount in dollars, as in 2.50.' }),
    ...(!(isNumber(margin) && Number(margin) >= 0 && Number(margin) < 100) && { margin: 'Points from 0 to 99, as in 2.' }),
  }
}

/** The body of `POST /api/backtests`. */
export function bodyOf(order: Order): Record<string, unknown> {
  const { what, prompt, text, of, model, mustPass, flow, from, until, release, segment, sample, seed, usd, margin } = order
  const given = { flow, release, segment, seed }
  return {
    change: what === 'prompt' ? { prompts: { [prompt]: text } } : what === 'model' ? { models: { [of]: model } } : { code: true },
    selection: {
      ...(mustPass && { of: 'must-pass' }),
      ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== '')),
      ...(from !== '' && { from: dayBegins(from) }),
      ...(until !== '' && { until: dayBegins(until, 1) }),
      ...(sample !== '' && { sample: Number(sample) }),
    },
    usd: Number(usd),
    margin: Number((Number(margin) / 100).toFixed(6)),
  }
}

/** Where what the server complains of was typed in. */
export function placeOf({ code, details }: Pick<ApiError, 'code' | 'details'>, { what }: Pick<Order, 'what'>): Field {
  if (code === 'prompt_invalid' || code === 'prompt_unknown') return 'text'
  if (code === 'model_unknown') return 'model'
  if (code === 'flow_unknown') return 'flow'
  const places: unknown = details['places']
  for (const place of Array.isArray(places) ? places : []) {
    const last: unknown = Array.isArray(place) ? place.at(-1) : undefined
    const field = typeof last === 'string' ? FIELDS.find((one) => one === last) : undefined
    if (field !== undefined) return field
    if (Array.isArray(place) && place.includes('change')) return what === 'code' ? 'form' : what === 'prompt' ? 'text' : 'model'
  }
  return 'form'
}

const FIELDS: readonly Field[] = ['flow', 'from', 'until', 'release', 'segment', 'sample', 'seed', 'usd', 'margin']

/** Where a day begins here; `plus`: so many days later. */
function dayBegins(day: string, plus = 0): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
  return new Date(year, month - 1, date + plus).toISOString()
}
