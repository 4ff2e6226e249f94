/**
 * The documents of decisions: how far each stands alone, on what evidence, and how often proposals are wrong.
 *
 * Owns: their schemas, and how they are made of a report. Times are ISO text; shares are in [0,1].
 */
import { z } from 'zod'
import type { AutonomyState, EpochState, LoadPoint } from '../autonomy.ts'
import type { AutonomyReport } from '../index.ts'
import { iso } from './documents.ts'

const time = z.iso.datetime()
const place = z.object({ seq: z.number(), at: time })

const loadDocument = z.object({
  from: time,
  to: time,
  /** How many there were; estimated, unless people saw everything or journals were counted. */
  decisions: z.number(),
  /** How many of them people saw. */
  seen: z.number(),
  share: z.number(),
})

const errorFigure = z.object({
  /** Answers of people, and how many of them differ from the proposal. */
  n: z.number(),
  wrong: z.number(),
  /** The share of wrong proposals, estimated: an answer that was drawn with probability π counts 1/π times. Absent without an answer. */
  share: z.number().optional(),
  /** What it lies between with 95 % confidence, however often one looks. */
  low: z.number(),
  high: z.number(),
})

const certificateDocument = z.object({
  /** Answers with at least this confidence are meant. */
  tau: z.number(),
  /** The share of traffic at or above it, as the burn-in had it. */
  share: z.number(),
  n: z.number(),
  errors: z.number(),
  /** The evidence so far, and what it must reach. */
  eValue: z.number(),
  needed: z.number(),
  certified: z.boolean(),
})

const alarmDocument = place.extend({
  /** Random checks of the epoch, and how many were wrong. */
  audited: z.number(),
  errors: z.number(),
  /** What the alarm's evidence stood at, and the limit it reached. */
  value: z.number(),
  limit: z.number(),
})

const epochDocument = z.object({
  epoch: z.number(),
  version: z.string(),
  began: z.enum(['start', 'version', 'drift']),
  since: place.optional(),
  /** The chance that a certificate of this epoch is false. */
  delta: z.number(),
  burnIn: z.object({ labelled: z.number(), needed: z.number() }),
  /** The confidence from which answers stand alone; absent while people see everything. */
  threshold: z.number().optional(),
  /** Strictest first. */
  certificates: z.array(certificateDocument),
  certified: place.extend({ labels: z.number() }).optional(),
  audits: z.object({ n: z.number(), errors: z.number(), value: z.number(), limit: z.number() }),
  alarm: alarmDocument.optional(),
  /** Of questions that two people answered blind: on how many they differ, and whether that makes the promise empty. */
  reviewers: z.object({
    from: z.number(),
    n: z.number(),
    differed: z.number(),
    eValue: z.number(),
    needed: z.number(),
    refused: z.boolean(),
  }),
})

const stateDocument = z.object({
  policy: z.string(),
  /** One for the decision as a whole, or one for each segment that had a case. */
  segments: z.array(z.object({ segment: z.string().optional(), current: epochDocument, epochs: z.array(epochDocument) })),
  /** Oldest first. */
  alarms: z.array(alarmDocument.extend({ segment: z.string().optional(), epoch: z.number(), version: z.string(), why: z.string() })),
})

export const decisionDocument = z.object({
  name: z.string(),
  title: z.string(),
  policy: z.string(),
  /** What is promised, in a sentence. */
  promise: z.string(),
  predictor: z.string().optional(),
  role: z.string().optional(),
  choices: z.array(z.unknown()).optional(),
  cases: z.number(),
  /** The share that stood without a person, lately; where it is known. */
  standingAlone: z.number().optional(),
  /** What "lately" is: the newest 200 decisions, or as many as there are. */
  lately: loadDocument.optional(),
  /** People's load over time, oldest first. */
  load: z.array(loadDocument),
  /** What the load is counted from: cases, or recent journals where nobody sees what stands alone. */
  loadFrom: z.enum(['cases', 'journals']),
  /** Of `earned`. */
  standing: z.enum(['refused', 'alarmed', 'certified', 'testing', 'burn-in']).optional(),
  alarms: z.number(),
})
export type DecisionDocument = z.output<typeof decisionDocument>

