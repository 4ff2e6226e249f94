/**
 * The desk's people: by default the corpus's own human labels stand in for them, and are said to.
 *
 * They answer through the inbox, as anybody would: each open question is looked up in the corpus and answered with its label.
 */
import type { Rondo } from 'rondo'
import type { Mailbox } from './mailbox.ts'

const STAND_IN = { name: 'corpus', roles: ['mail-desk'] }

/** Answers what is open, and what opens from now on. Returns a function that ends it; what went wrong goes to `failed`. */
export function corpusAnswers(
  rondo: Rondo,
  mailbox: Mailbox,
  mailOf: (run: string) => string | undefined,
  failed: (error: unknown) => void,
): () => void {
  let over = false
  let looking = false
  let again = false
  const look = async (): Promise<void> => {
    while (again && !over) {
      again = false
      for (const item of await rondo.inbox.list({ person: STAND_IN, limit: 200 })) {
        const mail = mailOf(item.run)
        if (over || mail === undefined) continue
        if (item.kind === 'decide') await rondo.inbox.answer(item.id, STAND_IN, mailbox.label(mail))
        else if (item.kind === 'review') await rondo.inbox.accept(item.id, STAND_IN)
      }
    }
    looking = false
  }
  const soon = (): void => {
    again = true
    if (looking) return
    looking = true
    look().catch(failed)
  }
  const unsubscribe = rondo.events.subscribe((event) => {
    if (event.type === 'status' && event.status === 'waiting') soon()
  })
  soon()
  return () => {
    over = true
    unsubscribe()
  }
}
