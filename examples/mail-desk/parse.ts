/**
 * A mail as the desk reads it: who, about what, the words, and whether a list sent it.
 */
import PostalMime from 'postal-mime'

export interface Mail {
  readonly from: string
  readonly subject: string
  /** Plain text, at most `LONGEST_BODY` characters of it. */
  readonly body: string
  /** Sent through a mailing list, as its headers say. */
  readonly list: boolean
}

const LONGEST_BODY = 4000

export async function parseMail(raw: string): Promise<Mail> {
  const mail = await PostalMime.parse(withoutEnvelope(raw))
  const headers = new Map(mail.headers.map(({ key, value }) => [key.toLowerCase(), value]))
  const text = mail.text ?? plainText(mail.html ?? '')
  return {
    from: mail.from?.address ?? mail.from?.name ?? '(nobody)',
    subject: mail.subject ?? '',
    body: text
      .replace(/\n{3,}/g, '\n\n')
      .trim()
      .slice(0, LONGEST_BODY),
    list:
      [...headers.keys()].some((key) => key.startsWith('list-') || key === 'mailing-list') ||
      /^(bulk|list)$/i.test(headers.get('precedence') ?? ''),
  }
}

/** An mbox keeps an envelope line above the headers: `From someone@example.org Thu Aug 22 14:23:39 2002`. */
function withoutEnvelope(raw: string): string {
  return raw.startsWith('From ') ? raw.slice(raw.indexOf('\n') + 1) : raw
}

/** The words of an HTML mail: enough to judge it by, not to show it. */
function plainText(html: string): string {
  return html
    .replace(/<(style|script|head)\b[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<(br|\/p|\/tr|\/div|\/h\d)\b[^>]*>/gi, '\n')
    .replace(/<[^>]*>/g, ' ')
    .replace(/&nbsp;/gi, ' ')
    .replace(/&lt;/gi, '<')
    .replace(/&gt;/gi, '>')
    .replace(/&quot;/gi, '"')
    .replace(/&amp;/gi, '&')
    .replace(/[ \t]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
}
