/**
 * All that is known of a step: what went in, what it came to, who and what decided, what it cost, and its lines in the journal.
 *
 * Owns: reading the records of each kind of step. A record it does not know is shown as it is.
 */
import { Link } from '@tanstack/react-router'
import { isRecord } from '../../api/client.ts'
import type { Entry, Item, Run } from '../../api/documents.ts'
import { Badge, Kind } from '../../parts/badge.tsx'
import { Fact } from '../../parts/fact.tsx'
import { humanDuration, percent } from '../../parts/figures.tsx'
import { Fold } from '../../parts/fold.tsx'
import { Messages } from '../../parts/messages.tsx'
import { Pieces, piecesOf } from '../../parts/pieces.tsx'
import { Ago, exactTime, Lasted } from '../../parts/time.tsx'
import { CopyButton, Json, lineOf, Value, ValuePanel } from '../../parts/value.tsx'
import type { Step } from './tree.ts'
import { usedFacts } from './used-facts.ts'

type Record = Readonly<globalThis.Record<string, unknown>>

export function StepDetail(props: {
  readonly step: Step
  readonly run: Run
  readonly question: Item | undefined
  readonly writing: string | undefined
  readonly onClose: () => void
}): React.JSX.Element {
  const { step, question, writing, onClose } = props
  const last = step.entries.at(-1)
  const record = lastRecord(step.entries)
  return (
    <div className="detail">
      <header className="detail-head">
        <Kind kind={step.kind} />
        <h2 className="mono">{step.path}</h2>
        <CopyButton text={() => step.path} />
        <button type="button" className="icon-button" aria-label="Back to the run" onClick={onClose}>
          ×
        </button>
      </header>
      <Facts step={step} last={last} record={record} />
      {last?.error !== undefined && (
        <div className="run-error" role="alert">
          <strong>{last.error.name}</strong> {last.error.message}
        </div>
      )}
      {writing !== undefined && (
        <section className="value-panel">
          <h3>Being written</h3>
          <div className="value-prose">{writing}</div>
        </section>
      )}
      {question !== undefined && step.kind !== 'decide' && <Subject item={question} />}
      {record !== undefined && <OnRecord record={record} step={step} />}
      {last?.value !== undefined && !isRepeated(step) && (
        <ValuePanel title={step.kind === 'loop' && step.state === 'opened' ? 'State' : 'Result'} value={last.value} />
      )}
      <Lines entries={step.entries} />
      {record !== undefined && (
        <Fold className="raw" summary="The whole record">
          <Json value={record} />
        </Fold>
      )}
    </div>
  )
}

function Facts({
  step,
  last,
  record,
}: {
  readonly step: Step
  readonly last: Entry | undefined
  readonly record: Record | undefined
}): React.JSX.Element {
  const facts: [string, React.ReactNode][] = []
  const [first] = step.entries
  if (first !== undefined) facts.push(['Began', <Ago key="ago" at={first.startedAt} />])
  if (first !== undefined) {
    const to = step.to === undefined ? undefined : new Date(step.to).toISOString()
    facts.push([to === undefined ? 'So far' : 'Took', <Lasted key="took" from={first.startedAt} to={to} />])
  }
  if (last?.attempt !== undefined && step.kind === 'code') facts.push(['Attempt', last.attempt])
  if (last?.dueAt !== undefined && step.to === undefined) facts.push(['Due', <Ago key="due" at={last.dueAt} />])
  const { usage } = step
  if (usage !== undefined) facts.push(...usedFacts(usage))
  const version = versionOf(last, record)
  if (version !== undefined)
    facts.push([
      'Version',
      <span key="version" className="mono">
        {version}
      </span>,
    ])
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <Fact key={name} name={name}>
          {value}
        </Fact>
      ))}
    </dl>
  )
}

