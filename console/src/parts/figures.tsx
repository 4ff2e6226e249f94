/**
 * Figures as people read them: counts, shares, money, tokens; and one large figure with its label.
 */
import type { EstimateDocument } from '../../../src/http/backtest-jobs.ts'
import { humanUsd } from '../../../src/money.ts'
import type { Usage } from '../api/documents.ts'

export { humanDuration } from '../../../src/duration.ts'

const COUNT = new Intl.NumberFormat()
const SHORT = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 })

export function count(number: number): string {
  return COUNT.format(number)
}

/** 3 runs */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`
}

/** Micro-dollars as people read them; what is too little to show is said to be so. */
export function usd(micro: number): string {
  return micro > 0 && micro < 50 ? '< $0.0001' : humanUsd(micro)
}

/** 12.3K */
export function short(number: number): string {
  return number < 10_000 ? COUNT.format(number) : SHORT.format(number)
}

/** A share in [0,1] as per cent; finer near the ends, where it matters. */
export function percent(share: number, digits?: number): string {
  const near = Math.min(share, 1 - share)
  const places = digits ?? (share === 0 || share === 1 ? 0 : near < 0.05 ? 1 : 0)
  return `${(share * 100).toFixed(places)} %`
}

export function tokens({ inputTokens, outputTokens }: Pick<Usage, 'inputTokens' | 'outputTokens'>): string {
  return `${short(inputTokens)} in · ${short(outputTokens)} out`
}

/** By what prices an estimate of money was made. */
export function atPrices(prices: EstimateDocument['estimate']['prices']): string {
  if (prices === 'new') return 'at the price of the model that is tried'
  return prices === 'recorded' ? 'at the prices of when it was recorded' : 'at old prices: that of the model that is tried is not known'
}

export function Figure(props: {
  readonly label: string
  readonly value: React.ReactNode
  readonly note?: React.ReactNode
}): React.JSX.Element {
  return (
    <div className="figure">
      <div className="figure-value">{props.value}</div>
      <div className="figure-label">{props.label}</div>
      {props.note !== undefined && <div className="figure-note">{props.note}</div>}
    </div>
  )
}
