/**
 * What the places of a picture are called.
 */
import type { PictureNode } from './picture.ts'

export function nodeName({ id, name, kind }: Pick<PictureNode, 'id' | 'name' | 'kind'>): string {
  if (kind === 'start') return 'Start'
  if (kind === 'end') return 'End'
  return isBudget({ id, name }) ? 'budget' : name
}

/** Rondo's own question when a budget is spent. */
function isBudget({ id, name }: Pick<PictureNode, 'id' | 'name'>): boolean {
  return name === '$budget' || id.endsWith('/$budget')
}

/** The kind that a node is shown as. */
export function shownKind(node: Pick<PictureNode, 'id' | 'name' | 'kind'>): string {
  return isBudget(node) ? 'review' : node.kind
}

const KINDS: Readonly<Record<string, string>> = {
  code: 'code',
  ask: 'model',
  decide: 'decision',
  review: 'review',
  context: 'context',
  loop: 'loop',
  map: 'for each',
  all: 'side by side',
  race: 'first of several',
  branch: 'branch',
  sleep: 'waits for a time',
  signal: 'waits for a signal',
  call: 'calls a flow',
  measure: 'measure',
}

export function kindName(kind: string): string {
  return KINDS[kind] ?? kind
}
