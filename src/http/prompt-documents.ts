/**
 * What a prompt, its versions and its labels look like to a client.
 *
 * Owns: bringing together what runs asked (prompt-history.ts) and what texts are kept (see model/kept-texts.ts): a version may be known by
 * one of them only.
 */
import { z } from 'zod'
import type { KeptIndex, KeptText, PromptLabel, PromptText } from '../index.ts'
import { iso } from './documents.ts'
import type { VersionHistory } from './prompt-history.ts'

export const aboutDocument = z.object({
  name: z.string(),
  file: z.string(),
  revision: z.string(),
  model: z.string().optional(),
  description: z.string().optional(),
  problem: z.string().optional(),
})
export const labelDocument = z.object({ label: z.string(), revision: z.string(), at: z.iso.datetime(), by: z.string().optional() })

export const versionDocument = z.object({
  /** Absent of a text that was written and never asked. */
  version: z.string().optional(),
  /** Of its text, where that is kept. */
  revision: z.string().optional(),
  by: z.string().optional(),
  model: z.string().optional(),
  /** In the newest runs; so is all that follows, but for `decisions`, which count all cases. */
  asks: z.number(),
  failed: z.number(),
  runs: z.number(),
  microUsd: z.number(),
  inputTokens: z.number(),
  outputTokens: z.number(),
  p50Ms: z.number().optional(),
  firstAt: z.iso.datetime(),
  lastAt: z.iso.datetime(),
  measures: z.array(z.object({ name: z.string(), n: z.number(), mean: z.number() })),
  decisions: z.array(z.object({ decision: z.string(), accepted: z.number(), edited: z.number(), corrected: z.number() })),
})
export type PromptVersionDocument = z.output<typeof versionDocument>

export const promptDocument = aboutDocument.extend({
  text: z.string(),
  defaults: z.record(z.string(), z.unknown()),
  labels: z.array(labelDocument),
  versions: z.array(versionDocument),
})
export type PromptDocument = z.output<typeof promptDocument>

export const textDocument = z.object({
  name: z.string(),
  revision: z.string(),
  text: z.string(),
  at: z.iso.datetime(),
  by: z.string().optional(),
  version: z.string().optional(),
  model: z.string().optional(),
  partials: z.record(z.string(), z.string()).optional(),
})
export type PromptTextDocument = z.output<typeof textDocument>

export const exampleDocument = z.object({
  run: z.string(),
  flow: z.string(),
  path: z.string(),
  at: z.iso.datetime(),
  version: z.string(),
  messages: z.unknown(),
  /** What the text was filled in with; absent where it was not kept yet. */
  input: z.unknown().optional(),
  value: z.unknown().optional(),
})
export type PromptExampleDocument = z.output<typeof exampleDocument>

export function promptOf(text: PromptText, index: KeptIndex, histories: readonly VersionHistory[]): PromptDocument {
  return { ...text, defaults: { ...text.defaults }, labels: index.labels.map(labelOf), versions: versionsOf(index, histories) }
}

export function textOf({ at, partials, ...rest }: KeptText): PromptTextDocument {
  return { ...rest, at: iso(at), ...(partials !== undefined && { partials: { ...partials } }) }
}

function labelOf({ at, ...rest }: PromptLabel): z.output<typeof labelDocument> {
  return { ...rest, at: iso(at) }
}

/** Newest first: those that were asked, those that were asked before the runs looked at, and texts nobody has asked. */
function versionsOf(index: KeptIndex, histories: readonly VersionHistory[]): PromptVersionDocument[] {
  const texts = new Map(index.texts.map((text) => [text.revision, text]))
  const kept = new Map(index.versions.map((one) => [one.version, one]))
  const byOf = (revision: string): { readonly by?: string } => {
    const by = texts.get(revision)?.by
    return by === undefined ? {} : { by }
  }
  const asked = histories.map(({ first, last, measures, decisions, ...rest }): PromptVersionDocument => {
    const revision = kept.get(rest.version)?.revision
    return {
      ...rest,
      ...(revision !== undefined && { revision, ...byOf(revision) }),
      firstAt: iso(first),
      lastAt: iso(last),
      measures: [...measures],
      decisions: [...decisions],
    }
  })
  const met = new Set(histories.map(({ version }) => version))
  const before = index.versions
    .filter(({ version }) => !met.has(version))
    .map(({ version, revision, model, at }) => ({ ...unasked(at), version, revision, model, ...byOf(revision) }))
  const of = new Set([...asked, ...before].map(({ revision }) => revision))
  const never = index.texts
    .filter(({ revision }) => !of.has(revision))
    .map(({ revision, at }) => ({ ...unasked(at), revision, ...byOf(revision) }))
  return [...asked, ...before, ...never].sort((one, other) => other.lastAt.localeCompare(one.lastAt))
}

function unasked(at: number): Omit<PromptVersionDocument, 'version' | 'revision'> {
  return {
    asks: 0,
    failed: 0,
    runs: 0,
    microUsd: 0,
    inputTokens: 0,
    outputTokens: 0,
    firstAt: iso(at),
    lastAt: iso(at),
    measures: [],
    decisions: [],
  }
}