function OnRecord({ record, step }: { readonly record: Record; readonly step: Step }): React.JSX.Element | null {
  if (typeof record['prompt'] === 'string' && Array.isArray(record['messages']))
    return <Asked record={record} messages={record['messages']} />
  if (typeof record['decision'] === 'string' && 'policy' in record) return <DecisionTaken record={record} />
  if (step.kind === 'context') return <ContextBuilt record={record} />
  if (typeof record['child'] === 'string')
    return (
      <p>
        Child run{' '}
        <Link to="/runs/$run" params={{ run: record['child'] }} className="mono">
          {record['child']}
        </Link>
      </p>
    )
  if (Array.isArray(record['answers'])) return <Given answers={record['answers']} />
  if (typeof record['decidedBy'] === 'string')
    return (
      <p>
        Decided by <strong>{record['decidedBy']}</strong>
        {typeof record['note'] === 'string' && <>: {record['note']}</>}
      </p>
    )
  return null
}

function Asked({ record, messages }: { readonly record: Record; readonly messages: readonly unknown[] }): React.JSX.Element {
  const contexts = Array.isArray(record['context']) ? record['context'].filter(isRecord) : []
  const reply = isRecord(record['reply']) ? record['reply'] : undefined
  const repair = isRecord(record['repair']) ? record['repair'] : undefined
  const warnings = Array.isArray(record['warnings']) ? record['warnings'] : []
  return (
    <>
      <p>
        <Link to="/prompts/$prompt" params={{ prompt: String(record['prompt']) }}>
          {String(record['prompt'])}
        </Link>{' '}
        on {String(record['model'])}
        {isRecord(record['settings']) && Object.keys(record['settings']).length > 0 && (
          <span className="muted"> · {settingsLine(record['settings'])}</span>
        )}
      </p>
      {contexts.map((context) => (
        <section key={String(context['input'])} className="value-panel">
          <h3>
            {String(context['input'])}: {String(context['tokens'])} of {String(context['budget'])} tokens
          </h3>
          <Pieces pieces={piecesOf(context) ?? []} />
        </section>
      ))}
      <section className="value-panel">
        <h3>The prompt as sent</h3>
        <Messages messages={messages} />
      </section>
      {reply !== undefined && (
        <p className="muted">
          Answered by {String(reply['answeredBy'] ?? reply['model'])} in {humanDuration(Number(reply['ms']) || 0)}
          {reply['finish'] !== 'stop' && `, finish: ${String(reply['finish'])}`}
          {Array.isArray(reply['failedAttempts']) &&
            reply['failedAttempts'].length > 0 &&
            `, after ${reply['failedAttempts'].length} failed tries`}
        </p>
      )}
      {repair !== undefined && (
        <section className="value-panel">
          <h3>A first answer was not taken</h3>
          <p>{String(repair['problem'])}</p>
          <Value value={repair['answer']} />
        </section>
      )}
      {warnings.map((warning) => (
        <p key={String(warning)} className="field-wrong">
          {String(warning)}
        </p>
      ))}
    </>
  )
}

function DecisionTaken({ record }: { readonly record: Record }): React.JSX.Element {
  const prediction = isRecord(record['prediction']) ? record['prediction'] : undefined
  return (
    <>
      <dl className="facts">
        <div>
          <dt>Decision</dt>
          <dd>
            <Link to="/decisions/$decision" params={{ decision: String(record['decision']) }}>
              {String(record['decision'])}
            </Link>
          </dd>
        </div>
        <div>
          <dt>Decided by</dt>
          <dd>{String(record['by'])}</dd>
        </div>
        <div>
          <dt>Policy</dt>
          <dd className="mono">
            {String(record['policy'])}
            {record['epoch'] !== undefined && `, epoch ${String(record['epoch'])}`}
          </dd>
        </div>
        <div>
          <dt>Chance of being asked</dt>
          <dd>
            {percent(Number(record['probability']))} <span className="muted">{String(record['origin'])}</span>
          </dd>
        </div>
        {record['segment'] !== undefined && (
          <div>
            <dt>Segment</dt>
            <dd>{String(record['segment'])}</dd>
          </div>
        )}
      </dl>
      {typeof record['trouble'] === 'string' && <p className="field-wrong">{record['trouble']}</p>}
      {prediction !== undefined && (
        <section className="value-panel">
          <h3>Proposed</h3>
          <p>
            <strong>{prediction['answer'] === undefined ? 'nothing' : lineOf(prediction['answer'], 80)}</strong>,{' '}
            {percent(Number(prediction['confidence']))} sure ({String(prediction['source'])})
          </p>
        </section>
      )}
      {Array.isArray(record['answers']) && <Given answers={record['answers']} />}
      <ValuePanel title="Question" value={record['question']} />
    </>
  )
}

