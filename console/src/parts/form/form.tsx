/**
 * A form from a shape: buttons for choices, fields for the rest.
 *
 * Owns: drawing and editing a value. Never: sends it. What cannot be edited so is written as JSON.
 */
import { useId, useState } from 'react'
import { isRecord } from '../../api/client.ts'
import { lineOf } from '../value.tsx'
import { blank, type FieldShape, optionOf, type Shape, UNREADABLE, under } from './shape.ts'
import './form.css'

interface FieldProps<Kind extends Shape = Shape> {
  readonly shape: Kind
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  readonly label: string
  /** Where it stands in the whole: `lines.0.amount`. */
  readonly place: string
  readonly wrong: ReadonlyMap<string, string>
  /** The heading is there for those who do not see it. */
  readonly bare?: boolean
  readonly about?: string | undefined
}

type Of<Kind extends Shape['kind']> = FieldProps<Extract<Shape, { kind: Kind }>>

/** The form of a whole value. */
export function Form(props: Omit<FieldProps, 'place'>): React.JSX.Element {
  return (
    <div className="form">
      <Field {...props} place="" bare />
    </div>
  )
}

function Field(props: FieldProps): React.JSX.Element {
  const { shape } = props
  switch (shape.kind) {
    case 'fixed':
      return <Labelled {...props}>{() => <span className="muted">{lineOf(shape.value)}</span>}</Labelled>
    case 'choice':
      return <Choice {...props} shape={shape} />
    case 'yes-no':
      return <Choice {...props} shape={{ kind: 'choice', choices: [true, false] }} />
    case 'text':
      return <Text {...props} shape={shape} />
    case 'number':
      return <Num {...props} shape={shape} />
    case 'list':
      return <ListField {...props} shape={shape} />
    case 'object':
      return <ObjectField {...props} shape={shape} />
    case 'one-of':
      return <OneOf {...props} shape={shape} />
    case 'any':
      return <AnyJson {...props} />
  }
}

function Labelled(props: FieldProps & { readonly children: (id: string, told: object) => React.ReactNode }): React.JSX.Element {
  const { label, place, wrong, bare = false, about, children } = props
  const id = useId()
  const problem = wrong.get(place)
  const told = { 'aria-invalid': problem !== undefined, ...(problem !== undefined && { 'aria-describedby': `${id}-wrong` }) }
  return (
    <div className="field">
      <label htmlFor={id} className={bare ? 'unseen' : 'field-label'}>
        {label}
      </label>
      {about !== undefined && <p className="field-about">{about}</p>}
      {children(id, told)}
      {problem !== undefined && (
        <p className="field-wrong" id={`${id}-wrong`}>
          {problem}
        </p>
      )}
    </div>
  )
}

function Group(props: FieldProps & { readonly children: React.ReactNode }): React.JSX.Element {
  const { label, place, wrong, bare = false, about, children } = props
  const problem = wrong.get(place)
  return (
    <fieldset className={bare ? 'group group-bare' : 'group'}>
      <legend className={bare ? 'unseen' : 'field-label'}>{label}</legend>
      {about !== undefined && <p className="field-about">{about}</p>}
      {children}
      {problem !== undefined && <p className="field-wrong">{problem}</p>}
    </fieldset>
  )
}

function Choice(props: Of<'choice'>): React.JSX.Element {
  const { shape, value, onChange } = props
  return (
    <Group {...props}>
      <div className="choices">
        {shape.choices.map((choice) => {
          const text = choice === true ? 'yes' : choice === false ? 'no' : choice === null ? 'nothing' : lineOf(choice)
          return (
            <button
              key={text}
              type="button"
              className="button button-small choice"
              aria-pressed={JSON.stringify(choice) === JSON.stringify(value)}
              onClick={() => onChange(choice)}
            >
              {text}
            </button>
          )
        })}
      </div>
    </Group>
  )
}

function Text(props: Of<'text'>): React.JSX.Element {
  const { value, onChange } = props
  const text = typeof value === 'string' ? value : ''
  const [long] = useState(text.length > 60 || text.includes('\n') || props.place === '')
  return (
    <Labelled {...props}>
      {(id, told) =>
        long ? (
          <textarea id={id} value={text} onChange={(event) => onChange(event.target.value)} {...told} />
        ) : (
          <input id={id} type="text" value={text} autoComplete="off" onChange={(event) => onChange(event.target.value)} {...told} />
        )
      }
    </Labelled>
  )
}

