/**
 * A question with all that people may see of it: what it is about, what the model was shown, and what others said beside it.
 */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { isRecord } from '../../api/client.ts'
import type { Item } from '../../api/documents.ts'
import { Badge } from '../../parts/badge.tsx'
import { Fold } from '../../parts/fold.tsx'
import { Messages } from '../../parts/messages.tsx'
import { isContext, Pieces, piecesOf } from '../../parts/pieces.tsx'
import { Ago, Due } from '../../parts/time.tsx'
import { Value } from '../../parts/value.tsx'
import { questionQuery } from './queue.ts'

const KINDS = { review: 'review', decide: 'decision', unknown: 'did it happen?', budget: 'budget' } as const

export function Question({ item, focus = false }: { readonly item: Item; readonly focus?: boolean }): React.JSX.Element {
  const { content } = item
  const isShown = item.kind === 'decide' && content.proposal !== undefined
  const heading = useRef<HTMLHeadingElement>(null)
  // Whoever listens to the page hears the next question; whoever sees it begins at its top.
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is another question's turn.
  useEffect(() => {
    if (!focus) return
    heading.current?.focus({ preventScroll: true })
    heading.current?.closest('.scrolls')?.scrollTo(0, 0)
  }, [item.id, focus])
  return (
    <article className="question" data-question={item.id}>
      <header className="question-head">
        <div className="question-facts">
          <Badge tone={item.kind === 'unknown' || item.kind === 'budget' ? 'warn' : 'plain'}>{KINDS[item.kind]}</Badge>
          <span>for {item.role}</span>
          <span>
            asked <Ago at={item.openedAt} />
          </span>
          {item.dueAt !== undefined && <Due at={item.dueAt} from={item.openedAt} />}
          {item.quorum > 1 && (
            <span>
              {item.answers.length} of {item.quorum} have answered
            </span>
          )}
          <Link to="/runs/$run" params={{ run: item.run }} search={{ path: item.path }} className="question-run">
            {item.flow} · {item.path}
          </Link>
        </div>
        <h2 ref={heading} tabIndex={-1}>
          {item.title}
        </h2>
        {content.asks !== undefined && content.asks !== item.title && <p>{content.asks}</p>}
        {content.why !== undefined && <p className="question-why">{content.why}</p>}
        {content.blind === true && (
          <p className="question-why">Two people answer this one without seeing what was proposed, or what the other says.</p>
        )}
      </header>
      <section className="question-subject" aria-label="What it is about">
        <Value value={isShown ? withoutContexts(content.subject) : content.subject} />
      </section>
      <Comments item={item} />
      {isShown && <Shown item={item} />}
    </article>
  )
}

function Comments({ item }: { readonly item: Item }): React.JSX.Element | null {
  const full = useQuery({ ...questionQuery(item.id), enabled: false })
  const comments = full.data?.comments ?? item.comments
  if (comments.length === 0) return null
  return (
    <section className="comments" aria-label="Comments">
      {comments.map(({ by, at, text }) => (
        <p key={`${by} ${at}`} className="comment">
          <strong>{by}</strong> <Ago at={at} />
          <br />
          {text}
        </p>
      ))}
    </section>
  )
}

/** What the model saw before it proposed. The contexts stand in the question itself, so they are there at once; the rest is read. */
function Shown({ item }: { readonly item: Item }): React.JSX.Element | null {
  const { data } = useQuery(questionQuery(item.id))
  const shown = data?.content.context
  const contexts = contextsIn(item.content.subject)
  const names = contexts.map(({ name }) => name)
  const others = isRecord(shown) && Array.isArray(shown['context']) ? shown['context'].filter(isRecord) : []
  const all = [
    ...contexts,
    ...others.map((one) => ({ name: String(one['input']), context: one })).filter(({ name }) => !names.includes(name)),
  ]
  if (all.length === 0 && !isRecord(shown)) return null
  return (
    <section className="shown">
      <h3>What the model saw</h3>
      {all.map(({ name, context }) => {
        const pieces = piecesOf(context) ?? []
        return (
          <div key={name} className="shown-context">
            <h4>
              {name}: {pieces.length} piece{pieces.length === 1 ? '' : 's'}, {String(context['tokens'])} of {String(context['budget'])}{' '}
              tokens
            </h4>
            <Pieces pieces={pieces} />
          </div>
        )
      })}
      {isRecord(shown) && <AsSent shown={shown} />}
    </section>
  )
}

function AsSent({ shown }: { readonly shown: Readonly<Record<string, unknown>> }): React.JSX.Element {
  const messages = Array.isArray(shown['messages']) ? shown['messages'] : []
  return (
    <Fold
      className="shown-messages"
      summary={
        <>
          The prompt as sent: <span className="mono">{String(shown['prompt'])}</span> at{' '}
          <span className="mono">{String(shown['version']).slice(0, 8)}</span> on {String(shown['model'])}
        </>
      }
    >
      <Messages messages={messages} />
    </Fold>
  )
}

function contextsIn(subject: unknown): { name: string; context: Readonly<Record<string, unknown>> }[] {
  if (!isRecord(subject)) return []
  return Object.entries(subject).flatMap(([name, context]) => (isContext(context) && isRecord(context) ? [{ name, context }] : []))
}

function withoutContexts(subject: unknown): unknown {
  if (!isRecord(subject)) return subject
  return Object.fromEntries(Object.entries(subject).filter(([, value]) => !isContext(value)))
}
