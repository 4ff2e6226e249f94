/**
 * Times as people say them, kept up to date by one clock for the whole page.
 */
import { useSyncExternalStore } from 'react'
import { humanDuration } from '../../../src/duration.ts'

const TICK_MS = 1000
/** Made once: making one takes longer than drawing a row. */
const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })
const watchers = new Set<() => void>()
let now = Date.now()
let ticking: ReturnType<typeof setInterval> | undefined

/** The time, which moves on once a second. */
export function useNow(): number {
  return useSyncExternalStore(watch, () => now)
}

/** "5m ago", "in 2h"; the exact time on hovering. */
export function Ago({ at }: { readonly at: string }): React.JSX.Element {
  const ago = useNow() - Date.parse(at)
  return (
    <time dateTime={at} title={exactTime(at)} className="time">
      {agoText(ago)}
    </time>
  )
}

/** How long something took, or has taken so far. */
export function Lasted({ from, to }: { readonly from: string; readonly to?: string | undefined }): React.JSX.Element {
  return to === undefined ? <LastingStill from={from} /> : <span className="time">{humanDuration(Date.parse(to) - Date.parse(from))}</span>
}

/** What is due: how long there is still, louder as it comes near. */
export function Due({ at, from }: { readonly at: string; readonly from: string }): React.JSX.Element {
  const left = Date.parse(at) - useNow()
  const share = left / Math.max(1, Date.parse(at) - Date.parse(from))
  const tone = left < 0 ? 'bad' : share < 0.25 ? 'warn' : 'plain'
  return (
    <time dateTime={at} title={exactTime(at)} className={`time due tone-${tone}`}>
      {left < 0 ? `overdue by ${coarse(-left)}` : `due in ${coarse(left)}`}
    </time>
  )
}

export function exactTime(at: string): string {
  return EXACT.format(new Date(at))
}

export function agoText(ms: number): string {
  if (Math.abs(ms) < 5000) return 'just now'
  return ms < 0 ? `in ${coarse(-ms)}` : `${coarse(ms)} ago`
}

/** A duration in its largest unit. */
export function coarse(ms: number): string {
  if (ms < 60_000) return `${Math.max(1, Math.round(ms / 1000))}s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)}m`
  if (ms < 2 * 86_400_000) return `${Math.round(ms / 3_600_000)}h`
  return `${Math.round(ms / 86_400_000)}d`
}

function LastingStill({ from }: { readonly from: string }): React.JSX.Element {
  return <span className="time">{humanDuration(Math.max(0, useNow() - Date.parse(from)))}</span>
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher)
  if (ticking === undefined) now = Date.now()
  ticking ??= setInterval(() => {
    now = Date.now()
    for (const each of watchers) each()
  }, TICK_MS)
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    clearInterval(ticking)
    ticking = undefined
  }
}
