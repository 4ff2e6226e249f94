/**
 * Numbers and names as advice says them.
 */
import { share, type Tally } from './standing.ts'

export function rate({ n, errors }: Tally): string {
  return `${count(errors)} of ${count(n)} (${percent(share(errors, n))})`
}

export function percent(part: number): string {
  const value = part * 100
  return `${value === 0 || value >= 10 ? Math.round(value) : Number(value.toPrecision(2))} %`
}

export function points(difference: number): string {
  return `${Number((difference * 100).toFixed(1))} points`
}

export function signed(difference: number): string {
  return `${difference < 0 ? '−' : '+'}${points(Math.abs(difference))}`
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

export function quoted(name: string): string {
  return `"${name}"`
}
