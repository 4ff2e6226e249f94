/**
 * The console's files: read from one folder, and nothing outside it.
 *
 * Owns: which file a path means, how long browsers may keep it, and what its pages may do (CSP). Never: makes a page.
 * Invariants:
 *   P1. A path that does not stay inside the folder, however it is written, is not found.
 *   P2. What has its content's hash in its name is kept for ever; everything else is asked for again.
 */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { extname, join, normalize, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

const gzipped = promisify(gzip)

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
}
/** What browsers ask for unasked, wherever a page does not name its icon. */
const ICON = { asked: 'favicon.ico', file: 'icon.svg' }
const COMPRESSED = /^(text\/|application\/(json|manifest)|image\/svg)/
/** What a page of the console may load: what this server gives, and nothing else. React Flow sets style attributes. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

interface Page {
  readonly changedAt: number
  readonly etag: string
  readonly body: Uint8Array<ArrayBuffer>
  readonly small: Uint8Array<ArrayBuffer> | undefined
}

export class Pages {
  readonly #folder: string
  readonly #kept = new Map<string, Page>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** The file of a path, or the one page of the console for a path that names none; `undefined` when there is neither. */
  async answer(request: Request): Promise<Response | undefined> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined
    const asked = insidePath(new URL(request.url).pathname)
    if (asked === undefined) return undefined
    const path = asked === ICON.asked ? ICON.file : asked
    const exact = extname(path) === '' ? undefined : await this.#read(path)
    if (exact !== undefined) return respond(request, path, exact)
    // A missing asset must not come back as a page; the places inside the console are no files, though a run's id may look like one.
    const isPlace = extname(path) === '' || (isForReading(request) && !path.startsWith('assets/'))
    const page = isPlace ? await this.#read('index.html') : undefined
    return page === undefined ? undefined : respond(request, 'index.html', page)
  }

  async #read(path: string): Promise<Page | undefined> {
    const file = join(this.#folder, path)
    const stats = await stat(file).catch(() => undefined)
    if (stats === undefined || !stats.isFile()) return undefined
    const known = this.#kept.get(path)
    if (known?.changedAt === stats.mtimeMs) return known
    const body = Uint8Array.from(await readFile(file))
    const page: Page = {
      changedAt: stats.mtimeMs,
      etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
      body,
      small: COMPRESSED.test(typeOf(path)) ? Uint8Array.from(await gzipped(body)) : undefined,
    }
    this.#kept.set(path, page)
    return page
  }
}

/** Whether somebody goes there, rather than a page asking for a part of itself. */
function isForReading({ headers }: Request): boolean {
  return headers.get('accept')?.includes('text/html') === true
}

/** A path below the folder; `undefined` for one that would lead out of it, or cannot be meant. */
function insidePath(pathname: string): string | undefined {
  let decoded: string
  try {
    decoded = decodeURIComponent(pathname)
  } catch {
    return undefined
  }
  if (/[\0\\]/.test(decoded) || /%(2f|5c|00|2e)/i.test(decoded)) return undefined
  const path = normalize(decoded).replace(/^[/\\]+/, '')
  return path.split(sep).some((part) => part.startsWith('.')) ? undefined : path
}

function respond(request: Request, path: string, { body, small, etag }: Page): Response {
  const isHashed = /^assets\/.*[-.][\w-]{8,}\.\w+$/.test(path)
  const headers: Record<string, string> = {
    'content-type': typeOf(path),
    'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag,
    vary: 'Accept-Encoding',
    'content-security-policy': CSP,
  }
  if (request.headers.get('if-none-match') === etag) return new Response(null, { status: 304, headers })
  const useSmall = small !== undefined && /\bgzip\b/.test(request.headers.get('accept-encoding') ?? '')
  if (useSmall) headers['content-encoding'] = 'gzip'
  return new Response(request.method === 'HEAD' ? null : useSmall ? small : body, { headers })
}

function typeOf(path: string): string {
  return TYPES[extname(path)] ?? 'application/octet-stream'
}