function ContextBuilt({ record }: { readonly record: Record }): React.JSX.Element {
  return (
    <section className="value-panel">
      <h3>
        {String(record['kept'])} kept, {String(record['cut'])} cut: {String(record['tokens'])} of {String(record['budget'])} tokens
      </h3>
      <Pieces pieces={piecesOf(record) ?? []} />
    </section>
  )
}

function Given({ answers }: { readonly answers: readonly unknown[] }): React.JSX.Element {
  return (
    <section className="value-panel">
      <h3>Answers</h3>
      {answers.length === 0 && <p className="muted">Nobody answered in time.</p>}
      {answers.filter(isRecord).map((one) => (
        <div key={`${String(one['by'])} ${String(one['at'])}`} className="given">
          <strong>{String(one['by'])}</strong>{' '}
          <Badge tone={one['outcome'] === 'rejected' ? 'bad' : one['outcome'] === 'edited' ? 'info' : 'good'}>
            {String(one['outcome'])}
          </Badge>{' '}
          {typeof one['at'] === 'number' && <Ago at={new Date(one['at']).toISOString()} />}
          {typeof one['attentionMs'] === 'number' && <span className="muted"> · looked {humanDuration(one['attentionMs'])}</span>}
          {typeof one['note'] === 'string' && <p>{one['note']}</p>}
          {typeof one['value'] === 'string' && <Value value={readJson(one['value'])} />}
        </div>
      ))}
    </section>
  )
}

function Subject({ item }: { readonly item: Item }): React.JSX.Element {
  return (
    <>
      <p>
        {item.title} <span className="muted">for {item.role}</span>{' '}
        <Badge tone={item.state === 'open' ? 'wait' : 'plain'}>{item.state}</Badge>
      </p>
      <ValuePanel title="Asked about" value={item.content.subject} />
    </>
  )
}

function Lines({ entries }: { readonly entries: readonly Entry[] }): React.JSX.Element | null {
  if (entries.length === 0) return null
  return (
    <Fold
      className="raw"
      summary={
        <>
          {entries.length} line{entries.length === 1 ? '' : 's'} in the journal
        </>
      }
    >
      <ol className="entry-lines">
        {entries.map(({ seq, at, state, attempt, error }) => (
          <li key={seq}>
            <span className="mono muted">{seq}</span> <time dateTime={at}>{exactTime(at)}</time> <strong>{state}</strong>
            {attempt !== undefined && <span className="muted"> attempt {attempt}</span>}
            {error !== undefined && <span className="field-wrong"> {error.message}</span>}
          </li>
        ))}
      </ol>
    </Fold>
  )
}

/** A built context's pieces and a finished ask's messages say it already. */
function isRepeated({ kind }: Step): boolean {
  return kind === 'context'
}

function lastRecord(entries: readonly Entry[]): Record | undefined {
  const record = entries.findLast((entry) => entry.record !== undefined)?.record
  return isRecord(record) ? record : undefined
}

function versionOf(last: Entry | undefined, record: Record | undefined): string | undefined {
  if (last !== undefined && 'version' in last && typeof last.version === 'string') return last.version
  if (isRecord(record?.['prediction'])) return String(record['prediction']['version'])
  return typeof record?.['version'] === 'string' ? `${String(record['prompt'])}@${record['version'].slice(0, 8)}` : undefined
}

function settingsLine(settings: Record): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} ${lineOf(value, 30)}`)
    .join(', ')
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
