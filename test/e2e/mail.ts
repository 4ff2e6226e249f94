/**
 * The mail of the desk: as much of it as one wants, the same each time.
 */
export interface Mail {
  readonly from: string
  readonly subject: string
  readonly body: string
  readonly queue: 'billing' | 'delivery' | 'technical' | 'spam'
}

const WRITERS = [
  'mira@posteo.example',
  'j.ortega@mail.example',
  'the.hendersons@home.example',
  'kim@studio.example',
  'office@bakery.example',
]

const KINDS: readonly Omit<Mail, 'from'>[] = [
  {
    queue: 'billing',
    subject: 'Charged twice for order',
    body: 'Hello,\n\nmy card was charged twice for the same order on Tuesday. Could you look into it and refund the second payment? I attached the statement of my bank.\n\nPlease reply soon, my rent is due on Friday.\n\nThank you',
  },
  {
    queue: 'delivery',
    subject: 'Where is my parcel?',
    body: 'The courier says that the parcel was handed over on Monday, but nobody here has it. I asked all the neighbours, and the people at the kiosk as well.\n\nCould you trace it?',
  },
  {
    queue: 'technical',
    subject: 'Cannot sign in after the update',
    body: 'Since the update the app shows “error 0x41” as soon as I sign in. I tried it on two phones, both with the newest version.\n\nSteps:\n1. open the app\n2. sign in with my address\n3. the error comes at once\n\nA reply with what to try next would be great.',
  },
  {
    queue: 'spam',
    subject: 'You have been selected!!!',
    body: 'Congratulations, you are one of ten lucky winners of this week. Click the link below within 24 hours to claim your reward.',
  },
]

export function mailNumber(number: number): { from: string; subject: string; body: string } {
  const kind = KINDS[number % KINDS.length]
  const from = WRITERS[number % WRITERS.length]
  if (kind === undefined || from === undefined) throw new Error(`There is no mail number ${number}.`)
  return { from, subject: `${kind.subject} (no. ${4000 + number})`, body: kind.body }
}
