/**
 * When the learner learns anew: at fixed numbers of cases, so that what it knows depends on the cases and not on when it was asked.
 *
 * Owns: those numbers: 5, 10, 15, 20, 25, then every 25, and from 250 on a tenth part more each time, so that all trainings together cost a
 * constant share of the cases.
 */
const OFTEN_UNTIL = 25
const OFTEN = 5
const STEADY = 25
const GROWTH = 10

/** The number of cases the last training before this many had; 0 before the first. */
export function trainedAt(cases: number): number {
  let at = 0
  for (;;) {
    const next = at < OFTEN_UNTIL ? at + OFTEN : at + Math.max(STEADY, Math.floor(at / GROWTH))
    if (next > cases) return at
    at = next
  }
}
