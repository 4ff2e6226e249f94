/**
 * The versions of a prompt as rows: what each is called, whether its text is there, and which two are compared.
 */
import type { Prompt, PromptVersion } from './data.ts'

/** In place of a version: what the file says now, where nobody has asked or saved it here. */
export const NOW = 'now'
const SHORT = 8

export interface VersionRow {
  /** What it is asked for by: its version, or the revision of a text that was never asked. */
  readonly ref: string
  readonly name: string
  readonly figures: PromptVersion
  readonly hasText: boolean
  readonly current: boolean
  readonly labels: readonly string[]
}

/** Newest first. */
export function rowsOf(prompt: Pick<Prompt, 'revision' | 'labels' | 'versions'>): VersionRow[] {
  const rows = prompt.versions.map((figures): VersionRow => {
    const { version, revision } = figures
    const ref = version ?? revision ?? ''
    return {
      ref,
      name: version === undefined ? `text ${ref.slice(0, SHORT)}` : ref.slice(0, SHORT),
      figures,
      hasText: revision !== undefined,
      current: revision === prompt.revision,
      labels: prompt.labels.filter((one) => one.revision === revision).map(({ label }) => label),
    }
  })
  return rows.length === 0 || rows.some(({ current }) => current) ? rows : [nowRow(), ...rows]
}

/** The two that are compared, the newer one first: those that were picked, or the newest two whose texts differ. */
export function pairOf(
  rows: readonly VersionRow[],
  version: string | undefined,
  against: string | undefined,
): readonly [VersionRow | undefined, VersionRow | undefined] {
  const withText = rows.filter(({ hasText }) => hasText)
  const picked = rows.filter(({ ref }) => ref === version || ref === against)
  if (picked.length === 2 || against === 'none') return [picked[0], picked[1]]
  const first = picked[0] ?? withText[0]
  const place = first === undefined ? -1 : withText.indexOf(first)
  const differs = (row: VersionRow): boolean => row.figures.revision !== first?.figures.revision
  const other = withText.slice(place + 1).find(differs) ?? withText.find(differs)
  return other !== undefined && withText.indexOf(other) < place ? [other, first] : [first, other]
}

/** How often the proposal was people's answer, over all decisions it served. */
export function accepted({ figures }: VersionRow): { readonly n: number; readonly of: number; readonly corrected: number } {
  const sum = (of: 'accepted' | 'edited' | 'corrected'): number => figures.decisions.reduce((all, one) => all + one[of], 0)
  return { n: sum('accepted'), of: sum('accepted') + sum('edited'), corrected: sum('corrected') }
}

function nowRow(): VersionRow {
  const at = new Date().toISOString()
  return {
    ref: NOW,
    name: 'what is in the file',
    figures: {
      asks: 0,
      failed: 0,
      runs: 0,
      microUsd: 0,
      inputTokens: 0,
      outputTokens: 0,
      firstAt: at,
      lastAt: at,
      measures: [],
      decisions: [],
    },
    hasText: true,
    current: true,
    labels: [],
  }
}
