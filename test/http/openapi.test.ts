import { expect, test } from 'vitest'
import { z } from 'zod'
import { stage } from './stage.ts'

const Document = z.looseObject({
  openapi: z.string(),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        operationId: z.string(),
        parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean() })),
        requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.unknown() })) }).optional(),
        responses: z.record(z.string(), z.unknown()),
      }),
    ),
  ),
})

test('the document describes every endpoint once, each flow’s start with its own schemas', async () => {
  const { ask, served } = await stage()
  const document = Document.parse((await ask('/openapi.json')).body)
  expect(document.openapi).toBe('3.1.0')
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  const ids = operations.map(({ operationId }) => operationId)
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.length).toBeGreaterThan(45)
  expect(document.paths['/api/flows/echo/runs']?.['post']?.requestBody?.content['application/json']?.schema).toMatchObject({
    properties: { input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } },
    required: ['input'],
  })
  for (const [path, methods] of Object.entries(document.paths))
    for (const { parameters, responses } of Object.values(methods)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const isTyped = path.startsWith('/api/flows/') && named.length === 0
      expect(
        isTyped ||
          parameters
            .filter((one) => one.in === 'path')
            .map(({ name }) => name)
            .join() === named.join(),
      ).toBe(true)
      expect(Object.keys(responses)).toContain('default')
    }
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining(['/api/runs/{id}/events', '/api/inbox/{id}/answer', '/v1/chat/completions', '/metrics']),
  )
  expect(served.app.openApi.paths).toHaveProperty(['/api/runs'])
})

test('what the document says of a reply is what is replied', async () => {
  const { ask, rondo } = await stage()
  await rondo.runs.start('approval', { text: 'a' }, { id: 'r1' })
  await rondo.idle()
  const document = Document.parse((await ask('/openapi.json')).body)
  const Reply = z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: z.record(z.string(), z.unknown()) })) })
  for (const [path, template] of [
    ['/api/flows', '/api/flows'],
    ['/api/runs', '/api/runs'],
    ['/api/runs/r1', '/api/runs/{id}'],
    ['/api/runs/r1/journal', '/api/runs/{id}/journal'],
    ['/api/runs/r1/result', '/api/runs/{id}/result'],
    ['/api/runs/r1/reviews', '/api/runs/{id}/reviews'],
    ['/api/inbox', '/api/inbox'],
    ['/api/inbox/r1%3Aapprove', '/api/inbox/{id}'],
    ['/api/inbox/count', '/api/inbox/count'],
    ['/api/flows/approval/picture', '/api/flows/{flow}/picture'],
    ['/api/flows/approval/steps?node=approve', '/api/flows/{flow}/steps'],
    ['/api/decisions', '/api/decisions'],
    ['/api/cases', '/api/cases'],
    ['/api/backtests', '/api/backtests'],
    ['/api/prompts', '/api/prompts'],
    ['/api/system', '/api/system'],
    ['/api/me', '/api/me'],
    ['/v1/models', '/v1/models'],
  ] as const) {
    const { status, body } = await ask(path)
    const described = Reply.parse(document.paths[template]?.['get']?.responses[String(status)])
    const schema = described.content['application/json']?.schema ?? {}
    const parsed = z.fromJSONSchema(schema).safeParse(body)
    expect([path, parsed.success ? [] : parsed.error.issues]).toEqual([path, []])
  }
})

test('the page to read it by stands alone', async () => {
  const { ask } = await stage()
  const { body, headers, status } = await ask('/docs')
  const page = String(body)
  expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=UTF-8'])
  expect(page).toContain('/api/flows/echo/runs')
  expect(page).not.toMatch(/<script|src=|@import|url\(|https?:\/\/(?!json-schema)/)
})
