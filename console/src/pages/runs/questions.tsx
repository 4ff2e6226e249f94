/**
 * The open questions of a run, answered where they are met: an effect nobody knows about, a spent budget, a review.
 */
import { useState, useSyncExternalStore } from 'react'
import type { Item } from '../../api/documents.ts'
import { toast } from '../../shell/toasts.tsx'
import { AnswerPanel } from '../inbox/answer-panel.tsx'
import '../inbox/inbox.css'
import { type Act, outbox, UNDO_MS } from '../inbox/outbox.ts'
import { Question } from '../inbox/question.tsx'

export function Questions({
  items,
  onShow,
}: {
  readonly items: readonly Item[]
  readonly onShow: (path: string) => void
}): React.JSX.Element | null {
  useSyncExternalStore(outbox.subscribe, outbox.version)
  const [shown, setShown] = useState<string>()
  const here = items.filter((item) => !outbox.isAway(item))
  const [first] = here
  const current = here.find(({ id }) => id === shown) ?? (first?.kind === 'unknown' || here.length === 1 ? first : undefined)
  if (here.length === 0) return null
  return (
    <section className="card run-questions" aria-label="Open questions">
      <header>
        <h2>{here.length === 1 ? 'This run asks' : `This run asks ${here.length} questions`}</h2>
        {here.length > 1 &&
          here.slice(0, 12).map((item) => (
            <button
              key={item.id}
              type="button"
              className="button button-small choice"
              aria-pressed={item.id === current?.id}
              onClick={() => {
                setShown(item.id)
                onShow(item.path)
              }}
            >
              {item.path}
            </button>
          ))}
      </header>
      {current !== undefined && (
        <div className="run-question">
          <Question item={current} />
          <AnswerPanel item={current} onAct={(act) => answer(current, act)} />
        </div>
      )}
    </section>
  )
}

function answer(item: Item, act: Act): void {
  outbox.put(item, act)
  toast({
    text: `${act.says.charAt(0).toUpperCase()}${act.says.slice(1)}`,
    ms: UNDO_MS,
    action: { label: 'Undo', run: () => outbox.undo() },
  })
}
