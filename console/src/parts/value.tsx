/**
 * Values, drawn as what they are: an object as a list of its fields, a long text as text, a list as a list.
 *
 * Owns: reading the journal's JSON, tags included. Never: changes a value.
 */
import { useState } from 'react'
import { isRecord } from '../api/client.ts'
import { Fold } from './fold.tsx'
import { isContext, Pieces, piecesOf } from './pieces.tsx'
import { exactTime } from './time.tsx'

const LONG_TEXT = 160
const FOLDED_TEXT = 1200
const MOST_ITEMS = 50
const DEEPEST_OPEN = 3

/** A value for reading. */
export function Value({ value, depth = 0 }: { readonly value: unknown; readonly depth?: number }): React.JSX.Element {
  const plain = untagged(value)
  if (typeof plain === 'string') return <Text text={plain} />
  if (plain === null || plain === undefined) return <span className="value-none">{plain === null ? 'null' : 'nothing'}</span>
  if (typeof plain !== 'object') return <span className={`value-${typeof plain}`}>{String(plain)}</span>
  if (plain instanceof Date) return <time dateTime={plain.toISOString()}>{exactTime(plain.toISOString())}</time>
  if (isContext(plain)) return <Pieces pieces={piecesOf(plain) ?? []} />
  const fields: [string, unknown][] = Array.isArray(plain) ? plain.map((item, index) => [String(index), item]) : Object.entries(plain)
  if (fields.length === 0) return <span className="value-none">{Array.isArray(plain) ? 'empty list' : 'no fields'}</span>
  if (Array.isArray(plain) && fields.every(([, item]) => isShort(item))) return <ShortList items={plain} />
  if (depth >= DEEPEST_OPEN) return <Folded fields={fields} list={Array.isArray(plain)} depth={depth} />
  return <Fields fields={fields} depth={depth} />
}

/** A value as a short text. */
export function lineOf(value: unknown, most = 120): string {
  const text = textOf(value)
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`
}

function textOf(value: unknown, depth = 0): string {
  const plain = untagged(value)
  if (typeof plain === 'string') return plain
  if (plain === undefined) return 'nothing'
  if (plain instanceof Date) return exactTime(plain.toISOString())
  if (plain === null || typeof plain !== 'object') return String(plain)
  if (depth > 1) return Array.isArray(plain) ? `${plain.length} items` : '…'
  if (Array.isArray(plain))
    return plain
      .slice(0, MOST_ITEMS)
      .map((item) => textOf(item, depth + 1))
      .join(', ')
  return Object.entries(plain)
    .map(([name, item]) => `${name}: ${textOf(item, depth + 1)}`)
    .join(' · ')
}

/** A value as JSON, to be copied. */
export function Json({ value }: { readonly value: unknown }): React.JSX.Element {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <pre className="json" tabIndex={0}>
      {JSON.stringify(value, undefined, 2)}
    </pre>
  )
}

/** Read as it is, or as JSON. */
export function ValuePanel({ title, value }: { readonly title: string; readonly value: unknown }): React.JSX.Element {
  const [raw, setRaw] = useState(false)
  return (
    <section className="value-panel">
      <header>
        <h3>{title}</h3>
        <button type="button" className="link" onClick={() => setRaw(!raw)} aria-pressed={raw}>
          JSON
        </button>
        <CopyButton text={() => (typeof value === 'string' ? value : (JSON.stringify(value, undefined, 2) ?? ''))} />
      </header>
      {raw ? <Json value={value} /> : <Value value={value} />}
    </section>
  )
}

export function CopyButton({ text, label = 'Copy' }: { readonly text: () => string; readonly label?: string }): React.JSX.Element {
  const [done, setDone] = useState(false)
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text())
    setDone(true)
    setTimeout(() => setDone(false), 1500)
  }
  return (
    <button type="button" className="link" onClick={() => void copy()}>
      {done ? 'Copied' : label}
    </button>
  )
}

/** What a tagged value stands for, as far as it can be shown better than tagged. */
export function untagged(value: unknown): unknown {
  if (!isRecord(value) || typeof value['$rondo'] !== 'string') return value
  const inner = value['value']
  if (value['$rondo'] === 'date' && (typeof inner === 'string' || typeof inner === 'number')) return new Date(inner)
  if (value['$rondo'] === 'undefined') return undefined
  if (value['$rondo'] === 'bigint' || value['$rondo'] === 'number') return String(inner)
  if (value['$rondo'] === 'bytes') return `${Math.floor((String(inner).length * 3) / 4)} bytes`
  return inner
}

function Text({ text }: { readonly text: string }): React.JSX.Element {
  const [open, setOpen] = useState(false)
  if (text === '') return <span className="value-none">empty text</span>
  if (text.length <= LONG_TEXT && !text.includes('\n')) return <span className="value-text">{text}</span>
  const folded = text.length > FOLDED_TEXT && !open
  return (
    <div className="value-long">
      <div className="value-prose">{folded ? `${text.slice(0, FOLDED_TEXT)}…` : text}</div>
      {text.length > FOLDED_TEXT && (
        <button type="button" className="link" onClick={() => setOpen(!open)} aria-expanded={open}>
          {open ? 'Show less' : `Show all ${text.length.toLocaleString()} characters`}
        </button>
      )}
    </div>
  )
}

function ShortList({ items }: { readonly items: readonly unknown[] }): React.JSX.Element {
  return (
    <ul className="value-short">
      {items.slice(0, MOST_ITEMS).map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a recorded list does not change its order.
        <li key={index}>{item === '' ? <span className="value-none">empty text</span> : lineOf(item)}</li>
      ))}
      {items.length > MOST_ITEMS && <li className="value-none">and {items.length - MOST_ITEMS} more</li>}
    </ul>
  )
}

function Fields({ fields, depth }: { readonly fields: readonly [string, unknown][]; readonly depth: number }): React.JSX.Element {
  return (
    <dl className="value-fields">
      {fields.slice(0, MOST_ITEMS).map(([name, item]) => (
        <div key={name} className={isShort(item) ? 'value-field' : 'value-field value-field-large'}>
          <dt>{name}</dt>
          <dd>
            <Value value={item} depth={depth + 1} />
          </dd>
        </div>
      ))}
      {fields.length > MOST_ITEMS && <div className="value-none">and {fields.length - MOST_ITEMS} more</div>}
    </dl>
  )
}

function Folded(props: {
  readonly fields: readonly [string, unknown][]
  readonly list: boolean
  readonly depth: number
}): React.JSX.Element {
  const { fields, list, depth } = props
  return (
    <Fold className="value-folded" summary={list ? `${fields.length} items` : fields.map(([name]) => name).join(', ')}>
      <Fields fields={fields} depth={depth} />
    </Fold>
  )
}

function isShort(value: unknown): boolean {
  const plain = untagged(value)
  if (typeof plain === 'string') return plain.length <= LONG_TEXT && !plain.includes('\n')
  if (Array.isArray(plain)) return plain.length <= 8 && plain.every((item) => typeof item !== 'object' && isShort(item))
  return plain === null || typeof plain !== 'object' || plain instanceof Date
}
