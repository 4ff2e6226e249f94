/**
 * The people behind a decision: how far they agree, how often each is likely to be wrong, how long an answer takes, and what to be careful about.
 */
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { get, piece } from '../../api/client.ts'
import { decisionsQuery } from '../../api/queries.ts'
import { Share } from '../../parts/chart.tsx'
import { Empty, Trouble, Waiting } from '../../parts/empty.tsx'
import { count, counted, Figure, humanDuration } from '../../parts/figures.tsx'
import type { Reviewers } from './documents.ts'
import { alphaWord, percentWords, remarks } from './reviewer-words.ts'

export function ReviewersView({ decision }: { readonly decision: string | undefined }): React.JSX.Element {
  const decisions = useQuery(decisionsQuery)
  const navigate = useNavigate()
  if (decisions.data === undefined)
    return decisions.error === null ? <Waiting lines={6} /> : <Trouble error={decisions.error} again={() => void decisions.refetch()} />
  const all = decisions.data.items.toSorted((one, other) => other.cases - one.cases)
  const chosen = decision ?? all[0]?.name
  if (chosen === undefined)
    return <Empty title="No decision is taken here yet">Reviewers are the people who answer a decision’s questions.</Empty>
  return (
    <>
      <div className="evidence-bar">
        <label className="evidence-decision">
          <span className="unseen">Decision</span>
          <select
            className="select"
            value={chosen}
            onChange={(event) => void navigate({ to: '/evidence', search: { view: 'reviewers', decision: event.target.value } })}
          >
            {(all.some(({ name }) => name === chosen) ? all : [{ name: chosen }, ...all]).map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <Link to="/evidence" search={{ view: 'cases', decision: chosen }} className="link">
          Its cases
        </Link>
      </div>
      <Of key={chosen} decision={chosen} />
    </>
  )
}

function Of({ decision }: { readonly decision: string }): React.JSX.Element {
  const { data, error, refetch } = useQuery({
    queryKey: ['reviewers', decision],
    queryFn: ({ signal }) => get<Reviewers>(`/api/decisions/${piece(decision)}/reviewers`, { signal }),
  })
  if (data === undefined) return error === null ? <Waiting lines={8} /> : <Trouble error={error} again={() => void refetch()} />
  if (data.answers === 0)
    return (
      <Empty title="Nobody has answered it yet">What people answer in the inbox, or an import that names who did, is counted here.</Empty>
    )
  const said = remarks(data)
  return (
    <div className="reviewers">
      <Agreement report={data} />
      {said.length > 0 && (
        <ul className="remarks" aria-label="To know of it">
          {said.map(({ tone, text }) => (
            <li key={text} className={`tone-${tone}`}>
              {text}
            </li>
          ))}
        </ul>
      )}
      <People report={data} />
      {data.contested.length > 0 && <Contested report={data} />}
    </div>
  )
}

function Agreement({ report }: { readonly report: Reviewers }): React.JSX.Element {
  const { answers, items, reviewers, several, alpha, error, seconds, double } = report
  const read = alpha === undefined ? undefined : alphaWord(alpha)
  return (
    <section className="figures-row" aria-label="Agreement">
      <Figure
        label="Krippendorff’s α"
        value={alpha === undefined ? '–' : alpha.toFixed(3)}
        note={read?.word ?? 'nothing to agree about yet'}
      />
      <Figure
        label="of their answers likely wrong"
        value={error === undefined ? '–' : percentWords(error)}
        note={error === undefined ? undefined : 'Dawid & Skene, over what several answered'}
      />
      <Figure
        label="answered by two or more"
        value={count(several.n)}
        note={`${count(several.differed)} not alike${double === undefined || double === 0 ? '' : ` · ${percentWords(double)} are asked twice, blind`}`}
      />
      <Figure label="an answer takes (median)" value={seconds === undefined ? '–' : humanDuration(seconds * 1000)} />
      <Figure
        label="answers"
        value={count(answers)}
        note={`by ${counted(reviewers.length, 'person', 'people')} to ${counted(items, 'question')}`}
      />
    </section>
  )
}

function People({ report: { reviewers } }: { readonly report: Reviewers }): React.JSX.Element {
  return (
    <section className="card" aria-label="People">
      <div className="table-scroll">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Person</th>
              <th scope="col" className="table-figure">
                Answers
              </th>
              <th scope="col" className="table-minor">
                Share
              </th>
              <th scope="col" className="table-figure table-minor">
                Last 7 days
              </th>
              <th scope="col" className="table-figure">
                Likely wrong
              </th>
              <th scope="col" className="table-figure">
                Takes
              </th>
            </tr>
          </thead>
          <tbody>
            {reviewers.map((one) => (
              <tr key={one.by}>
                <td>{one.by}</td>
                <td className="table-figure">{count(one.answers)}</td>
                <td className="table-minor reviewer-share">
                  <Share value={one.share} label={`${one.by}’s share of the answers`} />
                </td>
                <td className="table-figure table-minor">{one.lastWeek === undefined ? '' : count(one.lastWeek)}</td>
                <td className="table-figure">
                  {one.error === undefined ? <span className="muted">not known</span> : percentWords(one.error)}
                  {one.compared > 0 && <span className="muted"> of {count(one.compared)}</span>}
                </td>
                <td className="table-figure">{one.seconds === undefined ? '' : humanDuration(one.seconds * 1000)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Contested({ report: { contested } }: { readonly report: Reviewers }): React.JSX.Element {
  return (
    <section className="card evidence-card">
      <header>
        <h2>Most contested</h2>
      </header>
      <ul className="contested">
        {contested.map(({ item, answers, likely }) => (
          <li key={item}>
            <Item item={item} />
            <span className="contested-answers">
              {answers.map(({ answer, by }) => (
                <span key={answer} title={by.join(', ')}>
                  {answer} <span className="muted">×{by.length}</span>
                </span>
              ))}
            </span>
            <span className="muted">
              likely {likely.answer} ({percentWords(likely.probability)})
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

/** `RUN:PATH`, or an imported question itself. */
function Item({ item }: { readonly item: string }): React.JSX.Element {
  const found = /^([\w.-]+):([^{"[].*)$/.exec(item)
  const [, run, path] = found ?? []
  if (run === undefined || path === undefined) return <span className="contested-item">{item.slice(0, 80)}</span>
  return (
    <Link to="/runs/$run" params={{ run }} search={{ path }} className="contested-item mono">
      {run} {path}
    </Link>
  )
}
