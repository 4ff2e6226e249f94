/**
 * j and k go from row to row of a list that is all there; Enter presses the one in focus, as it does anyway.
 */
import { useKeys } from '../../shell/keys.ts'

/** `rows`: what is focused, by selector. `noun`: what a row is, for the help. */
export function useRowKeys(place: React.RefObject<HTMLElement | null>, rows: string, noun: string): void {
  const move = (by: 1 | -1): void => {
    const all = [...(place.current?.querySelectorAll<HTMLElement>(rows) ?? [])]
    const now = all.findIndex((row) => row.matches(':focus'))
    const next = all[Math.max(0, Math.min(all.length - 1, now === -1 ? 0 : now + by))]
    next?.focus()
    next?.scrollIntoView({ block: 'nearest' })
  }
  useKeys('List', [
    { keys: 'j', does: `Next ${noun}`, run: () => move(1), repeats: true },
    { keys: 'k', does: `${noun.charAt(0).toUpperCase()}${noun.slice(1)} before`, run: () => move(-1), repeats: true },
  ])
}
