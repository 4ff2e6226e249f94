/**
 * How long somebody has looked at a question: the time it was in front and the page was seen.
 */
import { useEffect, useRef } from 'react'

/** Somebody who has not moved for so long is not looking. */
const LONGEST_MS = 15 * 60_000

/** A function that gives the milliseconds since this question came in front. */
export function useAttention(id: string | undefined): () => number {
  const watch = useRef({ seen: 0, since: performance.now() })
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question begins anew.
  useEffect(() => {
    watch.current = { seen: 0, since: performance.now() }
    const look = (): void => {
      const { seen, since } = watch.current
      const now = performance.now()
      watch.current = document.visibilityState === 'hidden' ? { seen: seen + now - since, since: Number.NaN } : { seen, since: now }
    }
    document.addEventListener('visibilitychange', look)
    return () => document.removeEventListener('visibilitychange', look)
  }, [id])
  return () => {
    const { seen, since } = watch.current
    return Math.round(Math.min(LONGEST_MS, seen + (Number.isNaN(since) ? 0 : performance.now() - since)))
  }
}
