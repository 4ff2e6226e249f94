/**
 * One case of a backtest as a diff: what was asked, what people answered, what was and would be proposed, and the steps that differ.
 */

import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ApiError, get, isRecord, piece } from '../../api/client.ts'
import type { Entry, List } from '../../api/documents.ts'
import { Kind } from '../../parts/badge.tsx'
import { counted } from '../../parts/figures.tsx'
import { Fold } from '../../parts/fold.tsx'
import { Key } from '../../parts/key.tsx'
import { TextDiff } from '../../parts/text-diff.tsx'
import { Value } from '../../parts/value.tsx'
import { useKeys } from '../../shell/keys.ts'
import type { Deciding } from './deciding-cases.tsx'
import type { Noted } from './documents.ts'
import { linesOf, outermost, readEncoded } from './encoded.ts'
import { LOST, metricWords, notedWords } from './words.ts'

const ENTRIES = 1000

export function Diff(props: {
  readonly deciding: Deciding
  readonly at: number
  readonly of: number
  readonly onStep: (by: 1 | -1) => void
}): React.JSX.Element {
  const { deciding, at, of, onStep } = props
  const { run, score, result } = deciding
  useKeys(
    'Case',
    [
      { keys: 'j', does: 'Next case', run: () => onStep(1), repeats: true },
      { keys: 'k', does: 'Case before', run: () => onStep(-1), repeats: true },
    ],
    { inDialog: true },
  )
  return (
    <article className="case-diff">
      <header className="case-diff-head">
        <span className="muted">
          {at + 1} of {of}
        </span>
        <button type="button" className="button button-small" disabled={at === 0} onClick={() => onStep(-1)}>
          Before <Key keys="k" />
        </button>
        <button type="button" className="button button-small" disabled={at === of - 1} onClick={() => onStep(1)}>
          Next <Key keys="j" />
        </button>
        <Link to="/runs/$run" params={{ run }} search={score === undefined ? {} : { path: score.path }} className="button button-small">
          The run
        </Link>
      </header>
      {score !== undefined && <Answers deciding={deciding} />}
      {result?.why !== undefined && <p className="case-diff-why">{result.why}</p>}
      {score === undefined && <LostScores deciding={deciding} />}
      {score !== undefined && score.answer !== undefined && <Question run={run} path={score.path} />}
      <Steps deciding={deciding} />
    </article>
  )
}

function Answers({ deciding: { score } }: { readonly deciding: Deciding }): React.JSX.Element | null {
  if (score === undefined) return null
  const { answer, proposed, wouldPropose, was, would, truth, segment, probability } = score
  const said = [
    ...(segment === undefined ? [] : [`Segment ${segment}.`]),
    ...(truth === 'correction' ? ['Somebody came back to mend it, so it shows what would break and certifies nothing.'] : []),
    ...(truth !== 'correction' && probability < 1 ? [`It came to people with probability ${probability}.`] : []),
  ].join(' ')
  const facts =
    answer === undefined
      ? [
          { name: 'Scored', text: String(was ?? 'nothing'), right: undefined },
          { name: 'Would score', text: String(would ?? 'nothing'), right: undefined },
        ]
      : [
          { name: truth === 'correction' ? 'Mended later to' : 'People said', text: answer, right: undefined },
          { name: 'Proposed was', text: proposed ?? 'nothing', right: was === 1 },
          { name: 'Would be proposed', text: wouldPropose ?? 'nothing', right: would === 1 },
        ]
  return (
    <>
      <dl className="case-diff-answers">
        {facts.map(({ name, text, right }) => (
          <div key={name} className={right === undefined ? '' : right ? 'case-diff-right' : 'case-diff-wrong'}>
            <dt>{name}</dt>
            <dd>
              <Value value={text} /> {right !== undefined && <span className="case-diff-mark">{right ? '✓ right' : '✗ wrong'}</span>}
            </dd>
          </div>
        ))}
      </dl>
      {said !== '' && <p className="muted">{said}</p>}
    </>
  )
}

