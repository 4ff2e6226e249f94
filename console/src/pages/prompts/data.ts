/**
 * What the pages about prompts ask of the API.
 */
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import type {
  PromptDocument,
  PromptExampleDocument,
  PromptTextDocument,
  PromptVersionDocument,
} from '../../../../src/http/prompt-documents.ts'
import { get, piece, post, put } from '../../api/client.ts'
import type { List } from '../../api/documents.ts'
import { queries } from '../../api/queries.ts'

export type Prompt = PromptDocument
export type PromptVersion = PromptVersionDocument
export type PromptText = PromptTextDocument
export type Example = PromptExampleDocument
export type PromptAbout = Pick<Prompt, 'name' | 'file' | 'revision' | 'model' | 'description' | 'problem'>

type Part = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'media'; readonly url: string }
export interface Preview {
  readonly messages: readonly { readonly role: string; readonly parts: readonly Part[] }[]
  readonly model?: string
  readonly settings: Readonly<Record<string, unknown>>
}

const MOST_EXAMPLES = 30

export const promptsQuery = queryOptions({
  queryKey: ['prompts'],
  queryFn: ({ signal }) => get<List<PromptAbout>>('/api/prompts', { signal }),
})

export function promptQuery(name: string) {
  return queryOptions({ queryKey: ['prompt', name], queryFn: ({ signal }) => get<Prompt>(addressOf(name), { signal }) })
}

/** The text of a version, which never changes; of a label it is asked for by its revision. */
export function textQuery(name: string, version: string | undefined) {
  return queryOptions({
    queryKey: ['prompt text', name, version],
    queryFn: ({ signal }) => get<PromptText>(`${addressOf(name)}/versions/${piece(version ?? '')}`, { signal }),
    enabled: version !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  })
}

export function examplesQuery(name: string) {
  return queryOptions({
    queryKey: ['prompt', name, 'examples'],
    queryFn: ({ signal }) => get<List<Example>>(`${addressOf(name)}/examples`, { signal, query: { limit: MOST_EXAMPLES } }),
  })
}

export function previewQuery(name: string, text: string, input: unknown) {
  return queryOptions({
    queryKey: ['prompt preview', name, text, input],
    queryFn: ({ signal }) => post<Preview>(`${addressOf(name)}/preview`, { text, input }, { signal }),
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 60_000,
  })
}

/** Writes the text over the revision that was seen. */
export async function save(name: string, text: string, ifRevision: string): Promise<Prompt> {
  return taken(await put<Prompt>(addressOf(name), { text, ifRevision }))
}

/** Gives a label to a text or to that of a version, or takes it away (`version: null`). */
export async function label(name: string, given: string, what: { text: string } | { version: string | null }): Promise<Prompt> {
  return taken(await put<Prompt>(`${addressOf(name)}/labels/${piece(given)}`, what))
}

function taken(prompt: Prompt): Prompt {
  queries.setQueryData(promptQuery(prompt.name).queryKey, prompt)
  void queries.invalidateQueries({ queryKey: ['prompts'] })
  return prompt
}

function addressOf(name: string): string {
  return `/api/prompts/${piece(name)}`
}
