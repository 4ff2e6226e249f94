/**
 * What the benchmarks share: a clock, percentiles, a folder of their own on the disk that is measured, and the table.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'

export interface Figure {
  readonly name: string
  readonly value: string
  /** The same as a ratio to something measured in the same run, where there is one. */
  readonly ratio?: string
  readonly bar?: string
  readonly met?: boolean
}

export async function seconds(work: () => Promise<unknown> | unknown): Promise<number> {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}

/** A folder under the working directory, so that the disk measured is the disk used; removed afterwards. */
export async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(process.cwd(), '.bench-'))
  try {
    return await work(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

export function print(title: string, figures: readonly Figure[], not: string): void {
  console.log(`\n${title}`)
  const width = Math.max(...figures.map((figure) => figure.name.length))
  for (const { name, value, ratio, bar, met } of figures) {
    console.log(
      `  ${name.padEnd(width)}  ${value.padStart(14)}  ${(ratio ?? '').padEnd(34)} ${bar === undefined ? '' : `${met === true ? 'met' : 'MISSED'}: ${bar}`}`,
    )
  }
  console.log(`  Not measured: ${not}`)
}
