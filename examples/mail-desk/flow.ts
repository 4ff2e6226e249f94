/**
 * The mail desk: what happens to one mail.
 *
 * A predictor proposes whether it is spam, people are asked where the policy says so, code tells list mail from personal mail,
 * and, with a language model, a reply to personal mail is drafted in a loop with a person.
 */
import { type Autonomy, decision, flow, type Predictor, prompt } from 'rondo'
import { z } from 'zod'
import type { Mailbox } from './mailbox.ts'
import { parseMail } from './parse.ts'

const Question = z.object({ from: z.string(), subject: z.string(), body: z.string() })
export type MailQuestion = z.output<typeof Question>

const Reply = prompt('reply', {
  input: z.object({ from: z.string(), subject: z.string(), body: z.string(), critique: z.string().optional() }),
  output: z.object({ text: z.string() }),
})

export interface DeskParts {
  readonly mailbox: Mailbox
  readonly predictor: Predictor<MailQuestion, 'spam' | 'wanted'>
  readonly autonomy: Autonomy
  /** Whether replies are drafted: it takes a language model. */
  readonly drafts: boolean
}

export function createMailDesk({ mailbox, predictor, autonomy, drafts }: DeskParts) {
  const spam = decision({
    name: 'spam',
    title: 'Is this mail spam?',
    question: Question,
    answer: z.enum(['spam', 'wanted']),
    predictor,
    people: { role: 'mail-desk' },
    autonomy,
  })

  return flow({
    name: 'mail-desk',
    input: z.object({ id: z.string() }),
    output: z.object({
      folder: z.enum(['spam', 'list', 'personal']),
      by: z.enum(['predictor', 'people', 'default']),
      predicted: z.string().optional(),
      confidence: z.number(),
      replied: z.boolean(),
    }),
    async run(run, { id }) {
      const mail = await run.step('read', () => parseMail(mailbox.read(id)), { effect: 'read' })
      const { value, by, confidence, predicted } = await run.decide(spam, { from: mail.from, subject: mail.subject, body: mail.body })
      const folder = value === 'spam' ? 'spam' : mail.list ? 'list' : 'personal'
      await run.step('file', () => mailbox.file(id, folder), { effect: 'idempotent' })
      const replied = folder === 'personal' && drafts
      if (replied) {
        const reply = await run.loop('draft', { rounds: 3, usd: 0.05 }, {}, async (turn, { critique }: { critique?: string }) => {
          const draft = await run.ask(Reply, {
            from: mail.from,
            subject: mail.subject,
            body: mail.body,
            ...(critique !== undefined && { critique }),
          })
          const review = await run.review('approve', {
            subject: draft,
            title: 'Send this reply?',
            role: 'mail-desk',
            within: '1d',
            otherwise: 'expire',
          })
          if (review.outcome === 'rejected') return turn.again({ critique: review.note })
          return turn.done(review.outcome === 'expired' ? undefined : review.value)
        })
        if (reply !== undefined) await run.step('send', () => mailbox.send(id, reply.text), { effect: 'idempotent' })
      }
      return { folder, by, confidence: confidence ?? 0, replied, ...(predicted !== undefined && { predicted }) }
    },
  })
}
