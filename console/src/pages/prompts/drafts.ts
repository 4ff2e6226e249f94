/**
 * Texts that somebody is writing and has not saved: kept in this tab, whichever page is looked at, and through a reload.
 *
 * Owns: the drafts, by the name of their prompt, each with the revision it began from. Never: saves one. Leaving the tab with a draft is
 * warned about.
 */
import { useSyncExternalStore } from 'react'
import { isRecord } from '../../api/client.ts'

export interface Draft {
  readonly text: string
  /** Of the text it began from: what it may be written over. */
  readonly revision: string
}

const KEY = 'rondo.prompt-drafts'
const watchers = new Set<() => void>()
let drafts: ReadonlyMap<string, Draft> = read()

/** What is being written for a prompt, where something is. */
export function useDraft(name: string): Draft | undefined {
  return useSyncExternalStore(watch, () => drafts.get(name))
}

/** Names of the prompts that have one. */
export function useDrafted(): ReadonlyMap<string, Draft> {
  return useSyncExternalStore(watch, () => drafts)
}

/** Keeps what is being written; `undefined`: nothing any more. */
export function keepDraft(name: string, draft: Draft | undefined): void {
  const next = new Map(drafts)
  if (draft === undefined) next.delete(name)
  else next.set(name, draft)
  drafts = next
  sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(drafts)))
  for (const watcher of watchers) watcher()
}

function read(): ReadonlyMap<string, Draft> {
  window.addEventListener('beforeunload', (event) => {
    if (drafts.size > 0) event.preventDefault()
  })
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '{}')
    return new Map(
      Object.entries(isRecord(kept) ? kept : {}).flatMap(([name, draft]): [string, Draft][] =>
        isRecord(draft) && typeof draft['text'] === 'string' && typeof draft['revision'] === 'string'
          ? [[name, { text: draft['text'], revision: draft['revision'] }]]
          : [],
      ),
    )
  } catch {
    return new Map()
  }
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  return () => watchers.delete(watcher)
}
