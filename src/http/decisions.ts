/**
 * Decisions over HTTP: how far each stands alone, on what evidence, and where people and the predictor differ.
 */
import { isEarned, type LoadPoint } from '../autonomy.ts'
import type { AnyDecision } from '../index.ts'
import {
  type DecisionDetailDocument,
  decisionDetailDocument,
  decisionDocument,
  latelyOf,
  partsOf,
  stretchOf,
} from './decision-documents.ts'
import { knownDecision, type Met, MetDecisions, type Taken } from './decision-list.ts'
import { DecisionReadings } from './decision-readings.ts'
import { listOf } from './documents.ts'
import type { Door } from './door.ts'
import { type Endpoint, endpoint } from './endpoint.ts'
import { reviewerEndpoints } from './reviewers.ts'

/** Stretches of the load where it is counted from journals. */
const STRETCHES = 10

export function decisionEndpoints(door: Door): Endpoint[] {
  const { decisions, store } = door.rondo
  const met = new MetDecisions(door.rondo)
  const readings = new DecisionReadings(door.rondo)
  const detailOf = async (name: string, one: Met | undefined): Promise<DecisionDetailDocument> => {
    const { report, confusion } = await readings.of(name)
    const own = decisions.get(name)
    const role = own?.people?.role ?? one?.record.role
    return {
      name,
      title: own?.title ?? name,
      ...partsOf(report),
      policy: policyOf(own) ?? one?.record.policy ?? report.policy ?? 'unknown',
      confusion,
      ...((report.load ?? []).length === 0 && one !== undefined && loadOf(one.taken)),
      ...(own?.predictor !== undefined && { predictor: own.predictor.name }),
      ...(role !== undefined && { role }),
      ...(own?.choices !== undefined && { choices: [...own.choices] }),
    }
  }
  return [
    endpoint({
      method: 'get',
      path: '/api/decisions',
      group: 'Decisions',
      summary: 'The decisions that are taken here, how far each stands alone, and people’s load over time.',
      scope: 'read',
      replies: { 200: listOf(decisionDocument) },
      handle: async () => {
        const records = await met.read(door.clock.now())
        const counted = (await store.cases.count()).map(({ decision }) => decision)
        const names = [...new Set([...decisions.keys(), ...records.keys(), ...counted])]
        const items = await Promise.all(names.map((name) => detailOf(name, records.get(name))))
        // What only the whole document has is left out.
        return { items: items.map((item) => decisionDocument.parse(item)) }
      },
    }),
    endpoint({
      method: 'get',
      path: '/api/decisions/:name',
      group: 'Decisions',
      summary: 'A decision: its certificates, load and error over time, segments, alarms, and where proposals and answers differ.',
      scope: 'read',
      replies: { 200: decisionDetailDocument },
      handle: async ({ param }) => {
        const name = param('name')
        const now = door.clock.now()
        await knownDecision(door.rondo, met, now, name)
        return detailOf(name, (await met.read(now)).get(name))
      },
    }),
    ...reviewerEndpoints(door, met),
  ]
}

function policyOf(own: AnyDecision | undefined): string | undefined {
  return own !== undefined && isEarned(own.autonomy) ? own.autonomy.policy : own?.autonomy.name
}

/** What people saw of the decisions in recent journals: where they see nothing of what stands alone, cases cannot tell. */
function loadOf(taken: readonly Taken[]): Pick<DecisionDetailDocument, 'load' | 'loadFrom' | 'lately' | 'standingAlone'> {
  const oldest = taken.toSorted((one, other) => one.at - other.at)
  const count = Math.min(STRETCHES, oldest.length)
  const load = Array.from({ length: count }, (_, index) =>
    pointOf(oldest.slice(Math.round((index * oldest.length) / count), Math.round(((index + 1) * oldest.length) / count))),
  )
  return { load: load.map(stretchOf), loadFrom: 'journals', ...(oldest.length > 0 && latelyOf(pointOf(oldest))) }
}

function pointOf(taken: readonly Taken[]): LoadPoint {
  const seen = taken.filter(({ alone }) => !alone).length
  return { from: taken[0]?.at ?? 0, to: taken.at(-1)?.at ?? 0, decisions: taken.length, seen, share: seen / taken.length }
}
