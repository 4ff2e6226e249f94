/**
 * What the API says of backtests and reviewers, as types: the door's own, and the report's.
 */
import type { BacktestDocument } from '../../../../src/http/backtest-jobs.ts'
import type { Change } from '../../../../src/learn/backtest/change.ts'
import type { BacktestReport } from '../../../../src/learn/backtest/report.ts'

export type { ReviewersDocument as Reviewers } from '../../../../src/http/reviewers.ts'
export type { Lost, RunOutcome, RunResult } from '../../../../src/learn/backtest/outcome.ts'
export type { BacktestReport as Report, Decisive } from '../../../../src/learn/backtest/report.ts'
export type { Noted } from '../../../../src/learn/backtest/rulings.ts'
export type { MetricReport } from '../../../../src/learn/backtest/verdict.ts'

/** Times as they come over the wire. */
export interface Chosen {
  readonly of?: 'sample' | 'must-pass'
  readonly flow?: string
  readonly from?: string
  readonly until?: string
  readonly release?: string
  readonly segment?: string
  readonly sample?: number
  readonly seed?: string
  readonly runs?: readonly string[]
}

export type Backtest = Omit<BacktestDocument, 'change' | 'selection'> & { readonly change: Change; readonly selection: Chosen }
export type FullBacktest = Backtest & { readonly report?: BacktestReport }
