/**
 * What a model would be sent: the text filled in with the input of a recorded ask, or one that is typed in.
 */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useMemo, useState } from 'react'
import { isRecord } from '../../api/client.ts'
import { Empty, Waiting } from '../../parts/empty.tsx'
import { Messages } from '../../parts/messages.tsx'
import { TextDiff } from '../../parts/text-diff.tsx'
import { exactTime } from '../../parts/time.tsx'
import { lineOf } from '../../parts/value.tsx'
import { type Example, examplesQuery, type Preview } from './data.ts'
import { inputNames, sentText, shownMessages } from './filled-in.ts'
import { problemOf } from './problem.ts'

const OWN = 'own'

/** The input that is chosen or typed in. */
export interface ChosenInput {
  readonly value: unknown
  readonly examples: readonly Example[]
  /** The example it is of; undefined: it is one's own. */
  readonly example: Example | undefined
  readonly typed: string
  /** Why what is typed is no input. */
  readonly problem: string | undefined
  choose(id: string): void
  type(text: string): void
}

export function useInput(name: string, text: string): ChosenInput {
  const read = useQuery(examplesQuery(name)).data?.items
  const examples = useMemo(() => (read ?? []).filter(({ input }) => input !== undefined), [read])
  const [chosen, setChosen] = useState<string>()
  const [typed, setTyped] = useState<string>()
  const id = chosen ?? (examples[0] === undefined ? OWN : idOf(examples[0]))
  const example = examples.find((one) => idOf(one) === id)
  const own = typed ?? JSON.stringify(Object.fromEntries(inputNames(text).map((one) => [one, ''])), undefined, 2)
  const parsed = useMemo(() => parsedOf(own), [own])
  return {
    value: example === undefined ? parsed.value : example.input,
    examples,
    example,
    typed: own,
    problem: example === undefined ? parsed.problem : undefined,
    choose(next) {
      // One's own begins with what was looked at.
      if (next === OWN && typed === undefined && example !== undefined) setTyped(JSON.stringify(example.input, undefined, 2))
      setChosen(next)
    },
    type: setTyped,
  }
}

export function PreviewPane(props: {
  readonly preview: Preview | undefined
  readonly error: unknown
  readonly waiting: boolean
  readonly input: ChosenInput
}): React.JSX.Element {
  const { preview, error, waiting, input } = props
  const [against, setAgainst] = useState(false)
  return (
    <div className="preview">
      <InputChoice input={input} against={against} onAgainst={setAgainst} />
      {error !== null && error !== undefined && (
        <p className="preview-problem" role="status">
          {saidOf(error)}
          {preview !== undefined && ' Below is what it came to before.'}
        </p>
      )}
      {preview === undefined ? (
        (error === null || error === undefined) && <Waiting lines={5} />
      ) : (
        <div className={waiting ? 'preview-shown preview-old' : 'preview-shown'} aria-live="polite">
          <p className="preview-settings muted">{settingsLine(preview)}</p>
          {against && input.example !== undefined ? (
            <TextDiff
              was={sentText(input.example.messages)}
              is={sentText(shownMessages(preview.messages))}
              names={['As it was sent', 'As it would be sent']}
              same="It would be sent exactly what it was sent then."
            />
          ) : preview.messages.length === 0 ? (
            <Empty title="Nothing would be sent">The text makes no message of this input.</Empty>
          ) : (
            <Messages messages={shownMessages(preview.messages)} />
          )}
        </div>
      )}
    </div>
  )
}

function InputChoice(props: {
  readonly input: ChosenInput
  readonly against: boolean
  readonly onAgainst: (on: boolean) => void
}): React.JSX.Element {
  const { input, against, onAgainst } = props
  const { examples, example } = input
  return (
    <div className="preview-input">
      <label className="preview-choice">
        <span>Filled in with</span>
        <select
          className="select"
          value={example === undefined ? OWN : idOf(example)}
          onChange={(event) => input.choose(event.target.value)}
        >
          {examples.map((one) => (
            <option key={idOf(one)} value={idOf(one)}>
              {exactTime(one.at)} · {lineOf(one.input, 60)}
            </option>
          ))}
          <option value={OWN}>An input of my own</option>
        </select>
      </label>
      {example === undefined ? (
        <label className="preview-own">
          <span className="unseen">The input, as JSON</span>
          <textarea
            className="mono"
            spellCheck={false}
            aria-invalid={input.problem !== undefined}
            value={input.typed}
            onChange={(event) => input.type(event.target.value)}
          />
          {input.problem !== undefined && <span className="field-wrong">{input.problem}</span>}
          {examples.length === 0 && <span className="muted">Recent runs have no ask of this prompt whose input was kept.</span>}
        </label>
      ) : (
        <p className="preview-links">
          <Link to="/runs/$run" params={{ run: example.run }} search={{ path: example.path }}>
            The run it is from
          </Link>
          <label className="preview-against">
            <input type="checkbox" checked={against} onChange={(event) => onAgainst(event.target.checked)} /> Against what was sent then
          </label>
        </p>
      )}
    </div>
  )
}

function settingsLine({ model, settings }: Preview): string {
  const set = Object.entries(isRecord(settings) ? settings : {}).map(([name, value]) => `${name} ${lineOf(value, 40)}`)
  return [model ?? 'the system’s default model', ...set].join(' · ')
}

/** What is wrong with a line of the text is said where the text is. */
function saidOf(error: unknown): string {
  const problem = problemOf(error)
  if (problem?.line !== undefined) return `The text cannot be read: see line ${problem.line}.`
  return problem?.message ?? (error instanceof Error ? error.message : String(error))
}

function idOf({ run, path }: Example): string {
  return `${run}:${path}`
}

function parsedOf(text: string): { readonly value: unknown; readonly problem?: string } {
  try {
    return { value: JSON.parse(text) }
  } catch (error) {
    return { value: {}, problem: `This is no JSON: ${error instanceof Error ? error.message : String(error)}` }
  }
}
