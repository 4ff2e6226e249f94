/**
 * What the API sends, as types. They are the door's own wherever it names them: a document that changes there fails to compile here.
 */
import type { DecisionDetailDocument, DecisionDocument } from '../../../src/http/decision-documents.ts'
import type { CaseDocument, EntryDocument, ItemDocument, RunDocument } from '../../../src/http/documents.ts'

export type Run = RunDocument
export type RunStatus = RunDocument['status']
export type Entry = EntryDocument
export type StepKind = EntryDocument['kind']
export type Case = CaseDocument
export type Usage = RunDocument['usage']
export type Item = Omit<ItemDocument, 'content'> & {
  readonly content: ItemDocument['content'] & { readonly why?: string; readonly blind?: true }
}

export interface List<Document> {
  readonly items: readonly Document[]
  readonly next?: string
}

export interface Me {
  readonly name: string
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
  /** Where there is one to sign out of. */
  readonly session?: string
}

export interface Flow {
  readonly name: string
  readonly input: unknown
  readonly output: unknown
  readonly counts: Partial<Record<RunStatus, number>>
  readonly model?: string
}

export interface System {
  readonly version: string
  readonly node: string
  readonly startedAt: string
  readonly flows: readonly string[]
  readonly decisions: readonly string[]
  readonly runs: Partial<Record<RunStatus, number>>
  readonly inboxOpen: number
  /** What models cost since the server started. */
  readonly microUsd: number
  readonly tokens: number
}

export type DecisionSummary = DecisionDocument
export type DecisionDetail = DecisionDetailDocument

export interface Similar {
  readonly case: Case
  readonly similarity: number
}