export const decisionDetailDocument = decisionDocument.extend({
  /** Of `earned`: segments, epochs, certificates, alarms. */
  state: stateDocument.nullable(),
  terms: z
    .object({ maxError: z.number(), confidence: z.number(), audit: z.number(), burnIn: z.number(), segments: z.boolean() })
    .nullable(),
  refused: z.array(z.object({ segment: z.string().optional(), why: z.string() })),
  /** Cases by how they came about. */
  origins: z.record(z.string(), z.number()),
  /**
   * How often proposals were wrong under this policy: over time, in all, and of random checks, which is what stands alone. Where nobody
   * checks what stands alone, it is of the rest only.
   */
  error: z.object({ points: z.array(errorFigure.extend({ from: time, to: time })), all: errorFigure, alone: errorFigure }),
  /** Where cases name a segment: the same for each. */
  segments: z.array(errorFigure.extend({ segment: z.string(), alone: z.number().optional() })),
  confusion: z.object({
    labels: z.array(z.string()),
    /** Proposed × answered. */
    rows: z.array(z.array(z.number())),
  }),
})
export type DecisionDetailDocument = z.output<typeof decisionDetailDocument>

export function stretchOf<Point extends { readonly from: number; readonly to: number }>(
  point: Point,
): Omit<Point, 'from' | 'to'> & { from: string; to: string } {
  return { ...point, from: iso(point.from), to: iso(point.to) }
}

/** What a report adds to the decision's own name. */
export function partsOf(report: AutonomyReport): Omit<DecisionDetailDocument, 'name' | 'title' | 'policy' | 'confusion'> {
  const { state, error, lately } = report
  const { total, ...origins } = report.cases
  const standing = standingOf(report)
  return {
    promise: report.promise,
    cases: total,
    ...(lately !== undefined && latelyOf(lately)),
    load: (report.load ?? []).map(stretchOf),
    loadFrom: 'cases',
    ...(standing !== undefined && { standing }),
    alarms: state?.alarms.length ?? 0,
    state: state === undefined ? null : shownState(state, report.terms?.maxError ?? 0),
    terms: report.terms ?? null,
    refused: [...report.refused],
    origins,
    error: { ...error, points: error.points.map(stretchOf) },
    segments: [...report.segments],
  }
}

export function latelyOf(lately: LoadPoint): Pick<DecisionDocument, 'lately' | 'standingAlone'> {
  return { lately: stretchOf(lately), standingAlone: 1 - lately.share }
}

function standingOf({ state, refused }: AutonomyReport): DecisionDocument['standing'] {
  if (state === undefined) return undefined
  const current = state.segments.map((one) => one.current)
  if (refused.length > 0) return 'refused'
  if (current.some(({ began, threshold }) => began === 'drift' && threshold === undefined)) return 'alarmed'
  if (current.some(({ threshold }) => threshold !== undefined)) return 'certified'
  return current.some(({ certificates }) => certificates.length > 0) ? 'testing' : 'burn-in'
}

function shownState({ policy, segments, alarms }: AutonomyState, maxError: number): z.output<typeof stateDocument> {
  return {
    policy,
    segments: segments.map(({ segment, current, epochs }) => ({ segment, current: shownEpoch(current), epochs: epochs.map(shownEpoch) })),
    alarms: alarms.map((alarm) => ({
      ...alarm,
      at: iso(alarm.at),
      why: `${alarm.errors} of ${alarm.audited} random checks of what stood alone were wrong: more than chance explains while at most ${Number((maxError * 100).toPrecision(3))} % are. People got everything back.`,
    })),
  }
}

function shownEpoch(epoch: EpochState): z.output<typeof epochDocument> {
  const { since, certified, alarm, certificates } = epoch
  return {
    ...epoch,
    certificates: [...certificates],
    since: since && { ...since, at: iso(since.at) },
    certified: certified && { ...certified, at: iso(certified.at) },
    alarm: alarm && { ...alarm, at: iso(alarm.at) },
  }
}