/** What it was scored by and is not under the change: that counts against it. */
function LostScores({ deciding: { result } }: { readonly deciding: Deciding }): React.JSX.Element | null {
  const lost = (result?.scores ?? []).flatMap(({ metric, path, lost: why }) => (why === undefined ? [] : [{ metric, path, why }]))
  if (lost.length === 0) return null
  return (
    <section className="case-diff-section">
      <h3>Lost, and counted against the change</h3>
      <ul>
        {lost.map(({ metric, path, why }) => (
          <li key={`${metric} ${path}`}>
            {metricWords(metric)} at <span className="mono">{path}</span>: {LOST[why]}
          </li>
        ))}
      </ul>
    </section>
  )
}

/** What was asked, from the run's own journal. */
function Question({ run, path }: { readonly run: string; readonly path: string }): React.JSX.Element | null {
  const { data, error } = useQuery({
    queryKey: ['run', run, 'recorded'],
    queryFn: ({ signal }) => get<List<Entry>>(`/api/runs/${piece(run)}/journal`, { signal, query: { limit: ENTRIES } }),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (error instanceof ApiError && error.status === 404)
    return <p className="muted">The run is not there any more, and its question with it.</p>
  if (error !== null) return <p className="muted">{error.message}</p>
  const record = data?.items.findLast((entry) => entry.path === path && isRecord(entry.record))?.record
  const question = isRecord(record) ? record['question'] : undefined
  return (
    <section className="case-diff-section" aria-busy={data === undefined}>
      <h3>What was asked</h3>
      {data === undefined ? (
        <p className="muted">Reading the journal…</p>
      ) : question === undefined ? (
        <p className="muted">Not on the record.</p>
      ) : (
        <Value value={question} />
      )}
    </section>
  )
}

function Steps({ deciding: { result } }: { readonly deciding: Deciding }): React.JSX.Element {
  if (result === undefined) return <p className="muted">The report keeps the steps of the first runs only; this one is not among them.</p>
  const differing = outermost(result.steps)
  const rest = result.steps.filter((noted) => !differing.includes(noted))
  return (
    <section className="case-diff-section">
      <h3>Steps that differ</h3>
      {differing.length === 0 && <p className="muted">None of its own steps; what it ends with does.</p>}
      {differing.map((noted) => (
        <Step key={noted.path} noted={noted} />
      ))}
      <p className="muted">{counted(result.served, 'step was', 'steps were')} served from the journal.</p>
      {rest.length > 0 && (
        <Fold
          summary={`${rest.length} more ${rest.length === 1 ? 'step was' : 'steps were'} taken anew: inside of these, or with the same result`}
        >
          {rest.map((noted) => (
            <Step key={`${noted.path} ${noted.what}`} noted={noted} />
          ))}
        </Fold>
      )}
    </section>
  )
}

function Step({ noted }: { readonly noted: Noted }): React.JSX.Element {
  const { path, kind, why, was, is, differs } = noted
  return (
    <div className="case-diff-step">
      <p className="case-diff-step-head">
        <Kind kind={kind} /> <span className="mono">{path}</span> <span className="muted">{notedWords(noted)}</span>
      </p>
      <p className="muted case-diff-step-why">{why}</p>
      {differs && (was !== undefined || is !== undefined) && <Sides was={was} is={is} />}
    </div>
  )
}

function Sides({ was, is }: { readonly was: string | undefined; readonly is: string | undefined }): React.JSX.Element {
  const [old, fresh] = [was === undefined ? undefined : readEncoded(was), is === undefined ? undefined : readEncoded(is)]
  const isCut = old?.kind === 'cut' || fresh?.kind === 'cut'
  return (
    <>
      <TextDiff
        was={old === undefined ? undefined : linesOf(old)}
        is={fresh === undefined ? undefined : linesOf(fresh)}
        names={['As recorded', 'Under the change']}
      />
      {isCut && <p className="muted">Too long for the report: only its beginning is kept here.</p>}
    </>
  )
}
