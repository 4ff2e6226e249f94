/**
 * A page to read the API by: one HTML text made from the OpenAPI document. No script, nothing from elsewhere.
 */
import type { OpenApi, Operation } from './openapi.ts'

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 6%, transparent) }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 2rem 1.25rem 6rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin: 2.25rem 0 .5rem }
p.about { white-space: pre-line; max-width: 46rem }
details { border-top: 1px solid var(--line) } details:last-of-type { border-bottom: 1px solid var(--line) }
summary { cursor: pointer; padding: .55rem 0; display: flex; gap: .75rem; align-items: baseline; flex-wrap: wrap }
summary:focus-visible { outline: 2px solid Highlight }
.method { font: 600 .75rem/1 ui-monospace, monospace; width: 3rem; text-transform: uppercase }
.path { font-family: ui-monospace, monospace; overflow-wrap: anywhere } .says { opacity: .75 }
pre { background: var(--soft); padding: .75rem; overflow: auto; font: 12.5px/1.45 ui-monospace, monospace; border-radius: 6px; max-height: 28rem }
h3 { font-size: .85rem; margin: .75rem 0 .25rem } .inside { padding: 0 0 1rem 3.75rem }
table { border-collapse: collapse; font-size: .9rem } td { padding: .15rem 1rem .15rem 0; vertical-align: top }
@media (max-width: 40rem) { .inside { padding-left: 0 } }
`

/** The page. */
export function docsPage(document: OpenApi): string {
  const sections = document.tags.map(({ name }) => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) =>
        operation.tags.includes(name) ? [operationHtml(method, path, operation)] : [],
      ),
    )
    return `<section><h2>${escaped(name)}</h2>${operations.join('')}</section>`
  })
  const { title, version, description } = document.info
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} API</title><style>${STYLE}</style></head><body><main><h1>${escaped(title)} API <small>${escaped(version)}</small></h1>
<p class="about">${escaped(description)}</p><p>The same for programs: <a href="/openapi.json">openapi.json</a></p>${sections.join('\n')}</main></body></html>`
}

function operationHtml(method: string, path: string, operation: Operation): string {
  const { summary, description, parameters, requestBody, responses } = operation
  const rows = parameters.map(
    ({ name, in: where, required, schema, description: says = '' }) =>
      `<tr><td><code>${escaped(name)}</code></td><td>${where}${required ? ', needed' : ''}</td><td>${escaped(typeWords(schema))} ${escaped(says)}</td></tr>`,
  )
  const body = Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => schemaHtml(`Body: ${type}`, schema))
  const replies = Object.entries(responses).map(([status, reply]) => schemaHtml(`${status === 'default' ? 'Otherwise' : status}`, reply))
  return `<details id="${escaped(operation.operationId)}"><summary><span class="method">${method}</span><span class="path">${escaped(path)}</span><span class="says">${escaped(summary)}</span></summary>
<div class="inside"><p>${escaped(description).replaceAll(/`([^`]+)`/g, '<code>$1</code>')}</p>${rows.length === 0 ? '' : `<h3>Parameters</h3><table>${rows.join('')}</table>`}${body.join('')}${replies.join('')}</div></details>`
}

function schemaHtml(title: string, schema: object): string {
  return `<h3>${escaped(title)}</h3><pre tabindex="0">${escaped(JSON.stringify(schema, null, 2))}</pre>`
}

function typeWords(schema: Readonly<Record<string, unknown>>): string {
  if (Array.isArray(schema['enum'])) return schema['enum'].join(' | ')
  return typeof schema['type'] === 'string' ? schema['type'] : ''
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