function Num(props: Of<'number'>): React.JSX.Element {
  const { shape, value, onChange } = props
  const [text, setText] = useState(typeof value === 'number' ? String(value) : '')
  return (
    <Labelled {...props}>
      {(id, told) => (
        <input
          id={id}
          type="text"
          inputMode={shape.whole ? 'numeric' : 'decimal'}
          autoComplete="off"
          value={text}
          onChange={(event) => {
            setText(event.target.value)
            const number = Number(event.target.value.replace(',', '.'))
            onChange(event.target.value.trim() === '' ? undefined : number)
          }}
          {...told}
        />
      )}
    </Labelled>
  )
}

function ListField(props: Of<'list'>): React.JSX.Element {
  const { shape, value, onChange, place, wrong, label } = props
  const items: readonly unknown[] = Array.isArray(value) ? value : []
  return (
    <Group {...props}>
      <ol className="list-items">
        {items.map((item, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: an item has nothing but its place.
          <li key={`${index} of ${items.length}`} className="list-item">
            <Field
              shape={shape.item}
              value={item}
              onChange={(next) => onChange(items.with(index, next))}
              label={`${label}, item ${index + 1}`}
              place={under(place, String(index))}
              wrong={wrong}
              bare
            />
            <button
              type="button"
              className="icon-button"
              aria-label={`Remove item ${index + 1} of ${label}`}
              onClick={() => onChange(items.toSpliced(index, 1))}
            >
              ×
            </button>
          </li>
        ))}
      </ol>
      <button type="button" className="button button-small" onClick={() => onChange([...items, blank(shape.item)])}>
        Add
      </button>
    </Group>
  )
}

function ObjectField(props: Of<'object'>): React.JSX.Element {
  const { shape, value, onChange, place, wrong } = props
  const fields = isRecord(value) ? value : {}
  const change = (name: string, next: unknown): void => {
    const { [name]: _, ...others } = fields
    onChange(next === undefined ? others : { ...fields, [name]: next })
  }
  return (
    <Group {...props}>
      {shape.fields.map((field) => (
        <Field
          key={field.name}
          shape={field.shape}
          value={fields[field.name]}
          onChange={(next) => change(field.name, emptied(field, next))}
          label={field.needed ? field.name : `${field.name} (if any)`}
          place={under(place, field.name)}
          wrong={wrong}
          about={field.about}
        />
      ))}
    </Group>
  )
}

/** A field that need not be there and was emptied is taken out. */
function emptied({ needed, shape }: FieldShape, value: unknown): unknown {
  return !needed && shape.kind === 'text' && value === '' ? undefined : value
}

function OneOf(props: Of<'one-of'>): React.JSX.Element {
  const { shape, value, onChange } = props
  const [chosen, setChosen] = useState(() => optionOf(shape, value))
  const option = shape.options[chosen]
  return (
    <Group {...props}>
      <div className="choices">
        {shape.options.map(({ title, shape: other }, index) => (
          <button
            key={title}
            type="button"
            className="button button-small choice"
            aria-pressed={index === chosen}
            onClick={() => {
              setChosen(index)
              onChange(blank(other))
            }}
          >
            {title}
          </button>
        ))}
      </div>
      {option !== undefined && option.shape.kind !== 'fixed' && <Field {...props} key={chosen} shape={option.shape} bare />}
    </Group>
  )
}

function AnyJson(props: FieldProps): React.JSX.Element {
  const { value, onChange } = props
  const [text, setText] = useState(value === undefined ? '' : JSON.stringify(value, undefined, 2))
  const write = (next: string): void => {
    setText(next)
    onChange(next.trim() === '' ? undefined : readJson(next))
  }
  return (
    <Labelled {...props}>
      {(id, told) => (
        <textarea
          id={id}
          className="mono"
          spellCheck={false}
          value={text}
          placeholder="JSON"
          onChange={(event) => write(event.target.value)}
          {...told}
        />
      )}
    </Labelled>
  )
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return UNREADABLE
  }
}
