/**
 * One case: what was asked, what people answered, what was proposed and how sure that was, and how it came to be a case.
 */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { get, piece } from '../../api/client.ts'
import type { Case } from '../../api/documents.ts'
import { Badge } from '../../parts/badge.tsx'
import { Trouble, Waiting } from '../../parts/empty.tsx'
import { Fact } from '../../parts/fact.tsx'
import { humanDuration, percent } from '../../parts/figures.tsx'
import { Ago, exactTime } from '../../parts/time.tsx'
import { Value, ValuePanel } from '../../parts/value.tsx'
import { differs } from './case-words.ts'

export function CaseDetail(props: {
  readonly seq: string
  readonly known: Case | undefined
  readonly onClose: () => void
}): React.JSX.Element {
  const { seq, known, onClose } = props
  const { data, error } = useQuery({
    queryKey: ['case', seq],
    queryFn: ({ signal }) => get<Case>(`/api/cases/${piece(seq)}`, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
    ...(known !== undefined && { initialData: known }),
  })
  return (
    <aside className="card case-detail" aria-label={`Case ${seq}`}>
      <header>
        <h2>Case {seq}</h2>
        <button type="button" className="icon-button" aria-label="Close the case" onClick={onClose}>
          ×
        </button>
      </header>
      {data === undefined ? error === null ? <Waiting lines={6} /> : <Trouble error={error} /> : <Shown one={data} />}
    </aside>
  )
}

function Shown({ one }: { readonly one: Case }): React.JSX.Element {
  const { answer, predicted, confidence, blind } = one
  const apart = differs(one)
  return (
    <div className="case-shown">
      <dl className="case-diff-answers">
        <div>
          <dt>People said</dt>
          <dd>
            <Value value={answer} />
          </dd>
        </div>
        {predicted !== undefined && (
          <div className={apart ? 'case-diff-wrong' : 'case-diff-right'}>
            <dt>Proposed was{confidence !== undefined && `, ${percent(confidence)} sure`}</dt>
            <dd>
              <Value value={predicted} /> <span className="case-diff-mark">{apart ? '✗ something else' : '✓ the same'}</span>
            </dd>
          </div>
        )}
      </dl>
      {blind === true && <p className="muted">They answered blind: without the proposal, and without each other’s answers.</p>}
      {one.answers !== undefined && one.answers.length > 0 && <Each one={one} />}
      <ValuePanel title="Question" value={one.question} />
      <Facts one={one} />
    </div>
  )
}

function Each({ one: { answers = [], answer } }: { readonly one: Case }): React.JSX.Element {
  return (
    <ul className="case-each" aria-label="What each person said">
      {answers.map((given) => (
        <li key={`${given.by} ${given.at}`}>
          <strong>{given.by}</strong>: <Value value={given.answer === undefined ? answer : given.answer} />{' '}
          <span className="muted">
            <Ago at={given.at} />
            {given.attentionMs !== undefined && ` · took ${humanDuration(given.attentionMs)}`}
          </span>
        </li>
      ))}
    </ul>
  )
}

const ORIGINS: Readonly<Record<Case['origin'], string>> = {
  audit: 'drawn by chance, to be looked at',
  escalation: 'the policy had doubts, and asked',
  correction: 'it had stood alone, and somebody mended it',
  import: 'from a file',
}

function Facts({ one }: { readonly one: Case }): React.JSX.Element {
  const { decision, run, path, origin, by, at, probability, version, segment, policy, epoch } = one
  return (
    <dl className="facts">
      <Fact name="Origin">
        <Badge>{origin}</Badge> <span className="muted">{ORIGINS[origin]}</span>
      </Fact>
      <Fact name="Probability">{probability} of being put to people, as logged</Fact>
      <Fact name="Decision">
        <Link to="/decisions/$decision" params={{ decision }}>
          {decision}
        </Link>
      </Fact>
      <Fact name="Run">
        {run !== undefined && (
          <Link to="/runs/$run" params={{ run }} search={path === undefined ? {} : { path }} className="mono">
            {run} {path}
          </Link>
        )}
      </Fact>
      <Fact name="By">{by}</Fact>
      <Fact name="When">{exactTime(at)}</Fact>
      <Fact name="Segment">{segment}</Fact>
      <Fact name="Version">{version !== undefined && <span className="mono">{version}</span>}</Fact>
      <Fact name="Policy">{policy !== undefined && `${policy}${epoch === undefined ? '' : `, epoch ${epoch}`}`}</Fact>
    </dl>
  )
}
