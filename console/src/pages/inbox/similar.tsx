/**
 * What people answered before to questions like this one.
 */
import { useQuery } from '@tanstack/react-query'
import type { Item } from '../../api/documents.ts'
import { percent } from '../../parts/figures.tsx'
import { questionLine } from '../../parts/question-line.ts'
import { Ago } from '../../parts/time.tsx'
import { lineOf } from '../../parts/value.tsx'
import { similarQuery } from './queue.ts'

export function SimilarCases({ item }: { readonly item: Item }): React.JSX.Element | null {
  const asks = item.decision !== undefined && item.content.blind !== true
  const { data } = useQuery({ ...similarQuery(item.id), enabled: asks })
  if (!asks) return null
  return (
    <section className="similar">
      <h3>Answered before</h3>
      {data === undefined || data.items.length === 0 ? (
        <p className="muted">{data === undefined ? 'Looking…' : 'Nothing like it so far.'}</p>
      ) : (
        <ul>
          {data.items.map(({ case: one, similarity }) => (
            <li key={one.seq}>
              <div className="similar-head">
                <strong>{lineOf(one.answer, 40)}</strong>
                <span className="muted">{percent(similarity, 0)} alike</span>
              </div>
              <p className="similar-question">{questionLine(one, 160)}</p>
              <p className="muted similar-by">
                {one.by ?? one.origin}, <Ago at={one.at} />
                {one.predicted !== undefined && JSON.stringify(one.predicted) !== JSON.stringify(one.answer) && (
                  <> · proposed was {lineOf(one.predicted, 30)}</>
                )}
              </p>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

/** The first texts of a question: mostly what it is called and how it begins. */
